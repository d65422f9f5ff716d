"""The outbox: every op of this device that a verified backup of the office does not hold yet, and its exact bytes.

An op goes pending -> acknowledged -> pruned. A quarantined one is kept until the office has decided.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sync.history import instant
from sync.replica.errors import ReplicaError
from sync.wire import MAX_BODY_BYTES

PENDING, ACKNOWLEDGED, QUARANTINED = "pending", "acknowledged", "quarantined"


@dataclass(frozen=True)
class Op:
    """One op. record: the id it is about; edited: the fields of a patch; adds: the patch makes its record.

    own: False = another's signed record, offered again after a rewind. seq: of its receipt, 0 = none yet. decided:
    quarantined once, and the office has decided. why, fields: what its receipt says about the reason. conflicts: fields
    where another value stands, the office chooses. eff: the times that its receipt gave. error: of the last attempt.
    """

    op: str
    kind: str
    ver: int
    sha256: str
    size_bytes: int
    record: str
    created_at: str
    files: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    adds: bool = False
    own: bool = True
    state: str = PENDING
    seq: int = 0
    decided: bool = False
    why: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    eff: dict[str, str] | None = None
    attempted_at: str | None = None
    error: str | None = None
    receipted_at: str | None = None

    @property
    def header(self) -> dict[str, Any]:
        """As a push tells it."""
        told = {
            "op": self.op, "kind": self.kind, "ver": self.ver, "sha256": self.sha256, "bytes": self.size_bytes,
            "files": list(self.files),
        }  # fmt: skip
        return told | ({"eff": self.eff} if self.eff else {})


_COLUMNS = [column.name for column in fields(Op)]
_LISTS = ("files", "edited", "conflicts")
_JSON = {*_LISTS, "fields", "eff"}
_FLAGS = {"adds", "own", "decided"}


def prepare(
    op: str, kind: str, record: str, content: Any, *, at: datetime, ver: int = 1, files: Sequence[str] = (),
    edited: Sequence[str] = (), adds: bool = False,
) -> tuple[Op, bytes]:  # fmt: skip
    """An op and its bytes, which never change again. at: the device's raw clock.

    Raises ReplicaError body_too_large, not_json.
    """
    try:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        line = text.encode()
    except (TypeError, ValueError) as problem:
        raise ReplicaError("not_json", problem) from problem
    if len(line) > MAX_BODY_BYTES:
        raise ReplicaError("body_too_large", MAX_BODY_BYTES)
    digest = hashlib.sha256(line).hexdigest()
    made = Op(
        op, kind, ver, digest, len(line), record, instant(at), files=tuple(files), edited=tuple(edited), adds=adds
    )
    return made, line


def enqueue(tx: sqlite3.Connection, op: Op, line: bytes | None = None) -> None:
    """Put an op into the outbox. line: its bytes, where they are not here yet."""
    tx.execute(
        f"INSERT INTO outbox ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})",  # noqa: S608  names
        _cells(op),
    )
    if line is not None:
        keep_body(tx, op.sha256, line)


def every(db: sqlite3.Connection, *states: str) -> list[Op]:
    """The ops in the order of their making; those in these states, or all."""
    chosen = f"WHERE state IN ({', '.join('?' * len(states))})" if states else ""
    rows = db.execute(f"SELECT {', '.join(_COLUMNS)} FROM outbox {chosen} ORDER BY n", states)  # noqa: S608  names
    return [_op(row) for row in rows]


def find(db: sqlite3.Connection, op: str) -> Op | None:
    row = db.execute(f"SELECT {', '.join(_COLUMNS)} FROM outbox WHERE op = ?", [op]).fetchone()  # noqa: S608  names
    return _op(row) if row else None


def change(tx: sqlite3.Connection, op: Op, **to: Any) -> None:
    """Write what has become of an op."""
    cells = dict(zip(_COLUMNS, _cells(replace(op, **to)), strict=True))
    tx.execute(
        f"UPDATE outbox SET {', '.join(f'{name} = ?' for name in to)} WHERE op = ?",  # noqa: S608  names
        [*(cells[name] for name in to), op.op],
    )


def drop(tx: sqlite3.Connection, op: Op) -> None:
    tx.execute("DELETE FROM outbox WHERE op = ?", [op.op])
    drop_body(tx, op.sha256)


def count(db: sqlite3.Connection, state: str) -> int:
    return int(db.execute("SELECT count(*) FROM outbox WHERE state = ?", [state]).fetchone()[0])


# ---- exact bytes ----


def keep_body(tx: sqlite3.Connection, sha256: str, line: bytes) -> None:
    tx.execute("INSERT OR IGNORE INTO body (sha256, bytes) VALUES (?, ?)", [sha256, line])


def body(db: sqlite3.Connection, sha256: str) -> bytes | None:
    """The exact bytes under a digest; None when they are not here."""
    row = db.execute("SELECT bytes FROM body WHERE sha256 = ?", [sha256]).fetchone()
    return bytes(row[0]) if row else None


def drop_body(tx: sqlite3.Connection, sha256: str) -> None:
    """Forget bytes once neither the outbox nor a signed record needs them."""
    tx.execute(
        "DELETE FROM body WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM outbox WHERE sha256 = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM held WHERE sha256 = ?1)",
        [sha256],
    )


def note_failure(tx: sqlite3.Connection, ops: Iterable[Op], code: str, at: str) -> None:
    tx.executemany(
        "UPDATE outbox SET attempted_at = ?, error = ? WHERE op = ?", [(at, code, op.op) for op in ops]
    )  # fmt: skip


def _cells(op: Op) -> list[Any]:
    return [_cell(name, getattr(op, name)) for name in _COLUMNS]


def _cell(name: str, value: Any) -> Any:
    if name in _JSON:
        return None if value is None else json.dumps(value, ensure_ascii=False)
    return int(value) if name in _FLAGS else value


def _op(row: tuple[Any, ...]) -> Op:
    told = dict(zip(_COLUMNS, row, strict=True))
    for name in _FLAGS:
        told[name] = bool(told[name])
    for name in _LISTS:
        told[name] = () if told[name] == "[]" else tuple(json.loads(told[name]))
    told["fields"] = {} if told["fields"] == "{}" else json.loads(told["fields"])
    told["eff"] = told["eff"] and json.loads(told["eff"])
    return Op(**told)
