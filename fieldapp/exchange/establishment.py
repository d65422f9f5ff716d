"""Establishments: several writers, field by field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, audit, bodies, commitments, establishments, findings, people, visits
from fieldapp.audit import Actor
from fieldapp.establishments import Establishment
from fieldapp.exchange.sight import days_as_text, refusals_told, role, sees_cases
from sync.history import Transaction
from sync.kinds import Awaits, CannotApply, Carrier, MergedKind, Mistakes, Offer

NEW_FIELDS = ("name", "type", "address", "area")
"""What a phone may write of an establishment that it added itself, until the office has decided about it."""
_CONTACT = ("representative", "representative_role", "phone")


class EstablishmentKind(MergedKind):
    name = "establishment"

    def __init__(self, today: date) -> None:
        self.today = today

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        if not sees_cases(carrier):
            return {}
        licences = establishments.licences(db, ids)
        seen = visits.summaries(db, ids, date(self.today.year - 1, 1, 1))
        in_force = commitments.in_force(db, self.today, ids)
        waiting = findings.summaries(db, ids)
        found = {}
        for record in establishments.every(db, ids):
            signed = in_force.get(record.id)
            summary = {
                "visits": seen.get(record.id, []),
                "findings": waiting.get(record.id, []),
                "commitment": signed
                and days_as_text({"id": signed.id, "signed_on": signed.signed_on, "valid_until": signed.valid_until}),
            }
            found[record.id] = _for_phones(record, self.today) | {
                "licences": [days_as_text(vars(licence)) for licence in licences.get(record.id, [])],
                "summary": summary,
            }
        return found

    def check(self, values: Mapping[str, Any], ver: int) -> Mistakes:
        return bodies.mistakes(bodies.ESTABLISHMENT_FIELDS, values)

    def admit(self, db: Database, record_id: str, names: Collection[str], carrier: Carrier) -> None:
        if role(db, carrier) not in people.FIELD_ROLES:
            raise CannotApply("not_allowed", {name: ["your role may not write this"] for name in names})
        record = next(iter(establishments.every(db, [record_id])), None)
        if record is None and "name" not in names:
            raise Awaits("establishment", record_id, {"id": ["no such establishment"]})
        if record is None and bodies.identifier(record_id):
            raise CannotApply("invalid_body", {"id": [str(bodies.identifier(record_id))]})
        own = record is None or (
            record.review_state == "identified" and establishments.creator(db, record_id) == carrier.account
        )
        allowed = {*establishments.PHONE_FIELDS, *(NEW_FIELDS if own else ())}
        refused = [name for name in names if name not in allowed]
        if refused:
            raise CannotApply("not_allowed", {name: ["not a phone's to write"] for name in refused})

    def values(self, db: Database, record_id: str) -> Mapping[str, Any]:
        record = next(iter(establishments.every(db, [record_id])), None)
        return days_as_text(vars(record)) if record else {}

    def write(self, tx: Transaction, record_id: str, values: Mapping[str, Any], offer: Offer) -> None:
        actor = Actor(offer.carrier.account, offer.carrier.device)
        if values.get("area") and values["area"] not in areas.names(tx.db):
            raise CannotApply("invalid_body", {"area": ["no such area"]})
        with refusals_told():
            if establishments.every(tx.db, [record_id]):
                establishments.write_fields(tx, record_id, values)
                deed = "establishment_changed"
            else:
                given = {name: value for name, value in values.items() if value is not None}
                establishments.add(tx, actor, {**given, "review_state": "identified"}, establishment_id=record_id)
                deed = "establishment_identified"
        audit.record(tx, actor, deed, "establishment", record_id, fields=sorted(values))


def _for_phones(record: Establishment, today: date) -> dict[str, Any]:
    """An establishment without its contacts once it has closed or left management."""
    body = days_as_text(vars(record))
    return body | dict.fromkeys(_CONTACT, "") if record.over_on(today) else body
