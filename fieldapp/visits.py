"""The yearly ledger: every body's visits to every establishment, imported, typed, told or from our own inspections.

One row is one record of a visit. Records of one establishment and day that share a body are one visit. Where two
bodies came on one day without a common record, the office is asked whether it was one visit: joined, each of the rows
names both bodies, so that whoever counts sees one joint visit. Which visits count for a target is coverage.py's to say.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

from sqlite_utils import Database

from fieldapp import audit
from fieldapp.audit import Actor
from fieldapp.errors import Refusal, reason_given
from sync.history import Transaction, instant

Record = TypeVar("Record")

KINDS = {"planned": "Định kỳ", "unscheduled": "Đột xuất", "reinspection": "Tái kiểm tra", "follow_up": "Hậu kiểm"}
MODES = {"on_site": "Tại chỗ", "remote": "Từ xa"}
OUTCOMES = {"conducted": "Đã kiểm tra", "closed_door": "Đóng cửa", "refused": "Từ chối làm việc"}
LONGEST_TEXT = 500
COUNTED_KINDS = frozenset({"planned", "unscheduled", "reinspection"})
"""What counts unless a target says otherwise; a follow-up looks only at open findings."""
SOURCES = {"inspection": "Biên bản", "imported": "Nhập từ tệp", "typed": "Nhập tay", "as_told": "Theo lời cơ sở"}


@dataclass(frozen=True)
class Visit:
    """bodies: who took part. stands: neither voided nor replaced by an amendment. source: one of SOURCES.

    told_in: the inspection at which the owner told of it. struck: why it was voided. joined: bodies of another record
    of that day were added, because both were one visit.
    """

    establishment: str
    visited_on: date
    bodies: tuple[str, ...] = ("other",)
    kind: str = "planned"
    mode: str = "on_site"
    outcome: str = "conducted"
    document_no: str = ""
    note: str = ""
    source: str = "typed"
    inspection: str | None = None
    stands: bool = True
    id: str = ""
    told_in: str | None = None
    struck: str = ""
    joined: bool = False

    @property
    def counts(self) -> bool:
        """Whether this record can count for any target at all: it stands, was conducted, and on site."""
        return can_count(stands=self.stands, outcome=self.outcome, mode=self.mode)


def can_count(*, stands: bool, outcome: str, mode: str) -> bool:
    """Whether a record of a visit can count for any target: it stands, was conducted, and on site."""
    return stands and outcome == "conducted" and mode == "on_site"


_COLUMNS = (
    "establishment, visited_on, bodies, kind, mode, outcome, document_no, note, source, inspection, stands, id, told_in"
)
_READ = f"{_COLUMNS}, struck, told_bodies IS NOT NULL"
_NAMES = [*_COLUMNS.split(", "), "struck", "joined"]
assert [f.name for f in fields(Visit)] == _NAMES  # noqa: S101  rows are read by place: a year has thousands
_DAY, _BODIES, _STANDS, _JOINED = map(_NAMES.index, ("visited_on", "bodies", "stands", "joined"))


def enter(tx: Transaction, visit: Visit) -> str | None:
    """Enter a visit in the ledger. Returns its id, or None where the very same row of a file is there already."""
    visit_id = visit.id or visit.inspection or str(uuid.uuid4())
    bodies = json.dumps(sorted(set(visit.bodies)))
    day = visit.visited_on.isoformat()
    row_key = same_as(visit) if visit.source == "imported" else None
    cursor = tx.db.execute(
        f"INSERT INTO visit ({_COLUMNS}, same_as, counts, recorded_at) "  # noqa: S608  constant names
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (same_as) DO NOTHING",
        [
            visit.establishment, day, bodies, visit.kind, visit.mode, visit.outcome, visit.document_no, visit.note,
            visit.source, visit.inspection, int(visit.stands), visit_id, visit.told_in, row_key,
            int(visit.counts), instant(tx.now),
        ],
    )  # fmt: skip
    if not cursor.rowcount:
        return None
    tx.touch("establishment", visit.establishment)
    return visit_id


def type_in(tx: Transaction, actor: Actor, visit: Visit) -> str:
    """The officer enters another body's visit. Returns its id."""
    visit_id = str(enter(tx, visit))
    audit.record(
        tx, actor, "visit_typed", "visit", visit_id, establishment=visit.establishment,
        visited_on=visit.visited_on.isoformat(), bodies=sorted(visit.bodies), document_no=visit.document_no,
    )  # fmt: skip
    return visit_id


def enter_told(tx: Transaction, at: Visit, told: Sequence[Any], known: Iterable[str]) -> None:
    """Visits of other bodies this year as the owner told them at an inspection.

    at: the inspection's own row. told: [{"body", "visited_on", "document_no"}] of its signed body; one without a day,
    or after that of the inspection, stays in the record alone. known: codes of bodies.
    """
    for number, one in enumerate(told):
        day = _told_day(one)
        if day is None or day > at.visited_on:
            continue
        body = one.get("body") if one.get("body") in set(known) else "other"
        number_of_paper = str(one.get("document_no") or "")
        visit_id = str(uuid.uuid5(uuid.UUID(at.inspection or ""), f"told {number}"))
        enter(
            tx,
            Visit(
                at.establishment, day, (str(body),), document_no=number_of_paper, source="as_told", id=visit_id,
                told_in=at.inspection,
            ),
        )  # fmt: skip


def _told_day(one: Any) -> date | None:
    try:
        return date.fromisoformat(one["visited_on"])
    except (KeyError, TypeError, ValueError):
        return None


def same_as(visit: Visit) -> str:
    """Two imported rows are one record when this is equal; notes aside."""
    facts = [visit.establishment, visit.visited_on.isoformat(), json.dumps(sorted(set(visit.bodies)))]
    return "\x1f".join([*facts, visit.kind, visit.mode, visit.outcome, visit.document_no])


def imported(db: Database) -> set[str]:
    """`same_as` of every row that came from a file."""
    return {row[0] for row in db.execute("SELECT same_as FROM visit WHERE same_as IS NOT NULL")}


def strike_inspection(tx: Transaction, inspection_id: str) -> None:
    """An inspection was voided or replaced: its row, and what was told at it, stay and no longer count."""
    rows = tx.db.execute(
        "UPDATE visit SET stands = 0, counts = 0 WHERE inspection = ? OR told_in = ? "
        "RETURNING establishment, visited_on",
        [inspection_id, inspection_id],
    ).fetchall()
    for establishment, day in rows:
        tx.touch("establishment", establishment)
        _settle_joined(tx, establishment, day)


def void(tx: Transaction, actor: Actor, visit_id: str, reason: str) -> None:
    """A visit that was typed, imported or told did not take place so: it stays readable and counts no more.

    reason: required. Raises Refusal visit_unknown, visit_not_typed (void the inspection instead).
    """
    reason = reason_given(reason)
    visit = read(tx.db, visit_id)
    if visit.inspection:
        raise Refusal("visit_not_typed")
    tx.db.execute("UPDATE visit SET stands = 0, counts = 0, struck = ? WHERE id = ?", [reason, visit_id])
    tx.touch("establishment", visit.establishment)
    _settle_joined(tx, visit.establishment, visit.visited_on.isoformat())
    audit.record(tx, actor, "visit_voided", "visit", visit_id, reason=reason)


def move_inspection(tx: Transaction, inspection_id: str, day: date) -> None:
    """The office holds that an inspection took place on another day than the phone said."""
    row = tx.db.execute("SELECT establishment FROM visit WHERE inspection = ?", [inspection_id]).fetchone()
    if row:
        tx.db.execute("UPDATE visit SET visited_on = ? WHERE inspection = ?", [day.isoformat(), inspection_id])
        tx.touch("establishment", row[0])


def counting(db: Database, since: date, until: date) -> list[tuple[str, str, frozenset[str], str]]:
    """The rows that can count, by establishment and day.

    since, until: local days, both included.
    Returns: (establishment id, day `YYYY-MM-DD`, bodies, kind).
    """
    rows = db.execute(
        "SELECT establishment, visited_on, bodies, kind FROM visit WHERE counts = 1 AND visited_on BETWEEN ? AND ? "
        "ORDER BY establishment, visited_on",
        [since.isoformat(), until.isoformat()],
    )
    sets: dict[str, frozenset[str]] = {}

    def parsed(text: str) -> frozenset[str]:
        if text not in sets:
            sets[text] = frozenset(_bodies(text))
        return sets[text]

    return [(row[0], row[1], parsed(row[2]), row[3]) for row in rows]


@dataclass(frozen=True)
class Question:
    """Two bodies or more on one day at one establishment, without a common record: were they there together?

    visits: the records, one list for each visit as they count now.
    """

    establishment: str
    visited_on: date
    visits: tuple[tuple[Visit, ...], ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The ids of the records asked about."""
        return tuple(sorted(visit.id for group in self.visits for visit in group))


def as_visits(rows: Iterable[Visit]) -> list[list[Visit]]:
    """Records that are one visit together: of one establishment and day, sharing a body, if only through a third."""
    of_days: dict[tuple[str, date], list[Visit]] = {}
    for row in rows:
        of_days.setdefault((row.establishment, row.visited_on), []).append(row)
    return [group for of_day in of_days.values() for group in together(of_day, lambda row: row.bodies)]


def together(of_day: Iterable[Record], bodies: Callable[[Record], Collection[str]]) -> list[list[Record]]:
    """Records of one establishment and day, those that share a body in one group. bodies: of a record."""
    groups: list[list[Record]] = []
    for record in of_day:
        mine = set(bodies(record))
        same = [group for group in groups if any(mine & set(bodies(other)) for other in group)]
        groups = [group for group in groups if group not in same]
        groups.append([*(other for group in same for other in group), record])
    return groups


def questions(db: Database, year: int) -> list[Question]:
    """What the office has not answered yet, newest day first."""
    answered = {row[0] for row in db.execute("SELECT visits FROM visit_answer WHERE visited_on LIKE ?", [f"{year}-%"])}
    rows = db.execute(
        f"""WITH several AS (SELECT establishment, visited_on FROM visit WHERE counts = 1 AND visited_on BETWEEN ? AND ?
              GROUP BY establishment, visited_on HAVING count(*) > 1)
            SELECT {_READ} FROM visit WHERE counts = 1 AND (establishment, visited_on) IN (SELECT * FROM several)
            ORDER BY visited_on DESC, recorded_at DESC""",  # noqa: S608  constant names
        [f"{year}-01-01", f"{year}-12-31"],
    )
    found: dict[tuple[str, date], list[Visit]] = {}
    for visit in map(_visit, rows):
        found.setdefault((visit.establishment, visit.visited_on), []).append(visit)
    asked = [
        Question(place, day, tuple(tuple(group) for group in groups))
        for (place, day), of_day in found.items()
        if len(groups := as_visits(of_day)) > 1
    ]
    return [question for question in asked if _key(question.key) not in answered]


def answer(tx: Transaction, actor: Actor, ids: Iterable[str], *, together: bool) -> None:
    """They were one joint visit, or visits apart. May be answered anew. Raises Refusal visits_changed."""
    rows = [read(tx.db, visit_id) for visit_id in sorted(set(ids))]
    if len(rows) < 2 or not all(row.counts for row in rows) or len({(r.establishment, r.visited_on) for r in rows}) > 1:
        raise Refusal("visits_changed")
    establishment, day = rows[0].establishment, rows[0].visited_on.isoformat()
    tx.db.execute(
        "INSERT OR REPLACE INTO visit_answer (visits, establishment, visited_on, answer, account, at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [
            _key(row.id for row in rows), establishment, day, "joined" if together else "apart", actor.account,
            instant(tx.now),
        ],
    )  # fmt: skip
    _settle_joined(tx, establishment, day)
    tx.touch("establishment", establishment)
    deed = "visits_joined" if together else "visits_kept_apart"
    audit.record(tx, actor, deed, "establishment", establishment, visits=[row.id for row in rows], visited_on=day)


def _joined_on(db: Database, establishment: str, day: date) -> list[tuple[str, ...]]:
    """The records that the office found to be one visit on a day, one tuple of ids for each answer."""
    rows = db.execute(
        "SELECT visits FROM visit_answer WHERE establishment = ? AND visited_on = ? AND answer = 'joined'",
        [establishment, day.isoformat()],
    )
    return [tuple(json.loads(row[0])) for row in rows]


def _settle_joined(tx: Transaction, establishment: str, day: str) -> None:
    """Let every row of a day name its own bodies again, and then those of the rows it was joined with that stand."""
    tx.db.execute(
        "UPDATE visit SET bodies = told_bodies, told_bodies = NULL "
        "WHERE establishment = ? AND visited_on = ? AND told_bodies IS NOT NULL",
        [establishment, day],
    )
    for ids in _joined_on(tx.db, establishment, date.fromisoformat(day)):
        rows = [row for visit_id in ids if (row := read(tx.db, visit_id)).counts]
        union = json.dumps(sorted({body for row in rows for body in row.bodies}))
        for row in rows if len(rows) > 1 else ():
            tx.db.execute(
                "UPDATE visit SET told_bodies = coalesce(told_bodies, bodies), bodies = ? WHERE id = ?", [union, row.id]
            )


def _key(ids: Iterable[str]) -> str:
    return json.dumps(sorted(ids))


def read(db: Database, visit_id: str) -> Visit:
    """Raises Refusal visit_unknown."""
    row = db.execute(f"SELECT {_READ} FROM visit WHERE id = ?", [visit_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("visit_unknown")
    return _visit(row)


def of_establishment(db: Database, establishment_id: str) -> list[Visit]:
    """Every record about one establishment, newest first, those that no longer stand included."""
    rows = db.execute(
        f"SELECT {_READ} FROM visit WHERE establishment = ? ORDER BY visited_on DESC, recorded_at DESC",  # noqa: S608
        [establishment_id],
    )
    return [_visit(row) for row in rows]


def in_year(db: Database, year: int, places: Collection[str] | None = None) -> list[Visit]:
    """The ledger of a calendar year, newest first; of the given establishments, None = of all."""
    where, given = "visited_on BETWEEN ? AND ?", [f"{year}-01-01", f"{year}-12-31"]
    if places is not None:
        where += " AND establishment IN (SELECT value FROM json_each(?))"
        given.append(json.dumps(list(places)))
    rows = db.execute(f"SELECT {_READ} FROM visit WHERE {where} ORDER BY visited_on DESC, recorded_at DESC", given)  # noqa: S608
    return [_visit(row) for row in rows]


def count_attempts(db: Database, start: date, end: date) -> int:
    """How many records of a window, both days included, stand and tell of a closed door or a refusal."""
    query = "SELECT count(*) FROM visit WHERE stands = 1 AND outcome <> 'conducted' AND visited_on BETWEEN ? AND ?"
    return int(db.execute(query, [start.isoformat(), end.isoformat()]).fetchone()[0])


def summaries(db: Database, establishment_ids: Iterable[str], since: date) -> dict[str, list[dict[str, Any]]]:
    """Establishment id -> what phones show of its visits since a day, newest first (shape: VisitSummary)."""
    rows = db.execute(
        "SELECT establishment, visited_on, bodies, kind, mode, outcome, document_no, counts FROM visit "
        "WHERE establishment IN (SELECT value FROM json_each(?)) AND visited_on >= ? AND stands = 1 "
        "ORDER BY visited_on DESC, recorded_at DESC",
        [json.dumps(list(establishment_ids)), since.isoformat()],
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for establishment, visited_on, bodies, kind, mode, outcome, document_no, counts in rows:
        summary = {
            "visited_on": visited_on,
            "bodies": list(_bodies(bodies)),
            "kind": kind,
            "mode": mode,
            "outcome": outcome,
            "document_no": document_no,
            "counted": bool(counts) and kind in COUNTED_KINDS,
        }
        found.setdefault(establishment, []).append(summary)
    return found


def _visit(row: tuple[Any, ...]) -> Visit:
    values = list(row)
    values[_DAY], values[_BODIES] = date.fromisoformat(values[_DAY]), _bodies(values[_BODIES])
    values[_STANDS], values[_JOINED] = bool(values[_STANDS]), bool(values[_JOINED])
    return Visit(*values)


@lru_cache(maxsize=1024)  # a handful of different body lists repeat thousands of times
def _bodies(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
