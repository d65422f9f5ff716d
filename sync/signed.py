"""Signed records, byte for byte as their author's device made them (invariant S5).

Nouns keep what they compute with in tables of their own; what was signed is read from here and never changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from sync.history import Transaction, instant
from sync.wire import read_object


@dataclass(frozen=True)
class Repair:
    """What the office mended when it took a record in. The signed bytes stay as they are.

    fields: key -> the value that counts in place of the signed one. dropped: keys of the body that do not count.
    """

    fields: dict[str, Any]
    dropped: list[str]
    reason: str
    account: str
    at: str


@dataclass(frozen=True)
class Signed:
    """One signed record. body: the exact line. repair: what the office mended, None = nothing."""

    kind: str
    id: str
    op: str
    ver: int
    sha256: str
    body: str
    device: str
    account: str
    received_at: str
    skew_s: int | None
    repair: Repair | None = None

    @property
    def original(self) -> dict[str, Any]:
        """The body as it was signed, parsed. Upgrading an old version's body is the reader's task."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def content(self) -> dict[str, Any]:
        """What counts: the body as it was signed, but for what the office mended."""
        if self.repair is None:
            return self.original
        kept = {name: value for name, value in self.original.items() if name not in self.repair.dropped}
        return kept | self.repair.fields


_COLUMNS = "kind, id, op, ver, sha256, body, device, account, received_at, skew_s"


def keep(
    tx: Transaction, *, kind: str, record_id: str, op: str, ver: int, sha256: str, body: str, files: Iterable[str],
    device: str, account: str, skew_s: int | None = None,
) -> bool:  # fmt: skip
    """Store the exact bytes of a signed record and which files it names. Returns False where the id is taken: then
    nothing is changed."""
    cursor = tx.db.execute(
        f"INSERT INTO signed ({_COLUMNS}, size_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608  names
        "ON CONFLICT (kind, id) DO NOTHING",
        [kind, record_id, op, ver, sha256, body, device, account, instant(tx.now), skew_s, len(body.encode())],
    )
    if not cursor.rowcount:
        return False
    name_files(tx, kind, record_id, files)
    return True


def name_files(tx: Transaction, kind: str, record_id: str, files: Iterable[str]) -> None:
    """Note that a record names these files (by sha256), besides those that it names already."""
    for file in dict.fromkeys(files):
        tx.db.execute("INSERT OR IGNORE INTO file_use (sha256, kind, id) VALUES (?, ?, ?)", [file, kind, record_id])


def unname_files(tx: Transaction, kind: str, record_id: str) -> list[str]:
    """Note that a record names no file any more. Returns the sha256 of those that it named."""
    rows = tx.db.execute("DELETE FROM file_use WHERE kind = ? AND id = ? RETURNING sha256", [kind, record_id])
    return [row[0] for row in rows.fetchall()]


def mend(tx: Transaction, kind: str, record_id: str, repair: Repair) -> None:
    """Keep what the office mended of a record, beside its signed bytes."""
    tx.db.execute(
        "INSERT INTO repair (kind, id, fields, dropped, reason, account, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            kind, record_id, json.dumps(repair.fields, ensure_ascii=False), json.dumps(repair.dropped), repair.reason,
            repair.account, repair.at,
        ],
    )  # fmt: skip


def repairs(db: Database, kind: str, ids: Collection[str]) -> dict[str, Repair]:
    """Id -> what the office mended, of those of the ids where it mended something."""
    rows = db.execute(
        "SELECT id, fields, dropped, reason, account, at FROM repair "
        "WHERE kind = ? AND id IN (SELECT value FROM json_each(?))",
        [kind, json.dumps(list(ids))],
    )
    return {row[0]: Repair(json.loads(row[1]), json.loads(row[2]), *row[3:]) for row in rows}


def digest(db: Database, kind: str, record_id: str) -> str | None:
    """The sha256 of a signed record's bytes, or None."""
    row = db.execute("SELECT sha256 FROM signed WHERE kind = ? AND id = ?", [kind, record_id]).fetchone()
    return str(row[0]) if row else None


def stands(db: Database, kind: str, sha256: str) -> bool:
    """Whether a record of exactly these bytes stands, under whatever op and id the office let it in."""
    return db.execute("SELECT 1 FROM signed WHERE kind = ? AND sha256 = ?", [kind, sha256]).fetchone() is not None


def lines(db: Database, kind: str, ids: Collection[str]) -> list[tuple[str, str, int, str, str]]:
    """(id, op, ver, sha256, body) of those of the ids that there are."""
    rows = db.execute(
        "SELECT id, op, ver, sha256, body FROM signed WHERE kind = ? AND id IN (SELECT value FROM json_each(?))",
        [kind, json.dumps(list(ids))],
    )
    return rows.fetchall()


def files(db: Database, kind: str, ids: Collection[str]) -> dict[str, list[str]]:
    """Id -> the sha256 of the files that the record names."""
    found: dict[str, list[str]] = {}
    rows = db.execute(
        "SELECT id, sha256 FROM file_use WHERE kind = ? AND id IN (SELECT value FROM json_each(?)) ORDER BY sha256",
        [kind, json.dumps(list(ids))],
    )
    for record_id, sha256 in rows:
        found.setdefault(record_id, []).append(sha256)
    return found


def uses(db: Database, sha256: str) -> list[tuple[str, str]]:
    """The records (kind, id) that name a file."""
    return list(db.execute("SELECT kind, id FROM file_use WHERE sha256 = ?", [sha256]).fetchall())


def erase(tx: Transaction, kind: str, record_id: str) -> list[str]:
    """Erase a record for good under the retention rules: its bytes, its stamps, what waits of it in the inbox.

    Only its id is kept, so that no device brings it back. What the nouns computed with is theirs to delete. The same
    again changes nothing. Returns the sha256 of the files that no other record names.
    """
    db, key = tx.db, [kind, record_id]
    alone = db.execute(
        "SELECT sha256 FROM file_use AS mine WHERE kind = ? AND id = ? AND NOT EXISTS (SELECT 1 FROM file_use AS other "
        "WHERE other.sha256 = mine.sha256 AND (other.kind, other.id) <> (mine.kind, mine.id))",
        key,
    ).fetchall()
    db.execute("INSERT OR IGNORE INTO erased (kind, id) VALUES (?, ?)", key)
    # a later offer of the same bytes, under whatever op, must meet the list of erased ids, not its first receipt
    db.execute(
        "DELETE FROM receipt WHERE (kind, sha256) IN (SELECT kind, sha256 FROM signed WHERE kind = ? AND id = ?)", key
    )
    for table in ("signed", "repair", "stamp", "conflict", "file_use"):
        db.execute(f"DELETE FROM {table} WHERE kind = ? AND id = ?", key)  # noqa: S608  constant names
    for op, sha256, body in db.execute(
        "SELECT op, sha256, body FROM quarantine WHERE kind = ? AND instr(body, ?) > 0", [kind, record_id.encode()]
    ).fetchall():
        if (read_object(body) or {"id": record_id}).get("id") == record_id:  # another record may only name this one
            db.execute("DELETE FROM quarantine WHERE op = ? AND sha256 = ?", [op, sha256])
            db.execute("DELETE FROM receipt WHERE op = ? AND sha256 = ?", [op, sha256])
    tx.touch(kind, record_id, change="tombstone")
    return [row[0] for row in alone]


def is_erased(db: Database, kind: str, record_id: str) -> bool:
    return db.execute("SELECT 1 FROM erased WHERE kind = ? AND id = ?", [kind, record_id]).fetchone() is not None


def erased(db: Database) -> set[tuple[str, str]]:
    """(kind, id) of every record that was erased."""
    return set(db.execute("SELECT kind, id FROM erased").fetchall())


def ids(db: Database, kind: str) -> set[str]:
    """The ids of every signed record of a kind."""
    return {row[0] for row in db.execute("SELECT id FROM signed WHERE kind = ?", [kind])}


def altered(db: Database) -> Iterator[tuple[str, str]]:
    """(kind, id) of the records whose bytes are no longer those that were signed."""
    for kind, record_id, sha256, body in db.execute("SELECT kind, id, sha256, body FROM signed"):
        if hashlib.sha256(body.encode()).hexdigest() != sha256:
            yield kind, record_id


def lost(db: Database, kind: str) -> list[str]:
    """The ops of a kind that were acknowledged as applied and whose bytes are nowhere."""
    rows = db.execute(
        "SELECT op FROM receipt WHERE kind = ? AND status = 'applied' "
        "AND sha256 NOT IN (SELECT sha256 FROM signed WHERE kind = ?)",
        [kind, kind],
    )
    return [row[0] for row in rows]


def loose_files(db: Database) -> list[tuple[str, str]]:
    """(kind, id) that files are kept for although there is no such signed record."""
    rows = db.execute(
        "SELECT DISTINCT kind, id FROM file_use AS used WHERE NOT EXISTS "
        "(SELECT 1 FROM signed WHERE signed.kind = used.kind AND signed.id = used.id)"
    )
    return list(rows.fetchall())


def read(db: Database, kind: str, record_id: str) -> Signed | None:
    """The signed record, or None."""
    row = db.execute(f"SELECT {_COLUMNS} FROM signed WHERE kind = ? AND id = ?", [kind, record_id]).fetchone()  # noqa: S608
    return Signed(*[*row, repairs(db, kind, [record_id]).get(record_id)]) if row else None
