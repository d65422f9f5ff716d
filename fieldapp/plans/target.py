"""A target: what is counted, by whom, over which establishments, by when, and how much of it is asked for.

The form is that of the plans themselves (five of them are in data/plans), so that one nobody has seen yet can be
written down too. What a target's words mean in figures is coverage's to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from fieldapp import activities, checklists, visits
from fieldapp.errors import say

ESTABLISHMENTS = ("managed", "all_active", "security_conditional", "complex", "type_list", "area_list")
"""Populations of establishments."""
POPULATIONS = (*ESTABLISHMENTS, "workers", "areas", "followups_due", "none")
METRICS: dict[str, tuple[str, ...]] = {
    "distinct_inspected": (*ESTABLISHMENTS, "none"),
    "inspection_visits": (*ESTABLISHMENTS, "none"),
    "reinspected": ESTABLISHMENTS,
    "followup_done": (*ESTABLISHMENTS, "followups_due"),
    "commitments_valid": ESTABLISHMENTS,
    "workers_reached": (*ESTABLISHMENTS, "workers"),
    "areas_active": ("areas", "area_list", "none"),
    "events": POPULATIONS,
    "registry_managed": ("all_active", "security_conditional", "type_list", "area_list"),
    "manual": POPULATIONS,
    "out_of_scope": POPULATIONS,
}
"""Metric -> the populations it can be taken over."""
USUAL_POPULATION = {
    "reinspected": "complex", "followup_done": "followups_due", "workers_reached": "workers", "areas_active": "areas",
    "events": "none", "registry_managed": "all_active", "manual": "none", "out_of_scope": "none",
}  # fmt: skip
ALSO_CALLED = {"follow_up_done": "followup_done"}
COMPARATORS = (">=", "<=", "=", "increase", "decrease", "none")
UNITS = ("percent", "count")
AS_OF = ("ever_active_in_period", "period_start", "period_end", "fixed_date")
WINDOWS = ("year", "half", "quarter", "month", "plan_period", "fixed_range")
LEVELS = ("commune", "province", "ministry")
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
LONGEST_TEXT = 1000
LARGEST_VALUE = 1_000_000
Window = tuple[date, date]


@dataclass(frozen=True)
class Source:
    """Where the plan says it. doc: the document; line: where in it."""

    doc: str = ""
    line: str = ""


@dataclass(frozen=True)
class Target:
    """One target of a plan.

    text: the plan's own wording; it may name what is never to stand beside establishments (see `sentence`).
    period: first and last day of its plan. by: bodies whose visits count; ("any",) every body, ("joint",) two or more.
    types: of a type_list. areas: names, of an area_list. as_of: whose day decides the denominator (fixed_on with
    fixed_date). forms: of activities that count, all where empty. window: one of WINDOWS, `range` with fixed_range.
    value: a percentage of the denominator, or an absolute figure with unit "count"; None = no figure is asked for.
    """

    id: str
    text: str
    period: Window
    metric: str = "distinct_inspected"
    by: tuple[str, ...] = ("any",)
    min_times: int = 1
    kinds: frozenset[str] = visits.COUNTED_KINDS
    population: str = "managed"
    types: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    as_of: str = "ever_active_in_period"
    fixed_on: date | None = None
    comparator: str = ">="
    value: Decimal | int | None = 100
    unit: str = "percent"
    window: str = "plan_period"
    range: Window | None = None
    cumulative: bool = False
    allotted_by: str = ""
    owner_level: str = "commune"
    source: Source = field(default=Source())
    note: str = ""

    @property
    def computed(self) -> bool:
        """Whether this software counts it at all, for a commune."""
        return self.metric not in ("manual", "out_of_scope") and self.owner_level == "commune"

    @property
    def bucket(self) -> str | None:
        """Of events: what is counted off within the window (month, quarter, half); None = the window as a whole."""
        return self.window if self.metric == "events" and self.window in ("month", "quarter", "half") else None

    def window_on(self, asked: date) -> Window:
        """First and last day of what is counted, asked on a day; before the plan begins, of its first window."""
        first, last = self.period
        start, end = first, last
        if self.window == "fixed_range" and self.range:
            start, end = self.range
        elif self.window in MONTHS:
            start, end = around(min(max(asked, first), last), "year" if self.bucket else self.window)
            start, end = max(start, first), min(end, last)
        return (first if self.cumulative else start), end

    def counts_the_same(self, other: Target) -> bool:
        """Whether two targets ask for different amounts of one and the same thing."""
        return replace(other, **{name: getattr(self, name) for name in _AMOUNT}) == self


_AMOUNT = ("id", "text", "comparator", "value", "unit", "allotted_by", "source", "note")


def around(day: date, span: str) -> Window:
    """The month, quarter, half or year that holds a day."""
    months = MONTHS[span]
    first_month = (day.month - 1) // months * months + 1
    start = date(day.year, first_month, 1)
    following = date(day.year + (first_month + months > 12), (first_month + months - 1) % 12 + 1, 1)
    return start, following - timedelta(days=1)


def spans(window: Window, span: str) -> list[Window]:
    """The months, quarters, halves or years that touch a window, each cut to it."""
    start, end = window
    found, day = [], start
    while day <= end:
        first, last = around(day, span)
        found.append((max(first, start), min(last, end)))
        day = last + timedelta(days=1)
    return found


def year_window(year: int) -> Window:
    return date(year, 1, 1), date(year, 12, 31)


def yearly_target(year: int) -> Target:
    """The target without a plan: every managed establishment, any body, once in the calendar year, 100%."""
    text = "100% cơ sở thuộc diện quản lý được kiểm tra ít nhất một lần trong năm"
    return Target("default", text, year_window(year), window="year")


def mistakes(target: Target, bodies: Iterable[str], areas: Iterable[str]) -> list[tuple[str, Any, str]]:
    """What cannot be counted by: (field, its value, why) in the language of messages; empty when sound.

    bodies: codes of the bodies that the unit knows. areas: names of its parts, folded alike.
    """
    found = [*_unknown(target, [*bodies, "any", "joint"], list(areas)), *_amounts(target), *_missing(target)]
    allowed = METRICS.get(target.metric, POPULATIONS)
    if target.population in POPULATIONS and target.population not in allowed:
        found.append(("population", target.population, _known(allowed, f"với {target.metric}", f"for {target.metric}")))
    return found


def _known(known: Iterable[str], *of: str) -> str:
    names, (vi, en) = ", ".join(known), of or ("", "")
    return say(f"không có; dùng {vi + ' ' if vi else ''}{names}", f"is not known; use {en + ' ' if en else ''}{names}")


def _unknown(target: Target, bodies: list[str], areas: list[str]) -> Iterable[tuple[str, Any, str]]:
    single: Mapping[str, Iterable[str]] = {
        "metric": METRICS, "population": POPULATIONS, "comparator": COMPARATORS, "unit": UNITS, "as_of": AS_OF,
        "window": WINDOWS, "owner_level": LEVELS,
    }  # fmt: skip
    for name, known in single.items():
        if getattr(target, name) not in known:
            yield name, getattr(target, name), _known(known)
    several: Mapping[str, list[str]] = {
        "by": bodies, "kinds": list(visits.KINDS), "types": list(checklists.types()), "areas": areas,
        "forms": list(activities.FORMS),
    }  # fmt: skip
    for name, listed in several.items():
        for value in sorted(set(getattr(target, name)) - set(listed)):
            yield {"kinds": "kind_filter"}.get(name, name), value, _known(listed)


def _amounts(target: Target) -> Iterable[tuple[str, Any, str]]:
    if target.value is not None:
        most = 100 if target.unit == "percent" else LARGEST_VALUE
        if not 0 <= target.value <= most:
            yield "value", target.value, say(f"phải từ 0 đến {most}", f"must be from 0 to {most}")
        elif target.unit == "count" and target.value != int(target.value):
            yield "value", target.value, say("số lượng phải là số nguyên", "a count must be a whole number")
    elif target.comparator in (">=", "<="):
        why = say("so sánh thì phải có mức giao (value)", "a comparison needs a value")
        yield "comparator", target.comparator, why
    if not 1 <= target.min_times <= 366:
        yield "min_times", target.min_times, say("phải từ 1 đến 366", "must be from 1 to 366")
    if len(target.text) > LONGEST_TEXT:
        yield "text_vi", target.text[:40] + "…", say(f"dài quá {LONGEST_TEXT} ký tự", f"over {LONGEST_TEXT} characters")


def _missing(target: Target) -> Iterable[tuple[str, Any, str]]:
    needed = say("phải ghi", "is required")
    if not target.id.strip():
        yield "id", target.id, needed
    for population, name in (("type_list", "types"), ("area_list", "areas")):
        if target.population == population and not getattr(target, name):
            yield name, "", needed
    if target.as_of == "fixed_date" and target.fixed_on is None:
        yield "date", "", needed
    if target.window == "fixed_range":
        if target.range is None:
            yield "range", "", needed
        else:
            start, end = (target.period[0] if target.cumulative else target.range[0]), target.range[1]
            if start > end:
                why = say("ngày cuối trước ngày đầu", "the last day comes before the first")
                yield "range", f"{start} .. {end}", why
