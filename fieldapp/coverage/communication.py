"""Communication in counts: workers reached, areas with an activity, months with a post."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

from fieldapp.activities import Activity
from fieldapp.coverage import inspected, members
from fieldapp.coverage.figures import Coverage, Part, shares
from fieldapp.coverage.sources import Sources
from fieldapp.establishments import Establishment
from fieldapp.plans import Window
from fieldapp.plans.target import spans


def workers_reached(sources: Sources, blank: Coverage) -> Coverage:
    """Of each establishment's workers as many as its best session reached, never more than it has.

    A session is an activity that reached workers of the establishment, or an inspection at which workers were told.
    """
    window = blank.window[0], blank.last
    best: dict[str, int] = {}
    sessions = [pair for activity in _activities(sources, blank) for pair in activity.reached.items()]
    for place, number in (*sessions, *sources.workers_told(window)):
        best[place] = max(best.get(place, 0), number)
    visits = inspected.counts(sources, blank)
    found = members.of(sources, blank.target, window, visits)
    reached = {e.id: min(e.employees or 0, best.get(e.id, 0)) for e in found.denominator}

    def amounts(e: Establishment) -> tuple[int, int | None]:
        return reached[e.id], e.employees or 0

    of = found.denominator
    everybody = {e.id for e in of if e.employees is not None and reached[e.id] == e.employees}
    return replace(
        blank, numerator=sum(reached.values()), denominator=sum(e.employees or 0 for e in of), reached=reached,
        counted=[e for e in of if e.id in everybody], missing=[e for e in of if e.id not in everybody],
        ceased_before_inspection=found.ceased, by_type=shares(of, amounts, lambda e: e.type),
        by_area=shares(of, amounts, lambda e: sources.area_names.get(e.area or "", "")),
    )  # fmt: skip


def areas_active(sources: Sources, blank: Coverage) -> Coverage:
    """Areas with at least min_times activities."""
    target = blank.target
    held = Counter(activity.area for activity in _activities(sources, blank))
    listed = [area for area in sources.areas if target.population != "area_list" or area.name in target.areas]
    parts = [Part(area.name, area.name, held[area.id] >= target.min_times) for area in listed]
    return _of_parts(blank, parts)


def events(sources: Sources, blank: Coverage) -> Coverage:
    """Months (or quarters, halves; else the window as a whole) with at least min_times activities, of those begun."""
    target, start, last = blank.target, blank.window[0], blank.last
    periods = spans((start, last), target.bucket) if target.bucket else [(start, last)]
    days = [activity.held_on for activity in _activities(sources, blank)]
    parts = [
        Part(key := _named(period, target.bucket), key, _within(days, period) >= target.min_times, day=period[1])
        for period in periods
    ]
    return _of_parts(blank, parts)


def _within(days: list[date], period: Window) -> int:
    return sum(period[0] <= day <= period[1] for day in days)


def _named(period: Window, bucket: str | None) -> str:
    start = period[0]
    match bucket:
        case "month":
            return f"{start:%Y-%m}"
        case "quarter":
            return f"{start.year}-Q{(start.month + 2) // 3}"
        case "half":
            return f"{start.year}-H{(start.month + 5) // 6}"
    return f"{start.isoformat()}/{period[1].isoformat()}"


def _of_parts(blank: Coverage, parts: list[Part]) -> Coverage:
    whole = None if blank.target.population == "none" and blank.target.metric == "areas_active" else len(parts)
    return replace(blank, numerator=sum(part.counted for part in parts), denominator=whole, parts=parts)


def _activities(sources: Sources, blank: Coverage) -> list[Activity]:
    forms = blank.target.forms
    held = sources.activities((blank.window[0], blank.last))
    return [activity for activity in held if not forms or activity.form in forms]
