"""What a verified backup of the office holds may leave the device, and nothing else: never by age, never by an upgrade
(invariant C4)."""

from __future__ import annotations

import sqlite3

from sync.replica import outbox, shelf
from sync.replica.outbox import ACKNOWLEDGED, QUARANTINED, Op
from sync.replica.standpoint import Standpoint


def prune(tx: sqlite3.Connection, stand: Standpoint) -> None:
    """Remove ops with a receipt that is covered, once their files are sent; then files that no op names any more."""
    unsent = {file.sha256 for file in shelf.every(tx, shelf.PENDING, shelf.REFUSED)}
    kept: list[Op] = []
    for op in outbox.every(tx):
        if is_covered(op, stand) and unsent.isdisjoint(op.files):
            outbox.drop(tx, op)
        else:
            kept.append(op)
    named = {digest for op in kept for digest in op.files}
    shelf.drop(
        tx,
        [
            file.sha256
            for file in shelf.every(tx, shelf.SENT)
            if file.seq is not None and file.seq <= stand.safe and file.sha256 not in named
        ],
    )


def is_covered(op: Op, stand: Standpoint) -> bool:
    return (op.state == ACKNOWLEDGED or (op.state == QUARANTINED and op.decided)) and op.seq <= stand.covered
