"""Photos and signatures, under the sha256 of their bytes, until a verified backup of the office has them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sync.files import MAX_FILE_BYTES
from sync.replica.errors import ReplicaError

PENDING, SENT, REFUSED = "pending", "sent", "refused"


@dataclass(frozen=True)
class File:
    """state: pending, sent, or refused (the server will never take it). seq: sent, and a backup up to here holds it;
    None = the server did not say, so it stays. error: of the last attempt."""

    sha256: str
    media_type: str
    size_bytes: int
    state: str
    seq: int | None
    error: str | None


def keep(tx: sqlite3.Connection, data: bytes, media_type: str) -> str:
    """Keep a file to be sent. Returns its sha256; raises ReplicaError file_too_large."""
    if len(data) > MAX_FILE_BYTES:
        raise ReplicaError("file_too_large", MAX_FILE_BYTES)
    digest = hashlib.sha256(data).hexdigest()
    tx.execute(
        "INSERT OR IGNORE INTO file_state (sha256, media_type, size_bytes, state) VALUES (?, ?, ?, ?)",
        [digest, media_type, len(data), PENDING],
    )
    tx.execute("INSERT OR IGNORE INTO file_bytes (sha256, bytes) VALUES (?, ?)", [digest, data])
    return digest


def every(db: sqlite3.Connection, *states: str) -> list[File]:
    """The files in these states, or all, in the order in which they were kept."""
    chosen = f"WHERE state IN ({', '.join('?' * len(states))})" if states else ""
    rows = db.execute(
        f"SELECT sha256, media_type, size_bytes, state, seq, error FROM file_state {chosen} ORDER BY rowid",  # noqa: S608
        states,
    )
    return [File(*row) for row in rows]


def mark(
    tx: sqlite3.Connection, files: Iterable[str], state: str, *, seq: int | None = None, error: str | None = None
) -> None:  # fmt: skip
    tx.executemany(
        "UPDATE file_state SET state = ?, seq = ?, error = ? WHERE sha256 = ?",
        [(state, seq, error, digest) for digest in files],
    )


def read(db: sqlite3.Connection, sha256: str) -> bytes | None:
    """A file's bytes, or None when it is not (or no longer) on this device."""
    row = db.execute("SELECT bytes FROM file_bytes WHERE sha256 = ?", [sha256]).fetchone()
    return bytes(row[0]) if row else None


def drop(tx: sqlite3.Connection, files: Collection[str]) -> None:
    for table in ("file_state", "file_bytes"):
        tx.executemany(f"DELETE FROM {table} WHERE sha256 = ?", [(digest,) for digest in files])  # noqa: S608  names
