"""The replica's database (SQLite): what a device holds, and the strict transactions in which it changes.

Upgrades are numbered steps that never change once released, and no step ever empties the outbox.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sync.replica.errors import ReplicaError

Clock = Callable[[], datetime]
"""The device's own clock, which may be hours or years wrong. Returns an instant with an offset."""

UPGRADES = (
    """
    CREATE TABLE session (device TEXT NOT NULL, token TEXT, revoked INTEGER NOT NULL, account TEXT NOT NULL) STRICT;
    CREATE TABLE standpoint (
      mark TEXT NOT NULL, trail TEXT NOT NULL, essentials TEXT, history TEXT, safe INTEGER NOT NULL,
      epoch INTEGER NOT NULL, whole INTEGER NOT NULL, offset_ms INTEGER NOT NULL, last_success_at TEXT) STRICT;
    -- epoch: rows of an earlier one go once the essentials are whole again after a rewind
    CREATE TABLE known (
      kind TEXT NOT NULL, id TEXT NOT NULL, epoch INTEGER NOT NULL, body TEXT NOT NULL, stamps TEXT NOT NULL,
      PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
    CREATE TABLE held (
      kind TEXT NOT NULL, id TEXT NOT NULL, op TEXT NOT NULL, ver INTEGER NOT NULL, sha256 TEXT NOT NULL,
      files TEXT NOT NULL, own INTEGER NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
    CREATE INDEX held_bytes ON held (sha256);
    -- exact bytes, shared by the outbox and the signed records
    CREATE TABLE body (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE outbox (
      n INTEGER PRIMARY KEY AUTOINCREMENT, op TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, ver INTEGER NOT NULL,
      sha256 TEXT NOT NULL, size_bytes INTEGER NOT NULL, files TEXT NOT NULL, record TEXT NOT NULL,
      edited TEXT NOT NULL, adds INTEGER NOT NULL, own INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('pending', 'acknowledged', 'quarantined')), seq INTEGER NOT NULL,
      decided INTEGER NOT NULL, why TEXT, fields TEXT NOT NULL, conflicts TEXT NOT NULL, eff TEXT,
      created_at TEXT NOT NULL, attempted_at TEXT, error TEXT, receipted_at TEXT) STRICT;
    CREATE INDEX outbox_state ON outbox (state);
    CREATE INDEX outbox_bytes ON outbox (sha256);
    CREATE TABLE file_state (
      sha256 TEXT PRIMARY KEY, media_type TEXT NOT NULL, size_bytes INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'refused')), seq INTEGER, error TEXT) STRICT;
    CREATE TABLE file_bytes (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    """,
)


def device_clock() -> datetime:
    return datetime.now(UTC)


def random_id() -> str:
    return str(uuid.uuid4())


class Store:
    """An open database together with the clock and the ids that belong to it.

    db: in autocommit mode (`isolation_level=None`). Two stores over one file, as two tabs of a browser, are safe.
    Raises ReplicaError newer_version.
    """

    def __init__(
        self, db: sqlite3.Connection, *, clock: Clock = device_clock, new_id: Callable[[], str] = random_id
    ) -> None:
        self.db = db
        self.clock = clock
        self.new_id = new_id
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns (invariant C1)
        db.execute("PRAGMA busy_timeout = 10000")
        self._upgrade()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on the disk when the block ends; nothing of it when it raises.

        Raises ReplicaError storage_full.
        """
        try:
            self.db.execute("BEGIN IMMEDIATE")
            yield self.db
            self.db.execute("COMMIT")
        except BaseException as problem:
            if self.db.in_transaction:  # a full disk may have rolled back by itself
                self.db.rollback()
            if isinstance(problem, sqlite3.OperationalError) and "full" in str(problem):
                raise ReplicaError("storage_full") from problem
            raise

    def now(self, offset_ms: int) -> datetime:
        """Now by the server's clock, as far as its last answer told how it differs."""
        return self.clock() + timedelta(milliseconds=offset_ms)

    def _upgrade(self) -> None:
        version = self.db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(UPGRADES):
            raise ReplicaError("newer_version", version)
        for number, step in enumerate(UPGRADES[version:], start=version + 1):
            self.db.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")
