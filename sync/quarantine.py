"""The office's inbox: ops that were taken in but could not be applied, byte for byte, until somebody decides.

Nothing authenticated is ever dropped (invariant S4).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from sync.history import Transaction, instant
from sync.kinds import Awaits, CannotApply, Carrier, Mistakes
from sync.wire import Op

DECISION = "decision"
"""The kind under which whoever handed an op in learns what the office decided."""


@dataclass(frozen=True)
class Held:
    """One op in the inbox. why, fields: as its receipt told. decision: None, `applied` or `dismissed`.

    mended: applied, but not as it came: the office changed or left out a part.
    """

    op: Op
    why: str
    fields: Mistakes
    carrier: Carrier
    sent: datetime
    received_at: str
    decision: str | None
    decided_at: str | None
    decided_by: str | None
    reason: str | None
    mended: bool

    @property
    def key(self) -> str:
        """Names this entry: an op may have come with several contents."""
        return f"{self.op.op}/{self.op.sha256}"

    @property
    def text(self) -> str:
        """The body as far as it can be read."""
        return self.op.line.decode("utf-8", errors="replace")


_COLUMNS = (
    "op, kind, ver, sha256, files, eff, body, why, fields, account, device, sent_at, received_at, "
    "decision, decided_at, decided_by, reason, mended"
)


def hold(tx: Transaction, op: Op, problem: CannotApply, carrier: Carrier, sent: datetime) -> None:
    """Put an op into the inbox with its exact bytes and the reason."""
    awaits = f"{problem.kind}/{problem.record_id}" if isinstance(problem, Awaits) else None
    eff = {name: instant(at) for name, at in op.eff.items()}
    tx.db.execute(
        "INSERT OR IGNORE INTO quarantine (op, sha256, kind, ver, body, files, eff, why, fields, awaits, device, "
        "account, sent_at, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            op.op, op.sha256, op.kind, op.ver, op.line, json.dumps(op.files), json.dumps(eff), problem.why,
            json.dumps(problem.fields, ensure_ascii=False), awaits, carrier.device, carrier.account,
            instant(sent), instant(tx.now),
        ],
    )  # fmt: skip


def apart(held: Held) -> str:
    """An id of its own for what came under one that was taken; the same each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, held.op.op + held.op.sha256))


def waiting(db: Database) -> list[Held]:
    """What nobody has decided about, in the order in which it came."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM quarantine WHERE decision IS NULL ORDER BY rowid")  # noqa: S608
    return [_held(row) for row in rows]


def count_waiting(db: Database) -> int:
    """How many `waiting` would give."""
    return int(db.execute("SELECT count(*) FROM quarantine WHERE decision IS NULL").fetchone()[0])


def read(db: Database, op: str, sha256: str) -> Held | None:
    """One op of the inbox, decided or not."""
    row = db.execute(f"SELECT {_COLUMNS} FROM quarantine WHERE op = ? AND sha256 = ?", [op, sha256]).fetchone()  # noqa: S608
    return _held(row) if row else None


def beyond_us(db: Database) -> list[Held]:
    """Undecided ops of a kind or a version that this server did not know, in the order in which they came."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM quarantine WHERE decision IS NULL "  # noqa: S608
        "AND why IN ('unknown_kind', 'version_too_new') ORDER BY rowid"
    )
    return [_held(row) for row in rows]


def awaiting(db: Database, records: Iterable[tuple[str, str]]) -> list[Held]:
    """Undecided ops that wait for one of these records (kind, id), in the order in which they came."""
    names = json.dumps([f"{kind}/{record_id}" for kind, record_id in records])
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM quarantine WHERE decision IS NULL AND awaits IN (SELECT value FROM json_each(?)) "  # noqa: S608
        "ORDER BY rowid",
        [names],
    )
    return [_held(row) for row in rows]


def decide(
    tx: Transaction, held: Held, decision: str, *, by: str, reason: str = "", mended: bool = False
) -> None:  # fmt: skip
    """Close an entry of the inbox, and tell whoever handed it in; its bytes stay.

    decision: `applied` or `dismissed`. by: an account, '' = the engine itself.
    """
    tx.db.execute(
        "UPDATE quarantine SET decision = ?, decided_at = ?, decided_by = ?, reason = ?, mended = ? "
        "WHERE op = ? AND sha256 = ?",
        [decision, instant(tx.now), by, reason, int(mended), held.op.op, held.op.sha256],
    )
    tx.touch(DECISION, held.key, audience=held.carrier.account)


def forget(tx: Transaction, kind: str, before: datetime) -> list[str]:
    """Erase the bytes of what came of a kind before an instant; what nobody had decided about is dismissed.

    That it came, and from whom, stays. Returns the sha256 of the files that it named.
    """
    rows = tx.db.execute(
        f"SELECT {_COLUMNS} FROM quarantine WHERE kind = ? AND received_at < ? AND body <> x''",  # noqa: S608  names
        [kind, instant(before)],
    )
    named: list[str] = []
    for held in [_held(row) for row in rows.fetchall()]:
        if held.decision is None:
            decide(tx, held, "dismissed", by="")
        tx.db.execute(
            "UPDATE quarantine SET body = x'', files = '[]' WHERE op = ? AND sha256 = ?", [held.op.op, held.op.sha256]
        )
        named += held.op.files
    return named


def decisions(db: Database, ops: Iterable[str]) -> dict[tuple[str, str], str]:
    """(op, sha256) -> decision, of those among the ops that the office has decided about."""
    rows = db.execute(
        "SELECT op, sha256, decision FROM quarantine "
        "WHERE decision IS NOT NULL AND op IN (SELECT value FROM json_each(?))",
        [json.dumps(list(ops))],
    )
    return {(op, sha256): decision for op, sha256, decision in rows}


def names(db: Database, sha256: str) -> bool:
    """Whether something in the inbox, decided or not, names a file."""
    row = db.execute("SELECT 1 FROM quarantine WHERE instr(files, ?) > 0 LIMIT 1", [sha256]).fetchone()
    return row is not None


def _held(row: tuple[Any, ...]) -> Held:
    op, kind, ver, sha256, files, eff, body, why, fields, account, device, sent_at, received_at, *decided, mended = row
    times = {name: datetime.fromisoformat(at) for name, at in json.loads(eff).items()}
    known = Op(op, kind, ver, sha256, tuple(json.loads(files)), times, bytes(body))
    came = [why, json.loads(fields), Carrier(account, device), datetime.fromisoformat(sent_at), received_at]
    return Held(known, *[*came, *decided, bool(mended)])
