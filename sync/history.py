"""Points of the server's history, and the write transaction that makes them.

Every commit that changes synced records takes the next `seq` and a random `tag`; the pair is a point. A point names a
place in one history: after a restore the same `seq` has another tag, which is how a device notices.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlite_utils import Database

from sync.merge import in_calendar

if sys.platform != "win32":
    import fcntl

Point = tuple[int, str]
NOTHING: Point = (0, "")
CHANGES_A_POINT = 200

# SQLite lets one writer in at a time and makes the others poll; queueing them here keeps the waiting short and fair:
# the threads of a process by a lock, processes by a file that the system wakes them at.
_writing = threading.Lock()
_QUEUE = ".lock"
TURN_WAIT_S = 15
"""How long a writer waits for its turn. Another process may have been stopped in the middle of its own (Ctrl+Z)."""
_late: dict[str, threading.Thread] = {}


class Transaction:
    """An open write transaction. What synced records it changes is told to `touch`.

    db: the connection, inside BEGIN IMMEDIATE.  now: the instant (UTC) that everything written here carries.
    """

    def __init__(self, db: Database, now: datetime) -> None:
        self.db = db
        self.now = now
        self._seq = 0
        self._touched: dict[tuple[str, str, str], str] = {}
        self.after: list[Callable[[], object]] = []

    def afterwards(self, deed: Callable[[], object]) -> None:
        """Have something done once this transaction is on the disk, and only then."""
        self.after.append(deed)

    @property
    def seq(self) -> int:
        """The newest point of this transaction; the first use takes one."""
        return self._seq or self._take_point()

    def touch(self, kind: str, record_id: str, *, audience: str = "", change: str = "put") -> None:
        """Say that a synced record changed. Once a point is full, the next change takes another.

        audience: the account that a change of scope is addressed to, '' = everybody who may see the record.
        change: `put`, `tombstone` (deleted) or `leave` (no longer in the audience's scope).
        """
        record = (kind, record_id, audience)
        if self._touched.get(record) == change:
            return
        if len(self._touched) >= CHANGES_A_POINT and record not in self._touched:
            self._take_point()
        self.db.execute(
            "INSERT INTO change (seq, kind, id, audience, type) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET type = excluded.type",
            [self.seq, *record, change],
        )
        self._touched[record] = change

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part that may fail alone: when the block raises, what it wrote is undone and the transaction goes on.

        The point is taken before the block, so that undoing it cannot take back a point that others were told.
        """
        before, deeds = (self.seq, self._touched.copy()), len(self.after)
        self.db.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            if self.db.conn.in_transaction:  # a full disk makes SQLite roll back the whole transaction by itself
                self.db.execute("ROLLBACK TO attempt")
                self.db.execute("RELEASE attempt")
            self._seq, self._touched = before
            del self.after[deeds:]
            raise
        self.db.execute("RELEASE attempt")

    def _take_point(self) -> int:
        cursor = self.db.execute(
            "INSERT INTO commit_log (tag, committed_at) VALUES (?, ?)", [secrets.token_hex(8), instant(self.now)]
        )
        self._seq = int(cursor.lastrowid or 0)
        self._touched = {}
        return self._seq


@contextmanager
def write(db: Database, now: datetime) -> Iterator[Transaction]:
    """One write transaction: commits when the block ends, rolls back when it raises.

    Raises sqlite3.OperationalError when its turn did not come in time; then nothing was begun.
    """
    with _turn(db):
        db.conn.execute("BEGIN IMMEDIATE")
        tx = Transaction(db, now)
        try:
            yield tx
        except BaseException:
            db.conn.rollback()
            raise
        try:
            db.conn.execute("COMMIT")
        except BaseException:
            db.conn.rollback()
            raise
    for deed in tx.after:
        deed()


def make_queue(database: Path) -> None:
    """Let the processes that write to a database file queue up, at a file beside it."""
    with suppress(OSError):  # without one they poll, as with any stranger: SQLite's own lock is what keeps them apart
        Path(f"{database}{_QUEUE}").touch(mode=0o600)


@contextmanager
def _turn(db: Database) -> Iterator[None]:
    """This thread's turn to write, and its process's where the database has a queue. It ends with the process, however
    that ends."""
    until = time.monotonic() + TURN_WAIT_S
    if not _writing.acquire(timeout=TURN_WAIT_S):
        raise sqlite3.OperationalError("database is locked")
    try:
        queue = _first_in_queue(db, until)
        try:
            yield
        finally:
            if queue is not None:
                os.close(queue)
    finally:
        _writing.release()


def _first_in_queue(db: Database, until: float) -> int | None:
    _, _, file = db.conn.execute("PRAGMA database_list").fetchone()
    if sys.platform == "win32" or not file:
        return None
    try:
        queue = os.open(f"{file}{_QUEUE}", os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not _wait_in_line(queue, file, until):
            os.close(queue)
            raise sqlite3.OperationalError("database is locked") from None
    except OSError:
        pass  # a file system of the network may know no locks
    return queue


def _wait_in_line(queue: int, file: str, until: float) -> bool:
    """Whether the lock of an open queue was to be had by then.

    The system knows no end to this waiting, so a thread waits. Where it comes too late the queue is closed already,
    and the lock goes back with the thread's own handle; the next writer lets it come first and does not add another.
    """
    if (late := _late.get(file)) and not _ended(late, until):
        return False
    mine = os.dup(queue)

    def wait() -> None:
        with suppress(OSError):
            fcntl.flock(mine, fcntl.LOCK_EX)
        os.close(mine)

    waiting = _late[file] = threading.Thread(target=wait, name="write-queue", daemon=True)
    waiting.start()
    return _ended(waiting, until)


def _ended(thread: threading.Thread, until: float) -> bool:
    thread.join(until - time.monotonic())
    return not thread.is_alive()


@contextmanager
def read(db: Database) -> Iterator[Database]:
    """One read transaction: everything inside sees the same moment."""
    db.conn.execute("BEGIN")
    try:
        yield db
    finally:
        db.conn.rollback()


def head(db: Database) -> Point:
    """The newest point; `(0, "")` while nothing was ever changed."""
    row = db.execute("SELECT seq, tag FROM commit_log ORDER BY seq DESC LIMIT 1").fetchone()
    return (row[0], row[1]) if row else NOTHING


def holds(db: Database, point: Point) -> bool:
    """Whether this history contains the point."""
    if point == NOTHING:
        return True
    return db.execute("SELECT 1 FROM commit_log WHERE seq = ? AND tag = ?", list(point)).fetchone() is not None


def common_point(db: Database, mark: Point, trail: Iterable[Point]) -> Point | None:
    """None when this history holds the device's mark; else the newest point both share (invariant S3)."""
    if holds(db, mark):
        return None
    return next((point for point in sorted(trail, reverse=True) if holds(db, point)), NOTHING)


def head_beyond(db: Database, mark: Point) -> Point | None:
    """The head, where this history holds the device's mark; None where it does not: then nothing told of it counts."""
    return head(db) if holds(db, mark) else None


def safe(db: Database) -> int:
    """The newest seq inside a verified backup (invariant S6); 0 before the first."""
    return int(state(db, "safe") or 0)


def mark_safe(tx: Transaction, point: Point) -> bool:
    """Say that a verified backup holds everything up to a point. Returns whether `safe` moved.

    It never moves back, nor to a point of another history: a restore may have come between.
    """
    if point[0] <= safe(tx.db) or not holds(tx.db, point):
        return False
    set_state(tx, "safe", str(point[0]))
    return True


def settle_safe(tx: Transaction, seq: int) -> None:
    """After a restore: what was restored is safe, whatever was said before."""
    set_state(tx, "safe", str(seq))


def state(db: Database, key: str) -> str:
    """A remembered value; '' before the first."""
    row = db.execute("SELECT value FROM sync_state WHERE key = ?", [key]).fetchone()
    return str(row[0]) if row else ""


def set_state(tx: Transaction, key: str, value: str) -> None:
    """Remember a value. It is no synced record and takes no point."""
    tx.db.execute("INSERT OR REPLACE INTO sync_state (key, value) VALUES (?, ?)", [key, value])


@lru_cache(maxsize=256)  # a push writes the instant of its arrival some hundred times
def instant(moment: datetime) -> str:
    """An instant as it is stored and sent: UTC, milliseconds, `2026-11-21T02:15:00.000Z`."""
    return in_calendar(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")
