"""Receipts: the first verdict about each op, told again for ever.

The same op with the same bytes gets its receipt again, whatever has changed since, and makes no new commit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from sync.history import Transaction, instant
from sync.kinds import Carrier, Mistakes
from sync.wire import Op

APPLIED, QUARANTINED, ERASED = "applied", "quarantined", "erased"
Key = tuple[str, str]  # op and sha256: another content under the same op is another thing


@dataclass(frozen=True)
class Receipt:
    """One verdict. kind: of the record that the op is about. seq: the commit that holds it."""

    op: str
    sha256: str
    kind: str
    status: str
    seq: int
    why: str | None = None
    fields: Mistakes = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    eff: dict[str, str] = field(default_factory=dict)


def given(db: Database, ops: Iterable[Op]) -> dict[Key, Receipt]:
    """Every receipt given under these ops, whatever the content."""
    rows = db.execute(
        "SELECT op, sha256, kind, status, seq, why, fields, conflicts, eff FROM receipt "
        "WHERE op IN (SELECT value FROM json_each(?))",
        [json.dumps([op.op for op in ops])],
    )
    return {
        (op, sha256): Receipt(
            op, sha256, kind, status, seq, why,
            json.loads(fields or "{}"), json.loads(conflicts or "[]"), json.loads(eff or "{}"),
        )
        for op, sha256, kind, status, seq, why, fields, conflicts, eff in rows
    }  # fmt: skip


def keep(tx: Transaction, new: Iterable[Receipt], carrier: Carrier) -> None:
    """Store receipts, in the commit of what they tell of."""
    received_at = instant(tx.now)
    tx.db.conn.executemany(
        "INSERT INTO receipt (op, sha256, status, seq, why, fields, conflicts, eff, kind, device, account, "
        "received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                r.op, r.sha256, r.status, r.seq, r.why, _json(r.fields), _json(r.conflicts), _json(r.eff), r.kind,
                carrier.device, carrier.account, received_at,
            )
            for r in new
        ],
    )  # fmt: skip


def told(
    receipt: Receipt, files: Iterable[str], missing: set[str], decided: Mapping[Key, str]
) -> dict[str, Any]:  # fmt: skip
    """A receipt as it is sent. What may change is told anew each time: missing files, and the office's decision."""
    what = {
        "op": receipt.op, "status": receipt.status, "seq": receipt.seq, "why": receipt.why, "fields": receipt.fields,
        "conflicts": receipt.conflicts, "eff": receipt.eff, "files_missing": [f for f in files if f in missing],
    }  # fmt: skip
    if receipt.status == QUARANTINED:
        what["decision"] = decided.get((receipt.op, receipt.sha256))
    return what


def _json(value: Any) -> str | None:
    return json.dumps(value, ensure_ascii=False) if value else None
