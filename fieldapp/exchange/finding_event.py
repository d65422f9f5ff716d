"""What happens to findings: told by whoever followed them up, decided by the office."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import bodies, evidence, findings, people
from fieldapp.clock import parse_instant
from fieldapp.exchange.sight import refusals_told
from fieldapp.exchange.signed import FieldRecord
from sync import signed
from sync.history import Transaction
from sync.kinds import Awaits, CannotApply, Mistakes, Offer


class FindingEventKind(FieldRecord):
    name = findings.KIND

    def check(self, body: dict[str, Any], ver: int) -> Mistakes:
        return bodies.mistakes(bodies.FINDING_EVENT, body)

    def begun_at(self, body: dict[str, Any]) -> datetime | None:
        return parse_instant(body["at"])

    def files(self, body: dict[str, Any]) -> Iterable[str]:
        return evidence.classes(body)

    def record(self, tx: Transaction, offer: Offer, skew_s: int | None) -> None:
        body, actor = self.admit_author(tx, offer)
        if body["event"] in findings.DECISIONS and self.role_of(tx.db, body["author"]) not in people.OFFICE_ROLES:
            raise CannotApply("not_allowed", {"event": ["the office decides this"]})
        if not findings.exists(tx.db, body["finding"]):
            if signed.digest(tx.db, "inspection", body["inspection"]) is None:
                raise Awaits("inspection", body["inspection"], {"inspection": ["has not arrived"]})
            raise CannotApply("invalid_body", {"finding": ["this inspection has no such finding"]})
        with refusals_told():
            findings.record_event(tx, body, actor)

    def places(self, db: Database, ids: Collection[str], since: date) -> dict[str, str]:
        return findings.event_places(db, ids, since)
