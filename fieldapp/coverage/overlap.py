"""Whom a plan's targets would send two bodies to, where one check a year is the rule (resolution 198/2025/QH15)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from sqlite_utils import Database

from fieldapp.coverage.asking import figures
from fieldapp.coverage.figures import Coverage
from fieldapp.coverage.sources import Sources
from fieldapp.establishments import Establishment
from fieldapp.plans import Plan, Target


@dataclass(frozen=True)
class Overlap:
    """Two targets of different bodies that meet on the same establishments.

    both: the establishments that stand in both denominators, by code. unavoidable: how many of them two bodies must go
    to even if each body chooses the others first; a joint visit serves both. reached_by_both: those that both targets
    count already; once: those that one of the two has reached, so that the other's visit would be their second.
    """

    first: Target
    second: Target
    both: list[Establishment]
    unavoidable: int
    reached_by_both: list[Establishment]
    once: list[Establishment]


def double_visits(db: Database, plan: Plan, on: date, *, sources: Sources | None = None) -> list[Overlap]:
    """Each pair of a plan's targets that would have establishments visited twice unless visited jointly.

    Source: Yên Nghĩa 2026 plan, lines 68-74 (the team's 60% and the police's own round over the same places).
    """
    return overlaps(figures(db, plan, on, sources=sources))


def overlaps(found: Iterable[Coverage]) -> list[Overlap]:
    """The same of figures at hand."""
    asked = [one for one in found if one.target.metric == "distinct_inspected" and one.required]
    pairs = [_overlap(one, other) for one, other in combinations(asked, 2) if _apart(one.target, other.target)]
    return [pair for pair in pairs if pair.both]


def _apart(one: Target, other: Target) -> bool:
    """Whether no single body's visit can serve both."""
    return not ({"any", "joint"} & {*one.by, *other.by}) and not set(one.by) & set(other.by)


def _overlap(one: Coverage, other: Coverage) -> Overlap:
    members = {e.id: e for e in (*one.counted, *one.missing)}
    others = {e.id: e for e in (*other.counted, *other.missing)}
    both = sorted((e for key, e in members.items() if key in others), key=lambda e: e.code)
    needed = (one.required or 0) + (other.required or 0)
    reached, reached_too = {e.id for e in one.counted}, {e.id for e in other.counted}
    return Overlap(
        one.target, other.target, both, max(0, needed - len({*members, *others})),
        [e for e in both if e.id in reached & reached_too], [e for e in both if e.id in reached ^ reached_too],
    )  # fmt: skip
