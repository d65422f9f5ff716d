"""Whom to put on a schedule: who is still to be inspected, who is overdue, and when, so that neighbours go together.

A proposal only: the officer takes what fits. Whoever has been checked this year already (or another establishment of
the same business) is shown with those checks and not taken unless the officer says so: a target's shortfall is no
reason for a second visit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlite_utils import Database

from fieldapp import areas, complexity, coverage, establishments, findings, overlap, plans, sanctions, schedule, visits
from fieldapp.coverage import Sources
from fieldapp.establishments import Establishment
from fieldapp.folding import natural
from fieldapp.plans import Plan
from fieldapp.schedule import Schedule
from fieldapp.visits import Visit

REASONS = {
    "finding": "Tồn tại quá hạn",
    "sanction": "Quyết định đến hạn hậu kiểm",
    "complex": "Phân loại phức tạp, chưa tái kiểm tra",
    "target": "Chưa kiểm tra theo chỉ tiêu",
}
"""Why somebody is proposed, the most urgent first."""
URGENT = frozenset({"finding", "sanction"})
SANCTION_AHEAD = timedelta(days=30)
AreaKey = Callable[[Establishment], list[str | int]]


@dataclass(frozen=True)
class Proposal:
    """month: `YYYY-MM`. bodies: who would come. reasons: keys of REASONS, the most urgent first; at least one.

    checks: those of the schedule's year at it or at its business, oldest first: with them this would be one too many.
    """

    establishment: Establishment
    month: str
    kind: str
    bodies: tuple[str, ...]
    reasons: tuple[str, ...]
    checks: tuple[Visit, ...] = ()

    @property
    def second(self) -> bool:
        return bool(self.checks)


def wanted(
    db: Database, year: int, today: date, plan: Plan | None = None, *, sources: Sources | None = None
) -> dict[str, set[str]]:  # fmt: skip
    """Establishment id -> bodies still to come by a plan's targets, or by the target without a plan.

    Asked today, or on the first day of what is to come. Where targets of two bodies meet, both are named: one joint
    visit then serves them.
    """
    targets = plan.targets if plan else (plans.yearly_target(year),)
    bodies: dict[str, set[str]] = {}
    sources = sources or Sources(db)
    for target in targets:
        if target.metric == "distinct_inspected" and target.computed:
            on = max(today, target.window_on(today)[0])
            for e in coverage.compute(db, target, on, sources=sources).missing:
                bodies.setdefault(e.id, set()).update(_who(target.by))
    return bodies


def _who(by: Sequence[str]) -> Collection[str]:
    """Who would come for a target: the team where it names nobody, team and police where it wants a joint visit."""
    return set(by) - {"any", "joint"} or ({"team_178", "police"} if "joint" in by else {"team_178"})


def propose(db: Database, made: Schedule, today: date, wanted: Mapping[str, Collection[str]]) -> list[Proposal]:
    """Who is due in a schedule and not on one yet, by month, neighbours together.

    wanted: establishment id -> bodies that a target still asks for (see `wanted`).
    """
    reasons = _reasons(db, today, wanted)
    waiting = _planned(db, made.starts_on.year, today)
    checks = overlap.checks_by_place(db, made.starts_on.year)
    found = []
    for e in establishments.every(db, reasons):
        if e.id in waiting or not e.managed_on(max(today, made.starts_on)):
            continue
        why = tuple(name for name in REASONS if name in reasons[e.id])
        bodies = tuple(sorted(wanted.get(e.id) or {"team_178"}))
        seen = tuple(checks.get(e.id, ()))
        found.append(Proposal(e, "", _kind(why, seen), bodies, why, seen))
    names = areas.names(db)
    months = [month for month in made.months if month >= today.isoformat()[:7]] or made.months[-1:]
    return spread(found, months, lambda e: natural(names.get(e.area or "", "\uffff")))


def _reasons(db: Database, today: date, wanted: Iterable[str]) -> dict[str, set[str]]:
    reasons: dict[str, set[str]] = {place: {"target"} for place in wanted}
    for finding in findings.overdue_findings(db, today):
        reasons.setdefault(finding.establishment, set()).add("finding")
    for sanction in sanctions.every(db):
        if sanction.open and sanction.due_on <= today + SANCTION_AHEAD:
            reasons.setdefault(sanction.establishment, set()).add("sanction")
    since = complexity.complex_on(db, today)
    for place, day in since.items():
        if not _inspected_again(db, place, day):
            reasons.setdefault(place, set()).add("complex")
    return reasons


def _inspected_again(db: Database, place: str, since: date) -> bool:
    return any(
        visit.counts and visit.kind == "reinspection" and visit.visited_on >= since
        for visit in visits.of_establishment(db, place)
    )


def _planned(db: Database, year: int, today: date) -> set[str]:
    """Establishments that wait on a schedule of the year already."""
    standings = schedule.standings(db, schedule.entries(db, year=year), today).values()
    return {s.entry.establishment for s in standings if s.state in ("planned", "postponed", "overdue")}


def _kind(reasons: Sequence[str], checks: Sequence[Visit]) -> str:
    if checks and set(reasons) & URGENT:
        return "follow_up"
    return "reinspection" if "complex" in reasons and checks else "planned"


def spread(found: Sequence[Proposal], months: Sequence[str], area_of: AreaKey) -> list[Proposal]:
    """Give each proposal its month: what is urgent first, then area by area, as many each month.

    area_of: establishment -> the key by which its area is sorted. Establishments of one business stay together.
    """
    urgent = [p for p in found if set(p.reasons) & URGENT]
    rest = _neighbours([p for p in found if p not in urgent], area_of)
    share = -(-len(found) // len(months))
    first = max(0, share - len(urgent))  # how many beside the urgent ones the first month takes
    placed = [replace(p, month=months[0]) for p in [*urgent, *rest[:first]]]
    later = months[1:] or months
    for place, p in enumerate(rest[first:]):
        placed.append(replace(p, month=later[place * len(later) // max(1, len(rest) - first)]))
    return placed


def _neighbours(found: Sequence[Proposal], area_of: AreaKey) -> list[Proposal]:
    """In the order of areas and codes, each followed by the others of its business."""
    ordered = sorted(found, key=lambda p: (area_of(p.establishment), p.establishment.code))
    by_owner: dict[str, list[Proposal]] = {}
    for p in ordered:
        by_owner.setdefault(p.establishment.entity or p.establishment.id, []).append(p)
    return [p for group in by_owner.values() for p in group]
