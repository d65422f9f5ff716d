"""The periods that reports are about: a quarter, half a year, a year."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fieldapp.errors import Refusal

MONTHS = {
    "year": (1, 12), "half1": (1, 6), "half2": (7, 12), "q1": (1, 3), "q2": (4, 6), "q3": (7, 9), "q4": (10, 12),
}  # fmt: skip
TITLES = {
    "year": "năm {year}", "half1": "6 tháng đầu năm {year}", "half2": "6 tháng cuối năm {year}",
    "q1": "quý I năm {year}", "q2": "quý II năm {year}", "q3": "quý III năm {year}", "q4": "quý IV năm {year}",
}  # fmt: skip
_CODES = {"year": ("year",), "half": ("half1", "half2"), "quarter": ("q1", "q2", "q3", "q4")}
"""What plans call how often they want a report, and the periods that this means."""
SOON, LATE = timedelta(days=30), timedelta(days=45)


@dataclass(frozen=True)
class Period:
    """code: a key of MONTHS."""

    code: str
    year: int

    @property
    def start(self) -> date:
        return date(self.year, MONTHS[self.code][0], 1)

    @property
    def end(self) -> date:
        last = MONTHS[self.code][1]
        return date(self.year, last, calendar.monthrange(self.year, last)[1])

    def touches(self, window: tuple[date, date]) -> bool:
        """Whether any of its days lies in a window. window: first and last day."""
        return window[0] <= self.end and self.start <= window[1]

    @property
    def title(self) -> str:
        """As it stands in the report's heading: "6 tháng đầu năm 2026"."""
        return TITLES[self.code].format(year=self.year)


def period(code: str, year: int) -> Period:
    """Raises Refusal period_unknown."""
    if code not in MONTHS:
        raise Refusal("period_unknown", period=code, known=", ".join(MONTHS))
    return Period(code, year)


def proposed(today: date) -> Period:
    """The report that an office writes around a day: the half of the year that ended last, the year in December."""
    if today.month == 12:
        return Period("year", today.year)
    if today.month > 5:
        return Period("half1", today.year)
    return Period("year", today.year - 1)


# ---- reports that a plan asks for ----


@dataclass(frozen=True)
class Owed:
    """A report to be written about now. due_on: the plan's day; None where it names none. line: what the plan says."""

    period: Period
    due_on: date | None
    line: Mapping[str, Any]


def owed(lines: Iterable[Mapping[str, Any]], today: date) -> list[Owed]:
    """What a plan's lines about reporting ask for around a day.

    lines: as in a plan file, {"from", "to", "cadence", "due"}; due: `MM-DD`, each year. A line with a day asks from
    SOON before it to LATE after it, new year or not; it is about its year, before July about the year that ended. One
    without asks for the half, quarter or year that ended within LATE.
    """
    found = []
    for line in lines:
        cadence = line.get("cadence") or ()
        codes = [cadence] if isinstance(cadence, str) else list(cadence)
        days = (_due(str(line.get("due") or ""), year) for year in (today.year - 1, today.year, today.year + 1))
        due_on = next((day for day in days if day and -LATE <= day - today <= SOON), None)
        if due_on:
            found.append(Owed(Period("year", due_on.year - (due_on.month < 7)), due_on, line))
        elif not line.get("due"):
            ended = (_ended(code, today) for code in codes if code in _CODES)
            found += [Owed(period, None, line) for period in ended if today - period.end <= LATE]
    return found


def _due(text: str, year: int) -> date | None:
    if text == "02-29":
        return date(year, 3, 1) - timedelta(days=1)
    try:
        return date.fromisoformat(f"{year}-{text}")
    except ValueError:
        return None


def _ended(cadence: str, today: date) -> Period:
    """The period of that length that ended last before a day."""
    every = [Period(code, year) for year in (today.year - 1, today.year) for code in _CODES[cadence]]
    return max((period for period in every if period.end < today), key=lambda period: period.end)
