"""Inspections: signed once, recorded whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import bodies, evidence, inspections
from fieldapp.clock import parse_instant
from fieldapp.exchange.sight import refusals_told
from fieldapp.exchange.signed import FieldRecord
from sync.history import Transaction
from sync.kinds import Mistakes, Offer


class InspectionKind(FieldRecord):
    name = "inspection"

    def check(self, body: dict[str, Any], ver: int) -> Mistakes:
        wrong = bodies.mistakes(bodies.INSPECTION, body)
        if wrong:
            return wrong
        unknown = [code for code in body.get("bodies") or [] if code not in self.unit.bodies]
        return {"bodies": [f"unknown: {', '.join(unknown)}"]} if unknown else {}

    def begun_at(self, body: dict[str, Any]) -> datetime | None:
        return parse_instant(body["started_at"])

    def files(self, body: dict[str, Any]) -> Iterable[str]:
        of_answers = (sha256 for answer in (body.get("answers") or {}).values() for sha256 in answer.get("files") or [])
        return [*of_answers, *evidence.classes(body)]

    def record(self, tx: Transaction, offer: Offer, skew_s: int | None) -> None:
        body, actor = self.admit_author(tx, offer)
        with refusals_told():
            inspections.record_inspection(tx, body, actor, skew_s=skew_s)

    def beside(self, db: Database, ids: Collection[str]) -> Mapping[str, dict[str, Any]]:
        return {record_id: {"review": told} for record_id, told in inspections.reviews(db, ids).items()}

    def places(self, db: Database, ids: Collection[str], since: date) -> dict[str, str]:
        return inspections.places(db, ids, since)
