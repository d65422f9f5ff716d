"""How fast the rest must go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from fieldapp.coverage.figures import Coverage

PACE_WEEKS = 8


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
    """How fast the rest must go; None before the window, after it, or where no establishments are required."""
    end, on = coverage.window[1], coverage.as_of
    if coverage.required is None or coverage.numerator is None or coverage.remaining is None or on > end:
        return None
    if coverage.target.metric not in ("distinct_inspected", "reinspected"):
        return None  # the others have no day on which each was reached
    weeks_left = (end - on).days / 7
    since = on - timedelta(weeks=PACE_WEEKS)
    recent = sum(since < day <= on for day in coverage.reached_on.values()) / PACE_WEEKS
    projected = min(len(coverage.counted) + len(coverage.missing), int(coverage.numerator + recent * weeks_left))
    needed = coverage.remaining / weeks_left if weeks_left else float(coverage.remaining)
    return Pace(weeks_left, needed, recent, projected, _finish(on, coverage.remaining, recent))


def _finish(on: date, remaining: int, recent: float) -> date | None:
    if not remaining:
        return on
    days = -int(-(remaining / recent) * 7 // 1) if recent else None
    return None if days is None or days > (date.max - on).days else on + timedelta(days=days)
