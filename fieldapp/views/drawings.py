"""The geometry of the office's charts, computed here so that pages need no drawing script and no inline style."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fieldapp.coverage import Coverage, Pace
from fieldapp.plans import Window
from fieldapp.plans.target import spans

WIDTH, LEFT, TOP, BOTTOM = 1100, 132, 12, 252
"""The drawing's box. The plot begins at LEFT, so that its months stand over the columns of the table below (12%)."""
HEADROOM = 30
LABEL_WIDTH = 190
MOST_CELLS = 14
BY_DAY = ("distinct_inspected", "reinspected")
"""Metrics that know on which day each establishment was reached."""
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000)


@dataclass(frozen=True)
class _Axes:
    """Days run from `first` over `span` days to the right, figures from 0 to `top` upwards."""

    first: date
    span: int
    top: int

    def x(self, day: date, *, days_more: int = 1) -> float:
        """The end of a day; its beginning with days_more=0."""
        return LEFT + (WIDTH - LEFT) * ((day - self.first).days + days_more) / self.span

    def y(self, figure: float) -> float:
        return BOTTOM - (BOTTOM - TOP - HEADROOM) * figure / self.top


@dataclass(frozen=True)
class Plot:
    """Coordinates of the running total of a window against what is required; y grows downwards.

    columns: (x, width) of its months (quarters, halves). before: path data of the year before, '' where none. levels:
    (y, figure) of the grid. steps, area: path data of the running total. now, end: where it stands, and where it would
    end at the recent pace. even_now: y of an even pace today, `behind` establishments above. label_y: where words about
    today stand clear of the line. end, even_now: None without a pace.
    """

    columns: list[tuple[float, float]]
    levels: list[tuple[float, int]]
    required: float
    steps: str
    area: str
    before: str
    now: tuple[float, float]
    end: tuple[float, float] | None
    even_now: float | None
    behind: float
    label_y: float

    @property
    def label_right(self) -> bool:
        """Whether there is room for words to the right of where we stand."""
        return self.now[0] < LEFT + (WIDTH - LEFT) * 0.62


def plot(found: Coverage, pace: Pace | None, before: Coverage | None = None) -> Plot | None:
    """The chart of a coverage beside the year before; None where there is nothing to draw."""
    if not found.denominator or found.required is None or found.target.metric not in BY_DAY:
        return None
    first, last = found.window
    axes = _Axes(
        first, (last - first).days + 1, max(found.required, found.numerator or 0, pace.projected if pace else 0, 1)
    )
    on = min(found.as_of, last)
    reached = sorted(found.reached_on[e.id] for e in found.counted)
    steps = "".join(f"H{axes.x(day):.1f}V{axes.y(n):.1f}" for n, day in enumerate(reached, 1))
    now = (axes.x(on), axes.y(len(reached)))
    line = f"M{LEFT} {BOTTOM}{steps}H{now[0]:.1f}"
    even = found.required * ((on - first).days + 1) / axes.span
    passed = sum(axes.x(day) <= now[0] - LABEL_WIDTH for day in reached)
    return Plot(
        columns=[
            (axes.x(start, days_more=0), axes.x(end) - axes.x(start, days_more=0)) for start, end in _divided(found)
        ],
        levels=[(axes.y(level), level) for level in _levels(axes.top, found.required)],
        required=axes.y(found.required),
        steps=line,
        area=f"{line}V{BOTTOM}Z",
        before=_before(axes, before),
        now=now,
        end=(float(WIDTH), axes.y(pace.projected)) if pace else None,
        even_now=axes.y(even) if pace else None,
        behind=even - len(reached) if pace else 0.0,
        label_y=min(max(axes.y(passed) + 22, now[1] + 24), BOTTOM - 6),
    )


def _before(axes: _Axes, before: Coverage | None) -> str:
    """The year before on the same days of its own window."""
    if before is None or not before.reached_on:
        return ""
    start = before.window[0]
    days = sorted(axes.first + (day - start) for day in before.reached_on.values())
    steps = "".join(f"H{axes.x(day):.1f}V{axes.y(min(n, axes.top)):.1f}" for n, day in enumerate(days, 1))
    return f"M{LEFT} {BOTTOM}{steps}H{axes.x(axes.first + (before.last - start)):.1f}"


def _divided(found: Coverage) -> list[Window]:
    """The window in months; a longer one in quarters or halves, so that the table under the picture stays readable."""
    start, end = found.window
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    return spans(found.window, "month" if months <= 12 else "quarter" if months <= 36 else "half")


def _levels(top: int, required: int) -> list[int]:
    """Round figures for the grid, none so near the target that their labels would touch."""
    step = next((step for step in STEPS if top / step <= 5), STEPS[-1])
    return [level for level in range(0, top + 1, step) if abs(level - required) > top / 14]


@dataclass(frozen=True)
class Period:
    """A month (quarter, half) of the table under the chart.

    reached, total: how many in it and up to its end, None while it lies ahead. even: what an even pace would have.
    partly: whether it is still running on the day asked. before: the total of the year before, None without one.
    """

    start: date
    end: date
    name: str
    reached: int | None
    total: int | None
    even: float
    partly: bool
    before: int | None = None

    @property
    def ahead(self) -> float | None:
        return None if self.total is None else self.total - self.even


def periods(found: Coverage, before: Coverage | None = None) -> list[Period]:
    """The periods of a coverage that counts establishments; empty where it does not."""
    if found.target.metric not in BY_DAY or found.numerator is None:
        return []
    first, last = found.window
    on, span = found.last, (last - first).days + 1
    several, table, total = first.year != last.year, [], 0
    earlier = sorted(day - before.window[0] for day in before.reached_on.values()) if before else []
    for start, end in _divided(found):
        begun = start <= on
        here = sum(start <= day <= end for day in found.reached_on.values())
        total += here
        until = min(end, on) if begun else end
        even = (found.required or 0) * ((until - first).days + 1) / span
        past = sum(days <= until - first for days in earlier) if before and begun else None
        table.append(Period(
            start, end, _name(start, end, several=several), here if begun else None, total if begun else None, even,
            begun and on < end, past,
        ))  # fmt: skip
    return table


def _name(start: date, end: date, *, several: bool) -> str:
    if not several:
        return f"T{start.month}"
    half = (end - start).days > 100
    return f"{'6T' if half else 'Q'}{(start.month - 1) // (6 if half else 3) + 1}/{start.year}"


def cells(numerator: int, denominator: int | None) -> list[bool] | None:
    """One cell for each establishment, the inspected ones first; None where there are too many to see one by one."""
    return (
        [n < numerator for n in range(denominator)] if denominator is not None and denominator <= MOST_CELLS else None
    )
