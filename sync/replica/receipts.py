"""The answer to a push, and what it does to the outbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from sync.history import Point
from sync.replica import outbox, records, shelf, standpoint
from sync.replica.api import is_count, is_instant, is_point, is_rewind
from sync.replica.outbox import ACKNOWLEDGED, QUARANTINED, Op
from sync.replica.prune import prune
from sync.replica.rewind import rewind
from sync.replica.standpoint import point, seen

STATUSES = ("applied", "quarantined", "erased")
Applied = Literal["moved", "rewound", "overtaken"]


def is_push_answer(body: Any, ops: Sequence[Op]) -> bool:
    """Whether a body answers a push of exactly these ops."""
    if is_rewind(body, "push"):
        return True
    return (
        isinstance(body, dict)
        and body.get("kind") == "push"
        and is_point(body.get("mark"))
        and is_count(body.get("safe"))
        and is_instant(body.get("now"))
        and isinstance(body.get("receipts"), list)
        and len(body["receipts"]) == len(ops)
        and all(_is_receipt(receipt, op) for receipt, op in zip(body["receipts"], ops, strict=True))
    )


def _is_receipt(receipt: Any, op: Op) -> bool:
    return (
        isinstance(receipt, dict)
        and receipt.get("op") == op.op
        and receipt.get("status") in STATUSES
        and is_count(receipt.get("seq"))
    )


def apply_receipts(tx: sqlite3.Connection, sent: Point, answer: dict[str, Any], offset_ms: int, at: str) -> Applied:
    """Apply an answer, if the mark is still the one that was sent (compare and set, invariant C2): when another tab was
    faster this one changes nothing, and the ops are offered again.

    offset_ms: the server's clock minus the device's. at: the device's raw clock.
    """
    stand = replace(standpoint.read(tx), offset_ms=offset_ms)
    if stand.mark != sent:
        return "overtaken"
    if "rewind" in answer:
        rewind(tx, stand, point(answer["rewind"]), at)
        return "rewound"
    for receipt in answer["receipts"]:
        _apply_receipt(tx, receipt, at)
    moved = replace(seen(stand, point(answer["mark"])), safe=answer["safe"])
    standpoint.move(tx, moved)
    prune(tx, moved)
    return "moved"


def _apply_receipt(tx: sqlite3.Connection, receipt: dict[str, Any], at: str) -> None:
    op = outbox.find(tx, receipt["op"])
    if op is None or op.state == ACKNOWLEDGED:
        return
    if receipt["status"] == "erased":
        _erase(tx, op)
        return
    decision = receipt.get("decision")
    refused = receipt["status"] == "quarantined" and decision != "applied"
    outbox.change(
        tx, op, state=QUARANTINED if refused else ACKNOWLEDGED, seq=receipt["seq"], decided=decision is not None,
        why=receipt.get("why"), fields=receipt.get("fields") or {}, conflicts=tuple(receipt.get("conflicts") or ()),
        eff=receipt.get("eff") or op.eff, error=None, attempted_at=at, receipted_at=at,
    )  # fmt: skip
    _miss_files(tx, receipt.get("files_missing") or ())


def _erase(tx: sqlite3.Connection, op: Op) -> None:
    """A record that was erased under the retention rules stays erased: this device's copy goes, whatever a backup
    holds, with the files that nothing else here names."""
    outbox.drop(tx, op)
    records.remove(tx, op.kind, op.record)
    named = {digest for other in outbox.every(tx) for digest in other.files}
    shelf.drop(tx, [digest for digest in op.files if digest not in named])


def _miss_files(tx: sqlite3.Connection, missing: Sequence[str]) -> None:
    """The server no longer has a file that it had: it is sent again if its bytes are still here."""
    sent = {file.sha256 for file in shelf.every(tx, shelf.SENT)}
    shelf.mark(tx, sent & set(missing), shelf.PENDING)
