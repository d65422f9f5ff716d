"""How every establishment stands today: what lists show of it, and which of the quick filters it belongs to.

The phone's rules/standing.ts says the same of one establishment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlite_utils import Database

from fieldapp import areas, commitments, coverage, entities, establishments, findings, visits
from fieldapp.commitments import Commitment
from fieldapp.establishments import Establishment
from fieldapp.findings import Finding

DUE_SOON_DAYS = 7
LICENCE_SOON_DAYS = 30
STATES = {
    "inspected": "Đã kiểm tra", "not_inspected": "Chưa kiểm tra", "identified": "Chờ rà soát", "ceased": "Đã chấm dứt",
    "not_managed": "Không thuộc diện quản lý",
}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """One row of the register.

    area, entity: names, '' where none. visits: the days of its counted visits this year (any body), ascending.
    last: the newest visit of this year and the last that counts: its day and bodies. open: findings that wait for the
    owner, soonest due first. commitment: the one in force. licence_expires_on: of the licence that runs out first.
    """

    establishment: Establishment
    today: date
    area: str
    entity: str
    visits: tuple[date, ...]
    last: tuple[date, frozenset[str]] | None
    open: tuple[Finding, ...]
    commitment: Commitment | None
    licence_expires_on: date | None

    @property
    def managed(self) -> bool:
        return self.establishment.managed_on(self.today)

    @property
    def state(self) -> str:
        """A key of STATES."""
        if self.establishment.review_state != "managed":
            return "identified"
        if self.establishment.managed_until and self.establishment.managed_until <= self.today:
            return "ceased"
        if not self.managed:
            return "not_managed"
        return "inspected" if self.visits else "not_inspected"

    @property
    def overdue(self) -> list[Finding]:
        return [finding for finding in self.open if finding.overdue(self.today)]

    @property
    def due_soon(self) -> list[Finding]:
        """Due within a week, not overdue."""
        return [f for f in self.open if self.today <= f.due_on <= self.today + timedelta(days=DUE_SOON_DAYS)]

    @property
    def licence_soon(self) -> bool:
        """Whether a licence has run out or will within a month."""
        limit = self.today + timedelta(days=LICENCE_SOON_DAYS)
        return self.managed and self.licence_expires_on is not None and self.licence_expires_on <= limit

    def belongs(self, to: str) -> bool:
        """Whether it belongs to a quick filter (a key of QUICK)."""
        return bool(QUICK[to][1](self))


QUICK: dict[str, tuple[str, Callable[[Standing], object]]] = {
    "managed": ("Diện quản lý", lambda row: row.managed),
    "not_inspected": ("Chưa kiểm tra", lambda row: row.state == "not_inspected"),
    "overdue": ("Quá hạn", lambda row: row.overdue),
    "due_soon": ("Đến hạn", lambda row: row.due_soon),
    "security": ("Có điều kiện ANTT", lambda row: row.managed and row.establishment.security_conditional),
    "no_commitment": ("Chưa ký cam kết", lambda row: row.managed and row.commitment is None),
    "licence": ("Giấy tờ hết hạn", lambda row: row.licence_soon),
    "twice": ("Từ 2 lần", lambda row: len(row.visits) > 1),
    "identified": ("Chờ rà soát", lambda row: row.state == "identified"),
    "ceased": ("Đã chấm dứt", lambda row: row.state == "ceased"),
}
"""Quick filters of the register: name, and who belongs."""


def every(db: Database, today: date, ids: Collection[str] | None = None) -> list[Standing]:
    """The whole register, or the establishments given, as they stand on the commune's day, by code."""
    records = establishments.every(db, ids)
    rows = visits.counting(db, date(today.year - 1, 1, 1), today)
    year = date(today.year, 1, 1).isoformat()
    this_year = coverage.visit_days((row for row in rows if row[1] >= year), coverage.yearly_target(today.year))
    last = {row[0]: (date.fromisoformat(row[1]), row[2]) for row in rows}
    open_findings: dict[str, list[Finding]] = {}
    for finding in findings.still_open(db, ids):
        open_findings.setdefault(finding.establishment, []).append(finding)
    in_force = commitments.in_force(db, today, ids)
    licences = establishments.licences(db, ids)
    area_names, owners = areas.names(db), entities.every(db)
    return [
        Standing(
            e, today, area_names.get(e.area or "", ""), owners[e.entity].name if e.entity in owners else "",
            tuple(coverage.days_within(e, this_year.get(e.id, ()))), last.get(e.id),
            tuple(open_findings.get(e.id, ())), in_force.get(e.id),
            next((one.expires_on for one in licences.get(e.id, ()) if one.expires_on), None),
        )
        for e in records
    ]  # fmt: skip


def counts(rows: Sequence[Standing]) -> dict[str, int]:
    """How many belong to each quick filter."""
    return {name: sum(bool(belongs(row)) for row in rows) for name, (_, belongs) in QUICK.items()}
