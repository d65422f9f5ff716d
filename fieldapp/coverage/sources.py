"""What figures are made of: the register, the ledger, the records of other duties; each read once for all targets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any

from sqlite_utils import Database

from fieldapp import (
    activities,
    areas,
    commitments,
    complexity,
    establishments,
    findings,
    inspections,
    sanctions,
    visits,
)
from fieldapp.activities import Activity
from fieldapp.areas import Area
from fieldapp.establishments import Establishment
from fieldapp.findings import Finding
from fieldapp.plans import Window
from fieldapp.sanctions import Sanction

Row = tuple[str, str, frozenset[str], str]
"""A counting row of the ledger: establishment id, day `YYYY-MM-DD`, bodies, kind (see visits.counting)."""
OneVisit = tuple[str, date, frozenset[str], frozenset[str]]
"""A visit, of one record or of several that share a body: establishment id, day, bodies, kinds."""


def one_each(rows: Iterable[Row]) -> list[OneVisit]:
    """Records of one establishment and day that share a body are one visit, whose bodies and kinds are the union."""
    records: dict[tuple[str, str], list[tuple[frozenset[str], str]]] = {}
    for establishment, text, bodies, kind in rows:
        records.setdefault((establishment, text), []).append((bodies, kind))
    found = []
    for (establishment, text), of_day in records.items():
        day = date.fromisoformat(text)
        if len(of_day) == 1:  # nearly always
            found.append((establishment, day, of_day[0][0], _alone(of_day[0][1])))
            continue
        for visit in visits.together(of_day, itemgetter(0)):
            union = frozenset[str]().union(*(record[0] for record in visit))
            found.append((establishment, day, union, frozenset(record[1] for record in visit)))
    return found


@lru_cache(maxsize=16)
def _alone(kind: str) -> frozenset[str]:
    return frozenset({kind})


class Sources:
    """Everything that is asked for while figures of one day are computed."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.populations: dict[tuple[Any, ...], list[Establishment]] = {}  # members.py remembers here
        self.visits = lru_cache(maxsize=8)(self._visits)
        self.activities = lru_cache(maxsize=8)(self._activities)
        self.committed = lru_cache(maxsize=4)(self._committed)

    @cached_property
    def register(self) -> list[Establishment]:
        return establishments.every(self.db)

    @cached_property
    def areas(self) -> list[Area]:
        return areas.every(self.db)

    @cached_property
    def area_names(self) -> dict[str, str]:
        return {area.id: area.name for area in self.areas}

    @cached_property
    def complex_spells(self) -> dict[str, list[Window]]:
        """Establishment id -> first and last day of each time it is classified complex (see complexity.spells)."""
        return complexity.spells(self.db)

    @cached_property
    def sanctions(self) -> list[Sanction]:
        return sanctions.every(self.db)

    @cached_property
    def asked_again(self) -> dict[str, list[date]]:
        """Establishment id -> the days of inspections that found shortcomings: they ask for another look."""
        return inspections.with_shortcomings(self.db)

    def findings(self, window: Window) -> list[Finding]:
        return findings.fell_due(self.db, *window)

    def workers_told(self, window: Window) -> list[tuple[str, int]]:
        """Establishment id and how many of its workers were told something at an inspection of the window."""
        return inspections.workers_told(self.db, *window)

    def _visits(self, window: Window) -> list[OneVisit]:
        return one_each(visits.counting(self.db, *window))

    def _activities(self, window: Window) -> list[Activity]:
        return activities.every(self.db, *window)

    def _committed(self, on: date) -> set[str]:
        return set(commitments.in_force(self.db, on))
