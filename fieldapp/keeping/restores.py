"""What the office is told after a restore: what phones have brought back, and what nobody brings back.

Phones notice by themselves that the server's history is another (sync/PROTOCOL.md, "Rewind") and offer again what they
hold. What the office did since the backup has to be done again by hand; but whoever it had shut out stays shut out
(people.stay_shut_out), where the replaced database can still tell.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, commitments, inspections, people, units
from fieldapp.audit import Actor
from fieldapp.clock import local_day, parse_instant
from sync import history
from sync.history import Transaction, instant

DEEDS_KEPT = 500
_ROUTINE = {"backup_taken", "backup_faulty", "record_opened", "record_printed", "list_exported"}
_HOLDS_ON = {"device_revoked", "account_closed", "password_set"}
"""Deeds that a restore does not undo."""
_OF_THE_OFFICE = ("", "cli")


@dataclass(frozen=True)
class Lost:
    """What was done since the backup and is undone by the restore.

    deeds: of the office, oldest first (at, person, action, kind, object, number). phones: enrolled since (name,
    person). revived: ids of phones that had been revoked, reopened: of accounts that had been closed; the backup would
    open them, and they are shut again. safe: up to where a verified backup had been; phones may have dropped what they
    had sent up to there.
    """

    deeds: list[dict[str, str]] = field(default_factory=list)
    phones: list[dict[str, str]] = field(default_factory=list)
    revived: list[str] = field(default_factory=list)
    reopened: list[str] = field(default_factory=list)
    safe: int = 0


@dataclass(frozen=True)
class Restored:
    """A restore. taken_at: of the backup, '' where it does not say. seq: the newest point that was restored.

    entry: number and hash of its entry in the trail. lost: None when the replaced database could not be read.
    """

    at: str
    file: str
    taken_at: str
    seq: int
    entry: tuple[int, str]
    lost: Lost | None
    seen_at: str | None = None


@dataclass(frozen=True)
class CameBack:
    """What one phone has brought since the restore that was made before it. carried: of those, other people's."""

    device: str
    account: str
    inspections: list[str]
    commitments: int
    edits: int
    carried: int


def lost_since(before: Database, after: Database) -> Lost | None:
    """What a database that is about to be replaced tells of the time since the backup; None when it is no later state
    of the same trail."""
    entries = audit.after(before, audit.last(after))
    if entries is None:
        return None
    names = people.names(before)
    deeds = [
        {
            "at": e["at"], "person": names.get(e["account"], ""), "action": e["action"], "kind": e["kind"],
            "object": e["object"], "number": str(e["details"].get("number") or e["details"].get("username") or ""),
        }
        for e in entries if e["device"] in _OF_THE_OFFICE and e["action"] not in _ROUTINE | _HOLDS_ON
    ]  # fmt: skip
    were, are = ({phone["id"]: phone for phone in people.devices(db)} for db in (before, after))
    open_now = {account.id for account in people.accounts(after) if account.closed_at is None}
    return Lost(
        deeds[-DEEDS_KEPT:],
        [{"name": phone["name"], "person": phone["person"]} for one, phone in were.items() if one not in are],
        [one for one, phone in were.items() if phone["revoked"] and one in are and not are[one]["revoked"]],
        [account.id for account in people.accounts(before) if account.closed_at and account.id in open_now],
        history.safe(before),
    )


def note(tx: Transaction, *, file: str, taken_at: str, seq: int, lost: Lost | None) -> None:
    """Remember a restore, in the restored database itself."""
    audit.record(tx, audit.COMMAND_LINE, "restored", "backup", file, seq=seq, taken_at=taken_at)
    told = json.dumps(asdict(lost), ensure_ascii=False) if lost else ""
    tx.db.execute(
        "INSERT OR REPLACE INTO restore (at, file, taken_at, seq, entry, entry_hash, lost) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [instant(tx.now), file, taken_at, seq, *audit.last(tx.db), told],
    )


def newest(db: Database) -> Restored | None:
    """The last restore, or None; by the audit trail, as the clock may have been put right in between."""
    row = db.execute(
        "SELECT at, file, taken_at, seq, entry, entry_hash, lost, seen_at FROM restore ORDER BY entry DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    at, file, taken_at, seq, number, digest, lost, seen_at = row
    return Restored(at, file, taken_at, seq, (number, digest), Lost(**json.loads(lost)) if lost else None, seen_at)


def unseen(db: Database) -> Restored | None:
    """The last restore, until somebody of the office says that everything was redone."""
    found = newest(db)
    return found if found and found.seen_at is None else None


def settle(tx: Transaction, actor: Actor, restored: Restored) -> None:
    """The office has redone what had to be; it is no longer shown on every page."""
    tx.db.execute(
        "UPDATE restore SET seen_at = ?, seen_by = ? WHERE at = ?", [instant(tx.now), actor.account, restored.at]
    )
    audit.record(tx, actor, "restore_settled", "backup", restored.file)


def came_back(db: Database, restored: Restored) -> list[CameBack]:
    """What phones have brought since the restore and was made before it, a row for each phone and person."""
    day = local_day(parse_instant(restored.at), units.time_zone(db))
    found: dict[tuple[str, str], CameBack] = {}
    counts: Counter[tuple[str, str, str]] = Counter()
    for entry in audit.after(db, restored.entry) or []:
        who = entry["device"], entry["account"]
        if entry["device"] in _OF_THE_OFFICE or not _made_before(db, entry, restored.at, day):
            continue
        row = found.setdefault(who, CameBack(*who, [], 0, 0, 0))
        if entry["action"] == "inspection_recorded":
            row.inspections.append(entry["details"]["number"])
        counts[*who, entry["action"]] += 1
    return [
        replace(
            row, commitments=counts[*who, "commitment_recorded"], carried=counts[*who, "record_carried"],
            edits=counts[*who, "establishment_changed"] + counts[*who, "establishment_identified"],
        )
        for who, row in found.items()
    ]  # fmt: skip


_SHOWN = {
    "inspection_recorded", "commitment_recorded", "record_carried", "establishment_changed", "establishment_identified",
}  # fmt: skip


def _made_before(db: Database, entry: dict[str, Any], at: str, day: date) -> bool:
    """Whether a record that arrived after the restore had been made before it. An edit does not say: it is shown."""
    if entry["action"] not in _SHOWN:
        return False
    if entry["kind"] == "inspection":
        return parse_instant(inspections.read(db, entry["object"]).started_at) <= parse_instant(at)
    if entry["kind"] == "commitment":
        return commitments.read(db, entry["object"]).signed_on <= day
    return True
