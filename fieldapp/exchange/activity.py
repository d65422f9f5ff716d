"""Communication sessions and posts: handed in by phones, counted by the office, sent back to nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import activities, audit, bodies, establishments, people
from fieldapp.audit import Actor
from fieldapp.clock import parse_instant
from fieldapp.exchange.sight import refusals_told, role_of
from sync.history import Transaction
from sync.kinds import Awaits, CannotApply, Carrier, Mistakes, Offer, SignedKind
from sync.signed import Signed


class ActivityKind(SignedKind):
    name = "activity"

    def check(self, body: dict[str, Any], ver: int) -> Mistakes:
        return bodies.mistakes(bodies.ACTIVITY, body)

    def begun_at(self, body: dict[str, Any]) -> datetime | None:
        return parse_instant(body["made_at"]) if body.get("made_at") else None

    def files(self, body: dict[str, Any]) -> Iterable[str]:
        return ()

    def record(self, tx: Transaction, offer: Offer, skew_s: int | None) -> None:
        body, carrier = offer.body, offer.carrier
        author = self.author(body) or carrier.account
        if role_of(tx.db, author) not in people.FIELD_ROLES:
            raise CannotApply("not_allowed", {"author": ["this role signs no records"]})
        reached = body.get("reached") or {}
        for place in reached:
            if not establishments.exists(tx.db, place):
                raise Awaits("establishment", place, {f"reached.{place}": ["no such establishment"]})
        actor = Actor(carrier.account, carrier.device)
        if author != carrier.account:
            audit.record(tx, actor, "record_carried", self.name, body["id"], author=author)
        post = activities.kind_of(body["form"]) == "post"
        with refusals_told():
            activities.record_activity(
                tx, actor, activity_id=body["id"], held_on=date.fromisoformat(body["held_on"]), form=body["form"],
                area=body.get("area"), topic=body.get("topic", ""), headcount=None if post else body["headcount"],
                reached=reached, author=author, source="phone",
            )  # fmt: skip

    def visible(self, db: Database, ids: Collection[str], carrier: Carrier) -> set[str]:
        return set()

    def sealed_for(self, record: Signed, sha256: str) -> str | None:
        return None
