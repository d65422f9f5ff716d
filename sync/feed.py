"""Pages of what changed since a cursor.

A record is told once, at its latest change: what a page shows is as new as the server's head, so that its earlier
changes have nothing to add. A first pull is the same walk from the beginning. A page ends between two commits only.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlite_utils import Database

from sync import history, packing, signed, stamps
from sync.history import Point, instant
from sync.kinds import Carrier, Kinds, MergedKind, PrivateKind, ServedKind, SignedKind
from sync.packing import Begun
from sync.wire import Pull, write_object

PAGE_BYTES = 2 * 2**20
"""A page ends after the commit that fills it this far, whatever limit was asked for."""
REMEMBERED_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Packed:
    """An answer as gzip. more: `{"cursor", "mark"}` where another page follows, else None."""

    data: bytes
    more: dict[str, Any] | None


class Remembered:
    """Packed pages, the latest asked for: when an office's phones all pull the same, it is read and packed once."""

    def __init__(self, limit_bytes: int = REMEMBERED_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._pages: OrderedDict[tuple[Any, ...], tuple[Begun, dict[str, Any] | None]] = OrderedDict()
        self._size_bytes = 0
        self._lock = threading.Lock()

    def find(self, key: tuple[Any, ...]) -> tuple[Begun, dict[str, Any] | None] | None:
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
            return self._pages.get(key)

    def keep(self, key: tuple[Any, ...], page: tuple[Begun, dict[str, Any] | None]) -> None:
        with self._lock:
            if key not in self._pages:
                self._pages[key] = page
                self._size_bytes += len(page[0].packed)
            while self._size_bytes > self._limit_bytes:
                _, (oldest, _) = self._pages.popitem(last=False)
                self._size_bytes -= len(oldest.packed)


@dataclass(frozen=True)
class _Change:
    seq: int
    kind: str
    id: str
    type: str
    size_bytes: int


@dataclass
class _Whole:
    """Whole commits in order. more: whether others follow."""

    changes: list[_Change] = field(default_factory=list)
    more: bool = False


def page(db: Database, pull: Pull, carrier: Carrier, *, kinds: Kinds, now: datetime) -> dict[str, Any]:
    """The answer to a pull: a page, or where to rewind to. One read transaction."""
    with history.read(db):
        back = _rewind(db, pull)
        if back is not None:
            return {"kind": "pull", "rewind": list(back), "now": instant(now)}
        return _lasting(db, pull, carrier, kinds, history.head(db)) | _passing(db, now)


def packed_page(
    db: Database, pull: Pull, carrier: Carrier, *, kinds: Kinds, now: datetime, scope: str, remembered: Remembered
) -> Packed:  # fmt: skip
    """The same, packed; a page that was made already for another device of the same scope is not made again.

    scope: whatever else decides what the carrier may see. Two carriers of one scope see the same records.
    """
    with history.read(db):
        back = _rewind(db, pull)
        if back is not None:
            return Packed(packing.pack(write_object({"kind": "pull", "rewind": list(back), "now": instant(now)})), None)
        head = history.head(db)
        addressed = carrier.account if _is_addressed(db, carrier.account, pull.cursor) else ""
        key = (head, pull.cursor, pull.stream, pull.limit, scope, addressed)
        found = remembered.find(key)
        if found is None:
            lasting = _lasting(db, pull, carrier, kinds, head)
            more = {"cursor": lasting["cursor"], "mark": lasting["mark"]} if lasting["more"] else None
            found = (packing.begin(write_object(lasting).removesuffix(b"}") + b","), more)
            remembered.keep(key, found)
        rest = write_object(_passing(db, now)).removeprefix(b"{")
    return Packed(packing.finish(found[0], rest), found[1])


def _rewind(db: Database, pull: Pull) -> Point | None:
    """Where to go back to, if this history does not hold both the mark and the cursor (invariant S3)."""
    for seen in (pull.mark, pull.cursor):
        back = history.common_point(db, seen, pull.trail)
        if back is not None:
            return back
    return None


def _lasting(db: Database, pull: Pull, carrier: Carrier, kinds: Kinds, head: Point) -> dict[str, Any]:
    """What a page says as long as the head stays."""
    found = _collect(db, pull, carrier, kinds, head)
    return {
        "kind": "pull",
        "changes": _told(db, found, carrier, kinds),
        "cursor": list(_point(db, found.changes[-1].seq) if found.more else head),
        "mark": list(head),
        "more": found.more,
    }


def _passing(db: Database, now: datetime) -> dict[str, Any]:
    """What is told anew each time."""
    return {"safe": history.safe(db), "now": instant(now)}


def _collect(db: Database, pull: Pull, carrier: Carrier, kinds: Kinds, head: Point) -> _Whole:
    """Commits until the page is full."""
    found, size_bytes = _Whole(), 0
    names = [name for name, kind in kinds.items() if kind.stream == pull.stream]
    changes = _changes(db, pull.cursor[0], head[0], names, carrier.account)
    for _, commit in groupby(changes, key=lambda change: change.seq):
        if len(found.changes) >= pull.limit or size_bytes >= PAGE_BYTES:
            found.more = True
            break
        together = list(commit)
        found.changes += together
        size_bytes += sum(change.size_bytes for change in together)
    return found


def _changes(db: Database, since: int, until: int, names: list[str], account: str) -> Iterator[_Change]:
    """The latest change of each record for this account, in the order of the commits.

    The plus keeps SQLite on the log's own order: a page then reads as much of the log as it tells, and no more.
    """
    rows = db.execute(
        f"""SELECT seq, this.kind, this.id, type, coalesce(size_bytes, 0) FROM change AS this
            LEFT JOIN signed ON signed.kind = this.kind AND signed.id = this.id
            WHERE seq > ? AND seq <= ? AND audience IN ('', ?) AND +this.kind IN ({", ".join("?" * len(names))})
              AND NOT EXISTS (
                SELECT 1 FROM change AS later WHERE later.kind = this.kind AND later.id = this.id
                AND later.audience IN ('', ?) AND (later.seq, later.audience) > (this.seq, this.audience))
            ORDER BY seq, this.kind, this.id""",  # noqa: S608  only question marks are put in
        [since, until, account, *names, account],
    )
    return (_Change(*row) for row in rows)


def _told(db: Database, found: _Whole, carrier: Carrier, kinds: Kinds) -> list[dict[str, Any]]:
    """Each change as it is sent: what the carrier may not see, or no longer, leaves."""
    ids: dict[str, list[str]] = {}
    for change in found.changes:
        if change.type == "put":
            ids.setdefault(change.kind, []).append(change.id)
    shown = {name: _contents(db, name, those, carrier, kinds) for name, those in ids.items()}
    told = []
    for change in found.changes:
        what: dict[str, Any] = {"type": change.type, "kind": change.kind, "id": change.id, "seq": change.seq}
        if change.type == "put":
            what |= shown[change.kind].get(change.id, {"type": "leave"})
        told.append(what)
    return told


def _contents(db: Database, name: str, ids: list[str], carrier: Carrier, kinds: Kinds) -> dict[str, dict[str, Any]]:
    """Id -> what a put of it says, for those that the carrier may see."""
    kind = kinds[name]
    if isinstance(kind, SignedKind):
        visible = kind.visible(db, ids, carrier)
        files, mended, beside = (
            signed.files(db, name, visible),
            signed.repairs(db, name, visible),
            kind.beside(db, visible),
        )
        # the exact bytes stand in place of a body, so that a device can offer them again under the same op
        return {
            record_id: {"op": op, "ver": ver, "sha256": sha256, "files": files.get(record_id, []), "raw": body}
            | ({"repair": _repair(mended[record_id])} if record_id in mended else {})
            | beside.get(record_id, {})
            for record_id, op, ver, sha256, body in signed.lines(db, name, visible)
        }
    if isinstance(kind, PrivateKind):
        return dict(kind.versions(db, ids, carrier))
    bodies = kind.bodies(db, ids, carrier) if isinstance(kind, ServedKind) else {}
    if not isinstance(kind, MergedKind):
        return {record_id: {"op": None, "body": body} for record_id, body in bodies.items()}
    stamped = stamps.of_records(db, name, bodies)
    return {
        record_id: {"op": _newest(stamped.get(record_id, {})), "body": body, "stamps": stamped.get(record_id, {})}
        for record_id, body in bodies.items()
    }


def _repair(repair: signed.Repair) -> dict[str, Any]:
    return {name: getattr(repair, name) for name in ("fields", "dropped", "reason", "at")}


def _newest(fields: dict[str, list[str]]) -> str | None:
    return max(fields.values())[2] if fields else None


def _is_addressed(db: Database, account: str, since: Point) -> bool:
    """Whether any change since then was addressed to this account alone."""
    row = db.execute(
        "SELECT 1 FROM change WHERE audience <> '' AND audience = ? AND seq > ? LIMIT 1", [account, since[0]]
    ).fetchone()  # fmt: skip
    return row is not None


def _point(db: Database, seq: int) -> Point:
    row = db.execute("SELECT seq, tag FROM commit_log WHERE seq = ?", [seq]).fetchone()
    return (row[0], row[1])
