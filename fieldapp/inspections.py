"""Inspections: recorded as their authors signed them, numbered, reviewed, amended by a new one, never changed.

The signed body stands in sync.signed; the table here holds what lists and rules need of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, checklists, findings, overlap, units, visits
from fieldapp.audit import Actor
from fieldapp.clock import local_day, parse_instant
from fieldapp.database import insert
from fieldapp.errors import Refusal, say
from fieldapp.visits import Visit
from sync import signed
from sync.history import Transaction, instant

STATES = {"received": "Chờ xem", "accepted": "Đã chấp nhận", "returned": "Đã trả lại", "voided": "Đã hủy"}
RECOMMENDATIONS = {
    "good": "Chấp hành tốt", "remedy": "Còn tồn tại, yêu cầu khắc phục",
    "refer": "Kiến nghị người có thẩm quyền xem xét, xử lý",
}  # fmt: skip
SKEW_FLAGGED_S = 300


@dataclass(frozen=True)
class Inspection:
    """inspected_on: the local day of its start, or the day that the office holds to be the true one; day_as_signed is
    then the day by the phone. amended_by: the inspection that replaced it. skew_s: clock error seen.

    compliant, noncompliant, not_applicable, not_examined: how many answers of each kind.
    """

    id: str
    number: str
    establishment: str
    kind: str
    mode: str
    outcome: str
    bodies: tuple[str, ...]
    inspected_on: date
    started_at: str
    ended_at: str | None
    checklist: str | None
    compliant: int
    noncompliant: int
    not_applicable: int
    not_examined: int
    author: str
    received_at: str
    skew_s: int | None
    amends: str | None
    amended_by: str | None
    commitment: str | None
    state: str
    remark: str
    decided_by: str | None
    decided_at: str | None
    day_as_signed: date | None = None
    day_reason: str | None = None
    day_by: str | None = None
    day_at: str | None = None

    @property
    def skewed(self) -> bool:
        """Whether the phone's clock was off by more than five minutes."""
        return self.skew_s is not None and abs(self.skew_s) >= SKEW_FLAGGED_S

    @property
    def stands(self) -> bool:
        return self.state != "voided" and self.amended_by is None


_COLUMNS = (
    "id, number, establishment, kind, mode, outcome, bodies, inspected_on, started_at, ended_at, checklist, compliant, "
    "noncompliant, not_applicable, not_examined, author, received_at, skew_s, amends, amended_by, commitment, state, "
    "remark, decided_by, decided_at, day_as_signed, day_reason, day_by, day_at"
)


def record_inspection(tx: Transaction, body: dict[str, Any], actor: Actor, *, skew_s: int | None = None) -> Inspection:
    """Enter a signed inspection: its number, its row in the ledger, its findings.

    body: inspection v1, already checked. An amendment takes the place of the one it names, which stays readable.
    Raises Refusal field_invalid where another one stands in that place already.
    """
    if body.get("amends"):
        _refuse_second_amendment(tx.db, body["id"], body["amends"])
    inspected_on = local_day(parse_instant(body["started_at"]), units.time_zone(tx.db))
    tally = Counter(answer["a"] for answer in body.get("answers", {}).values())
    amends = body.get("amends")
    row = {
        "id": body["id"],
        "number": _next_number(tx.db, body["id"], inspected_on.year),
        "establishment": body["establishment"],
        "kind": body.get("kind", "planned"),
        "mode": body.get("mode", "on_site"),
        "outcome": body["outcome"],
        "bodies": json.dumps(sorted(set(body["bodies"]))),
        "inspected_on": inspected_on.isoformat(),
        "started_at": body["started_at"],
        "ended_at": body.get("ended_at"),
        "checklist": body.get("checklist"),
        "compliant": tally["dat"],
        "noncompliant": tally["khong_dat"],
        "not_applicable": tally["khong_ap_dung"],
        "not_examined": tally["chua_xem_xet"],
        "author": body.get("author", actor.account),
        "received_at": instant(tx.now),
        "skew_s": skew_s,
        "amends": amends,
        "commitment": body.get("commitment"),
        "amended_by": None,
        "state": "received",
        "remark": "",
        "decided_by": None,
        "decided_at": None,
        **dict.fromkeys(("day_as_signed", "day_reason", "day_by", "day_at")),
    }
    insert(tx.db, "inspection", row)
    tx.touch("inspection", body["id"])
    tx.touch("establishment", body["establishment"])
    in_ledger = _ledger_row(row, inspected_on)
    visits.enter(tx, in_ledger)
    _enter_beside(tx, body, in_ledger)
    _open_findings(tx, body, inspected_on)
    audit.record(tx, actor, "inspection_recorded", "inspection", body["id"], number=row["number"], amends=amends)
    amended_by = _settle_amendments(tx, body["id"], amends)
    return _inspection(tuple({**row, "amended_by": amended_by}[name] for name in _COLUMNS.split(", ")))


def _refuse_second_amendment(db: Database, inspection_id: str, amends: str) -> None:
    """Of two phones that amend the same record only one may take its place, else both would count; and two that amend
    each other would leave none."""
    rival = db.execute(
        "SELECT 1 FROM inspection WHERE amends = ? AND id <> ? AND state <> 'voided'", [amends, inspection_id]
    ).fetchone()  # fmt: skip
    if rival:
        raise Refusal("field_invalid", {"amends": ["amended already"]}, field="amends", reason="amended already")
    waiting = db.execute("SELECT id FROM inspection WHERE amends = ?", [inspection_id]).fetchall()
    if {row[0] for row in waiting} & set(_chain(db, amends)):
        raise Refusal("field_invalid", {"amends": ["goes round"]}, field="amends", reason="goes round")


def _settle_amendments(tx: Transaction, inspection_id: str, amends: str | None) -> str | None:
    """Strike what this one replaces, and this one where its replacement has arrived first from another phone.

    Returns that replacement's id, or None.
    """
    if amends and tx.db.execute("SELECT 1 FROM inspection WHERE id = ?", [amends]).fetchone():
        _replace(tx, amends, inspection_id)
    later = tx.db.execute("SELECT id FROM inspection WHERE amends = ?", [inspection_id]).fetchone()
    if later:
        _replace(tx, inspection_id, later[0])
    return later[0] if later else None


def _enter_beside(tx: Transaction, body: dict[str, Any], in_ledger: Visit) -> None:
    """What the record says of other visits: those the owner told of, and why there was a second one this year."""
    if body.get("second_visit"):
        overlap.told(tx, body["id"], body["second_visit"])
    told = body.get("told_visits")
    if isinstance(told, list):
        visits.enter_told(tx, in_ledger, told, units.read(tx.db).bodies)


def _ledger_row(row: dict[str, Any], inspected_on: date) -> Visit:
    return Visit(
        row["establishment"], inspected_on, tuple(json.loads(row["bodies"])), row["kind"], row["mode"], row["outcome"],
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
    _carry_day(tx, earlier, later)
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
    had = db.execute(
        "SELECT number FROM number_given WHERE inspection = ? AND number LIKE ?", [inspection_id, f"BB-{year}-%"]
    ).fetchone()
    if had:
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


def accept(tx: Transaction, actor: Actor, inspection_id: str) -> None:
    """The officer has read it and takes it as it is."""
    _decide(tx, actor, inspection_id, "accepted", "")


def send_back(tx: Transaction, actor: Actor, inspection_id: str, remark: str) -> None:
    """The author is asked to amend it. It still counts until it is voided. remark: what is missing, required."""
    _decide(tx, actor, inspection_id, "returned", _required(remark))


def void(tx: Transaction, actor: Actor, inspection_id: str, reason: str) -> None:
    """It no longer counts and its findings are withdrawn; it stays readable. reason: required."""
    _decide(tx, actor, inspection_id, "voided", _required(reason))
    visits.strike_inspection(tx, inspection_id)
    findings.withdraw(tx, inspection_id)


def settle_day(tx: Transaction, actor: Actor, inspection_id: str, day: date, reason: str) -> None:
    """The office holds that the visit took place on another day than the phone said, or on that day after all.

    The signed record stays as it is; the day decides in which year the visit counts. reason: required.
    Raises Refusal field_invalid for a day after the record had arrived.
    """
    inspection, said = _that_stands(tx.db, inspection_id), _required(reason)
    arrived_on = local_day(parse_instant(inspection.received_at), units.time_zone(tx.db))
    if day > arrived_on:
        why = say("không thể sau ngày văn phòng nhận được biên bản", "cannot be after the day the record arrived")
        raise Refusal("field_invalid", {"day": [why]}, field="day", reason=why)
    as_signed = inspection.day_as_signed or inspection.inspected_on
    _write_day(tx, inspection_id, day, [as_signed.isoformat(), said, actor.account, instant(tx.now)])
    days = {"day": day.isoformat(), "as_signed": as_signed.isoformat()}
    audit.record(tx, actor, "inspection_day_settled", "inspection", inspection_id, reason=said, **days)


def _write_day(tx: Transaction, inspection_id: str, day: date, settled: list[Any]) -> None:
    """settled: day_as_signed, day_reason, day_by, day_at."""
    tx.db.execute(
        "UPDATE inspection SET inspected_on = ?, day_as_signed = ?, day_reason = ?, day_by = ?, day_at = ? "
        "WHERE id = ?",
        [day.isoformat(), *settled, inspection_id],
    )
    visits.move_inspection(tx, inspection_id, day)
    tx.touch("inspection", inspection_id)


def _carry_day(tx: Transaction, earlier: str, later: str) -> None:
    """An amendment begins as a copy and keeps the wrong day of a wrong clock: what the office has settled holds on."""
    was, now = read(tx.db, earlier), read(tx.db, later)
    if was.day_as_signed and now.day_as_signed is None and now.inspected_on == was.day_as_signed:
        _write_day(
            tx, later, was.inspected_on, [was.day_as_signed.isoformat(), was.day_reason, was.day_by, was.day_at]
        )  # fmt: skip


def reviews(db: Database, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Id -> what phones are told of the office's review of it (shape: Review)."""
    rows = db.execute(
        "SELECT id, number, state, remark, decided_at, amended_by, inspected_on, day_as_signed FROM inspection "
        "WHERE id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(ids))],
    )
    return {
        row[0]: {
            "number": row[1], "state": row[2], "remark": row[3], "decided_at": row[4], "amended_by": row[5],
            "day": row[6] if row[7] else None,
        }
        for row in rows
    }  # fmt: skip


def _required(text: str) -> str:
    if not text.strip():
        raise Refusal("reason_required")
    return text.strip()


def _decide(tx: Transaction, actor: Actor, inspection_id: str, state: str, remark: str) -> None:
    inspection = _that_stands(tx.db, inspection_id)
    tx.db.execute(
        "UPDATE inspection SET state = ?, remark = ?, decided_by = ?, decided_at = ? WHERE id = ?",
        [state, remark, actor.account, instant(tx.now), inspection_id],
    )
    tx.touch("inspection", inspection_id)
    tx.touch("establishment", inspection.establishment)
    audit.record(tx, actor, f"inspection_{state}", "inspection", inspection_id, reason=remark)


def _that_stands(db: Database, inspection_id: str) -> Inspection:
    inspection = read(db, inspection_id)
    if inspection.state == "voided":
        raise Refusal("inspection_voided")
    if inspection.amended_by:
        raise Refusal("inspection_amended", number=read(db, inspection.amended_by).number)
    return inspection


def read(db: Database, inspection_id: str) -> Inspection:
    """Raises Refusal inspection_unknown."""
    row = db.execute(f"SELECT {_COLUMNS} FROM inspection WHERE id = ?", [inspection_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("inspection_unknown")
    return _inspection(row)


def numbered(db: Database, number: str) -> Inspection:
    """The inspection with that number. Raises Refusal inspection_unknown."""
    row = db.execute(f"SELECT {_COLUMNS} FROM inspection WHERE number = ?", [number.strip().upper()]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("inspection_unknown")
    return _inspection(row)


def content(db: Database, inspection_id: str) -> dict[str, Any]:
    """The signed body: answers, figures, facts of that day, signatures (shape: inspection v1 in sync/PROTOCOL.md)."""
    record = signed.read(db, "inspection", inspection_id)
    if record is None:
        raise Refusal("inspection_unknown")
    return record.content


def waiting(db: Database) -> list[Inspection]:
    """Those the officer has not decided about, oldest arrival first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM inspection WHERE state = 'received' AND amended_by IS NULL "  # noqa: S608
        "ORDER BY received_at, number"
    )
    return [_inspection(row) for row in rows]


def count_waiting(db: Database) -> int:
    """How many `waiting` would give."""
    query = "SELECT count(*) FROM inspection WHERE state = 'received' AND amended_by IS NULL"
    return int(db.execute(query).fetchone()[0])


def in_year(db: Database, year: int) -> list[Inspection]:
    """All inspections of a calendar year, newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM inspection WHERE inspected_on BETWEEN ? AND ? ORDER BY inspected_on DESC, number DESC",  # noqa: S608
        [f"{year}-01-01", f"{year}-12-31"],
    )
    return [_inspection(row) for row in rows]


def of_establishment(db: Database, establishment_id: str) -> list[Inspection]:
    """All inspections of one establishment, newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM inspection WHERE establishment = ? ORDER BY inspected_on DESC, number DESC",  # noqa: S608
        [establishment_id],
    )
    return [_inspection(row) for row in rows]


def with_shortcomings(db: Database) -> dict[str, list[date]]:
    """Establishment id -> the days of its inspections that stand and found something not compliant, ascending."""
    rows = db.execute(
        "SELECT establishment, inspected_on FROM inspection WHERE noncompliant > 0 AND outcome = 'conducted' "
        "AND state <> 'voided' AND amended_by IS NULL ORDER BY inspected_on"
    )
    found: dict[str, list[date]] = {}
    for establishment, day in rows:
        found.setdefault(establishment, []).append(date.fromisoformat(day))
    return found


def workers_told(db: Database, start: date, end: date) -> list[tuple[str, int]]:
    """Establishment id and how many workers were told something there (figure N04), one pair an inspection that stands.

    start, end: local days, both included.
    """
    rows = db.execute(
        "SELECT id, establishment FROM inspection WHERE inspected_on BETWEEN ? AND ? AND outcome = 'conducted' "
        "AND state <> 'voided' AND amended_by IS NULL",
        [start.isoformat(), end.isoformat()],
    )
    places = dict(rows.fetchall())
    bodies = ((line[0], json.loads(line[4])) for line in signed.lines(db, "inspection", list(places)))
    told = ((places[key], body.get("figures", {}).get("N04")) for key, body in bodies)
    return [(place, number) for place, number in told if isinstance(number, int) and number > 0]


def places(db: Database, ids: Iterable[str], since: date) -> dict[str, str]:
    """Id -> establishment, of those among the ids that were made or received since a day."""
    rows = db.execute(
        "SELECT id, establishment FROM inspection WHERE id IN (SELECT value FROM json_each(?)) "
        "AND (inspected_on >= ? OR received_at >= ?)",
        [json.dumps(list(ids)), since.isoformat(), since.isoformat()],
    )
    return dict(rows.fetchall())


def ids(db: Database) -> set[str]:
    """The ids of every inspection."""
    return {row[0] for row in db.execute("SELECT id FROM inspection")}


def ids_of(db: Database, establishment_ids: Iterable[str]) -> list[str]:
    """The ids of every inspection of these establishments."""
    rows = db.execute(
        "SELECT id FROM inspection WHERE establishment IN (SELECT value FROM json_each(?))",
        [json.dumps(list(establishment_ids))],
    )
    return [row[0] for row in rows]


def _inspection(row: tuple[Any, ...]) -> Inspection:
    values = list(row)
    values[6] = tuple(json.loads(values[6]))
    values[7] = date.fromisoformat(values[7])
    values[25] = date.fromisoformat(values[25]) if values[25] else None
    return Inspection(*values)
