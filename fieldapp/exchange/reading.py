"""What phones only read: the commune and its team, its parts, who runs establishments, what is asked and planned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, checklists, entities, legal, schedule, sealing, teams, units
from fieldapp.exchange.sight import sees_cases
from sync.kinds import Carrier, ServedKind


def unit_body(db: Database, today: date) -> dict[str, Any]:
    """The commune as phones hold it, with the teams in force today or later, its reading of the overlap rule, and the
    key to which phones seal what they hand over as a file."""
    body = units.body_for_phones(units.read(db))
    return body | {
        "teams": teams.bodies(db, today), "overlap": legal.rule_for_phones(db), "export_key": sealing.public_key(db),
    }  # fmt: skip


class UnitKind(ServedKind):
    name = "unit"

    def __init__(self, today: date) -> None:
        self.today = today

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        body = unit_body(db, self.today)
        return {body["id"]: body}


class AreaKind(ServedKind):
    name = "area"

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        return _only(areas.bodies(db), ids)


class BusinessEntityKind(ServedKind):
    name = "business_entity"

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        return _only(entities.bodies(db), ids) if sees_cases(carrier) else {}


class ChecklistKind(ServedKind):
    name = "checklist"

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        return {checklist_id: checklists.read(db, checklist_id) for checklist_id in ids}


class ScheduleEntryKind(ServedKind):
    name = "schedule_entry"

    def __init__(self, today: date) -> None:
        self.today = today

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        return schedule.bodies(db, ids, self.today.year) if sees_cases(carrier) else {}


def _only(found: Mapping[str, dict[str, Any]], ids: Collection[str]) -> dict[str, dict[str, Any]]:
    return {record_id: found[record_id] for record_id in ids if record_id in found}
