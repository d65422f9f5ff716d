"""Apply a push: one verdict and receipt an op, everything in one commit, nothing authenticated dropped.

Bodies are parsed and judged before the write lock is taken; an op that has its receipt already costs one look-up.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from sync import history, quarantine, signed, stamps
from sync.files import Shelf
from sync.history import Transaction, instant
from sync.kinds import (
    WRITTEN,
    CannotApply,
    Carrier,
    Kinds,
    MergedKind,
    Mistakes,
    Offer,
    PrivateKind,
    SignedKind,
)  # fmt: skip
from sync.merge import LEAD, Edit
from sync.quarantine import Held
from sync.wire import Op, Push, read_object

log = logging.getLogger("sync")

APPLIED, QUARANTINED, ERASED = "applied", "quarantined", "erased"
Key = tuple[str, str]  # op and sha256: another content under the same op is another thing


@dataclass(frozen=True)
class Receipt:
    """The first verdict about an op, told again for ever. seq: the commit that holds it."""

    op: str
    sha256: str
    status: str
    seq: int
    why: str | None = None
    fields: Mistakes = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    eff: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Opened:
    """An op whose body was parsed and judged by itself. problem: why it cannot be applied, whatever is stored."""

    op: Op
    body: dict[str, Any]
    problem: CannotApply | None

    @property
    def record_id(self) -> str:
        found = self.body.get("id")
        return found if isinstance(found, str) else ""


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
        known = _receipts(db, push.ops)
        if all((op.op, op.sha256) in known for op in push.ops):
            return _answer(db, push, known, carrier=carrier, shelf=shelf, now=now)
    opened = [_open(op, kinds) for op in push.ops if (op.op, op.sha256) not in known]
    with history.write(db, now) as tx:
        back = history.common_point(db, push.mark, push.trail)
        if back is not None:
            return _rewind(back, carrier, now)
        receipts = _receipts(db, push.ops)  # again: another tab may have pushed the same meanwhile
        _Batch(tx, kinds, carrier, push.sent, receipts).judge(opened)
        return _answer(db, push, receipts, carrier=carrier, shelf=shelf, now=now)


def receipted(db: Database, ops: Iterable[Op]) -> set[Key]:
    """Those of the ops, as (op, sha256), that have their receipt already."""
    offered = {(op.op, op.sha256) for op in ops}
    return offered & _receipts(db, ops).keys()


def release(
    tx: Transaction, held: Held, *, kinds: Kinds, by: str, mended: dict[str, Any] | None = None, reason: str = ""
) -> None:  # fmt: skip
    """The office lets an op of its inbox in after all; it is judged anew, as the server is now.

    mended: the body as it is to count, where the office had to change it. The signed bytes are kept as they are, and
    what was mended beside them, with the reason. Raises CannotApply when it still cannot be applied; then nothing is
    changed.
    """
    op = held.op
    if held.why == "op_reused":  # the op stays the first content's
        op = replace(op, op=str(uuid.uuid5(uuid.NAMESPACE_OID, op.op + op.sha256)))
    signed_as = _open(op, kinds)
    opened = signed_as if mended is None else _judged(op, mended, kinds)
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


def _stands(db: Database, opened: _Opened) -> bool:
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
    """The ops of one push inside its write transaction."""

    def __init__(
        self, tx: Transaction, kinds: Kinds, carrier: Carrier, sent: datetime, receipts: dict[Key, Receipt]
    ) -> None:  # fmt: skip
        self.tx = tx
        self.kinds = kinds
        self.carrier = carrier
        self.sent = sent
        self.receipts = receipts
        self.used = {op for op, _ in receipts}
        self.arrived: list[tuple[str, str]] = []

    def judge(self, ops: Iterable[_Opened]) -> None:
        """A receipt for each op, in order; one that fails leaves its neighbours alone."""
        new = []
        for opened in ops:
            if (opened.op.op, opened.op.sha256) not in self.receipts:
                receipt = self._verdict(opened)
                self.receipts[receipt.op, receipt.sha256] = receipt
                self.used.add(receipt.op)
                new.append((receipt, opened.op.kind))
        _keep_receipts(self.tx, new, self.carrier)
        self.release_awaiting()

    def _verdict(self, opened: _Opened) -> Receipt:
        op = opened.op
        try:
            if signed.is_erased(self.tx.db, op.kind, opened.record_id):
                return Receipt(op.op, op.sha256, ERASED, self.tx.seq)
            if op.op in self.used:
                raise CannotApply("op_reused")
            if self.carrier.revoked:
                raise CannotApply("device_revoked")
            if opened.problem:
                raise opened.problem
            merged = self.apply(opened)
        except CannotApply as problem:
            if problem.why != "device_revoked" and signed.stands(self.tx.db, op.kind, op.sha256):
                return Receipt(op.op, op.sha256, APPLIED, self.tx.seq)  # these bytes were let in, perhaps mended
            quarantine.hold(self.tx, op, problem, self.carrier, self.sent)
            return Receipt(op.op, op.sha256, QUARANTINED, self.tx.seq, problem.why, problem.fields)
        return Receipt(op.op, op.sha256, APPLIED, self.tx.seq, conflicts=merged.conflicts, eff=merged.eff)

    def apply(self, opened: _Opened) -> stamps.Merged:
        """Write one op, all of it or nothing. Raises CannotApply."""
        kind = self.kinds[opened.op.kind]
        offer = Offer(opened.op, opened.body, self.carrier, self.sent)
        try:
            with self.tx.attempt():
                if isinstance(kind, MergedKind):
                    return self._merge(kind, offer)
                if isinstance(kind, SignedKind):
                    self._record(kind, offer)
                if isinstance(kind, PrivateKind) and not kind.keep(self.tx, offer):
                    return stamps.Merged(conflicts=["id"])
                return stamps.Merged()
        except (CannotApply, sqlite3.OperationalError, MemoryError):
            raise
        except Exception as problem:
            if isinstance(problem, sqlite3.DatabaseError) and not isinstance(
                problem, sqlite3.IntegrityError | sqlite3.DataError | sqlite3.ProgrammingError
            ):
                raise  # the file is damaged: that is not the op's doing
            log.exception("op %s of kind %s could not be recorded", opened.op.op, opened.op.kind)
            raise CannotApply("invalid_body", {"": [f"not recorded: {type(problem).__name__}"]}) from problem

    def _merge(self, kind: MergedKind, offer: Offer) -> stamps.Merged:
        record_id, edits = offer.body["id"], _edits(offer)
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
        there = signed.digest(self.tx.db, kind.name, record_id)
        if there == op.sha256:
            return
        if there is not None:
            raise CannotApply("record_exists")
        skew_s = _skew(kind, offer, self.tx.now)
        signed.keep(
            self.tx, kind=kind.name, record_id=record_id, op=op.op, ver=op.ver, sha256=op.sha256,
            body=op.line.decode("utf-8"), files=[*op.files, *kind.files(offer.body)], device=offer.carrier.device,
            account=offer.carrier.account, skew_s=skew_s,
        )  # fmt: skip
        kind.record(self.tx, offer, skew_s)
        self.tx.touch(kind.name, record_id)
        self.arrived.append((kind.name, record_id))

    def release_awaiting(self) -> None:
        """Apply what waited for a record that has just arrived, and what waited for that in turn."""
        while self.arrived:
            arrived, self.arrived = self.arrived, []
            for held in quarantine.awaiting(self.tx.db, arrived):
                opened = _open(held.op, self.kinds)
                batch = _Batch(self.tx, self.kinds, held.carrier, held.sent, {})
                try:
                    batch.apply(opened)
                except CannotApply:
                    continue  # something else is missing as well: the office will see to it
                quarantine.decide(self.tx, held, APPLIED, by="")
                self.arrived += batch.arrived


def _open(op: Op, kinds: Kinds) -> _Opened:
    """Parse a body and judge it by itself, without the database."""
    body = read_object(op.line)
    if body is None:
        return _Opened(op, {}, CannotApply("invalid_body", {"": ["not a JSON object"]}))
    return _judged(op, body, kinds)


def _judged(op: Op, body: dict[str, Any], kinds: Kinds) -> _Opened:
    kind = kinds.get(op.kind)
    if kind is None:
        problem: CannotApply | None = CannotApply("unknown_kind")
    elif not isinstance(kind, WRITTEN):
        problem = CannotApply("not_allowed", {"kind": ["written by the office only"]})
    elif op.ver > kind.newest_version:
        problem = CannotApply("version_too_new", {"ver": [f"at most {kind.newest_version}"]})
    else:
        mistakes = _mistakes(kind, body, op.ver)
        problem = CannotApply("invalid_body", mistakes) if mistakes else None
    return _Opened(op, body, problem)


def _mistakes(kind: MergedKind | SignedKind | PrivateKind, body: dict[str, Any], ver: int) -> Mistakes:
    if not isinstance(body.get("id"), str) or not body["id"]:
        return {"id": ["required"]}
    if not isinstance(kind, MergedKind):
        return kind.check(body, ver)
    wrong = _patch_mistakes(body.get("fields"))
    return wrong or kind.check({name: edit["v"] for name, edit in body["fields"].items()}, ver)


def _patch_mistakes(patch: Any) -> Mistakes:
    """What is wrong with the shape `{name: {"v", "at", "base"}}`."""
    if not isinstance(patch, dict) or not patch:
        return {"fields": ["an object that names at least one field"]}
    wrong = {}
    for name, edit in patch.items():
        if not isinstance(edit, dict) or "v" not in edit or not isinstance(edit.get("base"), str | None):
            wrong[name] = ['an object with "v", "at", "base"']
        elif _moment(edit.get("at")) is None:
            wrong[name] = ["at: an instant with an offset"]
    return wrong


def _edits(offer: Offer) -> dict[str, Edit]:
    """The edits of a patch; the times that an earlier receipt gave stand in place of the device's own."""
    edits = {}
    for name, edit in offer.body["fields"].items():
        at = offer.op.eff.get(name) or datetime.fromisoformat(edit["at"])
        edits[name] = Edit(edit["v"], at, offer.carrier.device, offer.op.op, edit.get("base"))
    return edits


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def _skew(kind: SignedKind, offer: Offer, now: datetime) -> int | None:
    """By how many seconds the author's clock was off, where it matters (more than five minutes); else None.

    The clock of a colleague's phone that only carries the record says nothing about its author's.
    """
    off = offer.sent - now
    begun = kind.begun_at(offer.body)
    if begun is not None and begun - now > LEAD:
        off = max(off, begun - now)
    elif kind.author(offer.body) not in {None, offer.carrier.account}:
        return None
    return int(off.total_seconds()) if abs(off) > LEAD else None


def _receipts(db: Database, ops: Iterable[Op]) -> dict[Key, Receipt]:
    """Every receipt given under these ops, whatever the content."""
    rows = db.execute(
        "SELECT op, sha256, status, seq, why, fields, conflicts, eff FROM receipt "
        "WHERE op IN (SELECT value FROM json_each(?))",
        [json.dumps([op.op for op in ops])],
    )
    return {
        (op, sha256): Receipt(
            op, sha256, status, seq, why,
            json.loads(fields or "{}"), json.loads(conflicts or "[]"), json.loads(eff or "{}"),
        )
        for op, sha256, status, seq, why, fields, conflicts, eff in rows
    }  # fmt: skip


def _keep_receipts(tx: Transaction, receipts: list[tuple[Receipt, str]], carrier: Carrier) -> None:
    received_at = instant(tx.now)
    tx.db.conn.executemany(
        "INSERT INTO receipt (op, sha256, status, seq, why, fields, conflicts, eff, kind, device, account, "
        "received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                r.op, r.sha256, r.status, r.seq, r.why, _json(r.fields), _json(r.conflicts), _json(r.eff), kind,
                carrier.device, carrier.account, received_at,
            )
            for r, kind in receipts
        ],
    )  # fmt: skip


def _json(value: Any) -> str | None:
    return json.dumps(value, ensure_ascii=False) if value else None


def _rewind(point: history.Point, carrier: Carrier, now: datetime) -> dict[str, Any]:
    return {"kind": "push", "rewind": list(point), "now": instant(now), **_revoked(carrier)}


def _answer(
    db: Database, push: Push, receipts: Mapping[Key, Receipt], *, carrier: Carrier, shelf: Shelf, now: datetime
) -> dict[str, Any]:  # fmt: skip
    missing = shelf.missing(db, (sha256 for op in push.ops for sha256 in op.files))
    mine = [(op, receipts[op.op, op.sha256]) for op in push.ops]
    decided = quarantine.decisions(db, [op.op for op, receipt in mine if receipt.status == QUARANTINED])
    return {
        "kind": "push",
        "mark": list(history.head(db)),
        "safe": history.safe(db),
        "now": instant(now),
        "receipts": [_told(receipt, op.files, missing, decided) for op, receipt in mine],
        **_revoked(carrier),
    }


def _told(
    receipt: Receipt, files: Iterable[str], missing: set[str], decided: Mapping[Key, str]
) -> dict[str, Any]:  # fmt: skip
    """A receipt as it is sent. What may change is told anew each time: missing files, and the office's decision."""
    told = {
        "op": receipt.op, "status": receipt.status, "seq": receipt.seq, "why": receipt.why, "fields": receipt.fields,
        "conflicts": receipt.conflicts, "eff": receipt.eff, "files_missing": [f for f in files if f in missing],
    }  # fmt: skip
    if receipt.status == QUARANTINED:
        told["decision"] = decided.get((receipt.op, receipt.sha256))
    return told


def _revoked(carrier: Carrier) -> dict[str, bool]:
    return {"revoked": True} if carrier.revoked else {}
