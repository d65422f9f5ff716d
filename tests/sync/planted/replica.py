"""Bugs of the replica."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from sync.replica import api, files, making, outbox, prune, pull, push, receipts, records, rewind, session, standpoint
from tests.sync.planted.bugs import Bugs, Patch

BUGS = Bugs()


@BUGS.enter
def drops_what_it_sends(patch: Patch) -> None:
    real = push._message

    def message(store: Any, wire: Any, batch: Any) -> Any:
        with store.write() as tx:
            for op in batch.ops:
                tx.execute("DELETE FROM outbox WHERE op = ?", [op.op])
        return real(store, wire, batch)

    patch.setattr(push, "_message", message)


@BUGS.enter
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


@BUGS.enter
def takes_a_batch_for_applied(patch: Patch) -> None:
    real = receipts._apply_receipt
    patch.setattr(
        receipts, "_apply_receipt", lambda tx, receipt, at: real(tx, {**receipt, "status": "applied"}, at)
    )  # fmt: skip


@BUGS.enter
def drops_what_was_refused(patch: Patch) -> None:
    real = receipts._apply_receipt

    def apply(tx: Any, receipt: Any, at: str) -> None:
        op = outbox.find(tx, receipt["op"])
        if receipt["status"] == "quarantined" and op is not None:
            outbox.drop(tx, op)
        else:
            real(tx, receipt, at)

    patch.setattr(receipts, "_apply_receipt", apply)


@BUGS.enter
def prunes_what_is_acknowledged(patch: Patch) -> None:
    patch.setattr(prune, "is_covered", lambda op, stand: op.state == outbox.ACKNOWLEDGED)


@BUGS.enter
def prunes_files_that_were_sent(patch: Patch) -> None:
    real = prune.shelf.every
    patched = SimpleNamespace(**vars(prune.shelf))
    patched.every = lambda tx, *states: [
        replace(file, seq=0) if file.state == "sent" else file for file in real(tx, *states)
    ]
    patch.setattr(prune, "shelf", patched)


@BUGS.enter
def compares_no_mark_before_receipts(patch: Patch) -> None:
    real = push.apply_receipts
    patch.setattr(
        push, "apply_receipts", lambda tx, sent, *rest: real(tx, standpoint.read(tx).mark, *rest)
    )  # fmt: skip


@BUGS.enter
def compares_nothing_before_a_page(patch: Patch) -> None:
    real = pull.apply_page
    patch.setattr(
        pull, "apply_page", lambda tx, stream, sent, *rest, **more: real(tx, stream, standpoint.read(tx), *rest, **more)
    )


@BUGS.enter
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


@BUGS.enter
def offers_nothing_again(patch: Patch) -> None:
    real = rewind.outbox
    patch.setattr(rewind, "outbox", SimpleNamespace(**{**vars(real), "change": lambda *args, **to: None}))


@BUGS.enter
def offers_no_colleagues_records(patch: Patch) -> None:
    patch.setattr(rewind, "_offer_signed_again", lambda tx, at: None)


@BUGS.enter
def offers_no_files_again(patch: Patch) -> None:
    patch.setattr(rewind, "_offer_files_again", lambda tx, common: None)
    patch.setattr(receipts, "_miss_files", lambda tx, missing: None)


@BUGS.enter
def keeps_its_cursors_at_a_rewind(patch: Patch) -> None:
    def move(tx: Any, to: Any) -> None:
        stand = standpoint.read(tx)
        real.move(tx, replace(to, essentials=stand.essentials, history=stand.history))

    real = rewind.standpoint
    patch.setattr(rewind, "standpoint", SimpleNamespace(**{**vars(real), "move": move}))


@BUGS.enter
def keeps_what_is_no_longer_so(patch: Patch) -> None:
    patch.setattr(records, "sweep_earlier", lambda tx, stand: None)


@BUGS.enter
def forgets_the_times_of_its_receipts(patch: Patch) -> None:
    real = outbox.Op.header.fget
    patch.setattr(
        outbox.Op, "header", property(lambda op: {k: v for k, v in real(op).items() if k != "eff"})  # type: ignore[misc]
    )  # fmt: skip


@BUGS.enter
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


@BUGS.enter
def empties_itself_when_signed_out(patch: Patch) -> None:
    def forget(store: Any, token: str) -> None:
        with store.write() as tx:
            for table in session._TABLES:
                tx.execute(f"DELETE FROM {table}")  # noqa: S608

    patch.setattr(session, "forget_token", forget)


@BUGS.enter
def empties_itself_before_all_is_handed_in(patch: Patch) -> None:
    def note(store: Any, token: str) -> None:
        with store.write() as tx:
            for table in session._TABLES:
                tx.execute(f"DELETE FROM {table}")  # noqa: S608

    patch.setattr(session, "note_revoked", note)


@BUGS.enter
def ignores_what_leaves(patch: Patch) -> None:
    patch.setattr(records, "remove", lambda tx, kind, record_id: None)


@BUGS.enter
def holds_on_to_its_own_content(patch: Patch) -> None:
    real = records.hold

    def hold(tx: Any, *, kind: str, record_id: str, **rest: Any) -> None:
        if records.digest(tx, kind, record_id) is None:
            real(tx, kind=kind, record_id=record_id, **rest)

    patch.setattr(records, "hold", hold)


@BUGS.enter
def keeps_its_mark_when_a_file_has_arrived(patch: Patch) -> None:
    patch.setattr(files, "seen", lambda stand, point: stand)
