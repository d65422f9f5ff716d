"""The office was restored from a backup and no longer holds what this device has seen. The device goes back to the
newest point that both share and offers everything after it again: so yesterday's backup and the phones give back today.
"""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import replace

from sync.history import Point
from sync.replica import outbox, records, shelf, standpoint
from sync.replica.outbox import PENDING, Op
from sync.replica.standpoint import Standpoint


def rewind(tx: sqlite3.Connection, stand: Standpoint, common: Point, at: str) -> None:
    """Go back to the common point (invariant C5). at: the device's raw clock.

    The mutable records are pulled anew under a new epoch; until the essentials are whole again the old ones stay
    readable, because an inspector in a basement must not lose the list.
    """
    standpoint.move(
        tx,
        replace(
            stand, mark=common, trail=tuple(point for point in stand.trail if point[0] <= common[0]), essentials=None,
            history=None, safe=min(stand.safe, common[0]), epoch=stand.epoch + 1, whole=False,
        ),
    )  # fmt: skip
    for op in outbox.every(tx):
        if op.state != PENDING and op.seq > common[0]:
            outbox.change(tx, op, state=PENDING, decided=False)
    _offer_signed_again(tx, at)
    _offer_files_again(tx, common)


def _offer_signed_again(tx: sqlite3.Connection, at: str) -> None:
    """Every signed record whose bytes are here, whoever made it: its hash tells the office whether it has it."""
    queued = {op.op: op.sha256 for op in outbox.every(tx)}
    for record in records.held(tx):
        op = record.op
        if queued.get(op, record.sha256) != record.sha256:
            # a faulty device used an op of this one; the office lets such a record in under the same new op
            op = str(uuid.uuid5(uuid.NAMESPACE_OID, op + record.sha256))
        if op not in queued:
            offered = Op(
                op, record.kind, record.ver, record.sha256, len(record.line), record.id, at, files=record.files,
                own=False,
            )  # fmt: skip
            outbox.enqueue(tx, offered)
            queued[op] = record.sha256


def _offer_files_again(tx: sqlite3.Connection, common: Point) -> None:
    unsure = [
        file.sha256
        for file in shelf.every(tx)
        if file.state == shelf.REFUSED or (file.state == shelf.SENT and (file.seq is None or file.seq > common[0]))
    ]
    shelf.mark(tx, unsure, shelf.PENDING)
