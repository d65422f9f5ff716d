"""A figure: numerator and denominator, how they are judged, what stands behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

from fieldapp.establishments import Establishment
from fieldapp.plans import Manual, Target, Window


@dataclass(frozen=True)
class Share:
    """One type or area. key: type code or area name, '' where none. denominator: None where there is none."""

    key: str
    numerator: int
    denominator: int | None

    @property
    def percent(self) -> float | None:
        return percent(self.numerator, self.denominator)


@dataclass(frozen=True)
class Part:
    """One thing counted that is no establishment: an area, a month, a shortcoming or decision to follow up.

    key: how the list names it. establishment: whose it is. day: when it fell due, or the last day of the period.
    """

    key: str
    title: str
    counted: bool
    establishment: Establishment | None = None
    day: date | None = None


@dataclass(frozen=True)
class Coverage:
    """The figures of one target on one day; every figure None before the window begins, or where none is computed.

    window: first and last day of what is counted. counted, missing: the establishments of the denominator, by code;
    ceased_before_inspection: those left out of it. parts: what is counted where it is not establishments.
    reached_on: establishment id -> the day it reached min_times. reached: establishment id -> how much of it, where a
    figure counts more than establishments (visits, workers). binds: of several amounts asked of one and the same thing,
    whether this is the one to reach; None where it stands alone. typed: the figure that somebody typed.
    """

    target: Target
    as_of: date
    window: Window
    numerator: int | None = None
    denominator: int | None = None
    required: int | None = None
    remaining: int | None = None
    met: bool | None = None
    counted: list[Establishment] = field(default_factory=list)
    missing: list[Establishment] = field(default_factory=list)
    ceased_before_inspection: list[Establishment] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    by_type: list[Share] = field(default_factory=list)
    by_area: list[Share] = field(default_factory=list)
    reached_on: dict[str, date] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    binds: bool | None = None
    typed: Manual | None = None

    @property
    def percent(self) -> float | None:
        return None if self.numerator is None else percent(self.numerator, self.denominator)

    @property
    def last(self) -> date:
        """The last day that is looked at: the day asked, or the end of the window before it."""
        return min(self.as_of, self.window[1])


def percent(numerator: int, denominator: int | None) -> float | None:
    """Rounded half up to one decimal; 100.0 only when all, 0.0 only when none; None of nothing."""
    if not denominator:
        return None
    tenths = (2000 * numerator + denominator) // (2 * denominator)
    if numerator < denominator:
        tenths = min(tenths, 999)
    return (max(tenths, 1) if numerator else 0) / 10


def judged(found: Coverage) -> Coverage:
    """The same figure with what is required, what remains, and whether it is met."""
    target, numerator, denominator = found.target, found.numerator, found.denominator
    if numerator is None or target.value is None:
        return found
    value = Fraction(target.value)
    if target.comparator == "<=":
        if target.unit == "percent" and not denominator:
            return found
        limit = value if target.unit == "count" else value * (denominator or 0) / 100
        return replace(found, met=numerator <= limit)
    if target.comparator != ">=" or (target.unit == "percent" and denominator is None):
        return found
    share = value if target.unit == "count" else value * (denominator or 0) / 100
    required = -int(-share // 1)  # at least: a part of an establishment is a whole one (60% of 41 is 25)
    met = None if target.unit == "percent" and not denominator else numerator >= required
    return replace(found, required=required, remaining=max(0, required - numerator), met=met)


def shares(
    members: Iterable[Establishment], amounts: Callable[[Establishment], tuple[int, int | None]],
    key_of: Callable[[Establishment], str],
) -> list[Share]:  # fmt: skip
    """The figure by type or area, by key. amounts: what an establishment adds to numerator and denominator."""
    totals: dict[str, tuple[int, int | None]] = {}
    for e in members:
        numerator, denominator = amounts(e)
        key = key_of(e)
        before, whole = totals.get(key, (0, None if denominator is None else 0))
        totals[key] = before + numerator, None if denominator is None else (whole or 0) + denominator
    return [Share(key, *total) for key, total in sorted(totals.items())]


def as_json(found: Coverage) -> dict[str, Any]:
    """One entry of `targets` as `fieldapp coverage --format json` prints it."""
    target = found.target
    answer: dict[str, Any] = {
        "id": target.id,
        "text": target.text,
        "computed": target.computed,
        "metric": target.metric,
        "window": [day.isoformat() for day in found.window],
        "population": target.population,
        "denominator_as_of": target.as_of,
        "numerator": found.numerator,
        "denominator": found.denominator,
        "percent": found.percent,
        "required": found.required,
        "remaining": found.remaining,
        "met": found.met,
        "counted": _keys(found, counted=True),
        "missing": _keys(found, counted=False),
        "ceased_before_inspection": sorted(e.code for e in found.ceased_before_inspection),
        "by_type": [_share_json(share) for share in found.by_type],
        "by_area": [_share_json(share) for share in found.by_area],
    }
    if found.binds is not None:
        answer["binds"] = found.binds
    if found.typed:
        answer["typed"] = {"on": found.typed.figure_on.isoformat(), "source": found.typed.source}
    return answer


def _keys(found: Coverage, *, counted: bool) -> list[str]:
    """Codes of establishments, or names of areas and periods; an establishment with one open follow-up is missing."""
    if not found.parts:
        return sorted(e.code for e in (found.counted if counted else found.missing))
    missing = {part.key for part in found.parts if not part.counted}
    return sorted({part.key for part in found.parts} - missing if counted else missing)


def _share_json(share: Share) -> dict[str, Any]:
    return {**vars(share), "percent": share.percent}
