"""Who makes up a denominator: the population that stood under management on the day or days asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fieldapp.coverage.sources import Sources
from fieldapp.establishments import Establishment
from fieldapp.plans import Target, Window


@dataclass(frozen=True)
class Members:
    """denominator, ceased: by code; together all of the population that stood in the window (`standing`)."""

    denominator: list[Establishment]
    ceased: list[Establishment]

    @property
    def standing(self) -> list[Establishment]:
        return sorted([*self.denominator, *self.ceased], key=lambda e: e.code)


def of(sources: Sources, target: Target, window: Window, visits: Mapping[str, int]) -> Members:
    """window: first day, and the last that is looked at. visits: establishment id -> how many count within it.

    Those that ceased with fewer than `min_times` are left out and listed apart.
    """
    start, last = window
    days = {"period_start": start, "period_end": last, "fixed_date": target.fixed_on}
    day = days.get(target.as_of)
    first, end = (day, day) if day else (start, last)
    operating = target.population == "all_active" or target.metric == "registry_managed"
    key = target.population, target.types, target.areas, operating, first, end
    if key not in sources.populations:
        sources.populations[key] = [
            e
            for e in sources.register
            if _stands(e, first, end, operating=operating) and _in_population(e, sources, target, (first, end))
        ]
    members = sources.populations[key]
    if target.as_of != "ever_active_in_period":
        return Members(members, [])
    ceased = [
        e for e in members if e.managed_until and e.managed_until <= last and visits.get(e.id, 0) < target.min_times
    ]
    gone = {e.id for e in ceased}
    return Members([e for e in members if e.id not in gone], ceased)


def _stands(e: Establishment, first: date, last: date, *, operating: bool) -> bool:
    """Whether it was under management on at least one day of [first, last]; of all_active: in operation."""
    state = e.status == "operating" if operating else e.review_state == "managed"
    since = e.managed_since is None or e.managed_since <= last
    return state and since and (e.managed_until is None or e.managed_until > first)


def _in_population(e: Establishment, sources: Sources, target: Target, window: Window) -> bool:
    match target.population:
        case "security_conditional":
            return e.security_conditional
        case "complex":
            return any(
                since <= window[1] and until >= window[0] for since, until in sources.complex_spells.get(e.id, ())
            )
        case "type_list":
            return e.type in target.types
        case "area_list":
            return sources.area_names.get(e.area or "") in target.areas
    return True
