"""A whole replica in Python: the device's side of PROTOCOL.md over `requests`, kept in one SQLite file.

The headless phone of the tests, a load generator, and the relay of a commune to its province. Ten lines:

    from sync.replica import Replica

    phone = Replica.open("binh.sqlite", "http://127.0.0.1:8000")
    phone.enrol("binh", "một mật khẩu dài")
    phone.sync()                                              # the whole commune is here now
    place = phone.records("establishment")[0]
    phone.edit("establishment", place.id, rooms=4)            # on the disk, and shown at once
    photo = phone.keep_file(b"\\xff\\xd8\\xff\\xe0 a picture", "image/jpeg")
    phone.sign("inspection", {"establishment": place.id, "outcome": "conducted", "bodies": ["team_178"],
        "started_at": "2026-11-21T09:00:00+07:00", "answers": {"A01": {"a": "dat", "files": [photo]}}}, files=[photo])
    phone.sync()                                              # handed in; `phone.outbox()` tells what became of each

It may be killed at any moment, in any state of the network: what `sign` and `edit` returned is on the disk, and the
next `sync` goes on from there. The modules have the names, words and order of fieldapp/client/store and exchange:

    store        the database            standpoint   mark, trail, cursors       session      as whom it speaks
    outbox       ops and their bytes     shelf        photos and signatures      records      what it knows
    making       sign, edit, add         api          one call, its outcome      round        all that follows, once
    push         hands in the outbox     receipts     what an answer does        prune        what may leave
    pull         brings pages            rewind       after a restored server    files        hands in and fetches files
    device       the class Replica
"""

from sync.replica.api import Retry, SignIn
from sync.replica.device import Replica
from sync.replica.errors import NotEnrolled, ReplicaError
from sync.replica.round import Done, Wiped

__all__ = ["Done", "NotEnrolled", "Replica", "ReplicaError", "Retry", "SignIn", "Wiped"]
