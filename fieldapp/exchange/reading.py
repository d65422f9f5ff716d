"""What phones only read: the commune, its parts, who runs establishments, what is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, checklists, entities, units
from fieldapp.exchange.sight import sees_cases
from sync.kinds import Carrier, ServedKind


class UnitKind(ServedKind):
    name = "unit"

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        unit = units.read(db)
        return {unit.code: units.body_for_phones(unit)}


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


def _only(found: Mapping[str, dict[str, Any]], ids: Collection[str]) -> dict[str, dict[str, Any]]:
    return {record_id: found[record_id] for record_id in ids if record_id in found}
