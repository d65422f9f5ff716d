"""Inspections: recorded as their authors signed them, numbered, reviewed, amended by a new one, never changed.

The signed body stands in sync.signed; the table here holds what lists and rules need of it.

    inspection.py    an inspection: its shape, its row, the lists of them
    review.py        what the office says of one
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, checklists, findings, overlap, units, visits
from fieldapp.audit import Actor
from fieldapp.clock import local_day, parse_instant
from fieldapp.database import insert
from fieldapp.errors import invalid
from fieldapp.inspections.inspection import (
    RECOMMENDATIONS,
    STATES,
    Inspection,
    content,
    count_waiting,
    ids,
    ids_of,
    in_year,
    numbered,
    of_establishment,
    places,
    read,
    waiting,
    with_shortcomings,
    workers_told,
)
from fieldapp.inspections.review import accept, carry_day, reviews, send_back, settle_day, void
from fieldapp.visits import Visit
from sync.history import Transaction, instant

__all__ = [
    "RECOMMENDATIONS", "STATES", "Inspection", "Numbers", "accept", "content", "count_waiting", "ids", "ids_of",
    "in_year", "numbered", "numbers", "numbers_hold_on", "of_establishment", "places", "read", "record_inspection",
    "reviews", "send_back", "settle_day", "void", "waiting", "with_shortcomings", "workers_told",
]  # fmt: skip

_TALLIES = {
    "compliant": "dat", "noncompliant": "khong_dat", "not_applicable": "khong_ap_dung", "not_examined": "chua_xem_xet",
}  # fmt: skip
_UNDECIDED = {
    "state": "received", "remark": "",
    **dict.fromkeys(("amended_by", "decided_by", "decided_at", "day_as_signed", "day_reason", "day_by", "day_at")),
}  # fmt: skip
"""Of a record of which nobody has said anything yet."""


def record_inspection(tx: Transaction, body: dict[str, Any], actor: Actor, *, skew_s: int | None = None) -> None:
    """Enter a signed inspection: its number, its row in the ledger, its findings.

    body: inspection v1, already checked. An amendment takes the place of the one it names, which stays readable.
    Raises Refusal field_invalid where another one stands in that place already.
    """
    amends = body.get("amends")
    if amends:
        _refuse_second_amendment(tx.db, body["id"], amends)
    inspected_on = local_day(parse_instant(body["started_at"]), units.time_zone(tx.db))
    taking_part = tuple(sorted(set(body["bodies"])))
    row = {
        "id": body["id"],
        "number": _next_number(tx.db, body["id"], inspected_on.year),
        "establishment": body["establishment"],
        "kind": body.get("kind", "planned"),
        "mode": body.get("mode", "on_site"),
        "outcome": body["outcome"],
        "bodies": json.dumps(taking_part),
        "inspected_on": inspected_on.isoformat(),
        "started_at": body["started_at"],
        "ended_at": body.get("ended_at"),
        "checklist": body.get("checklist"),
        **_tallied(body),
        "author": body.get("author", actor.account),
        "received_at": instant(tx.now),
        "skew_s": skew_s,
        "amends": amends,
        "commitment": body.get("commitment"),
        **_UNDECIDED,
    }
    insert(tx.db, "inspection", row)
    tx.touch("inspection", body["id"])
    tx.touch("establishment", body["establishment"])
    in_ledger = _ledger_row(row, inspected_on, taking_part)
    visits.enter(tx, in_ledger)
    _enter_beside(tx, body, in_ledger)
    _open_findings(tx, body, inspected_on)
    audit.record(tx, actor, "inspection_recorded", "inspection", body["id"], number=row["number"], amends=amends)
    _settle_amendments(tx, body["id"], amends)


def _tallied(body: dict[str, Any]) -> dict[str, int]:
    given = Counter(answer["a"] for answer in body.get("answers", {}).values())
    return {column: given[answer] for column, answer in _TALLIES.items()}


def _refuse_second_amendment(db: Database, inspection_id: str, amends: str) -> None:
    """Of two phones that amend the same record only one may take its place, else both would count; and two that amend
    each other would leave none."""
    rival = db.execute(
        "SELECT 1 FROM inspection WHERE amends = ? AND id <> ? AND state <> 'voided'", [amends, inspection_id]
    ).fetchone()  # fmt: skip
    if rival:
        raise invalid({"amends": "amended already"})
    waiting = db.execute("SELECT id FROM inspection WHERE amends = ?", [inspection_id]).fetchall()
    if {row[0] for row in waiting} & set(_chain(db, amends)):
        raise invalid({"amends": "goes round"})


def _settle_amendments(tx: Transaction, inspection_id: str, amends: str | None) -> None:
    """Strike what this one replaces, and this one where its replacement has arrived first from another phone."""
    if amends and tx.db.execute("SELECT 1 FROM inspection WHERE id = ?", [amends]).fetchone():
        _replace(tx, amends, inspection_id)
    later = tx.db.execute("SELECT id FROM inspection WHERE amends = ?", [inspection_id]).fetchone()
    if later:
        _replace(tx, inspection_id, later[0])


def _enter_beside(tx: Transaction, body: dict[str, Any], in_ledger: Visit) -> None:
    """What the record says of other visits: those the owner told of, and why there was a second one this year."""
    if body.get("second_visit"):
        overlap.told(tx, body["id"], body["second_visit"])
    told = body.get("told_visits")
    if isinstance(told, list):
        visits.enter_told(tx, in_ledger, told, units.read(tx.db).bodies)


def _ledger_row(row: dict[str, Any], inspected_on: date, bodies: tuple[str, ...]) -> Visit:
    return Visit(
        row["establishment"], inspected_on, bodies, row["kind"], row["mode"], row["outcome"],
        document_no=row["number"], source="inspection", inspection=row["id"],
    )  # fmt: skip


def _open_findings(tx: Transaction, body: dict[str, Any], inspected_on: date) -> None:
    answers = {item: answer for item, answer in body.get("answers", {}).items() if answer["a"] == "khong_dat"}
    if not answers:
        return
    items = checklists.items_of(tx.db, body.get("checklist") or "")
    findings.open_from(
        tx, inspection=body["id"], establishment=body["establishment"], inspected_on=inspected_on, answers=answers,
        items=items,
    )  # fmt: skip


def _replace(tx: Transaction, earlier: str, later: str) -> None:
    tx.db.execute("UPDATE inspection SET amended_by = ? WHERE id = ?", [later, earlier])
    visits.strike_inspection(tx, earlier)
    findings.withdraw(tx, earlier)
    findings.carry_over(tx, _chain(tx.db, later))
    carry_day(tx, earlier, later)
    tx.touch("inspection", earlier)
    tx.touch("establishment", read(tx.db, earlier).establishment)


def _chain(db: Database, inspection_id: str) -> list[str]:
    """The inspections that led to this one, each amended by the next, the original first; then those that amend it."""
    rows = db.execute(
        """WITH RECURSIVE earlier (id, amends, step) AS (
             SELECT id, amends, 0 FROM inspection WHERE id = ?1
             UNION SELECT i.id, i.amends, step - 1 FROM inspection i JOIN earlier ON i.id = earlier.amends
             WHERE step > -100),
           later (id, step) AS (
             SELECT ?1, 0 UNION SELECT i.id, step + 1 FROM inspection i JOIN later ON i.amends = later.id
             WHERE step < 100)
           SELECT id, min(step) FROM (SELECT id, step FROM earlier UNION SELECT id, step FROM later)
           GROUP BY id ORDER BY 2, 1""",
        [inspection_id],
    )
    return [row[0] for row in rows]


def _next_number(db: Database, inspection_id: str, year: int) -> str:
    """BB-2026-0001, -0002…: given by the office in the order of arrival, within the year of the visit.

    A record that a restore had lost gets the number that it had.
    """
    had = db.execute("SELECT number FROM number_given WHERE inspection = ?", [inspection_id]).fetchone()
    if had and had[0].startswith(f"BB-{year}-"):
        return str(had[0])
    (number,) = db.execute(
        "INSERT INTO inspection_number (year, last) VALUES (?, 1) "
        "ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last",
        [year],
    ).fetchone()
    return f"BB-{year}-{number:04d}"


@dataclass(frozen=True)
class Numbers:
    """last: year -> the last number given. given: inspection id -> its number."""

    last: dict[int, int]
    given: dict[str, str]


def numbers(db: Database) -> Numbers:
    """Every number that was ever given here, also to records that a restore has lost since."""
    given = dict(db.execute("SELECT inspection, number FROM number_given").fetchall())
    given |= dict(db.execute("SELECT id, number FROM inspection").fetchall())
    return Numbers(dict(db.execute("SELECT year, last FROM inspection_number").fetchall()), given)


def numbers_hold_on(tx: Transaction, before: Numbers) -> None:
    """After a restore: a number that stood on a paper goes to no other record, and to the same one again."""
    for year, last in before.last.items():
        tx.db.execute(
            "INSERT INTO inspection_number (year, last) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
            [year, last],
        )
    known = numbers(tx.db).given
    for inspection_id, number in before.given.items():
        if inspection_id not in known:
            insert(tx.db, "number_given", {"inspection": inspection_id, "number": number})
