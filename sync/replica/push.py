"""Hands in the outbox: batches of ops with their exact bytes, until nothing is pending."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sync.history import instant
from sync.replica import outbox, standpoint
from sync.replica.api import Answer, Outcome, Request, Retry, SignIn, Steps, clock_offset_ms, points
from sync.replica.outbox import PENDING, QUARANTINED, Op
from sync.replica.receipts import Applied, apply_receipts, is_push_answer
from sync.replica.standpoint import Standpoint
from sync.replica.store import Store
from sync.wire import MAX_OPS, MAX_PUSH_BYTES, VERSION

APP = "replica 1"
MAX_BATCH_BYTES = MAX_PUSH_BYTES - 2**18
"""Of the whole message before compression, with room for the envelope."""
ASK_AGAIN = timedelta(hours=1)
"""How long a refused op waits before the office is asked whether it has decided."""
SMALLER_MAY_PASS = ("push_too_large", "malformed")
"""Answers that say the message was too much, or came broken: a smaller one may pass, and shows which op is at fault."""


@dataclass(frozen=True)
class Wire:
    """As whom a round speaks."""

    device: str
    token: str


@dataclass
class Pushed:
    rewound: bool = False
    revoked: bool = False


@dataclass(frozen=True)
class _Batch:
    """lost: ops whose bytes a failing disk has lost; they must not hold up the rest."""

    ops: list[Op]
    lines: list[bytes]
    lost: list[Op]
    stand: Standpoint


def push(
    store: Store, wire: Wire, *, asked: bool = False, batch_ops: int = MAX_OPS, even_nothing: bool = False
) -> Steps[Pushed | Retry | SignIn]:  # fmt: skip
    """Push until nothing is pending. asked: by a person, so ask about refused ops as well. even_nothing: push once in
    any case, to learn whether the office still holds what it acknowledged."""
    done, most = Pushed(), batch_ops
    tried: set[str] = set()  # ops that this run has an answer for, or cannot get through alone
    while True:
        batch = _next_batch(store, tried, most, asked)
        tried |= {op.op for op in batch.lost}
        if not batch.ops and not even_nothing:
            return done
        asking, even_nothing = even_nothing, False
        started = store.clock()
        outcome = yield _message(store, wire, batch)
        if isinstance(outcome, Answer):
            offset_ms = clock_offset_ms(outcome.body["now"], started, store.clock())
            applied = _apply(store, batch, outcome.body, offset_ms)
            done.revoked = done.revoked or outcome.body.get("revoked") is True
            done.rewound = done.rewound or applied == "rewound"
            even_nothing = asking and applied == "overtaken"  # such an answer has told nothing
            if applied == "moved":
                tried |= {op.op for op in batch.ops}
            most = min(batch_ops, most * 2)
            continue
        _note_failure(store, batch.ops, outcome)
        if isinstance(outcome, SignIn) or not batch.ops or not _smaller_may_pass(outcome):
            return outcome
        if len(batch.ops) == 1:
            tried.add(batch.ops[0].op)
        most = max(1, len(batch.ops) // 2)


def _next_batch(store: Store, tried: set[str], most: int, asked: bool) -> _Batch:
    """The next ops in order of making, own ones first; then those that the office has to decide about are asked for."""
    before = instant(store.clock() - ASK_AGAIN)
    wanted = sorted(outbox.every(store.db, PENDING), key=lambda op: not op.own)
    wanted += [
        op
        for op in outbox.every(store.db, QUARANTINED)
        if not op.decided and (asked or (op.receipted_at or "") < before)
    ]
    batch, size_bytes = _Batch([], [], [], standpoint.read(store.db)), 0
    for op in wanted:
        if op.op in tried:
            continue
        size_bytes += op.size_bytes + 1
        if len(batch.ops) == most or (batch.ops and size_bytes > MAX_BATCH_BYTES):
            break
        line = outbox.body(store.db, op.sha256)
        if line is None:
            batch.lost.append(op)
        else:
            batch.ops.append(op)
            batch.lines.append(line)
    if batch.lost:
        with store.write() as tx:
            outbox.note_failure(tx, batch.lost, "body_lost", instant(store.clock()))
    return batch


def _message(store: Store, wire: Wire, batch: _Batch) -> Request:
    stand, ops = batch.stand, batch.ops
    envelope: dict[str, Any] = {
        "v": VERSION, "device": wire.device, "app": APP, "sent": instant(store.clock()), "mark": list(stand.mark),
        "trail": points(*stand.trail), "ops": [op.header for op in ops],
    }  # fmt: skip
    lines = [json.dumps(envelope, ensure_ascii=False).encode(), *batch.lines]
    return Request(
        "POST", "push", lambda body: is_push_answer(body, ops), wire.token,
        b"".join(line + b"\n" for line in lines), "application/x-ndjson", packed=True,
    )  # fmt: skip


def _apply(store: Store, batch: _Batch, answer: dict[str, Any], offset_ms: int) -> Applied:
    with store.write() as tx:
        return apply_receipts(tx, batch.stand.mark, answer, offset_ms, instant(store.clock()))


def _note_failure(store: Store, ops: list[Op], outcome: Outcome) -> None:
    code = outcome.code if isinstance(outcome, Retry) else "sign_in"
    with store.write() as tx:
        outbox.note_failure(tx, ops, code, instant(store.clock()))


def _smaller_may_pass(outcome: Retry) -> bool:
    return outcome.code in SMALLER_MAY_PASS or outcome.status == 413
