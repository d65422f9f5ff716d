"""Toy records for the engine: notes with several writers, signed slips, tags that devices only read."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from sync import feed, receive, wire
from sync.files import Shelf
from sync.history import NOTHING, Point, Transaction, instant
from sync.kinds import Awaits, CannotApply, Carrier, Kind, MergedKind, Mistakes, Offer, ServedKind, SignedKind
from sync.migrations import migrations
from sync.signed import Signed

NOW = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
APPLIED = ("applied", None)
"""A status and its reason, as `statuses` tells them."""


def make_tables(db: Database) -> None:
    migrations.apply(db)
    db.execute(
        "CREATE TABLE note (id TEXT PRIMARY KEY, title TEXT, text TEXT, hidden INTEGER NOT NULL DEFAULT 0) STRICT"
    )
    db.execute("CREATE TABLE slip (id TEXT PRIMARY KEY, note TEXT) STRICT")
    db.execute("CREATE TABLE tag (id TEXT PRIMARY KEY, name TEXT) STRICT")


class NoteKind(MergedKind):
    """Devices write title and text. A patch with a title makes the note; one without waits for it."""

    name = "note"

    def check(self, values: Mapping[str, Any], ver: int) -> Mistakes:
        return {name: ["must be text"] for name, value in values.items() if not isinstance(value, str)}

    def admit(self, db: Database, record_id: str, names: Collection[str], carrier: Carrier) -> None:
        refused = [name for name in names if name not in {"title", "text"}]
        if refused:
            raise CannotApply("not_allowed", {name: ["no"] for name in refused})
        if "title" not in names and not _there(db, "note", record_id):
            raise Awaits("note", record_id, {"id": ["unknown"]})

    def write(self, tx: Transaction, record_id: str, values: Mapping[str, Any], offer: Offer) -> None:
        tx.db.execute("INSERT OR IGNORE INTO note (id) VALUES (?)", [record_id])
        for name, value in values.items():
            tx.db.execute(f"UPDATE note SET {name} = ? WHERE id = ?", [value, record_id])  # noqa: S608

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        rows = db.query("SELECT id, title, text FROM note WHERE hidden = 0")
        return {row["id"]: row for row in rows if row["id"] in ids}


class SlipKind(SignedKind):
    """`note`: waits for that note. `puzzle`: breaks the judge. `poison`: breaks the recorder. `refused`: it says no."""

    name = "slip"
    newest_version = 2

    def check(self, body: dict[str, Any], ver: int) -> Mistakes:
        if body.get("puzzle"):
            1 / 0  # noqa: B018
        return {"text": ["must be text"]} if not isinstance(body.get("text", ""), str) else {}

    def begun_at(self, body: dict[str, Any]) -> datetime | None:
        return datetime.fromisoformat(body["begun_at"]) if "begun_at" in body else None

    def files(self, body: dict[str, Any]) -> Iterable[str]:
        return [body["picture"]] if "picture" in body else []

    def record(self, tx: Transaction, offer: Offer, skew_s: int | None) -> None:
        note = offer.body.get("note")
        tx.db.execute("INSERT INTO slip (id, note) VALUES (?, ?)", [offer.body["id"], note])
        tx.touch("tag", f"of {offer.body['id']}")
        if offer.body.get("poison"):
            raise ZeroDivisionError
        if offer.body.get("refused"):
            raise CannotApply("not_allowed", {"refused": ["no"]})
        if note and not _there(tx.db, "note", note):
            raise Awaits("note", note, {"note": ["unknown"]})

    def visible(self, db: Database, ids: Collection[str], carrier: Carrier) -> set[str]:
        hidden = {
            row[0] for row in db.execute("SELECT slip.id FROM slip JOIN note ON note.id = slip.note WHERE hidden = 1")
        }
        return set(ids) - hidden

    def sealed_for(self, record: Signed, sha256: str) -> str | None:
        return record.account if record.content.get("sealed") else None


class TagKind(ServedKind):
    name = "tag"

    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        return {row["id"]: row for row in db.query("SELECT id, name FROM tag") if row["id"] in ids}


KINDS: dict[str, Kind] = {kind.name: kind for kind in (NoteKind(), SlipKind(), TagKind())}


def _there(db: Database, table: str, record_id: str) -> bool:
    return db.execute(f"SELECT 1 FROM {table} WHERE id = ?", [record_id]).fetchone() is not None  # noqa: S608


@dataclass(frozen=True)
class Sent:
    """An op as a device keeps it: its header and the exact bytes of its body."""

    header: dict[str, Any]
    line: bytes

    @property
    def op(self) -> str:
        return str(self.header["op"])

    @property
    def id(self) -> str:
        return str(json.loads(self.line)["id"])


def sent(kind: str, body: dict[str, Any] | bytes, **header: Any) -> Sent:
    line = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    told = {
        "op": str(uuid.uuid4()), "kind": kind, "ver": 1, "sha256": hashlib.sha256(line).hexdigest(), "bytes": len(line),
        "files": [],
    }  # fmt: skip
    return Sent(told | header, line)


def slip(*, header: dict[str, Any] | None = None, **body: Any) -> Sent:
    return sent("slip", {"id": str(uuid.uuid4()), "text": "xong", **body}, **(header or {}))


def patch(
    note: str, *, base: str | None = None, at: datetime = NOW, header: dict[str, Any] | None = None, **values: Any
) -> Sent:
    fields = {name: {"v": value, "at": at.isoformat(), "base": base} for name, value in values.items()}
    return sent("note", {"id": note, "fields": fields}, **(header or {}))


@dataclass
class Phone:
    """Whom a message comes from, and what it has seen of the server's history."""

    device: str = "phone-1"
    account: str = "bình"
    revoked: bool = False
    mark: Point = NOTHING
    trail: list[Point] = field(default_factory=list)

    @property
    def carrier(self) -> Carrier:
        return Carrier(self.account, self.device, "inspector", self.revoked)

    def message(self, *ops: Sent, at: datetime = NOW, **envelope: Any) -> bytes:
        told = {
            "v": 1, "device": self.device, "app": "1.0.0", "sent": instant(at), "mark": list(self.mark),
            "trail": self.trail, "ops": [op.header for op in ops], **envelope,
        }  # fmt: skip
        return b"\n".join([json.dumps(told).encode(), *(op.line for op in ops)]) + b"\n"

    def push(self, db: Database, *ops: Sent, at: datetime = NOW, now: datetime = NOW) -> dict[str, Any]:
        """Push and go on as the answer says: the mark moves, nothing else is remembered."""
        message = wire.read_push(self.message(*ops, at=at), self.device)
        answer = receive.receive(db, message, self.carrier, kinds=KINDS, shelf=shelf_of(db), now=now)
        if "mark" in answer:
            self.mark = (answer["mark"][0], answer["mark"][1])
            self.trail.append(self.mark)
        return answer

    def pull(
        self, db: Database, stream: str = "essentials", cursor: Any = None, limit: int = 500, now: datetime = NOW
    ) -> dict[str, Any]:  # fmt: skip
        told = {
            "v": 1, "device": self.device, "stream": stream, "cursor": cursor, "mark": list(self.mark),
            "trail": self.trail, "limit": limit,
        }  # fmt: skip
        message = wire.read_pull(json.dumps(told).encode(), self.device)
        return feed.page(db, message, self.carrier, kinds=KINDS, now=now)


def shelf_of(db: Database) -> Shelf:
    """The files beside a toy database."""
    return Shelf(Path(db.execute("PRAGMA database_list").fetchone()[2]).parent / "files")


def statuses(answer: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(receipt["status"], receipt["why"]) for receipt in answer["receipts"]]


def note(db: Database, note_id: str) -> tuple[str | None, str | None] | None:
    row: tuple[str | None, str | None] | None = db.execute(
        "SELECT title, text FROM note WHERE id = ?", [note_id]
    ).fetchone()
    return row


def count(db: Database, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
