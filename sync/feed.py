"""Pages of what changed since a cursor.

A record is told once, at its latest change: what a page shows is as new as the server's head, so that its earlier
changes have nothing to add. A first pull is the same walk from the beginning. A page ends between two commits only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlite_utils import Database

from sync import history, signed, stamps
from sync.history import Point, instant
from sync.kinds import Carrier, Kinds, MergedKind, ServedKind, SignedKind
from sync.signed import Signed
from sync.wire import Pull

PAGE_BYTES = 2 * 2**20
"""A page ends after the commit that fills it this far, whatever limit was asked for."""


@dataclass(frozen=True)
class _Change:
    seq: int
    kind: str
    id: str
    type: str


@dataclass
class _Page:
    """changes: whole commits in order. signed: the signed records among them, by kind and id."""

    changes: list[_Change] = field(default_factory=list)
    signed: dict[tuple[str, str], Signed] = field(default_factory=dict)
    size_bytes: int = 0
    more: bool = False


def page(db: Database, pull: Pull, carrier: Carrier, *, kinds: Kinds, now: datetime) -> dict[str, Any]:
    """The answer to a pull: a page, or where to rewind to. One read transaction."""
    with history.read(db):
        for seen in (pull.mark, pull.cursor):
            back = history.common_point(db, seen, pull.trail)
            if back is not None:
                return {"kind": "pull", "rewind": list(back), "now": instant(now)}
        head = history.head(db)
        found = _collect(db, pull, carrier, kinds, head)
        return {
            "kind": "pull",
            "changes": _told(db, found, carrier, kinds),
            "cursor": list(_point(db, found.changes[-1].seq) if found.more else head),
            "mark": list(head),
            "more": found.more,
            "safe": history.safe(db),
            "now": instant(now),
        }


def _collect(db: Database, pull: Pull, carrier: Carrier, kinds: Kinds, head: Point) -> _Page:
    """Whole commits until the page is full."""
    found = _Page()
    names = [name for name, kind in kinds.items() if kind.stream == pull.stream]
    changes = _changes(db, pull.cursor[0], head[0], names, carrier.account)
    for _, commit in groupby(changes, key=lambda change: change.seq):
        if len(found.changes) >= pull.limit or found.size_bytes >= PAGE_BYTES:
            found.more = True
            break
        together = list(commit)
        found.changes += together
        for name in {change.kind for change in together}:
            if isinstance(kinds[name], SignedKind):
                records = signed.many(db, name, [c.id for c in together if c.kind == name and c.type == "put"])
                found.signed |= {(name, record.id): record for record in records.values()}
                found.size_bytes += sum(len(record.body) for record in records.values())
    return found


def _changes(db: Database, since: int, until: int, names: list[str], account: str) -> Iterator[_Change]:
    """The latest change of each record for this account, in the order of the commits."""
    rows = db.execute(
        f"""SELECT seq, kind, id, type FROM change AS this
            WHERE seq > ? AND seq <= ? AND audience IN ('', ?) AND kind IN ({", ".join("?" * len(names))})
              AND NOT EXISTS (
                SELECT 1 FROM change AS later WHERE later.kind = this.kind AND later.id = this.id
                AND later.audience IN ('', ?) AND (later.seq, later.audience) > (this.seq, this.audience))
            ORDER BY seq, kind, id""",  # noqa: S608  only question marks are put in
        [since, until, account, *names, account],
    )
    return (_Change(*row) for row in rows)


def _told(db: Database, found: _Page, carrier: Carrier, kinds: Kinds) -> list[dict[str, Any]]:
    """Each change as it is sent: what the carrier may not see, or no longer, leaves."""
    shown: dict[tuple[str, str], dict[str, Any]] = {}
    by_kind: dict[str, list[str]] = {}
    for change in found.changes:
        if change.type == "put":
            by_kind.setdefault(change.kind, []).append(change.id)
    for name, ids in by_kind.items():
        contents = _contents(db, found, name, ids, carrier=carrier, kinds=kinds)
        shown |= {(name, record_id): content for record_id, content in contents.items()}
    told = []
    for change in found.changes:
        what = {"type": change.type, "kind": change.kind, "id": change.id, "seq": change.seq}
        content = shown.get((change.kind, change.id))
        if change.type == "put":
            what |= content if content is not None else {"type": "leave"}
        told.append(what)
    return told


def _contents(
    db: Database, found: _Page, name: str, ids: list[str], *, carrier: Carrier, kinds: Kinds
) -> dict[str, dict[str, Any]]:  # fmt: skip
    kind = kinds[name]
    if isinstance(kind, SignedKind):
        visible = kind.visible(db, ids, carrier)
        files = signed.files(db, name, visible)
        return {i: _signed(found.signed[name, i], files.get(i, [])) for i in visible if (name, i) in found.signed}
    if not isinstance(kind, ServedKind):
        return {}
    bodies = kind.bodies(db, ids, carrier)
    if not isinstance(kind, MergedKind):
        return {record_id: {"op": None, "body": body} for record_id, body in bodies.items()}
    stamped = stamps.of_records(db, name, bodies)
    return {
        record_id: {"op": _newest(stamped.get(record_id, {})), "body": body, "stamps": stamped.get(record_id, {})}
        for record_id, body in bodies.items()
    }


def _signed(record: Signed, files: list[str]) -> dict[str, Any]:
    """The exact bytes stand in place of a body, so that a device can offer them again under the same op."""
    return {"op": record.op, "ver": record.ver, "sha256": record.sha256, "files": files, "raw": record.body}


def _newest(fields: dict[str, list[str]]) -> str | None:
    return max(fields.values())[2] if fields else None


def _point(db: Database, seq: int) -> Point:
    row = db.execute("SELECT seq, tag FROM commit_log WHERE seq = ?", [seq]).fetchone()
    return (row[0], row[1])
