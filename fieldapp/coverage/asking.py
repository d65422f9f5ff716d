"""Which rule answers which metric."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from sqlite_utils import Database

from fieldapp import plans
from fieldapp.coverage import communication, duties, inspected
from fieldapp.coverage.figures import Coverage, judged
from fieldapp.coverage.sources import Sources
from fieldapp.plans import Manual, Plan, Target

RULES: dict[str, Callable[[Sources, Coverage], Coverage]] = {
    "distinct_inspected": inspected.distinct,
    "inspection_visits": inspected.visited,
    "reinspected": inspected.reinspected,
    "followup_done": duties.followup_done,
    "commitments_valid": duties.commitments_valid,
    "workers_reached": communication.workers_reached,
    "areas_active": communication.areas_active,
    "events": communication.events,
    "registry_managed": duties.registry_managed,
}


def compute(db: Database, target: Target, on: date, *, sources: Sources | None = None) -> Coverage:
    """A target's figures, asked on a day, from today's register and the ledger up to that day.

    sources: what was read for other figures of the same request already.
    """
    return _computed(sources or Sources(db), target, on)


def figures(db: Database, plan: Plan, on: date, *, sources: Sources | None = None) -> list[Coverage]:
    """Every target of a plan, asked on a day, in the plan's order; each with the rows behind its figures.

    What is not computed here comes with its typed figure, or without any.
    """
    sources = sources or Sources(db)
    typed = plans.manual_figures(db, plan.id, on)
    found = [
        _computed(sources, target, on) if target.computed else _typed(target, on, typed.get(target.id, ()))
        for target in plan.targets
    ]
    return [replace(one, binds=_binds(one, found)) for one in found]


def _computed(sources: Sources, target: Target, on: date) -> Coverage:
    blank = Coverage(target, on, target.window_on(on))
    if on < blank.window[0] or not target.computed:
        return blank
    return judged(RULES[target.metric](sources, blank))


def _typed(target: Target, on: date, figures: Sequence[Manual]) -> Coverage:
    """The newest typed figure that is about a day of the window."""
    blank = Coverage(target, on, target.window_on(on))
    figure = next((f for f in figures if blank.window[0] <= f.figure_on <= blank.last), None)
    if figure is None:
        return blank
    return judged(replace(blank, numerator=figure.numerator, denominator=figure.denominator, typed=figure))


def _binds(one: Coverage, found: list[Coverage]) -> bool | None:
    """Of amounts asked of one and the same thing the largest binds: a percentage beside a number that was allotted."""
    if one.required is None:
        return None
    rivals = [other for other in found if other.required is not None and other.target.counts_the_same(one.target)]
    if len(rivals) < 2:
        return None
    return one.required == max(other.required or 0 for other in rivals)
