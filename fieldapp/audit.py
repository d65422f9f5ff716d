"""Who did what, when: append-only, each entry chained to the one before it by its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from sync.history import Transaction, instant


@dataclass(frozen=True)
class Actor:
    """Who acts: an account, and the device it acts from ('' for the office's browser)."""

    account: str
    device: str = ""


COMMAND_LINE = Actor("", "cli")
SERVER = Actor("", "server")
"""What the server does of its own accord."""


def record(
    tx: Transaction, actor: Actor, action: str, kind: str, object_id: str, *, reason: str = "", **details: Any
) -> None:  # fmt: skip
    """Add an entry in the transaction of the deed itself.

    action: a verb in the past, as in `inspection_voided`. details: what changed; never free text about persons.
    """
    last = tx.db.execute("SELECT hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    entry = [instant(tx.now), actor.account, actor.device, action, kind, object_id, reason, _canonical(details)]
    previous = last[0] if last else ""
    tx.db.execute(
        "INSERT INTO audit (at, account, device, action, kind, object, reason, details, previous, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [*entry, previous, _digest(previous, entry)],
    )


def first_broken(db: Database) -> int | None:
    """The number of the first entry that was changed or whose predecessor is missing; None when the chain is whole."""
    previous = ""
    rows = db.execute(
        "SELECT number, previous, hash, at, account, device, action, kind, object, reason, details "
        "FROM audit ORDER BY number"
    )
    for number, link, digest, *entry in rows:
        if link != previous or digest != _digest(previous, entry):
            return int(number)
        previous = digest
    return None


def last(db: Database) -> tuple[int, str]:
    """Number and hash of the newest entry; (0, "") while there is none."""
    row = db.execute("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "")


def after(db: Database, entry: tuple[int, str]) -> list[dict[str, Any]] | None:
    """The entries since another trail's newest one (see `last`), oldest first: at, account, device, action, kind,
    object, details (parsed). None when this trail does not hold that entry: then the two are not the same commune's.
    """
    if entry != (0, "") and not db.execute("SELECT 1 FROM audit WHERE number = ? AND hash = ?", entry).fetchone():
        return None
    rows = db.query(
        "SELECT at, account, device, action, kind, object, details FROM audit WHERE number > ? ORDER BY number",
        [entry[0]],
    )
    return [{**row, "details": json.loads(row["details"])} for row in rows]


def of_object(db: Database, kind: str, object_id: str) -> list[dict[str, Any]]:
    """The entries about one object, newest first: at, account, device, action, reason, details (parsed)."""
    rows = db.query(
        "SELECT at, account, device, action, reason, details FROM audit WHERE kind = ? AND object = ? "
        "ORDER BY number DESC",
        [kind, object_id],
    )
    return [{**row, "details": json.loads(row["details"])} for row in rows]


def recent(db: Database, *, before: int | None = None, account: str = "", limit: int = 100) -> list[dict[str, Any]]:
    """The trail, newest first: number, at, account, device, action, kind, object, reason, details (parsed).

    before: only entries with a smaller number. account: only one person's.
    """
    rows = db.query(
        "SELECT number, at, account, device, action, kind, object, reason, details FROM audit "
        "WHERE number < coalesce(?, number + 1) AND (? = '' OR account = ?) ORDER BY number DESC LIMIT ?",
        [before, account, account, limit],
    )
    return [{**row, "details": json.loads(row["details"])} for row in rows]


_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _digest(previous: str, entry: list[str]) -> str:
    return hashlib.sha256("\x1f".join([previous, *entry]).encode()).hexdigest()
