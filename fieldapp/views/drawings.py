"""The geometry of the office's charts, computed here so that pages need no drawing script and no inline style."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date

from fieldapp.coverage import Coverage, Pace

WIDTH, LEFT, TOP, BOTTOM = 1100, 132, 12, 252
"""The drawing's box; the plot begins at LEFT so that its months stand over the table's columns (12% and 12 equal ones)."""
MOST_CELLS = 14


@dataclass
class Plot:
    """Coordinates of the running total of a year against what is required; y grows downwards.

    levels: (y, figure) of the grid. steps, area: path data of the running total. now, end: where it stands, where it
    would end at the recent pace (None without a pace). required, even: y of the target, end of the even pace.
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
    start: tuple[float, float] = field(default=(LEFT, BOTTOM))

    @property
    def label_right(self) -> bool:
        """Whether there is room for words to the right of where we stand."""
        return self.now[0] < LEFT + (WIDTH - LEFT) * 0.62


def plot(found: Coverage, pace: Pace | None) -> Plot | None:
    """The chart of a coverage; None where there is nothing to draw."""
    if not found.denominator or found.required is None:
        return None
    first, last = found.target.window
    span = (last - first).days + 1
    top = max(found.required, found.numerator or 0, 1)

    def x(day: date, *, end_of_day: bool = True) -> float:
        return LEFT + (WIDTH - LEFT) * ((day - first).days + end_of_day) / span

    def y(figure: float) -> float:
        return BOTTOM - (BOTTOM - TOP - 30) * figure / top

    on = min(found.as_of, last)
    steps, reached = _steps(found, x, y)
    here = (x(on), y(reached))
    even = (found.required * ((on - first).days + 1) / span) if pace else None
    return Plot(
        [(x(date(first.year, m, 1), end_of_day=False), (WIDTH - LEFT) * monthrange(first.year, m)[1] / span) for m in range(1, 13)],
        [(y(level), level) for level in _levels(top, found.required)],
        y(found.required),
        f"M{LEFT} {BOTTOM}{steps}H{here[0]:.1f}",
        f"M{LEFT} {BOTTOM}{steps}H{here[0]:.1f}V{BOTTOM}Z",
        here,
        (float(WIDTH), y(pace.projected)) if pace else None,
        None if even is None else y(even),
        0.0 if even is None else even - reached,
    )  # fmt: skip


def _steps(found: Coverage, x: object, y: object) -> tuple[str, int]:
    path, total = "", 0
    for day in sorted(found.reached_on[e.id] for e in found.counted):
        total += 1
        path += f"H{x(day):.1f}V{y(total):.1f}"  # type: ignore[operator]
    return path, total


def _levels(top: int, required: int) -> list[int]:
    """Round figures for the grid, none so near the target that their labels would touch."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000) if top / s <= 5)
    return [level for level in range(0, top + 1, step) if abs(level - required) > top / 14]


@dataclass(frozen=True)
class Month:
    """reached: how many in the month and up to its end, None while it lies ahead. even: what an even pace would have."""

    number: int
    reached: int | None
    total: int | None
    even: float
    partly: bool

    @property
    def ahead(self) -> float | None:
        return None if self.total is None else self.total - self.even


def months(found: Coverage) -> list[Month]:
    """The table under the chart."""
    first, last = found.target.window
    on, span = min(found.as_of, last), (last - first).days + 1
    table, total = [], 0
    for number in range(1, 13):
        end = date(first.year, number, monthrange(first.year, number)[1])
        begun = date(first.year, number, 1) <= on
        here = sum(day.month == number for day in found.reached_on.values())
        total += here
        upto = min(end, on) if begun else end
        even = (found.required or 0) * ((upto - first).days + 1) / span
        table.append(Month(number, here if begun else None, total if begun else None, even, begun and on < end))
    return table


def cells(numerator: int, denominator: int) -> list[bool] | None:
    """One cell for each establishment, the inspected ones first; None where there are too many to see one by one."""
    return [n < numerator for n in range(denominator)] if denominator <= MOST_CELLS else None
