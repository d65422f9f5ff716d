"""The periods that reports are about: a quarter, half a year, a year."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from fieldapp.errors import Refusal

MONTHS = {
    "year": (1, 12), "half1": (1, 6), "half2": (7, 12), "q1": (1, 3), "q2": (4, 6), "q3": (7, 9), "q4": (10, 12),
}  # fmt: skip
TITLES = {
    "year": "năm {year}", "half1": "6 tháng đầu năm {year}", "half2": "6 tháng cuối năm {year}",
    "q1": "quý I năm {year}", "q2": "quý II năm {year}", "q3": "quý III năm {year}", "q4": "quý IV năm {year}",
}  # fmt: skip


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
