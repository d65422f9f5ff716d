"""Brings what changed at the office, page by page. A page is stored as a whole: records, cursor, mark and trail in one
transaction, or nothing (invariant C3)."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from sync.history import NOTHING, instant
from sync.replica import records, standpoint
from sync.replica.api import (
    Answer,
    Request,
    Retry,
    SignIn,
    Steps,
    clock_offset_ms,
    is_count,
    is_instant,
    is_point,
    is_rewind,
    points,
)
from sync.replica.prune import prune
from sync.replica.push import Wire
from sync.replica.receipts import Applied
from sync.replica.rewind import rewind
from sync.replica.standpoint import Standpoint, point, seen
from sync.replica.store import Store
from sync.wire import VERSION

PAGE_ROWS = 500
TYPES = ("put", "tombstone", "leave")


@dataclass(frozen=True)
class Pulled:
    rewound: bool


def pull(store: Store, wire: Wire, stream: str, *, limit: int = PAGE_ROWS) -> Steps[Pulled | Retry | SignIn]:
    """Pull a stream to its end. A page that another tab overtook is asked for again, from where the replica stands."""
    while True:
        stand, started = standpoint.read(store.db), store.clock()
        outcome = yield _question(wire, stream, stand, limit)
        if not isinstance(outcome, Answer):
            return outcome
        offset_ms = clock_offset_ms(outcome.body["now"], started, store.clock())
        with store.write() as tx:
            applied = apply_page(tx, stream, stand, outcome.body, offset_ms=offset_ms, at=instant(store.clock()))
        if applied == "rewound":
            return Pulled(rewound=True)
        if applied == "moved" and not outcome.body["more"]:
            return Pulled(rewound=False)


def _question(wire: Wire, stream: str, stand: Standpoint, limit: int) -> Request:
    told = {
        "v": VERSION, "device": wire.device, "stream": stream, "cursor": list(stand.cursor(stream) or NOTHING),
        "mark": list(stand.mark), "trail": points(*stand.trail), "limit": limit,
    }  # fmt: skip
    return Request("POST", "pull", is_page, wire.token, json.dumps(told).encode())


def is_page(body: Any) -> bool:
    if is_rewind(body, "pull"):
        return True
    return (
        isinstance(body, dict)
        and body.get("kind") == "pull"
        and isinstance(body.get("changes"), list)
        and all(_is_change(change) for change in body["changes"])
        and is_point(body.get("cursor"))
        and is_point(body.get("mark"))
        and isinstance(body.get("more"), bool)
        and is_count(body.get("safe"))
        and is_instant(body.get("now"))
    )


def _is_change(change: Any) -> bool:
    return (
        isinstance(change, dict)
        and change.get("type") in TYPES
        and isinstance(change.get("kind"), str)
        and isinstance(change.get("id"), str)
        and (change["type"] != "put" or "body" in change or isinstance(change.get("raw"), str))
    )


def apply_page(
    tx: sqlite3.Connection, stream: str, sent: Standpoint, answer: dict[str, Any], *, offset_ms: int, at: str
) -> Applied:  # fmt: skip
    """Store a page, if mark and cursor are still those that were sent (compare and set, invariant C2).

    sent: where the replica stood when it asked. offset_ms: the server's clock minus the device's.
    """
    stand = replace(standpoint.read(tx), offset_ms=offset_ms)
    if (stand.mark, stand.cursor(stream)) != (sent.mark, sent.cursor(stream)):
        return "overtaken"
    if "rewind" in answer:
        rewind(tx, stand, point(answer["rewind"]), at)
        return "rewound"
    for change in answer["changes"]:
        _store(tx, change, stand.epoch)
    moved = _advance(stand, stream, answer)
    if moved.whole and not stand.whole:
        records.sweep_earlier(tx, stand)
    standpoint.move(tx, moved)
    prune(tx, moved)
    return "moved"


def _advance(stand: Standpoint, stream: str, page: dict[str, Any]) -> Standpoint:
    """A page shows states as new as the head, not as old as its cursor: so both are seen."""
    cursor, mark = point(page["cursor"]), point(page["mark"])
    moved = replace(seen(stand, cursor, mark), safe=page["safe"])
    if stream == "history":
        return replace(moved, history=cursor)
    return replace(moved, essentials=cursor, whole=stand.whole or not page["more"])


def _store(tx: sqlite3.Connection, change: dict[str, Any], epoch: int) -> None:
    kind, record_id = change["kind"], change["id"]
    if change["type"] != "put":
        records.remove(tx, kind, record_id)
    elif "raw" in change:
        line = change["raw"].encode()
        records.hold(
            tx, kind=kind, record_id=record_id, op=change.get("op") or record_id, ver=change.get("ver", 1),
            sha256=hashlib.sha256(line).hexdigest(), files=change.get("files") or (), own=False, line=line,
        )  # fmt: skip
    else:
        records.put(tx, kind, record_id, change["body"], change.get("stamps") or {}, epoch=epoch)
