"""An inspection: its shape, its row, the lists of them that the office, the phones and the figures ask for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp.errors import Refusal
from sync import signed

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


COLUMNS = (
    "id, number, establishment, kind, mode, outcome, bodies, inspected_on, started_at, ended_at, checklist, compliant, "
    "noncompliant, not_applicable, not_examined, author, received_at, skew_s, amends, amended_by, commitment, state, "
    "remark, decided_by, decided_at, day_as_signed, day_reason, day_by, day_at"
)
_NAMES = COLUMNS.split(", ")
assert [f.name for f in fields(Inspection)] == _NAMES  # noqa: S101  rows are read by place: a year has thousands
_BODIES, _DAY, _AS_SIGNED = map(_NAMES.index, ("bodies", "inspected_on", "day_as_signed"))


def read(db: Database, inspection_id: str) -> Inspection:
    """Raises Refusal inspection_unknown."""
    row = db.execute(f"SELECT {COLUMNS} FROM inspection WHERE id = ?", [inspection_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("inspection_unknown")
    return of_row(row)


def numbered(db: Database, number: str) -> Inspection:
    """The inspection with that number. Raises Refusal inspection_unknown."""
    row = db.execute(f"SELECT {COLUMNS} FROM inspection WHERE number = ?", [number.strip().upper()]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("inspection_unknown")
    return of_row(row)


def content(db: Database, inspection_id: str) -> dict[str, Any]:
    """The signed body: answers, figures, facts of that day, signatures (shape: inspection v1 in sync/PROTOCOL.md)."""
    record = signed.read(db, "inspection", inspection_id)
    if record is None:
        raise Refusal("inspection_unknown")
    return record.content


def waiting(db: Database) -> list[Inspection]:
    """Those the officer has not decided about, oldest arrival first."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM inspection WHERE state = 'received' AND amended_by IS NULL "  # noqa: S608
        "ORDER BY received_at, number"
    )
    return [of_row(row) for row in rows]


def count_waiting(db: Database) -> int:
    """How many `waiting` would give."""
    query = "SELECT count(*) FROM inspection WHERE state = 'received' AND amended_by IS NULL"
    return int(db.execute(query).fetchone()[0])


def in_year(db: Database, year: int) -> list[Inspection]:
    """All inspections of a calendar year, newest first."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM inspection WHERE inspected_on BETWEEN ? AND ? ORDER BY inspected_on DESC, number DESC",  # noqa: S608
        [f"{year}-01-01", f"{year}-12-31"],
    )
    return [of_row(row) for row in rows]


def of_establishment(db: Database, establishment_id: str) -> list[Inspection]:
    """All inspections of one establishment, newest first."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM inspection WHERE establishment = ? ORDER BY inspected_on DESC, number DESC",  # noqa: S608
        [establishment_id],
    )
    return [of_row(row) for row in rows]


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


def of_row(row: tuple[Any, ...]) -> Inspection:
    """A row of COLUMNS."""
    values = list(row)
    values[_BODIES] = tuple(json.loads(values[_BODIES]))
    values[_DAY] = date.fromisoformat(values[_DAY])
    values[_AS_SIGNED] = date.fromisoformat(values[_AS_SIGNED]) if values[_AS_SIGNED] else None
    return Inspection(*values)
