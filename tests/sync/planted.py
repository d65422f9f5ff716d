"""Bugs planted on purpose: each a small change of the product's code that the simulation must find.

A promise of the contract that no bug here breaks is one that nobody has shown to be checked. `make soak ARGS=bugs`
prints how many schedules each took; tests/sync/README.md keeps the last such table.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from sync import feed, history, merge, quarantine, receive, signed, stamps, wire
from sync.errors import WireRefusal
from sync.files import Shelf
from sync.history import Transaction
from sync.replica import api, making, outbox, prune, pull, push, receipts, records, rewind, session, standpoint
from tests.sync import invariants, simulation

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]
SERVER: dict[str, Plant] = {}
REPLICA: dict[str, Plant] = {}


def _of(side: dict[str, Plant]) -> Callable[[Plant], Plant]:
    def enter(plant: Plant) -> Plant:
        side[plant.__name__] = plant
        return plant

    return enter


def found_in(seed: int, office: str = "toy") -> str | None:
    """What the schedule of this seed finds wrong, if anything. A bug that makes the product fail is found too."""
    try:
        with simulation.schedule(seed, office) as world:
            return next(iter(invariants.violations(world)), None)
    except Exception as problem:  # noqa: BLE001
        return f"{type(problem).__name__}: {problem}"


# ---- the server ----


@_of(SERVER)
def forgets_receipts(patch: Patch) -> None:
    patch.setattr(receive, "_receipts", lambda db, ops: {})
    patch.setattr(receive, "_keep_receipts", lambda tx, receipts, carrier: None)


@_of(SERVER)
def keeps_no_receipt_of_what_it_refused(patch: Patch) -> None:
    real = receive._keep_receipts
    patch.setattr(
        receive, "_keep_receipts", lambda tx, new, carrier: real(tx, [r for r in new if r[0].why is None], carrier)
    )


@_of(SERVER)
def takes_another_content_for_a_resend(patch: Patch) -> None:
    real = receive._receipts

    def by_op_alone(db: Any, ops: Any) -> Any:
        by_op = {op: receipt for (op, _), receipt in real(db, ops).items()}
        return {(op.op, op.sha256): by_op[op.op] for op in ops if op.op in by_op}

    patch.setattr(receive, "_receipts", by_op_alone)


@_of(SERVER)
def takes_another_content_for_the_same_record(patch: Patch) -> None:
    def record(self: Any, kind: Any, offer: Any) -> None:
        if signed.digest(self.tx.db, kind.name, offer.body["id"]) is None:
            real(self, kind, offer)

    real = receive._Batch._record
    patch.setattr(receive._Batch, "_record", record)


@_of(SERVER)
def ignores_tags(patch: Patch) -> None:
    patch.setattr(history, "common_point", lambda db, mark, trail: None)


@_of(SERVER)
def checks_no_mark_at_a_push(patch: Patch) -> None:
    careless = SimpleNamespace(**{**vars(history), "common_point": lambda db, mark, trail: None})
    patch.setattr(receive, "history", careless)


@_of(SERVER)
def checks_no_mark_at_a_pull(patch: Patch) -> None:
    patch.setattr(feed, "_rewind", lambda db, asked: history.common_point(db, asked.cursor, asked.trail))


@_of(SERVER)
def checks_nothing_at_a_pull(patch: Patch) -> None:
    patch.setattr(feed, "_rewind", lambda db, asked: None)


@_of(SERVER)
def checks_no_digest(patch: Patch) -> None:
    def believed(header: Any, line: bytes) -> Any:
        told = wire.hashlib.sha256(line).hexdigest()
        op = real({**header, "sha256": told, "bytes": len(line)}, line)
        return replace(op, sha256=header["sha256"])

    real = wire._op
    patch.setattr(wire, "_op", believed)


@_of(SERVER)
def refuses_a_batch_with_a_bad_op(patch: Patch) -> None:
    def raising(*args: Any, **kwargs: Any) -> None:
        raise WireRefusal("malformed")

    patch.setattr(quarantine, "hold", raising)


@_of(SERVER)
def drops_what_it_cannot_apply(patch: Patch) -> None:
    patch.setattr(quarantine, "hold", lambda *args, **kwargs: None)


@_of(SERVER)
def commits_what_failed(patch: Patch) -> None:
    @contextmanager
    def careless(db: Any, now: Any) -> Any:
        with real(db, now) as tx:
            try:
                yield tx
            except BaseException:
                db.conn.commit()
                raise

    real = history.write
    patch.setattr(history, "write", careless)


@_of(SERVER)
def cuts_no_future_times(patch: Patch) -> None:
    patch.setattr(stamps, "clamp", lambda at, now: (at.replace(microsecond=0), None))


@_of(SERVER)
def forgets_who_saw_what(patch: Patch) -> None:
    def by_clock_alone(current: Any, incoming: Any) -> Any:
        if current is None or incoming.rank > current.rank:
            return merge.Outcome(incoming, current, incoming.at)
        return merge.Outcome(current, incoming, incoming.at)

    patch.setattr(stamps, "merge", by_clock_alone)


@_of(SERVER)
def drops_losers(patch: Patch) -> None:
    patch.setattr(stamps, "_keep_lost", lambda *args, **kwargs: None)


@_of(SERVER)
def splits_commits(patch: Patch) -> None:
    patch.setattr(feed, "groupby", lambda changes, key: ((change.seq, [change]) for change in changes))


@_of(SERVER)
def skips_to_the_head(patch: Patch) -> None:
    patch.setattr(feed, "_point", lambda db, seq: history.head(db))


@_of(SERVER)
def shows_a_remembered_page_for_ever(patch: Patch) -> None:
    find, keep = feed.Remembered.find, feed.Remembered.keep
    patch.setattr(feed.Remembered, "find", lambda self, key: find(self, key[1:]))
    patch.setattr(feed.Remembered, "keep", lambda self, key, page: keep(self, key[1:], page))


@_of(SERVER)
def tells_no_leave(patch: Patch) -> None:
    real = feed._told
    patch.setattr(feed, "_told", lambda *args: [change for change in real(*args) if change["type"] != "leave"])


@_of(SERVER)
def tells_nobody_of_a_patch(patch: Patch) -> None:
    real = Transaction.touch

    def touch(self: Any, kind: str, record_id: str, **rest: Any) -> None:
        if kind not in {"note", "establishment"}:
            real(self, kind, record_id, **rest)

    patch.setattr(Transaction, "touch", touch)


@_of(SERVER)
def keeps_other_bytes(patch: Patch) -> None:
    real = signed.keep
    patch.setattr(signed, "keep", lambda tx, *, body, **rest: real(tx, body=body.replace('":', '": '), **rest))


@_of(SERVER)
def calls_its_head_safe(patch: Patch) -> None:
    patch.setattr(history, "safe", lambda db: history.head(db)[0])


@_of(SERVER)
def lets_the_erased_back_in(patch: Patch) -> None:
    patch.setattr(signed, "is_erased", lambda db, kind, record_id: False)


@_of(SERVER)
def says_it_has_every_file(patch: Patch) -> None:
    patch.setattr(Shelf, "missing", lambda self, db, asked: set())


# ---- the replica ----


@_of(REPLICA)
def drops_what_it_sends(patch: Patch) -> None:
    real = push._message

    def message(store: Any, wire: Any, batch: Any) -> Any:
        with store.write() as tx:
            for op in batch.ops:
                tx.execute("DELETE FROM outbox WHERE op = ?", [op.op])
        return real(store, wire, batch)

    patch.setattr(push, "_message", message)


@_of(REPLICA)
def trusts_any_200(patch: Patch) -> None:
    real = api.judge

    def judge(request: Any, status: int, headers: Any, content: bytes) -> Any:
        outcome = real(request, status, headers, content)
        if status != 200 or isinstance(outcome, api.Answer) or request.path != "push":
            return outcome
        envelope = json.loads(request.body.split(b"\n")[0])
        told = [{"op": op["op"], "status": "applied", "seq": 0} for op in envelope["ops"]]
        return api.Answer({"mark": envelope["mark"], "safe": 0, "now": envelope["sent"], "receipts": told})

    patch.setattr(api, "judge", judge)


@_of(REPLICA)
def takes_a_batch_for_applied(patch: Patch) -> None:
    real = receipts._apply_receipt
    patch.setattr(
        receipts, "_apply_receipt", lambda tx, receipt, at: real(tx, {**receipt, "status": "applied"}, at)
    )  # fmt: skip


@_of(REPLICA)
def drops_what_was_refused(patch: Patch) -> None:
    real = receipts._apply_receipt

    def apply(tx: Any, receipt: Any, at: str) -> None:
        op = outbox.find(tx, receipt["op"])
        if receipt["status"] == "quarantined" and op is not None:
            outbox.drop(tx, op)
        else:
            real(tx, receipt, at)

    patch.setattr(receipts, "_apply_receipt", apply)


@_of(REPLICA)
def prunes_what_is_acknowledged(patch: Patch) -> None:
    patch.setattr(prune, "is_covered", lambda op, stand: op.state == outbox.ACKNOWLEDGED)


@_of(REPLICA)
def prunes_files_that_were_sent(patch: Patch) -> None:
    real = prune.shelf.every
    patched = SimpleNamespace(**vars(prune.shelf))
    patched.every = lambda tx, *states: [
        replace(file, seq=0) if file.state == "sent" else file for file in real(tx, *states)
    ]
    patch.setattr(prune, "shelf", patched)


@_of(REPLICA)
def compares_no_mark_before_receipts(patch: Patch) -> None:
    real = push.apply_receipts
    patch.setattr(
        push, "apply_receipts", lambda tx, sent, *rest: real(tx, standpoint.read(tx).mark, *rest)
    )  # fmt: skip


@_of(REPLICA)
def compares_nothing_before_a_page(patch: Patch) -> None:
    real = pull.apply_page
    patch.setattr(
        pull, "apply_page", lambda tx, stream, sent, *rest, **more: real(tx, stream, standpoint.read(tx), *rest, **more)
    )


@_of(REPLICA)
def moves_the_cursor_first(patch: Patch) -> None:
    real = pull._store

    def store(tx: sqlite3.Connection, change: Any, epoch: int) -> None:
        tx.execute("COMMIT")
        tx.execute("BEGIN IMMEDIATE")
        real(tx, change, epoch)

    def apply(tx: sqlite3.Connection, stream: str, sent: Any, answer: Any, **rest: Any) -> Any:
        stand = standpoint.read(tx)
        if stand == sent and "rewind" not in answer:
            standpoint.move(tx, pull._advance(stand, stream, answer))
            for change in answer["changes"]:
                store(tx, change, stand.epoch)
            return "moved"
        return whole(tx, stream, sent, answer, **rest)

    whole = pull.apply_page
    patch.setattr(pull, "apply_page", apply)


@_of(REPLICA)
def offers_nothing_again(patch: Patch) -> None:
    real = rewind.outbox
    patch.setattr(rewind, "outbox", SimpleNamespace(**{**vars(real), "change": lambda *args, **to: None}))


@_of(REPLICA)
def offers_no_colleagues_records(patch: Patch) -> None:
    patch.setattr(rewind, "_offer_signed_again", lambda tx, at: None)


@_of(REPLICA)
def offers_no_files_again(patch: Patch) -> None:
    patch.setattr(rewind, "_offer_files_again", lambda tx, common: None)
    patch.setattr(receipts, "_miss_files", lambda tx, missing: None)


@_of(REPLICA)
def keeps_its_cursors_at_a_rewind(patch: Patch) -> None:
    def move(tx: Any, to: Any) -> None:
        stand = standpoint.read(tx)
        real.move(tx, replace(to, essentials=stand.essentials, history=stand.history))

    real = rewind.standpoint
    patch.setattr(rewind, "standpoint", SimpleNamespace(**{**vars(real), "move": move}))


@_of(REPLICA)
def keeps_what_is_no_longer_so(patch: Patch) -> None:
    patch.setattr(records, "sweep_earlier", lambda tx, stand: None)


@_of(REPLICA)
def forgets_the_times_of_its_receipts(patch: Patch) -> None:
    real = outbox.Op.header.fget
    patch.setattr(
        outbox.Op, "header", property(lambda op: {k: v for k, v in real(op).items() if k != "eff"})  # type: ignore[misc]
    )  # fmt: skip


@_of(REPLICA)
def signs_in_two_steps(patch: Patch) -> None:
    def enqueue(tx: Any, op: Any, line: Any = None) -> None:
        outbox.keep_body(tx, op.sha256, line)
        records.hold(
            tx, kind=op.kind, record_id=op.record, op=op.op, ver=op.ver, sha256=op.sha256, files=op.files, own=True
        )
        tx.execute("COMMIT")
        tx.execute("BEGIN IMMEDIATE")
        real.enqueue(tx, op, line)

    real = making.outbox
    patch.setattr(making, "outbox", SimpleNamespace(**{**vars(real), "enqueue": enqueue}))


@_of(REPLICA)
def empties_itself_when_signed_out(patch: Patch) -> None:
    def forget(store: Any, token: str) -> None:
        with store.write() as tx:
            for table in session._TABLES:
                tx.execute(f"DELETE FROM {table}")  # noqa: S608

    patch.setattr(session, "forget_token", forget)


@_of(REPLICA)
def empties_itself_before_all_is_handed_in(patch: Patch) -> None:
    def note(store: Any, token: str) -> None:
        with store.write() as tx:
            for table in session._TABLES:
                tx.execute(f"DELETE FROM {table}")  # noqa: S608

    patch.setattr(session, "note_revoked", note)


@_of(REPLICA)
def ignores_what_leaves(patch: Patch) -> None:
    patch.setattr(records, "remove", lambda tx, kind, record_id: None)


@_of(REPLICA)
def holds_on_to_its_own_content(patch: Patch) -> None:
    real = records.hold

    def hold(tx: Any, *, kind: str, record_id: str, **rest: Any) -> None:
        if records.digest(tx, kind, record_id) is None:
            real(tx, kind=kind, record_id=record_id, **rest)

    patch.setattr(records, "hold", hold)


BUGS: Mapping[str, Plant] = SERVER | REPLICA
