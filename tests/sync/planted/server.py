"""Bugs of the server."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from sync import feed, history, merge, quarantine, receipts, receive, signed, stamps, wire
from sync.errors import WireRefusal
from sync.files import Shelf
from sync.history import Transaction
from tests.sync.planted.bugs import Bugs, Patch

BUGS = Bugs()


@BUGS.enter
def forgets_receipts(patch: Patch) -> None:
    patch.setattr(receipts, "given", lambda db, ops: {})
    patch.setattr(receipts, "keep", lambda tx, new, carrier: None)


@BUGS.enter
def keeps_no_receipt_of_what_it_refused(patch: Patch) -> None:
    real = receipts.keep
    patch.setattr(receipts, "keep", lambda tx, new, carrier: real(tx, [r for r in new if r.why is None], carrier))


@BUGS.enter
def takes_another_content_for_a_resend(patch: Patch) -> None:
    real = receipts.given

    def by_op_alone(db: Any, ops: Any) -> Any:
        by_op = {op: receipt for (op, _), receipt in real(db, ops).items()}
        return {(op.op, op.sha256): by_op[op.op] for op in ops if op.op in by_op}

    patch.setattr(receipts, "given", by_op_alone)


@BUGS.enter
def takes_another_content_for_the_same_record(patch: Patch) -> None:
    def record(self: Any, kind: Any, offer: Any) -> None:
        if signed.digest(self.tx.db, kind.name, offer.body["id"]) is None:
            real(self, kind, offer)

    real = receive._Batch._record
    patch.setattr(receive._Batch, "_record", record)


@BUGS.enter
def ignores_tags(patch: Patch) -> None:
    patch.setattr(history, "common_point", lambda db, mark, trail: None)


@BUGS.enter
def checks_no_mark_at_a_push(patch: Patch) -> None:
    careless = SimpleNamespace(**{**vars(history), "common_point": lambda db, mark, trail: None})
    patch.setattr(receive, "history", careless)


@BUGS.enter
def checks_no_mark_at_a_pull(patch: Patch) -> None:
    patch.setattr(feed, "_rewind", lambda db, asked: history.common_point(db, asked.cursor, asked.trail))


@BUGS.enter
def checks_nothing_at_a_pull(patch: Patch) -> None:
    patch.setattr(feed, "_rewind", lambda db, asked: None)


@BUGS.enter
def checks_no_digest(patch: Patch) -> None:
    def believed(header: Any, line: bytes) -> Any:
        told = wire.hashlib.sha256(line).hexdigest()
        op = real({**header, "sha256": told, "bytes": len(line)}, line)
        return replace(op, sha256=header["sha256"])

    real = wire._op
    patch.setattr(wire, "_op", believed)


@BUGS.enter
def refuses_a_batch_with_a_bad_op(patch: Patch) -> None:
    def raising(*args: Any, **kwargs: Any) -> None:
        raise WireRefusal("malformed")

    patch.setattr(quarantine, "hold", raising)


@BUGS.enter
def drops_what_it_cannot_apply(patch: Patch) -> None:
    patch.setattr(quarantine, "hold", lambda *args, **kwargs: None)


@BUGS.enter
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


@BUGS.enter
def cuts_no_future_times(patch: Patch) -> None:
    patch.setattr(stamps, "clamp", lambda at, now: (at.replace(microsecond=0), None))


@BUGS.enter
def forgets_who_saw_what(patch: Patch) -> None:
    def by_clock_alone(current: Any, incoming: Any) -> Any:
        if current is None or incoming.rank > current.rank:
            return merge.Outcome(incoming, current, incoming.at)
        return merge.Outcome(current, incoming, incoming.at)

    patch.setattr(stamps, "merge", by_clock_alone)


@BUGS.enter
def drops_losers(patch: Patch) -> None:
    patch.setattr(stamps, "_keep_lost", lambda *args, **kwargs: None)


@BUGS.enter
def splits_commits(patch: Patch) -> None:
    patch.setattr(feed, "groupby", lambda changes, key: ((change.seq, [change]) for change in changes))


@BUGS.enter
def skips_to_the_head(patch: Patch) -> None:
    patch.setattr(feed, "_point", lambda db, seq: history.head(db))


@BUGS.enter
def shows_a_remembered_page_for_ever(patch: Patch) -> None:
    find, keep = feed.Remembered.find, feed.Remembered.keep
    patch.setattr(feed.Remembered, "find", lambda self, key: find(self, key[1:]))
    patch.setattr(feed.Remembered, "keep", lambda self, key, page: keep(self, key[1:], page))


@BUGS.enter
def tells_no_leave(patch: Patch) -> None:
    real = feed._told
    patch.setattr(feed, "_told", lambda *args: [change for change in real(*args) if change["type"] != "leave"])


@BUGS.enter
def tells_nobody_of_a_patch(patch: Patch) -> None:
    real = Transaction.touch

    def touch(self: Any, kind: str, record_id: str, **rest: Any) -> None:
        if kind not in {"note", "establishment"}:
            real(self, kind, record_id, **rest)

    patch.setattr(Transaction, "touch", touch)


@BUGS.enter
def keeps_other_bytes(patch: Patch) -> None:
    real = signed.keep
    patch.setattr(signed, "keep", lambda tx, *, body, **rest: real(tx, body=body.replace('":', '": '), **rest))


@BUGS.enter
def calls_its_head_safe(patch: Patch) -> None:
    patch.setattr(history, "safe", lambda db: history.head(db)[0])


@BUGS.enter
def lets_the_erased_back_in(patch: Patch) -> None:
    patch.setattr(signed, "is_erased", lambda db, kind, record_id: False)


@BUGS.enter
def says_it_has_every_file(patch: Patch) -> None:
    patch.setattr(Shelf, "missing", lambda self, db, asked: set())


@BUGS.enter
def checks_no_mark_with_files(patch: Patch) -> None:
    patch.setattr(history, "head_beyond", lambda db, mark: history.head(db))
