"""Hands in photos and signatures, after the records that name them, and fetches those of others.

Each file is one idempotent PUT, so a cut-off upload is simply done again, and what has arrived stays arrived.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sync.replica import shelf, standpoint
from sync.replica.api import Answer, Request, Retry, SignIn, Steps, is_count
from sync.replica.push import Wire
from sync.replica.shelf import File
from sync.replica.store import Store

HAVE_FILES = 500
"""Files asked about in one message."""
FINAL = ("file_too_large", "file_type")
"""Answers about a file that will be the same tomorrow: it waits as refused, and the others go on."""


def send_files(store: Store, wire: Wire, *, asked: bool = False) -> Steps[Retry | SignIn | None]:
    """Send every pending file that the server lacks. asked: by a person, so refused ones as well."""
    waiting = shelf.every(store.db, shelf.PENDING, *([shelf.REFUSED] if asked else []))
    for n in range(0, len(waiting), HAVE_FILES):
        some = waiting[n : n + HAVE_FILES]
        epoch = standpoint.read(store.db).epoch
        outcome = yield _which_are_missing(wire, some)
        if not isinstance(outcome, Answer):
            return outcome
        missing = set(outcome.body["missing"])
        there = [file for file in some if file.sha256 not in missing]
        _mark(store, there, shelf.SENT, epoch, seq=outcome.body.get("seq"))
        for file in some:
            if file.sha256 in missing:
                failure = yield from _send_file(store, wire, file)
                if failure is not None:
                    return failure
    return None


def fetch_file(store: Store, wire: Wire, sha256: str) -> Steps[bytes | Retry | SignIn]:
    """A file of a record that this device may see, checked against its name; from here where its bytes are."""
    here = shelf.read(store.db, sha256)
    if here is not None:
        return here
    outcome = yield Request("GET", f"files/{sha256}", lambda data: _is_named(data, sha256), wire.token, raw=True)
    if isinstance(outcome, Answer):
        data: bytes = outcome.body
        return data
    return outcome


def _which_are_missing(wire: Wire, files: list[File]) -> Request:
    # packed, so that its checksum guards the names: one that was garbled on the way would not be missing
    told = json.dumps({"sha256": [file.sha256 for file in files]}).encode()
    return Request("POST", "files/have", _is_missing, wire.token, told, packed=True)


def _send_file(store: Store, wire: Wire, file: File) -> Steps[Retry | SignIn | None]:
    """Send one file; returns what keeps the next from being sent, if anything."""
    data, epoch = shelf.read(store.db, file.sha256), standpoint.read(store.db).epoch
    if data is None or not _is_named(data, file.sha256):
        _mark(store, [file], shelf.REFUSED, epoch, error="file_lost")
        return None
    outcome = yield Request(
        "PUT", f"files/{file.sha256}", lambda body: _is_taken(body, file.sha256), wire.token, data, file.media_type
    )
    if isinstance(outcome, Answer):
        _mark(store, [file], shelf.SENT, epoch, seq=outcome.body.get("seq"))
        return None
    code = outcome.code if isinstance(outcome, Retry) else "sign_in"
    _mark(store, [file], shelf.REFUSED if code in FINAL else shelf.PENDING, epoch, error=code)
    return None if code in FINAL else outcome


def _mark(
    store: Store, files: list[File], state: str, epoch: int, *, seq: int | None = None, error: str | None = None
) -> None:  # fmt: skip
    """Note what an answer said, unless another tab was sent back to an earlier point since the question: then it spoke
    of a history that is no more (invariant C2)."""
    with store.write() as tx:
        if standpoint.read(tx).epoch == epoch:
            shelf.mark(tx, [file.sha256 for file in files], state, seq=seq, error=error)


def _is_named(data: bytes, sha256: str) -> bool:
    return hashlib.sha256(data).hexdigest() == sha256


def _is_missing(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and isinstance(body.get("missing"), list)
        and all(isinstance(digest, str) for digest in body["missing"])
    )


def _is_taken(body: Any, sha256: str) -> bool:
    """seq: once `safe` has reached it, a verified backup holds the file."""
    return (
        isinstance(body, dict) and body.get("sha256") == sha256 and (body.get("seq") is None or is_count(body["seq"]))
    )
