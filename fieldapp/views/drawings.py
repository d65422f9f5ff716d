"""The geometry of the office's charts, computed here so that pages need no drawing script and no inline style."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from fieldapp.coverage import Coverage, Pace

WIDTH, LEFT, TOP, BOTTOM = 1100, 132, 12, 252
"""The drawing's box. The plot begins at LEFT, so that its months stand over the columns of the table below (12%)."""
HEADROOM = 30
LABEL_WIDTH = 190
MOST_CELLS = 14
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
    """Coordinates of the running total of a year against what is required; y grows downwards.

    months: (x, width). levels: (y, figure) of the grid. steps, area: path data of the running total. now, end: where it
    stands, and where it would end at the recent pace. even_now: y of an even pace today, `behind` establishments above.
    label_y: where words about today stand clear of the line. end, even_now: None without a pace.
    """

    months: list[tuple[float, float]]
    levels: list[tuple[float, int]]
    required: float
    steps: str
    area: str
    now: tuple[float, float]
    end: tuple[float, float] | None
    even_now: float | None
    behind: float
    label_y: float

    @property
    def label_right(self) -> bool:
        """Whether there is room for words to the right of where we stand."""
        return self.now[0] < LEFT + (WIDTH - LEFT) * 0.62


def plot(found: Coverage, pace: Pace | None) -> Plot | None:
    """The chart of a coverage; None where there is nothing to draw."""
    if not found.denominator or found.required is None:
        return None
    first, last = found.window
    axes = _Axes(first, (last - first).days + 1, max(found.required, found.numerator or 0, 1))
    on = min(found.as_of, last)
    reached = sorted(found.reached_on[e.id] for e in found.counted)
    steps = "".join(f"H{axes.x(day):.1f}V{axes.y(n):.1f}" for n, day in enumerate(reached, 1))
    now = (axes.x(on), axes.y(len(reached)))
    line = f"M{LEFT} {BOTTOM}{steps}H{now[0]:.1f}"
    even = found.required * ((on - first).days + 1) / axes.span
    before = sum(axes.x(day) <= now[0] - LABEL_WIDTH for day in reached)
    return Plot(
        months=_months(axes),
        levels=[(axes.y(level), level) for level in _levels(axes.top, found.required)],
        required=axes.y(found.required),
        steps=line,
        area=f"{line}V{BOTTOM}Z",
        now=now,
        end=(float(WIDTH), axes.y(pace.projected)) if pace else None,
        even_now=axes.y(even) if pace else None,
        behind=even - len(reached) if pace else 0.0,
        label_y=min(max(axes.y(before) + 22, now[1] + 24), BOTTOM - 6),
    )


def _months(axes: _Axes) -> list[tuple[float, float]]:
    year = axes.first.year
    starts = [axes.x(date(year, month, 1), days_more=0) for month in range(1, 13)]
    ends = [*starts[1:], float(WIDTH)]
    return [(start, end - start) for start, end in zip(starts, ends, strict=True)]


def _levels(top: int, required: int) -> list[int]:
    """Round figures for the grid, none so near the target that their labels would touch."""
    step = next((step for step in STEPS if top / step <= 5), STEPS[-1])
    return [level for level in range(0, top + 1, step) if abs(level - required) > top / 14]


@dataclass(frozen=True)
class Month:
    """A month of the table under the chart.

    reached, total: how many in it and up to its end, None while it lies ahead. even: what an even pace would have.
    partly: whether it is still running on the day asked.
    """

    number: int
    reached: int | None
    total: int | None
    even: float
    partly: bool

    @property
    def ahead(self) -> float | None:
        return None if self.total is None else self.total - self.even


def months(found: Coverage) -> list[Month]:
    """The twelve months of a coverage of a calendar year."""
    first, last = found.window
    on, span = min(found.as_of, last), (last - first).days + 1
    table, total = [], 0
    for number in range(1, 13):
        end = date(first.year, number, monthrange(first.year, number)[1])
        begun = date(first.year, number, 1) <= on
        here = sum(day.month == number for day in found.reached_on.values())
        total += here
        until = min(end, on) if begun else end
        even = (found.required or 0) * ((until - first).days + 1) / span
        table.append(Month(number, here if begun else None, total if begun else None, even, begun and on < end))
    return table


def cells(numerator: int, denominator: int) -> list[bool] | None:
    """One cell for each establishment, the inspected ones first; None where there are too many to see one by one."""
    return [n < numerator for n in range(denominator)] if denominator <= MOST_CELLS else None
