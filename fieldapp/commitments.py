"""The owner's commitment: which clauses, who signed, how long it holds.

What was signed stands unchanged in sync.signed; here is what the office counts with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import audit
from fieldapp.audit import Actor
from fieldapp.database import insert
from fieldapp.errors import Refusal
from sync.history import Transaction, instant

CAPACITIES = {"owner": "Chủ cơ sở", "responsible": "Người chịu trách nhiệm", "authorised": "Người được ủy quyền"}


@dataclass(frozen=True)
class Commitment:
    """signed_on .. valid_until: local days, both included. state: in_force, superseded, breached or refused."""

    id: str
    establishment: str
    inspection: str | None
    template: str
    signer: str
    capacity: str
    signed_on: date
    valid_until: date
    refused: bool
    author: str
    received_at: str
    state: str

    def in_force(self, on: date) -> bool:
        return self.state == "in_force" and self.signed_on <= on <= self.valid_until


_COLUMNS = (
    "id, establishment, inspection, template, signer, capacity, signed_on, valid_until, refused, author, received_at, "
    "state"
)
_NAMES = _COLUMNS.split(", ")
assert [f.name for f in fields(Commitment)] == _NAMES  # noqa: S101  rows are read by place: a year has thousands
_PLACE, _SIGNED, _UNTIL, _REFUSED = map(_NAMES.index, ("establishment", "signed_on", "valid_until", "refused"))


def record_commitment(tx: Transaction, body: dict[str, Any], actor: Actor) -> Commitment:
    """Enter a signed (or refused) commitment. body: commitment v1, already checked.

    A newer signature supersedes the one in force. A refusal is kept and supersedes nothing.
    """
    refused = body.get("refusal") is not None
    commitment = Commitment(
        body["id"], body["establishment"], body.get("inspection"), body["template"], body["signer"]["name"],
        body["signer"]["capacity"], date.fromisoformat(body["signed_on"]), date.fromisoformat(body["valid_until"]),
        refused, body["author"], instant(tx.now), "refused" if refused else "in_force",
    )  # fmt: skip
    days = {"signed_on": body["signed_on"], "valid_until": body["valid_until"]}
    row = {**vars(commitment), **days, "refused": int(refused)}
    insert(tx.db, "commitment", row)
    if not refused:
        _supersede(tx, commitment)
    tx.touch("commitment", commitment.id)
    tx.touch("establishment", commitment.establishment)
    audit.record(tx, actor, "commitment_recorded", "commitment", commitment.id, refused=refused)
    return commitment


def _supersede(tx: Transaction, newest: Commitment) -> None:
    """Of several signed ones, the last signed stands, whatever order they arrived in."""
    rows = tx.db.execute(
        "SELECT id FROM commitment WHERE establishment = ? AND state IN ('in_force', 'superseded') "
        "ORDER BY signed_on DESC, received_at DESC, id",
        [newest.establishment],
    ).fetchall()
    for place, (commitment_id,) in enumerate(rows):
        state = "superseded" if place else "in_force"
        tx.db.execute("UPDATE commitment SET state = ? WHERE id = ?", [state, commitment_id])


def read(db: Database, commitment_id: str) -> Commitment:
    """Raises Refusal commitment_unknown."""
    row = db.execute(f"SELECT {_COLUMNS} FROM commitment WHERE id = ?", [commitment_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("commitment_unknown")
    return _commitment(row)


def of_establishment(db: Database, establishment_id: str) -> list[Commitment]:
    """Every commitment of an establishment, newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM commitment WHERE establishment = ? ORDER BY signed_on DESC, received_at DESC",  # noqa: S608
        [establishment_id],
    )
    return [_commitment(row) for row in rows]


def in_year(db: Database, year: int) -> dict[str, list[Commitment]]:
    """Establishment id -> its commitments of a calendar year, signed or refused, newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM commitment WHERE signed_on BETWEEN ? AND ? "  # noqa: S608
        "ORDER BY signed_on DESC, received_at DESC",
        [f"{year}-01-01", f"{year}-12-31"],
    )
    found: dict[str, list[Commitment]] = {}
    for made in map(_commitment, rows):
        found.setdefault(made.establishment, []).append(made)
    return found


def places(db: Database, ids: Iterable[str], since: date) -> dict[str, str]:
    """Id -> establishment, of those among the ids that were signed or received since a day."""
    rows = db.execute(
        "SELECT id, establishment FROM commitment WHERE id IN (SELECT value FROM json_each(?)) "
        "AND (signed_on >= ? OR received_at >= ?)",
        [json.dumps(list(ids)), since.isoformat(), since.isoformat()],
    )
    return dict(rows.fetchall())


def ids(db: Database) -> set[str]:
    """The ids of every commitment."""
    return {row[0] for row in db.execute("SELECT id FROM commitment")}


def ids_of(db: Database, establishment_ids: Iterable[str]) -> list[str]:
    """The ids of every commitment of these establishments."""
    rows = db.execute(
        "SELECT id FROM commitment WHERE establishment IN (SELECT value FROM json_each(?))",
        [json.dumps(list(establishment_ids))],
    )
    return [row[0] for row in rows]


def in_force(db: Database, on: date, establishment_ids: Iterable[str] | None = None) -> dict[str, Commitment]:
    """Establishment id -> its commitment in force on a day, of all establishments or of those given.

    Of those signed by that day the last one stands: on a past day, one that has been superseded since.
    """
    where = "" if establishment_ids is None else "AND establishment IN (SELECT value FROM json_each(?))"
    given = [] if establishment_ids is None else [json.dumps(list(establishment_ids))]
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM commitment WHERE refused = 0 AND signed_on <= ? {where} "  # noqa: S608
        "ORDER BY signed_on, received_at, id DESC",
        [on.isoformat(), *given],
    )
    last = {row[_PLACE]: _commitment(row) for row in rows}
    return {place: found for place, found in last.items() if found.state != "breached" and on <= found.valid_until}


def _commitment(row: tuple[Any, ...]) -> Commitment:
    values = list(row)
    values[_SIGNED], values[_UNTIL] = date.fromisoformat(values[_SIGNED]), date.fromisoformat(values[_UNTIL])
    values[_REFUSED] = bool(values[_REFUSED])
    return Commitment(*values)
