"""Signing and editing on the device: an op's exact bytes are fixed here, and are on the disk when these return (C1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sync.history import instant
from sync.merge import TICK
from sync.replica import outbox, records, standpoint
from sync.replica.errors import ReplicaError
from sync.replica.outbox import Op
from sync.replica.records import Record
from sync.replica.store import Store


def sign(store: Store, kind: str, body: Mapping[str, Any], files: Iterable[str] = (), ver: int = 1) -> Op:
    """Record and op in one strict transaction; from then on the bytes never change.

    body: with an `id`, or it gets a random one. files: the sha256 of files that the record names (keep them first).
    Raises ReplicaError body_too_large, not_json, signed_already, storage_full; then nothing was signed.
    """
    record_id = body.get("id") or store.new_id()
    op, line = outbox.prepare(
        store.new_id(), kind, record_id, {"id": record_id, **body}, at=store.clock(), ver=ver,
        files=list(dict.fromkeys(files)),
    )  # fmt: skip
    with store.write() as tx:
        if records.digest(tx, kind, record_id) is not None:
            raise ReplicaError("signed_already", record_id)
        outbox.enqueue(tx, op, line)
        records.hold(tx, kind=kind, record_id=record_id, op=op.op, ver=ver, sha256=op.sha256, files=op.files, own=True)
    return op


def edit(store: Store, kind: str, record_id: str, values: Mapping[str, Any]) -> Op | None:
    """A patch of the fields that differ from what is shown; shown at once. None when nothing differs.

    Raises ReplicaError not_here, not_json, storage_full.
    """
    with store.write() as tx:
        shown = records.shown(tx, kind, record_id).get(record_id)
        if shown is None:
            raise ReplicaError("not_here", record_id)
        now = store.now(standpoint.read(tx).offset_ms)
        fields = {
            name: _edited(shown, name, value, now)
            for name, value in values.items()
            if name not in shown.body or value != shown.body[name]
        }
        if not fields:
            return None
        op, line = _patch(store, kind, record_id, fields)
        outbox.enqueue(tx, op, line)
        return op


def add(store: Store, kind: str, values: Mapping[str, Any]) -> Op:
    """A record with several writers that this device has found: shown at once, and the office decides about it.

    Raises ReplicaError not_json, storage_full.
    """
    with store.write() as tx:
        at = instant(store.now(standpoint.read(tx).offset_ms))
        fields = {name: {"v": value, "at": at, "base": None} for name, value in values.items()}
        op, line = _patch(store, kind, store.new_id(), fields, adds=True)
        outbox.enqueue(tx, op, line)
    return op


def _patch(
    store: Store, kind: str, record_id: str, fields: Mapping[str, Any], *, adds: bool = False
) -> tuple[Op, bytes]:  # fmt: skip
    return outbox.prepare(
        store.new_id(), kind, record_id, {"id": record_id, "fields": fields}, at=store.clock(), edited=list(fields),
        adds=adds,
    )  # fmt: skip


def _edited(shown: Record, name: str, value: Any, now: datetime) -> dict[str, Any]:
    """The instant now, but in any case later than what the editor saw."""
    at, _, base = shown.stamps.get(name, (None, None, None))
    if at is not None and datetime.fromisoformat(at) >= now - timedelta(microseconds=now.microsecond % 1000):
        now = datetime.fromisoformat(at) + TICK
    return {"v": value, "at": instant(now), "base": base}
