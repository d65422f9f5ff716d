"""What signed records of the field have in common: an establishment, an author, and who may see them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cached_property
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, establishments, evidence, people
from fieldapp.audit import Actor
from fieldapp.exchange.sight import sees_cases
from fieldapp.units import Unit
from sync.history import Transaction
from sync.kinds import Awaits, CannotApply, Carrier, Offer, SignedKind
from sync.signed import Signed

HISTORY_YEARS = 2
_SEALED_CLASSES = ("signature", "scan")


class FieldRecord(SignedKind):
    def __init__(self, unit: Unit, today: date) -> None:
        self.unit = unit
        self.today = today
        self._roles: dict[str, str] = {}

    def visible(self, db: Database, ids: Collection[str], carrier: Carrier) -> set[str]:
        if not sees_cases(carrier):
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

    def admit_author(self, tx: Transaction, offer: Offer) -> tuple[dict[str, Any], Actor]:
        """The body with its author, and who hands it in. Raises CannotApply."""
        carrier, place = offer.carrier, offer.body["establishment"]
        author = self.author(offer.body) or carrier.account
        role = self.role_of(tx.db, author)
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

    def role_of(self, db: Database, account: str) -> str | None:
        if not self._roles:
            self._roles = {known.id: known.role for known in people.accounts(db)}
        return self._roles.get(account)
