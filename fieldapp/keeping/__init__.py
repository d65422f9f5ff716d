"""Keeping the data: backups, restores, and looking whether everything is whole.

backups.py     taken while everybody works; only a verified one moves `safe`
daily.py       one every day, beside the server
archives.py    one file that holds everything, and what it is read back from
restoring.py   putting a backup in the place of the data, by one rename
restores.py    what the office is told after a restore
soundness.py   database, signed bytes, files and audit chain: whole or not
losses.py      files that are gone for good, accepted as lost
erasing.py     what was erased stays erased, also after a restore
"""
