"""What one person's phones are told of what they handed in: what the office decided, and which value was not kept.

Both are addressed: only the account that handed in (or wrote the value) is told, without sending anything again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import establishments, people
from fieldapp.exchange.sight import sees_cases
from sync import quarantine, stamps
from sync.kinds import Carrier, ServedKind


class DecisionKind(ServedKind):
    name = quarantine.DECISION

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        found, names = {}, people.names(db)
        for key in ids:
            held = quarantine.read(db, *key.split("/", 1))
            if held is None or held.carrier.account != carrier.account or held.decision is None:
                continue
            found[key] = {
                "id": key, "op": held.op.op, "sha256": held.op.sha256, "kind": held.op.kind,
                "decision": held.decision, "mended": held.mended, "why": held.why, "reason": held.reason or "",
                "decided_at": held.decided_at, "by": names.get(held.decided_by or "", ""),
            }  # fmt: skip
        return found


class ConflictKind(ServedKind):
    name = stamps.CONFLICT

    def __init__(self, today: date) -> None:
        self.today = today

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        if not sees_cases(carrier):
            return {}
        found, names, over = {}, people.names(db), establishments.over(db, self.today)
        for key in ids:
            lost = stamps.conflict(db, *key.split("/", 1))
            if lost is None or lost.account != carrier.account or lost.id in over:
                continue
            found[key] = {
                "id": key, "op": lost.op, "kind": lost.kind, "record": lost.id, "field": lost.field,
                "value": lost.value, "at": lost.at, "by": names.get(lost.stands_account or "", ""),
                "decision": lost.decision, "decided_at": lost.decided_at,
            }  # fmt: skip
        return found
