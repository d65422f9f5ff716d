"""Commitments: signed once, recorded whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import bodies, commitments, evidence
from fieldapp.clock import parse_instant
from fieldapp.exchange.sight import refusals_told
from fieldapp.exchange.signed import FieldRecord
from sync.history import Transaction
from sync.kinds import Mistakes, Offer


class CommitmentKind(FieldRecord):
    name = "commitment"

    def check(self, body: dict[str, Any], ver: int) -> Mistakes:
        return bodies.mistakes(bodies.COMMITMENT, body)

    def begun_at(self, body: dict[str, Any]) -> datetime | None:
        return parse_instant(body["signed_at"]) if body.get("signed_at") else None

    def files(self, body: dict[str, Any]) -> Iterable[str]:
        return evidence.classes(body)

    def record(self, tx: Transaction, offer: Offer, skew_s: int | None) -> None:
        body, actor = self.admit_author(tx, offer)
        with refusals_told():
            commitments.record_commitment(tx, body, actor)

    def places(self, db: Database, ids: Collection[str], since: date) -> dict[str, str]:
        return commitments.places(db, ids, since)
