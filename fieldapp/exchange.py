"""Binds the sync engine to the nouns: one class a kind of record. What a phone may see and write is decided here.

Phones write inspections, commitments and a few fields of establishments; everything else they only read. An inspector's
scope is the commune. Kinds that are not built yet are unknown to the engine, which keeps what is offered of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlite_utils import Database

from fieldapp import (
    areas,
    audit,
    bodies,
    checklists,
    commitments,
    entities,
    establishments,
    evidence,
    findings,
    inspections,
    people,
    units,
    visits,
)  # fmt: skip
from fieldapp.audit import Actor
from fieldapp.clock import local_day, parse_instant
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.units import Unit
from sync import history
from sync.history import Transaction
from sync.kinds import Awaits, CannotApply, Carrier, Kind, MergedKind, Mistakes, Offer, ServedKind, SignedKind
from sync.signed import Signed

HISTORY_YEARS = 2
NEW_FIELDS = ("name", "type", "address", "area")
"""What a phone may write of an establishment that it added itself, until the office has decided about it."""
_CONTACT = ("representative", "representative_role", "phone")
_OUT_OF_SCOPE = "out_of_scope"
_SEALED_CLASSES = ("signature", "scan")


def kinds(unit: Unit, now: datetime) -> dict[str, Kind]:
    """Every kind this server knows, as of an instant. Made anew for each call: it remembers who is who meanwhile."""
    today = local_day(now, unit.time_zone)
    known: list[Kind] = [
        UnitKind(), AreaKind(), BusinessEntityKind(), ChecklistKind(), EstablishmentKind(today),
        InspectionKind(unit, today), CommitmentKind(unit, today),
    ]  # fmt: skip
    return {kind.name: kind for kind in known}


# ---- what phones only read ----


def _sees_cases(carrier: Carrier) -> bool:
    """An administrator keeps accounts and phones, and sees no case data."""
    return carrier.role != "admin"


def scope(carrier: Carrier, today: date) -> str:
    """What decides, besides the records themselves, which of them a phone may see; equal for those who see the same."""
    return f"{'cases' if _sees_cases(carrier) else 'accounts'} on {today}"


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
        return _only(entities.bodies(db), ids) if _sees_cases(carrier) else {}


class ChecklistKind(ServedKind):
    name = "checklist"

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        return {checklist_id: checklists.read(db, checklist_id) for checklist_id in ids}


def _only(found: Mapping[str, dict[str, Any]], ids: Collection[str]) -> dict[str, dict[str, Any]]:
    return {record_id: found[record_id] for record_id in ids if record_id in found}


# ---- establishments: several writers, field by field ----


class EstablishmentKind(MergedKind):
    name = "establishment"

    def __init__(self, today: date) -> None:
        self.today = today

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        if not _sees_cases(carrier):
            return {}
        licences = establishments.licences(db, ids)
        seen = visits.summaries(db, ids, date(self.today.year - 1, 1, 1))
        in_force = commitments.in_force(db, self.today, ids)
        waiting: dict[str, list[dict[str, Any]]] = {}
        for finding in findings.still_open(db, ids):
            waiting.setdefault(finding.establishment, []).append(findings.summary(finding))
        found = {}
        for record in establishments.every(db, ids):
            signed = in_force.get(record.id)
            summary = {
                "visits": seen.get(record.id, []),
                "findings": waiting.get(record.id, []),
                "commitment": signed
                and _days_as_text({"id": signed.id, "signed_on": signed.signed_on, "valid_until": signed.valid_until}),
            }
            found[record.id] = _for_phones(record, self.today) | {
                "licences": [_days_as_text(vars(licence)) for licence in licences.get(record.id, [])],
                "summary": summary,
            }
        return found

    def check(self, values: Mapping[str, Any], ver: int) -> Mistakes:
        return bodies.mistakes(bodies.ESTABLISHMENT_FIELDS, values)

    def admit(self, db: Database, record_id: str, names: Collection[str], carrier: Carrier) -> None:
        if _role(db, carrier) not in people.FIELD_ROLES:
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

    def write(self, tx: Transaction, record_id: str, values: Mapping[str, Any], offer: Offer) -> None:
        actor = Actor(offer.carrier.account, offer.carrier.device)
        if values.get("area") and values["area"] not in areas.names(tx.db):
            raise CannotApply("invalid_body", {"area": ["no such area"]})
        with _refusals_told():
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
    body = _days_as_text(vars(record))
    return body | dict.fromkeys(_CONTACT, "") if record.over_on(today) else body


def _days_as_text(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


# ---- signed records ----


class _FieldRecord(SignedKind):
    """What inspections and commitments have in common: an establishment, an author, and who may see them."""

    def __init__(self, unit: Unit, today: date) -> None:
        self.unit = unit
        self.today = today
        self._roles: dict[str, str] = {}

    def visible(self, db: Database, ids: Collection[str], carrier: Carrier) -> set[str]:
        if not _sees_cases(carrier):
            return set()
        over = establishments.over(db, self.today)
        return {record_id for record_id, place in self.places(db, ids, self.since).items() if place not in over}

    def sealed_for(self, record: Signed, sha256: str) -> str | None:
        """A signature is shown again only to whoever took it."""
        body = record.content
        sealed = evidence.classes(body).get(sha256) in _SEALED_CLASSES
        return (self.author(body) or record.account) if sealed else None

    def places(self, db: Database, ids: Collection[str], since: date) -> dict[str, str]:
        """Id -> establishment, of those made or received since a day."""
        raise NotImplementedError

    @cached_property
    def since(self) -> date:
        year = self.today.year - HISTORY_YEARS
        return (
            self.today.replace(year=year, day=min(self.today.day, 28))
            if self.today.month == 2
            else self.today.replace(year=year)
        )

    def _admit(self, tx: Transaction, offer: Offer) -> tuple[dict[str, Any], Actor]:
        """The body with its author, and who hands it in. Raises CannotApply."""
        carrier, place = offer.carrier, offer.body["establishment"]
        author = self.author(offer.body) or carrier.account
        role = self._role_of(tx.db, author)
        if role not in people.FIELD_ROLES:
            raise CannotApply(
                "not_allowed", {"author": ["no such account" if role is None else "this role signs no records"]}
            )
        if not establishments.exists(tx.db, place):
            raise Awaits("establishment", place, {"establishment": ["no such establishment"]})
        actor = Actor(carrier.account, carrier.device)
        if author != carrier.account:
            audit.record(tx, actor, "record_carried", self.name, offer.body["id"], author=author)
        return {**offer.body, "author": author}, actor

    def _role_of(self, db: Database, account: str) -> str | None:
        if not self._roles:
            self._roles = {known.id: known.role for known in people.accounts(db)}
        return self._roles.get(account)


class InspectionKind(_FieldRecord):
    name = "inspection"

    def check(self, body: dict[str, Any], ver: int) -> Mistakes:
        wrong = bodies.mistakes(bodies.INSPECTION, body)
        unknown = [code for code in body.get("bodies") or [] if not wrong and code not in self.unit.bodies]
        return {"bodies": [f"unknown: {', '.join(unknown)}"]} if unknown else wrong

    def begun_at(self, body: dict[str, Any]) -> datetime | None:
        return parse_instant(body["started_at"])

    def files(self, body: dict[str, Any]) -> Iterable[str]:
        of_answers = (sha256 for answer in (body.get("answers") or {}).values() for sha256 in answer.get("files") or [])
        return [*of_answers, *evidence.classes(body)]

    def record(self, tx: Transaction, offer: Offer, skew_s: int | None) -> None:
        body, actor = self._admit(tx, offer)
        with _refusals_told():
            inspections.record_inspection(tx, body, actor, skew_s=skew_s)

    def places(self, db: Database, ids: Collection[str], since: date) -> dict[str, str]:
        return inspections.places(db, ids, since)


class CommitmentKind(_FieldRecord):
    name = "commitment"

    def check(self, body: dict[str, Any], ver: int) -> Mistakes:
        return bodies.mistakes(bodies.COMMITMENT, body)

    def begun_at(self, body: dict[str, Any]) -> datetime | None:
        return parse_instant(body["signed_at"]) if body.get("signed_at") else None

    def files(self, body: dict[str, Any]) -> Iterable[str]:
        return evidence.classes(body)

    def record(self, tx: Transaction, offer: Offer, skew_s: int | None) -> None:
        body, actor = self._admit(tx, offer)
        with _refusals_told():
            commitments.record_commitment(tx, body, actor)

    def places(self, db: Database, ids: Collection[str], since: date) -> dict[str, str]:
        return commitments.places(db, ids, since)


def _role(db: Database, carrier: Carrier) -> str:
    """The carrier's role; an op released from the inbox carries only the account."""
    if carrier.role:
        return carrier.role
    try:
        return people.account_by_id(db, carrier.account).role
    except Refusal:
        return ""


@contextmanager
def _refusals_told() -> Iterator[None]:
    """A noun's refusal becomes the op's verdict."""
    try:
        yield
    except Refusal as refusal:
        raise CannotApply("invalid_body", refusal.fields or {"": [refusal.code]}) from refusal


# ---- scope that moves without anybody writing the record ----


def scope_moved(db: Database, today: date) -> bool:
    """Whether establishments closed, left management or came back since phones were last told."""
    return history.state(db, _OUT_OF_SCOPE) != _listed(establishments.over(db, today))


def tell_scope(tx: Transaction, today: date) -> None:
    """List what phones may no longer hold, or may again: those establishments and their signed records."""
    over = establishments.over(tx.db, today)
    told = set(history.state(tx.db, _OUT_OF_SCOPE).split())
    moved = over ^ told
    if not moved:
        return
    for establishment_id in sorted(moved):
        tx.touch("establishment", establishment_id)
    for kind, ids in (
        ("inspection", inspections.ids_of(tx.db, moved)),
        ("commitment", commitments.ids_of(tx.db, moved)),
    ):
        for record_id in ids:
            tx.touch(kind, record_id)
    history.set_state(tx, _OUT_OF_SCOPE, _listed(over))


def _listed(ids: Collection[str]) -> str:
    return " ".join(sorted(ids))
