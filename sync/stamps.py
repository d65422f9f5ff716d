"""Who wrote which field last, and the values that lost against another writer's.

A field without a stamp holds what it was created or imported with; the base of an edit of it is null.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from sync.history import Transaction, instant
from sync.merge import TICK, Edit, clamp, merge

CONFLICT = "conflict"
"""The kind under which the writer of a value that lost is told."""
OFFICE = "office"
"""The device that the office's own edits carry."""


@dataclass(frozen=True)
class Merged:
    """What became of a patch.

    winners: field -> value now to be written to the record. conflicts: fields where another value stands.
    eff: field -> effective time, as an instant.
    """

    winners: dict[str, Any] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    eff: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Conflict:
    """A value that lost: the op, the writer and the time it came from, and who wrote the one that won at the time.

    winner: its op. stands, stands_at, stands_device, stands_account: the value that won, and from whom. before: what
    both had before them. stands and before are None where that is not known. decision: None, `taken`, `left` or
    `typed` (a third value).
    """

    op: str
    kind: str
    id: str
    field: str
    value: Any
    at: str
    device: str
    account: str
    skew_s: int | None
    winner: str
    found_at: str
    before: Any
    stands: Any
    stands_at: str | None
    stands_device: str | None
    stands_account: str | None
    decision: str | None
    decided_at: str | None
    decided_by: str | None


@dataclass(frozen=True)
class _Written:
    """An edit as it is stored. skew_s: by how much the writer's time was ahead, where it was cut. before: the value
    that it replaced, as JSON; None = not known."""

    edit: Edit
    account: str
    skew_s: int | None = None
    before: str | None = None


_CONFLICT = (
    "op, kind, id, field, value, at, device, account, skew_s, winner, found_at, before, stands, stands_at, "
    "stands_device, stands_account, decision, decided_at, decided_by"
)


def apply_patch(
    tx: Transaction, *, kind: str, record_id: str, edits: Mapping[str, Edit], account: str,
    values: Mapping[str, Any] | None = None,
) -> Merged:  # fmt: skip
    """Merge a patch field by field: stamps and conflicts are written here, the winners are the caller's to write.

    edits: field -> the writer's edit, its time as the device told it. values: what the record holds now, as JSON knows
    it; with it a conflict can tell what both writers had before them.
    """
    standing = _standing(tx.db, kind, record_id)
    merged = Merged()
    for name, told in edits.items():
        at, skew_s = clamp(told.at, tx.now)
        current = standing.get(name)
        incoming = _Written(replace(told, at=at), account, skew_s, _before(name, values))
        outcome = merge(current.edit if current else None, incoming.edit)
        merged.eff[name] = instant(outcome.at)
        if current is None or outcome.stands is not current.edit:
            merged.winners[name] = told.value
            _stamp(tx, kind, record_id, name, replace(incoming, edit=outcome.stands))
        if outcome.lost is incoming.edit:
            assert current is not None  # noqa: S101  something stands against it
            merged.conflicts.append(name)
            _keep_lost(tx, kind, record_id, name, incoming, stands=current, before=_common(current, told))
        elif outcome.lost is not None and current is not None:
            _keep_lost(tx, kind, record_id, name, current, stands=incoming, before=_common(current, told))
    return merged


def _common(current: _Written, incoming: Edit) -> str | None:
    """What both writers had before them: what the first of them replaced, if both wrote on top of the same."""
    return current.before if current.edit.base == incoming.base else None


def _before(name: str, values: Mapping[str, Any] | None) -> str | None:
    return _json(values[name]) if values is not None and name in values else None


def overwrite(
    tx: Transaction, *, kind: str, record_id: str, values: Mapping[str, Any], account: str, op: str | None = None,
    before: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """Stamp an edit of the office, made with the current values in sight: it follows whatever stands.

    values, before: field -> value as JSON knows it, now and until now. Returns the op that the new stamps carry.
    """
    op = op or str(uuid.uuid4())
    standing = _standing(tx.db, kind, record_id)
    now, _ = clamp(tx.now, tx.now)
    for name, value in values.items():
        current = standing[name].edit if name in standing else None
        at = max(now, current.at + TICK) if current else now
        edit = Edit(value, at, OFFICE, op, current.op if current else None)
        _stamp(tx, kind, record_id, name, _Written(edit, account, before=_before(name, before)))
    return op


def of_records(db: Database, kind: str, ids: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """Record id -> field -> [at, device, op], for the fields that have a stamp."""
    found: dict[str, dict[str, list[str]]] = {}
    rows = db.execute(
        "SELECT id, field, at, device, op FROM stamp WHERE kind = ? AND id IN (SELECT value FROM json_each(?))",
        [kind, json.dumps(list(ids))],
    )
    for record_id, name, at, device, op in rows:
        found.setdefault(record_id, {})[name] = [at, device, op]
    return found


def open_conflicts(db: Database, kind: str, record_id: str | None = None) -> list[Conflict]:
    """Values that lost and wait for the office to choose, oldest first; of one record or of all of a kind."""
    rows = db.execute(
        f"SELECT {_CONFLICT} FROM conflict WHERE decision IS NULL AND kind = ? AND id = coalesce(?, id) "  # noqa: S608
        "ORDER BY found_at, id, field",
        [kind, record_id],
    )
    return [_conflict(row) for row in rows]


def count_open(db: Database, kind: str) -> int:
    """How many `open_conflicts` would give for a kind."""
    return int(db.execute("SELECT count(*) FROM conflict WHERE decision IS NULL AND kind = ?", [kind]).fetchone()[0])


def conflict(db: Database, op: str, name: str) -> Conflict | None:
    """One value that lost, decided or not."""
    row = db.execute(f"SELECT {_CONFLICT} FROM conflict WHERE op = ? AND field = ?", [op, name]).fetchone()  # noqa: S608
    return _conflict(row) if row else None


def tell_again(tx: Transaction, kind: str, record_ids: Iterable[str]) -> None:
    """Tell the writers of values that lost anew, because who may see these records has changed."""
    rows = tx.db.execute(
        "SELECT op, field, account FROM conflict WHERE kind = ? AND id IN (SELECT value FROM json_each(?))",
        [kind, json.dumps(list(record_ids))],
    )
    for op, name, account in rows.fetchall():
        tx.touch(CONFLICT, f"{op}/{name}", audience=account)


def settle(tx: Transaction, lost: Conflict, decision: str, *, by: str) -> None:
    """The office has chosen, and the phone that wrote the value is told.

    decision: `taken` (the lost value was written to the record after all, by an edit of the office), `left` (what
    stands goes on standing) or `typed` (the office wrote a third value).
    """
    tx.db.execute(
        "UPDATE conflict SET decision = ?, decided_at = ?, decided_by = ? WHERE op = ? AND field = ?",
        [decision, instant(tx.now), by, lost.op, lost.field],
    )
    tx.touch(CONFLICT, f"{lost.op}/{lost.field}", audience=lost.account)


def _standing(db: Database, kind: str, record_id: str) -> dict[str, _Written]:
    rows = db.execute(
        "SELECT field, value, at, device, op, base, account, skew_s, before FROM stamp WHERE kind = ? AND id = ?",
        [kind, record_id],
    )
    return {
        name: _Written(Edit(json.loads(value), datetime.fromisoformat(at), device, op, base), account, skew_s, before)
        for name, value, at, device, op, base, account, skew_s, before in rows
    }


def _stamp(tx: Transaction, kind: str, record_id: str, name: str, written: _Written) -> None:
    edit = written.edit
    tx.db.execute(
        "INSERT OR REPLACE INTO stamp (kind, id, field, value, at, device, op, base, account, skew_s, before) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            kind, record_id, name, _json(edit.value), instant(edit.at), edit.device, edit.op, edit.base,
            written.account, written.skew_s, written.before,
        ],
    )  # fmt: skip


def _keep_lost(
    tx: Transaction, kind: str, record_id: str, name: str, lost: _Written, *, stands: _Written, before: str | None
) -> None:
    edit, won = lost.edit, stands.edit
    tx.db.execute(
        "INSERT OR IGNORE INTO conflict (op, kind, id, field, value, at, device, account, skew_s, winner, found_at, "
        "before, stands, stands_at, stands_device, stands_account) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            edit.op, kind, record_id, name, _json(edit.value), instant(edit.at), edit.device, lost.account,
            lost.skew_s, won.op, instant(tx.now), before, _json(won.value), instant(won.at), won.device, stands.account,
        ],
    )  # fmt: skip
    tx.touch(CONFLICT, f"{edit.op}/{name}", audience=lost.account)


def _conflict(row: tuple[Any, ...]) -> Conflict:
    values = dict(zip(_CONFLICT.split(", "), row, strict=True))
    for name in ("value", "before", "stands"):
        values[name] = json.loads(values[name]) if values[name] is not None else None
    return Conflict(**values)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
