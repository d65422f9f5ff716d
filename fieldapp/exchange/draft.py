"""Drafts: kept for their author's other phones; of two versions that had not seen each other both stay."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from fieldapp import bodies, drafts, people
from fieldapp.drafts import Draft
from fieldapp.exchange.sight import role
from sync import signed
from sync.history import Transaction, instant
from sync.kinds import CannotApply, Carrier, Mistakes, Offer, PrivateKind
from sync.merge import Version, succession


class DraftKind(PrivateKind):
    name = drafts.NAME

    def check(self, body: dict[str, Any], ver: int) -> Mistakes:
        return bodies.mistakes(bodies.DRAFT, body)

    def keep(self, tx: Transaction, offer: Offer) -> bool:
        if role(tx.db, offer.carrier) not in people.FIELD_ROLES:
            raise CannotApply("not_allowed", {"": ["this role makes no records"]})
        standing = drafts.find(tx.db, offer.body["id"])
        if "end" in offer.body:
            self._end(tx, offer, standing)
            return True
        offered = _draft(offer, instant(tx.now))
        if standing is None:
            drafts.save(tx, offered, offer.op.files)
            return True
        verdict = _succession(standing, offered)
        own = standing.account == offered.account
        if verdict == "takes_over" and own and standing.state in (drafts.OPEN, drafts.EXPIRED):
            drafts.save(tx, replace(offered, handed_from=standing.handed_from), offer.op.files)
        elif verdict != "is_contained":
            return self._beside(tx, offer, offered, standing)
        return True

    def _beside(self, tx: Transaction, offer: Offer, offered: Draft, standing: Draft) -> bool:
        if drafts.find(tx.db, offered.op) is None:
            drafts.save(tx, replace(offered, id=offered.op), offer.op.files)
        if standing.state == drafts.OPEN and standing.account == offered.account:
            tx.touch(self.name, standing.id, audience=standing.account)  # the phone that gives the id up gets this one
        return False

    def _end(self, tx: Transaction, offer: Offer, standing: Draft | None) -> None:
        """A version that the ending device had not seen goes on beside the finished record."""
        ending = _draft(offer, instant(tx.now))
        if standing is None:
            drafts.end(tx, ending, offer.body["end"])
        elif standing.state in drafts.ENDS:
            return
        else:
            verdict = _succession(standing, ending)
            seen = verdict == "takes_over" and standing.account == ending.account
            if not seen and standing.state == drafts.OPEN and verdict != "is_contained":
                drafts.move_aside(tx, standing)
            if verdict != "is_contained":
                drafts.end(
                    tx,
                    replace(
                        ending, kind=standing.kind, establishment=standing.establishment, begun_at=standing.begun_at
                    ),
                    offer.body["end"],
                )

    def versions(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        own = drafts.of_account(db, carrier.account, ids)
        if not own:
            return {}
        named = signed.files(db, self.name, [draft.id for draft in own])
        phones, names = people.device_names(db), people.names(db)
        return {
            draft.id: {
                "op": draft.op, "ver": draft.ver, "sha256": draft.sha256, "files": named.get(draft.id, []),
                "body": {
                    **json.loads(draft.body), "over": list(draft.over),
                    "from": {
                        "device": phones.get(draft.device, ""), "person": names.get(draft.handed_from or "", ""),
                    },
                },
            }
            for draft in own
        }  # fmt: skip


def _draft(offer: Offer, received_at: str) -> Draft:
    body, op = offer.body, offer.op
    told = {name: body.get(name, "") for name in ("kind", "establishment", "begun_at", "saved_at")}
    return Draft(
        id=body["id"], account=offer.carrier.account, device=offer.carrier.device, received_at=received_at, op=op.op,
        over=tuple(body["over"]), ver=op.ver, sha256=op.sha256, body=op.line.decode("utf-8"), **told,
    )  # fmt: skip


def _succession(standing: Draft, offered: Draft) -> str:
    return succession(Version(standing.op, standing.over), Version(offered.op, offered.over))
