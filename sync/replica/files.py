"""Hands in photos and signatures, after the records that name them, and fetches those of others.

Each file is one idempotent PUT, so a cut-off upload is simply done again, and what has arrived stays arrived.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sync.history import Point
from sync.replica import shelf, standpoint
from sync.replica.api import Answer, Request, Retry, SignIn, Steps, is_count, is_point
from sync.replica.push import Wire
from sync.replica.shelf import File
from sync.replica.standpoint import point, seen
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
        asked_at = standpoint.read(store.db).mark
        outcome = yield _which_are_missing(wire, some, asked_at)
        if not isinstance(outcome, Answer):
            return outcome
        missing, mark = set(outcome.body["missing"]), outcome.body["mark"]
        if mark is None:
            return None  # of another history; the next pull tells how far back
        _note(store, [f for f in some if f.sha256 not in missing], shelf.SENT, asked_at, point(mark), seq=mark[0])
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


def _which_are_missing(wire: Wire, files: list[File], mark: Point) -> Request:
    # packed, so that its checksum guards the names: one that was garbled on the way would not be missing
    told = json.dumps({"sha256": [file.sha256 for file in files]}).encode()
    return Request("POST", "files/have", _is_missing, wire.token, told, packed=True, mark=mark)


def _send_file(store: Store, wire: Wire, file: File) -> Steps[Retry | SignIn | None]:
    """Send one file; returns what keeps the next from being sent, if anything."""
    data, asked_at = shelf.read(store.db, file.sha256), standpoint.read(store.db).mark
    if data is None or not _is_named(data, file.sha256):
        _note(store, [file], shelf.REFUSED, asked_at, error="file_lost")
        return None
    outcome = yield Request(
        "PUT", f"files/{file.sha256}", lambda body: _is_taken(body, file.sha256), wire.token, data, file.media_type,
        mark=asked_at,
    )  # fmt: skip
    if isinstance(outcome, Answer):
        if outcome.body["mark"] is not None:
            _note(store, [file], shelf.SENT, asked_at, point(outcome.body["mark"]), seq=outcome.body["seq"])
        return None
    code = outcome.code if isinstance(outcome, Retry) else "sign_in"
    _note(store, [file], shelf.REFUSED if code in FINAL else shelf.PENDING, asked_at, error=code)
    return None if code in FINAL else outcome


def _note(
    store: Store, files: list[File], state: str, asked_at: Point, mark: Point | None = None, *, seq: int | None = None,
    error: str | None = None,
) -> None:  # fmt: skip
    """Note what an answer said, unless another tab has moved the mark since the question (invariant C2).

    mark: the office's head as it answered. The device's own goes there with the files: or an office that was restored
    to before them, and holds everything else this device has seen, would never be found to have lost them.
    """
    with store.write() as tx:
        stand = standpoint.read(tx)
        if stand.mark != asked_at:
            return
        shelf.mark(tx, [file.sha256 for file in files], state, seq=seq, error=error)
        if mark is not None:
            standpoint.move(tx, seen(stand, mark))


def _is_named(data: bytes, sha256: str) -> bool:
    return hashlib.sha256(data).hexdigest() == sha256


def _is_missing(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and isinstance(body.get("missing"), list)
        and all(isinstance(digest, str) for digest in body["missing"])
        and _is_head(body)
    )


def _is_taken(body: Any, sha256: str) -> bool:
    """seq: once `safe` has reached it, a verified backup holds the file."""
    return isinstance(body, dict) and body.get("sha256") == sha256 and is_count(body.get("seq")) and _is_head(body)


def _is_head(body: dict[str, Any]) -> bool:
    """null: the office does not hold this device's mark, so what it says is of another history."""
    return "mark" in body and (body["mark"] is None or is_point(body["mark"]))
