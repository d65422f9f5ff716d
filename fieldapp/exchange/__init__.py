"""Binds the sync engine to the nouns: one module a kind of record. What a phone may see and write is decided here.

Phones write inspections, commitments, what happens to findings, communication in counts, a few fields of
establishments, and keep their drafts here; everything else they only read. An inspector's scope is the commune. What a
newer phone offers of a kind that is not listed here is kept in the inbox until the server is upgraded.

    sight.py          who sees what; how a noun's refusal becomes an op's verdict
    reading.py        kinds that phones only read
    signed.py         what signed records have in common
    inspection.py     commitment.py     finding_event.py     establishment.py     activity.py
    draft.py          unfinished records, for their author's phones alone
    told.py           what one person's phones are told of what they handed in
    inbox.py          what the office does with what could not be applied
    scope.py          what leaves phones, or comes back, on a day
"""

from __future__ import annotations

from datetime import datetime

from fieldapp.clock import local_day
from fieldapp.exchange.activity import ActivityKind
from fieldapp.exchange.commitment import CommitmentKind
from fieldapp.exchange.draft import DraftKind
from fieldapp.exchange.establishment import EstablishmentKind
from fieldapp.exchange.finding_event import FindingEventKind
from fieldapp.exchange.inspection import InspectionKind
from fieldapp.exchange.reading import (
    AreaKind,
    BusinessEntityKind,
    ChecklistKind,
    ScheduleEntryKind,
    UnitKind,
    unit_body,
)
from fieldapp.exchange.scope import scope, scope_moved, tell_scope
from fieldapp.exchange.told import ConflictKind, DecisionKind
from fieldapp.units import Unit
from sync.kinds import Kind

__all__ = ["kinds", "scope", "scope_moved", "tell_scope", "unit_body"]


def kinds(unit: Unit, now: datetime) -> dict[str, Kind]:
    """Every kind this server knows, as of an instant. Made anew for each call: it remembers who is who meanwhile."""
    today = local_day(now, unit.time_zone)
    known: list[Kind] = [
        UnitKind(today), AreaKind(), BusinessEntityKind(), ChecklistKind(), ScheduleEntryKind(today),
        EstablishmentKind(today), InspectionKind(unit, today), CommitmentKind(unit, today),
        FindingEventKind(unit, today), ActivityKind(), DecisionKind(), ConflictKind(today), DraftKind(),
    ]  # fmt: skip
    return {kind.name: kind for kind in known}
