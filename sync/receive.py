"""Apply a push: one verdict and receipt an op, everything in one commit, nothing authenticated dropped.

Bodies are parsed and judged before the write lock is taken; an op that has its receipt already costs one look-up.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlite_utils import Database

from sync import history, opening, quarantine, receipts, signed, stamps
from sync.files import Shelf
from sync.history import Transaction, instant
from sync.kinds import WRITTEN, CannotApply, Carrier, Kinds, MergedKind, Offer, PrivateKind, SignedKind
from sync.opening import Opened, not_recorded, open_op
from sync.quarantine import Held
from sync.receipts import APPLIED, ERASED, QUARANTINED, Key, Receipt
from sync.wire import Op, Push

log = logging.getLogger("sync")


def receive(
    db: Database, push: Push, carrier: Carrier, *, kinds: Kinds, shelf: Shelf, now: datetime
) -> dict[str, Any]:  # fmt: skip
    """The answer to a push, to be sent as it is: what it says has been committed.

    kinds: name -> kind. shelf: where files are. now: the server's instant.
    Raises sqlite3.OperationalError when the disk is full or the lock was not to be had; then nothing was stored.
    """
    with history.read(db):
        back = history.common_point(db, push.mark, push.trail)
        if back is not None:
            return _rewind(back, carrier, now)
        known = receipts.given(db, push.ops)
        if all((op.op, op.sha256) in known for op in push.ops):
            return _answer(db, push, known, carrier=carrier, shelf=shelf, now=now)
    opened = [open_op(op, kinds) for op in push.ops if (op.op, op.sha256) not in known]
    commit = partial(_commit, db, push, opened, carrier, kinds=kinds, shelf=shelf, now=now)
    try:  # nearly always all can be written, and to be able to undo a part of it costs a tenth more
        return commit(one_by_one=False)
    except _OneFailed:  # nothing of it stands, and nobody was told
        return commit(one_by_one=True)


def _commit(
    db: Database, push: Push, opened: list[Opened], carrier: Carrier, *, kinds: Kinds, shelf: Shelf, now: datetime,
    one_by_one: bool,
) -> dict[str, Any]:  # fmt: skip
    with history.write(db, now) as tx:
        back = history.common_point(db, push.mark, push.trail)
        if back is not None:
            return _rewind(back, carrier, now)
        known = receipts.given(db, push.ops)  # again: another tab may have pushed the same meanwhile
        known |= _Batch(tx, kinds, carrier, push.sent, known).judge(opened, one_by_one=one_by_one)
        return _answer(db, push, known, carrier=carrier, shelf=shelf, now=now)


def receipted(db: Database, ops: Iterable[Op]) -> set[Key]:
    """Those of the ops, as (op, sha256), that have their receipt already."""
    offered = {(op.op, op.sha256) for op in ops}
    return offered & receipts.given(db, ops).keys()


def release(
    tx: Transaction, held: Held, *, kinds: Kinds, by: str, mended: dict[str, Any] | None = None, reason: str = ""
) -> None:  # fmt: skip
    """The office lets an op of its inbox in after all; it is judged anew, as the server is now.

    mended: the body as it is to count, where the office had to change it; with another `id` it is a record of its own.
    The signed bytes are kept as they are, and what was mended beside them, with the reason. Raises CannotApply when it
    still cannot be applied; then nothing is changed.
    """
    op, signed_as = held.op, open_op(held.op, kinds)
    is_apart = held.why == "record_exists" and mended is not None and mended.get("id") != signed_as.record_id
    if held.why == "op_reused" or is_apart:  # the op stays the first content's
        op = replace(op, op=quarantine.apart(held))
    opened = replace(signed_as, op=op) if mended is None else opening.judged(op, mended, kinds)
    if opened.problem:
        raise opened.problem
    batch = _Batch(tx, kinds, held.carrier, held.sent, {})
    # the same bytes may stand already, from another op that was let in: then they count as they were let in
    changed = _changed(signed_as.body, opened.body) if not _stands(tx.db, opened) else ({}, [])
    batch.apply(opened)
    if any(changed) and isinstance(kinds[op.kind], SignedKind):
        signed.mend(tx, op.kind, opened.record_id, signed.Repair(*changed, reason, by, instant(tx.now)))
    quarantine.decide(tx, held, APPLIED, by=by, reason=reason, mended=any(changed))
    batch.release_awaiting()


def _stands(db: Database, opened: Opened) -> bool:
    return signed.digest(db, opened.op.kind, opened.record_id) == opened.op.sha256


def _changed(was: dict[str, Any], now: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Keys with another value now, and keys that are gone."""
    return (
        {name: value for name, value in now.items() if name not in was or was[name] != value},
        [name for name in was if name not in now],
    )


def release_understood(db: Database, kinds: Kinds, now: datetime) -> int:
    """Apply what waited for this server to be upgraded, oldest first; what still cannot be applied goes on waiting.

    Called when a server starts. Returns how many ops were let in.
    """
    if not any(_understood(held, kinds) for held in quarantine.beyond_us(db)):
        return 0
    let_in = 0
    with history.write(db, now) as tx:
        for held in quarantine.beyond_us(db):
            if not _understood(held, kinds):
                continue
            with suppress(CannotApply):  # understood now, and still not to be applied: the office sees to it
                release(tx, held, kinds=kinds, by="")
                let_in += 1
    return let_in


def _understood(held: Held, kinds: Kinds) -> bool:
    kind = kinds.get(held.op.kind)
    return isinstance(kind, WRITTEN) and held.op.ver <= kind.newest_version


class _Batch:
    """The ops of one push inside its write transaction. known: the receipts given under them before."""

    def __init__(
        self, tx: Transaction, kinds: Kinds, carrier: Carrier, sent: datetime, known: Mapping[Key, Receipt]
    ) -> None:  # fmt: skip
        self.tx = tx
        self.kinds = kinds
        self.carrier = carrier
        self.sent = sent
        self.known = known
        self.arrived: list[tuple[str, str]] = []

    def judge(self, ops: Iterable[Opened], *, one_by_one: bool) -> dict[Key, Receipt]:
        """A new receipt for each op that has none; one that fails leaves its neighbours alone.

        one_by_one: undo alone what fails; else raises _OneFailed, and the whole transaction is to be undone.
        """
        new = [opened for opened in ops if (opened.op.op, opened.op.sha256) not in self.known]
        if not new:
            return {}
        given = self._verdicts(new, self.apply if one_by_one else self._write_with_others)
        receipts.keep(self.tx, given.values(), self.carrier)
        self.release_awaiting()
        return given

    def _verdicts(self, ops: Iterable[Opened], write: Callable[[Opened], stamps.Merged]) -> dict[Key, Receipt]:
        given: dict[Key, Receipt] = {}
        used = {op for op, _ in self.known}
        for opened in ops:
            op = opened.op
            if (op.op, op.sha256) not in given:
                given[op.op, op.sha256] = self._verdict(opened, write, is_used=op.op in used)
                used.add(op.op)
        return given

    def _verdict(self, opened: Opened, write: Callable[[Opened], stamps.Merged], *, is_used: bool) -> Receipt:
        """is_used: another content came under the same op."""
        op = opened.op
        try:
            if signed.is_erased(self.tx.db, op.kind, opened.record_id):
                return Receipt(op.op, op.sha256, op.kind, ERASED, self.tx.seq)
            if is_used:
                raise CannotApply("op_reused")
            if self.carrier.revoked:
                raise CannotApply("device_revoked")
            if opened.problem:
                raise opened.problem
            merged = write(opened)
        except CannotApply as problem:
            if problem.why != "device_revoked" and signed.stands(self.tx.db, op.kind, op.sha256):
                return Receipt(op.op, op.sha256, op.kind, APPLIED, self.tx.seq)  # let in before, perhaps mended
            quarantine.hold(self.tx, op, problem, self.carrier, self.sent)
            return Receipt(op.op, op.sha256, op.kind, QUARANTINED, self.tx.seq, problem.why, problem.fields)
        return Receipt(op.op, op.sha256, op.kind, APPLIED, self.tx.seq, conflicts=merged.conflicts, eff=merged.eff)

    def apply(self, opened: Opened) -> stamps.Merged:
        """Write one op, all of it or nothing. Raises CannotApply."""
        try:
            with self.tx.attempt():
                return self._write(opened)
        except (CannotApply, sqlite3.OperationalError, MemoryError):
            raise
        except Exception as problem:
            if isinstance(problem, sqlite3.DatabaseError) and not isinstance(
                problem, sqlite3.IntegrityError | sqlite3.DataError | sqlite3.ProgrammingError
            ):
                raise  # the file is damaged: that is not the op's doing
            log.exception("op %s of kind %s could not be recorded", opened.op.op, opened.op.kind)
            raise CannotApply("invalid_body", not_recorded(problem)) from problem

    def _write_with_others(self, opened: Opened) -> stamps.Merged:
        """Write one op of a transaction that fails as a whole. Raises _OneFailed, whatever was wrong with the op."""
        try:
            return self._write(opened)
        except (sqlite3.OperationalError, MemoryError):
            raise
        except Exception as problem:
            raise _OneFailed from problem

    def _write(self, opened: Opened) -> stamps.Merged:
        kind = self.kinds[opened.op.kind]
        offer = Offer(opened.op, opened.body, self.carrier, self.sent)
        if isinstance(kind, MergedKind):
            return self._merge(kind, offer)
        if isinstance(kind, SignedKind):
            self._record(kind, offer)
        if isinstance(kind, PrivateKind) and not kind.keep(self.tx, offer):
            return stamps.Merged(conflicts=["id"])
        return stamps.Merged()

    def _merge(self, kind: MergedKind, offer: Offer) -> stamps.Merged:
        record_id, edits = offer.body["id"], opening.edits(offer)
        kind.admit(self.tx.db, record_id, edits.keys(), offer.carrier)
        merged = stamps.apply_patch(
            self.tx, kind=kind.name, record_id=record_id, edits=edits, account=offer.carrier.account,
            values=kind.values(self.tx.db, record_id),
        )  # fmt: skip
        if merged.winners:
            kind.write(self.tx, record_id, merged.winners, offer)
            self.tx.touch(kind.name, record_id)
            self.arrived.append((kind.name, record_id))
        return merged

    def _record(self, kind: SignedKind, offer: Offer) -> None:
        op, record_id = offer.op, offer.body["id"]
        skew_s = opening.skew(kind, offer, self.tx.now)
        is_new = signed.keep(
            self.tx, kind=kind.name, record_id=record_id, op=op.op, ver=op.ver, sha256=op.sha256,
            body=op.line.decode("utf-8"), files=[*op.files, *kind.files(offer.body)], device=offer.carrier.device,
            account=offer.carrier.account, skew_s=skew_s,
        )  # fmt: skip
        if not is_new:
            if signed.digest(self.tx.db, kind.name, record_id) != op.sha256:
                raise CannotApply("record_exists")
            return
        kind.record(self.tx, offer, skew_s)
        self.tx.touch(kind.name, record_id)
        self.arrived.append((kind.name, record_id))

    def release_awaiting(self) -> None:
        """Apply what waited for a record that has just arrived, and what waited for that in turn."""
        while self.arrived:
            arrived, self.arrived = self.arrived, []
            for held in quarantine.awaiting(self.tx.db, arrived):
                opened = open_op(held.op, self.kinds)
                batch = _Batch(self.tx, self.kinds, held.carrier, held.sent, {})
                try:
                    batch.apply(opened)
                except CannotApply:
                    continue  # something else is missing as well: the office will see to it
                quarantine.decide(self.tx, held, APPLIED, by="")
                self.arrived += batch.arrived


class _OneFailed(Exception):
    """An op of a push could not be written: all are written one by one then, so that each can be undone alone."""


def _rewind(point: history.Point, carrier: Carrier, now: datetime) -> dict[str, Any]:
    return {"kind": "push", "rewind": list(point), "now": instant(now), **_revoked(carrier)}


def _answer(
    db: Database, push: Push, given: Mapping[Key, Receipt], *, carrier: Carrier, shelf: Shelf, now: datetime
) -> dict[str, Any]:  # fmt: skip
    missing = shelf.missing(db, (sha256 for op in push.ops for sha256 in op.files))
    mine = [(op, given[op.op, op.sha256]) for op in push.ops]
    decided = quarantine.decisions(db, [op.op for op, receipt in mine if receipt.status == QUARANTINED])
    return {
        "kind": "push",
        "mark": list(history.head(db)),
        "safe": history.safe(db),
        "now": instant(now),
        "receipts": [receipts.told(receipt, op.files, missing, decided) for op, receipt in mine],
        **_revoked(carrier),
    }


def _revoked(carrier: Carrier) -> dict[str, bool]:
    return {"revoked": True} if carrier.revoked else {}
