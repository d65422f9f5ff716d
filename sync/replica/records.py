"""What a replica knows of the commune: the office's word as last pulled, with the device's own edits laid over it until
they have come back with a pull; and the signed records it holds, with their exact bytes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sync.replica import outbox
from sync.replica.outbox import ACKNOWLEDGED, PENDING, Op
from sync.replica.standpoint import Standpoint, read

Stamps = dict[str, list[str]]
"""Field -> [at, device, op]; of the fields that somebody has edited. The op is the base of the next edit."""


@dataclass(frozen=True)
class Record:
    """A mutable record as this device shows it."""

    kind: str
    id: str
    body: dict[str, Any]
    stamps: Stamps


@dataclass(frozen=True)
class SignedRecord:
    """A signed record. own: it was made on this device."""

    kind: str
    id: str
    op: str
    ver: int
    sha256: str
    files: tuple[str, ...]
    own: bool
    line: bytes

    @property
    def body(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.line)
        return parsed


# ---- mutable records ----


def shown(db: sqlite3.Connection, kind: str, record_id: str | None = None) -> dict[str, Record]:
    """Id -> record, with own edits; of one id or of the kind."""
    rows = db.execute(
        "SELECT id, body, stamps FROM known WHERE kind = ? AND id = coalesce(?, id) ORDER BY id", [kind, record_id]
    )
    found = {known: Record(kind, known, json.loads(body), json.loads(stamps)) for known, body, stamps in rows}
    pulled = read(db).essentials
    for op in outbox.every(db, PENDING, ACKNOWLEDGED):
        if op.kind == kind and op.edited and record_id in {None, op.record} and _still_shown(op, pulled and pulled[0]):
            _lay(db, found, op)
    return found


def _still_shown(op: Op, pulled: int | None) -> bool:
    """Whether a patch is laid over the replica: until its receipt's commit has been pulled; a refused one is not."""
    return op.state == PENDING or op.seq > (pulled or 0)


def _lay(db: sqlite3.Connection, found: dict[str, Record], op: Op) -> None:
    below = found.get(op.record) or (Record(op.kind, op.record, {"id": op.record}, {}) if op.adds else None)
    line = outbox.body(db, op.sha256)
    if below is None or line is None:
        return
    edits = {name: edit for name, edit in json.loads(line)["fields"].items() if name not in op.conflicts}
    stamps = {name: [(op.eff or {}).get(name) or edit["at"], "", op.op] for name, edit in edits.items()}
    found[op.record] = Record(
        op.kind, op.record, below.body | {name: edit["v"] for name, edit in edits.items()}, below.stamps | stamps
    )


def put(tx: sqlite3.Connection, kind: str, record_id: str, body: Any, stamps: Stamps, *, epoch: int) -> None:
    tx.execute(
        "INSERT OR REPLACE INTO known (kind, id, epoch, body, stamps) VALUES (?, ?, ?, ?, ?)",
        [kind, record_id, epoch, json.dumps(body, ensure_ascii=False), json.dumps(stamps)],
    )


def sweep_earlier(tx: sqlite3.Connection, stand: Standpoint) -> None:
    """After a rewind the essentials came anew; what did not come again is no longer so."""
    tx.execute("DELETE FROM known WHERE epoch < ?", [stand.epoch])


# ---- signed records ----


def held(db: sqlite3.Connection, kind: str | None = None, record_id: str | None = None) -> list[SignedRecord]:
    """The signed records whose bytes are here; of a kind, of one id, or all."""
    rows = db.execute(
        "SELECT kind, id, op, ver, held.sha256, files, own, bytes FROM held JOIN body ON body.sha256 = held.sha256 "
        "WHERE kind = coalesce(?, kind) AND id = coalesce(?, id) ORDER BY kind, id",
        [kind, record_id],
    )
    return [
        SignedRecord(kind, found, op, ver, sha256, tuple(json.loads(files)), bool(own), bytes(line))
        for kind, found, op, ver, sha256, files, own, line in rows
    ]


def hold(
    tx: sqlite3.Connection, *, kind: str, record_id: str, op: str, ver: int, sha256: str, files: Iterable[str],
    own: bool, line: bytes | None = None,
) -> None:  # fmt: skip
    """Hold a signed record; the office's word replaces another content under the same id. line: the bytes, where they
    are not here yet."""
    there = digest(tx, kind, record_id)
    if there == sha256:
        return
    tx.execute(
        "INSERT OR REPLACE INTO held (kind, id, op, ver, sha256, files, own) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [kind, record_id, op, ver, sha256, json.dumps(list(files)), int(own)],
    )
    if line is not None:
        outbox.keep_body(tx, sha256, line)
    if there is not None:
        outbox.drop_body(tx, there)


def digest(db: sqlite3.Connection, kind: str, record_id: str) -> str | None:
    """The sha256 of a signed record that is held, or None."""
    row = db.execute("SELECT sha256 FROM held WHERE kind = ? AND id = ?", [kind, record_id]).fetchone()
    return str(row[0]) if row else None


def remove(tx: sqlite3.Connection, kind: str, record_id: str) -> None:
    """A record that was deleted or left this person's scope. What waits in the outbox about it stays."""
    tx.execute("DELETE FROM known WHERE kind = ? AND id = ?", [kind, record_id])
    there = digest(tx, kind, record_id)
    if there is not None:
        tx.execute("DELETE FROM held WHERE kind = ? AND id = ?", [kind, record_id])
        outbox.drop_body(tx, there)
