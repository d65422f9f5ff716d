"""Establishments inspected, visits, re-inspections: whatever is counted off the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache

from fieldapp.coverage import members
from fieldapp.coverage.figures import Coverage, shares
from fieldapp.coverage.sources import OneVisit, Row, Sources, one_each
from fieldapp.establishments import Establishment
from fieldapp.plans import Target

REINSPECTION = frozenset({"reinspection"})


def distinct(sources: Sources, blank: Coverage) -> Coverage:
    """Establishments with at least min_times counted inspections."""
    return _of_establishments(sources, blank, _visits(sources, blank, blank.target))


def reinspected(sources: Sources, blank: Coverage) -> Coverage:
    """Establishments re-inspected after they were classified, or after the visit that asked for it."""
    days = _visits(sources, blank, replace(blank.target, kinds=REINSPECTION))
    after = {
        e.id: [day for day in days.get(e.id, ()) if _was_due(sources, e.id, day)]
        for e in sources.register
        if e.id in days
    }
    return _of_establishments(sources, blank, after)


def _was_due(sources: Sources, establishment: str, day: date) -> bool:
    classified = any(since < day for since, _ in sources.complex_spells.get(establishment, ()))
    return classified or any(asked < day for asked in sources.asked_again.get(establishment, ()))


def visited(sources: Sources, blank: Coverage) -> Coverage:
    """Visits, however many to one establishment. There is no denominator; counted: the establishments visited."""
    days = _visits(sources, blank, blank.target)
    standing = members.of(sources, blank.target, (blank.window[0], blank.last), {}).standing
    reached = {e.id: len(days[e.id]) for e in standing if days.get(e.id)}
    counted = [e for e in standing if e.id in reached]

    def amounts(e: Establishment) -> tuple[int, int | None]:
        return reached[e.id], None

    return replace(
        blank, numerator=sum(reached.values()), counted=counted, reached=reached,
        by_type=shares(counted, amounts, lambda e: e.type),
        by_area=shares(counted, amounts, lambda e: sources.area_names.get(e.area or "", "")),
    )  # fmt: skip


def _visits(sources: Sources, blank: Coverage, target: Target) -> dict[str, list[date]]:
    """Establishment id -> days of the visits that count for it, ascending."""
    until = {e.id: e.managed_until for e in sources.register if e.managed_until}
    days = _days(sources.visits((blank.window[0], blank.last)), target)
    return {place: [d for d in of if d < until[place]] if place in until else of for place, of in days.items()}


def counts(sources: Sources, blank: Coverage) -> dict[str, int]:
    """Establishment id -> how many visits count for it, for denominators that leave out what ceased unvisited."""
    return {place: len(of) for place, of in _visits(sources, blank, blank.target).items()}


def _of_establishments(sources: Sources, blank: Coverage, days: dict[str, list[date]]) -> Coverage:
    target = blank.target
    found = members.of(sources, target, (blank.window[0], blank.last), {place: len(of) for place, of in days.items()})
    reached = {
        e.id: days[e.id][target.min_times - 1] for e in found.denominator if len(days.get(e.id, ())) >= target.min_times
    }
    return of_members(sources, replace(blank, reached_on=reached), found, set(reached))


def of_members(sources: Sources, blank: Coverage, found: members.Members, counted: set[str]) -> Coverage:
    """The figure that counts establishments. counted: ids, whoever of them is not of the denominator aside."""

    def amounts(e: Establishment) -> tuple[int, int | None]:
        return int(e.id in counted), 1

    of = found.denominator
    reached = [e for e in of if e.id in counted]
    return replace(
        blank, numerator=len(reached), denominator=None if blank.target.population == "none" else len(of),
        counted=reached, missing=[e for e in of if e.id not in counted], ceased_before_inspection=found.ceased,
        by_type=shares(of, amounts, lambda e: e.type),
        by_area=shares(of, amounts, lambda e: sources.area_names.get(e.area or "", "")),
    )  # fmt: skip


def visit_days(rows: Iterable[Row], target: Target) -> dict[str, list[date]]:
    """Establishment id -> the days of its visits that count for the target, ascending; a day once for each visit."""
    return _days(one_each(rows), target)


def _days(every: Iterable[OneVisit], target: Target) -> dict[str, list[date]]:
    days: dict[str, list[date]] = {}
    for establishment, day, bodies, kinds in every:
        if kinds & target.kinds and _by(bodies, target.by):
            days.setdefault(establishment, []).append(day)
    for found in days.values():
        found.sort()
    return days


@lru_cache(maxsize=1024)  # a handful of different answers, asked of every visit
def _by(bodies: frozenset[str], by: tuple[str, ...]) -> bool:
    return "any" in by or ("joint" in by and len(bodies) > 1) or any(body in bodies for body in by)


def days_within(e: Establishment, days: Iterable[date]) -> list[date]:
    """The days of visits that count for it: one on or after managed_until no longer does."""
    return [day for day in days if e.managed_until is None or day < e.managed_until]
