"""Scope that moves without anybody writing the record: establishments that close, leave management or come back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlite_utils import Database

from fieldapp import commitments, establishments, findings, inspections
from fieldapp.exchange.sight import sees_cases
from sync import history, stamps
from sync.history import Transaction
from sync.kinds import Carrier

_OUT_OF_SCOPE = "out_of_scope"


def scope(carrier: Carrier, today: date) -> str:
    """What decides, besides the records themselves, which of them a phone may see; equal for those who see the same."""
    return f"{'cases' if sees_cases(carrier) else 'accounts'} on {today}"


def scope_moved(db: Database, today: date) -> bool:
    """Whether establishments closed, left management or came back since phones were last told."""
    return history.state(db, _OUT_OF_SCOPE) != _listed(establishments.over(db, today))


def tell_scope(tx: Transaction, today: date) -> None:
    """List what phones may no longer hold, or may again: establishments, their signed records, values not kept."""
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
        (findings.KIND, findings.event_ids_of(tx.db, moved)),
    ):
        for record_id in ids:
            tx.touch(kind, record_id)
    stamps.tell_again(tx, "establishment", moved)
    history.set_state(tx, _OUT_OF_SCOPE, _listed(over))


def _listed(ids: Collection[str]) -> str:
    return " ".join(sorted(ids))
