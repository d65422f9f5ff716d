"""Targets computed: numerator, denominator, and the establishments behind each figure.

The rules are the whole of this module; nothing else decides what counts. `cover` is pure: a register, the counting rows
of the ledger, a target and a day in, figures out. Days are local days of the commune.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, establishments, visits
from fieldapp.establishments import Establishment

PACE_WEEKS = 8
Row = tuple[str, str, frozenset[str], str]
"""A counting row of the ledger: establishment id, day `YYYY-MM-DD`, bodies, kind (see visits.counting)."""


@dataclass(frozen=True)
class Target:
    """What is to be reached. Source: the five plans; schema in the design's target model.

    window: first and last day. by: bodies whose visits count; ("any",) every body, ("joint",) two bodies or more.
    as_of: whose day decides the denominator (period_start, period_end, fixed_date with `fixed_on`,
    ever_active_in_period). population: managed, security_conditional, type_list with `types`, area_list with `areas`
    (area ids). value: percent of the denominator, or an absolute count with unit "count".
    """

    id: str
    text: str
    window: tuple[date, date]
    by: tuple[str, ...] = ("any",)
    min_times: int = 1
    kinds: frozenset[str] = visits.COUNTED_KINDS
    population: str = "managed"
    types: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    as_of: str = "ever_active_in_period"
    fixed_on: date | None = None
    comparator: str = ">="
    value: Decimal | int = 100
    unit: str = "percent"


@dataclass(frozen=True)
class Share:
    """One type or area. key: type code or area name, '' where none."""

    key: str
    numerator: int
    denominator: int

    @property
    def percent(self) -> float | None:
        return percent(self.numerator, self.denominator)


@dataclass(frozen=True)
class Coverage:
    """The figures of one target on one day; every figure None before the window begins.

    counted, missing, ceased_before_inspection: establishments by code; the first two make up the denominator.
    reached_on: establishment id -> the day it reached min_times.
    """

    target: Target
    as_of: date
    numerator: int | None = None
    denominator: int | None = None
    required: int | None = None
    remaining: int | None = None
    met: bool | None = None
    counted: list[Establishment] = field(default_factory=list)
    missing: list[Establishment] = field(default_factory=list)
    ceased_before_inspection: list[Establishment] = field(default_factory=list)
    by_type: list[Share] = field(default_factory=list)
    by_area: list[Share] = field(default_factory=list)
    reached_on: dict[str, date] = field(default_factory=dict)

    @property
    def percent(self) -> float | None:
        return percent(self.numerator or 0, self.denominator or 0)


def yearly_target(year: int) -> Target:
    """The target without a plan: every managed establishment, any body, once in the calendar year, 100%."""
    return Target("default", "100% cơ sở thuộc diện quản lý được kiểm tra ít nhất một lần trong năm", year_window(year))


def year_window(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def compute(db: Database, target: Target, on: date) -> Coverage:
    """A target's figures, asked on a day, from today's register and the ledger up to that day."""
    start, end = target.window
    rows = visits.counting(db, start, min(on, end)) if on >= start else []
    return cover(establishments.every(db), rows, target, on, areas.names(db))


def cover(
    register: Sequence[Establishment], rows: Iterable[Row], target: Target, on: date,
    area_names: Mapping[str, str] | None = None,
) -> Coverage:  # fmt: skip
    """The rule. register: every establishment. rows: counting rows whose day lies in the window, up to `on`."""
    start, end = target.window
    if on < start:
        return Coverage(target, on)
    last = min(on, end)
    days = visit_days(rows, target)
    population = [e for e in register if _in_population(e, target)]
    members, ceased = _denominator(population, days, target, last)
    reached = {e.id: day for e in members if (day := _reached(e, days.get(e.id, []), target))}
    counted = [e for e in members if e.id in reached]
    names = area_names or {}
    return Coverage(
        target, on, len(counted), len(members), *_judged(target, len(counted), len(members)), counted,
        [e for e in members if e.id not in reached], ceased,
        _shares(members, reached, lambda e: e.type),
        _shares(members, reached, lambda e: names.get(e.area or "", "")), reached,
    )  # fmt: skip


def visit_days(rows: Iterable[Row], target: Target) -> dict[str, list[date]]:
    """Establishment id -> the days of its visits that count for the target, ascending; a day once for each visit.

    Records of one establishment and day that share a body are one visit, whose bodies and kinds are the union.
    """
    records: dict[tuple[str, str], list[tuple[frozenset[str], str]]] = {}
    for establishment, day, bodies, kind in rows:
        records.setdefault((establishment, day), []).append((bodies, kind))
    days: dict[str, list[date]] = {}
    for (establishment, day), of_day in records.items():
        for bodies, kinds in _merged(of_day):
            if kinds & target.kinds and _by(bodies, target.by):
                days.setdefault(establishment, []).append(date.fromisoformat(day))
    for found in days.values():
        found.sort()
    return days


def _merged(records: list[tuple[frozenset[str], str]]) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Join records that share a body, directly or through a third."""
    merged: list[tuple[frozenset[str], frozenset[str]]] = []
    for record_bodies, kind in records:
        bodies, kinds = record_bodies, frozenset({kind})
        apart = []
        for other_bodies, other_kinds in merged:
            if bodies & other_bodies:
                bodies, kinds = bodies | other_bodies, kinds | other_kinds
            else:
                apart.append((other_bodies, other_kinds))
        merged = [*apart, (bodies, kinds)]
    return merged


def _by(bodies: frozenset[str], by: tuple[str, ...]) -> bool:
    return "any" in by or ("joint" in by and len(bodies) > 1) or any(body in bodies for body in by)


def _in_population(e: Establishment, target: Target) -> bool:
    match target.population:
        case "managed":
            return True
        case "security_conditional":
            return e.security_conditional
        case "type_list":
            return e.type in target.types
        case "area_list":
            return e.area in target.areas
    raise ValueError(f"population {target.population}")


def _denominator(
    population: list[Establishment], days: dict[str, list[date]], target: Target, last: date
) -> tuple[list[Establishment], list[Establishment]]:
    """The members, and those that ceased before they could be inspected."""
    start = target.window[0]
    if target.as_of != "ever_active_in_period":
        day = {"period_start": start, "period_end": last, "fixed_date": target.fixed_on}[target.as_of]
        return [e for e in population if day and e.managed_on(day)], []
    active = [e for e in population if _managed_within(e, start, last)]
    ceased = [
        e for e in active
        if e.managed_until and e.managed_until <= last and not _reached(e, days.get(e.id, []), target)
    ]  # fmt: skip
    gone = {e.id for e in ceased}
    return [e for e in active if e.id not in gone], ceased


def _managed_within(e: Establishment, first: date, last: date) -> bool:
    """Whether it was under management on at least one day of [first, last]."""
    since = e.managed_since is None or e.managed_since <= last
    return e.review_state == "managed" and since and (e.managed_until is None or e.managed_until > first)


def days_within(e: Establishment, days: Iterable[date]) -> list[date]:
    """The days of visits that count for it: one on or after managed_until no longer does."""
    return [day for day in days if e.managed_until is None or day < e.managed_until]


def _reached(e: Establishment, days: list[date], target: Target) -> date | None:
    """The day of the visit that made it enough."""
    within = days_within(e, days)
    return within[target.min_times - 1] if len(within) >= target.min_times else None


def _judged(target: Target, numerator: int, denominator: int) -> tuple[int | None, int | None, bool | None]:
    """required, remaining, met."""
    value = Fraction(target.value)
    if target.comparator == "<=":
        ceiling = (
            numerator if target.unit == "count" else Fraction(numerator * 100, denominator) if denominator else None
        )
        return None, None, None if ceiling is None else ceiling <= value
    if target.comparator != ">=":
        return None, None, None
    share = value if target.unit == "count" else value * denominator / 100
    required = -int(-share // 1)  # at least: a part of an establishment is a whole one (60% of 41 is 25)
    met = None if target.unit == "percent" and not denominator else numerator >= required
    return required, max(0, required - numerator), met


def _shares(members: list[Establishment], reached: dict[str, date], key_of: Any) -> list[Share]:
    totals: dict[str, list[int]] = {}
    for e in members:
        total = totals.setdefault(key_of(e), [0, 0])
        total[0] += e.id in reached
        total[1] += 1
    return [Share(key, *total) for key, total in sorted(totals.items())]


def percent(numerator: int, denominator: int) -> float | None:
    """Rounded half up to one decimal; 100.0 only when all, 0.0 only when none; None of nothing."""
    if not denominator:
        return None
    tenths = (2000 * numerator + denominator) // (2 * denominator)
    if numerator < denominator:
        tenths = min(tenths, 999)
    return (max(tenths, 1) if numerator else 0) / 10


@dataclass(frozen=True)
class Pace:
    """needed: establishments a week from the day asked to the end. recent: a week, over the last 8 weeks.

    projected: how many will be reached by the end at that pace; finishes_on: when the target would be, None = never.
    """

    weeks_left: float
    needed: float
    recent: float
    projected: int
    finishes_on: date | None


def pace(coverage: Coverage) -> Pace | None:
    """How fast the rest must go; None before the window, after it, or where nothing is required."""
    end, on = coverage.target.window[1], coverage.as_of
    if coverage.required is None or coverage.numerator is None or coverage.remaining is None or on > end:
        return None
    weeks_left = (end - on).days / 7
    since = on - timedelta(weeks=PACE_WEEKS)
    recent = sum(since < day <= on for day in coverage.reached_on.values()) / PACE_WEEKS
    projected = min(coverage.denominator or 0, int(coverage.numerator + recent * weeks_left))
    finishes_on = on
    if coverage.remaining:
        needed_weeks = coverage.remaining / recent if recent else None
        finishes_on = None if needed_weeks is None else on + timedelta(days=-int(-needed_weeks * 7 // 1))  # type: ignore[assignment]
    needed = coverage.remaining / weeks_left if weeks_left else float(coverage.remaining)
    return Pace(weeks_left, needed, recent, projected, finishes_on)


def as_json(coverage: Coverage) -> dict[str, Any]:
    """One entry of `targets` as `fieldapp coverage --format json` prints it."""
    return {
        "id": coverage.target.id,
        "text": coverage.target.text,
        "computed": True,
        "metric": "distinct_inspected",
        "window": [day.isoformat() for day in coverage.target.window],
        "population": coverage.target.population,
        "denominator_as_of": coverage.target.as_of,
        "numerator": coverage.numerator,
        "denominator": coverage.denominator,
        "percent": coverage.percent,
        "required": coverage.required,
        "remaining": coverage.remaining,
        "met": coverage.met,
        "counted": sorted(e.code for e in coverage.counted),
        "missing": sorted(e.code for e in coverage.missing),
        "ceased_before_inspection": sorted(e.code for e in coverage.ceased_before_inspection),
        "by_type": [_share_json(share) for share in coverage.by_type],
        "by_area": [_share_json(share) for share in coverage.by_area],
    }


def _share_json(share: Share) -> dict[str, Any]:
    return {**vars(share), "percent": share.percent}
