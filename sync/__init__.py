"""The sync engine: how phones, replicas and the server come to hold the same records. Contract: PROTOCOL.md.

It knows records, not inspections, and imports neither Flask nor fieldapp: whoever uses it hands in a database and, for
each kind of record, how to read and write it (`kinds.Kind`).

    wire.py       the messages as marshmallow schemas: what comes in is read here
    packing.py    gzip both ways, bounded
    receive.py    apply a push: one verdict and receipt an op
    opening.py    its bodies parsed and judged by themselves
    receipts.py   the first verdict about each op, told again for ever
    quarantine.py the office's inbox: what could not be applied, byte for byte
    merge.py      pure: which value of a field with several writers stands
    feed.py       pages of what changed since a cursor
    files.py      content-addressed upload and download
    history.py    points: the commit log, marks, trails; the write transaction
    signed.py     the exact bytes of signed records
    stamps.py     who wrote which field last, and the values that lost
    kinds.py      what the engine must be told about each kind of record
    migrations.py the engine's own tables
    errors.py     refusals that the wire knows
    replica/      the device's side: a whole replica over `requests`
"""
