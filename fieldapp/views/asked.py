"""Which figures a page of the office was asked for: a plan's or a year's, on which day, which target of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from flask import request

from fieldapp import coverage, plans
from fieldapp.coverage import Coverage, Sources
from fieldapp.errors import Refusal
from fieldapp.forms import read_day
from fieldapp.plans import Plan, Target, year_window, yearly_target
from fieldapp.views.request import OFFICE_ROLES, account, db, number_in, today

FIRST_YEAR, LAST_YEAR = 2000, 2100


def asked_year() -> int:
    """The year asked for, by default this one. Raises Refusal year_invalid."""
    year = number_in(request.args.get("year", str(today().year)))
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal("year_invalid")
    return year


def _asked_day() -> date:
    """The day asked for, by default today; typed as 20/11/2026 or ISO. Raises Refusal day_invalid."""
    text = request.args.get("as_of", "").strip()
    try:
        return read_day(text) if text else today()
    except ValueError:
        raise Refusal("day_invalid", value=text) from None


@dataclass(frozen=True)
class Asked:
    """plan: None for a year without one. on: the day asked. target_id: which target is looked at; '' = the first."""

    plan: Plan | None
    year: int
    on: date
    target_id: str = ""

    @cached_property
    def sources(self) -> Sources:
        return Sources(db())

    @cached_property
    def every(self) -> list[Coverage]:
        """All targets of the plan, or the year's only one."""
        target = yearly_target(self.year)
        return coverage.figures(db(), self.plan or Plan("", target.period, (target,)), self.on, sources=self.sources)

    @cached_property
    def one(self) -> Coverage:
        """The target that is looked at. Raises Refusal target_unknown, plan_empty."""
        if self.plan and not self.plan.targets:
            raise Refusal("plan_empty", plan=self.plan.name)
        if self.plan and self.target_id:
            self.plan.target(self.target_id)
        found = next((one for one in self.every if one.target.id == self.target_id), None)
        return found or next((one for one in self.every if one.target.computed), self.every[0])

    @cached_property
    def address(self) -> dict[str, Any]:
        """What every link to the same figures says."""
        asked = {"plan": self.plan.id} if self.plan else {"year": self.year}
        return {**asked, "as_of": self.on.isoformat()}

    def target_of(self, found: Coverage) -> dict[str, Any]:
        """The same for one target's links."""
        return {**self.address, **({"target": found.target.id} if self.plan else {})}


def asked() -> Asked:
    """Query: plan (id) or year; as_of; target (id). Without any, the active plan on its days, else this year."""
    wanted, on = request.args, _asked_day()
    if "plan" in wanted:
        return Asked(plans.read(db(), wanted["plan"]), on.year, on, wanted.get("target", ""))
    if "year" not in wanted:
        plan = plans.active(db())
        if plan and plan.targets and plan.period[0] <= on <= plan.period[1]:
            return Asked(plan, on.year, on, wanted.get("target", ""))
    return Asked(None, asked_year(), on)


def restricted(found: Coverage) -> bool:
    """Whether rows of this figure would tell who is classified complex to somebody who may not know."""
    about = found.target.population == "complex" or found.target.metric == "reinspected"
    return about and account().role not in OFFICE_ROLES


def year_before(found: Coverage, sources: Sources) -> Coverage | None:
    """The same target a year earlier, asked on the same day of it; None where the window is longer than a year."""
    start, end = found.window
    if (end - start).days > 366 or not found.target.computed or found.target.cumulative:
        return None
    return coverage.compute(db(), _a_year_back(found.target), _back(found.as_of), sources=sources)


def _a_year_back(target: Target) -> Target:
    first, last = target.period
    window = (_back(target.range[0]), _back(target.range[1])) if target.range else None
    period = year_window(first.year - 1) if (first, last) == year_window(first.year) else (_back(first), _back(last))
    return replace(target, period=period, range=window, fixed_on=target.fixed_on and _back(target.fixed_on))


def _back(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
