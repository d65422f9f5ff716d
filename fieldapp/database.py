"""The commune's one database file: opening it, and writing to it.

A connection belongs to one request or one command at a time; it is never shared between threads.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from fieldapp import migrations
from fieldapp.clock import Clock, system_clock
from fieldapp.errors import Refusal
from sync import history
from sync import migrations as sync_migrations
from sync.history import Transaction

FILE_NAME = "fieldapp.sqlite"
IN_USE_FILE = "in-use.lock"
BUSY_TIMEOUT_S = 15
LOG_PAGES = 4000
"""The log goes back into the file when it has grown to 16 MB. At SQLite's own 4 MB every third push of fifty
inspections would wait for that, with two more writes to the disk; what was committed is in the log either way."""
CACHE_KB = 16_000
"""What a push of fifty inspections changes, twice over. In SQLite's own 2 MB it has no room: pages would be written to
the log before the commit, read back, and written again."""


class Plain(Database):
    """sqlite-utils watches every statement for a transaction that a connection began by itself. Ours never do."""

    def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] | None = None) -> sqlite3.Cursor:
        return self.conn.execute(sql, parameters or ())


def connect(folder: Path) -> Database:
    """Open the database of a data folder. Durable: an answer is sent only after the bytes are on the disk.

    folder: the data folder; it must hold a database (see `create`).
    """
    return connect_file(folder / FILE_NAME)


def connect_file(file: Path) -> Database:
    """Open one database file, as `connect` does: a backup's, before it takes its place."""
    # a kept connection goes from one request's thread to the next one's
    connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    connection.execute("PRAGMA temp_store = MEMORY")  # each op of a push can be undone alone: SQLite writes that down
    return Plain(connection)


class Kept:
    """The connections of one data folder that a server keeps open from request to request, as many as run at a time.

    A new one reads the schema, every page and every statement anew, which takes longer than most answers; and when the
    last one closes, SQLite copies the whole log back.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._idle: list[Database] = []
        self._file_of: dict[Database, tuple[int, int] | None] = {}

    def take(self) -> Database:
        """A connection for one request alone, to be given back at its end."""
        file = self._file()
        while db := self._pop():
            if self._file_of[db] == file:
                return db
            self.drop(db)  # another file stands in the place of the one that this has open
        db = connect(self._folder)
        self._file_of[db] = file
        return db

    def give_back(self, db: Database) -> None:
        """Nothing stays of what the request had begun and not committed."""
        if db.conn.in_transaction:
            db.conn.rollback()
        self._idle.append(db)

    def drop(self, db: Database) -> None:
        """Close a connection that something went wrong with: what it remembers of the file may be wrong too."""
        del self._file_of[db]
        with suppress(sqlite3.Error):  # a broken connection is gone either way
            db.close()

    def close(self) -> None:
        """Close those that nobody uses just now. Another request opens one again."""
        while db := self._pop():
            self.drop(db)

    def _pop(self) -> Database | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _file(self) -> tuple[int, int] | None:
        """Which file stands there now; None where there is none."""
        try:
            found = (self._folder / FILE_NAME).stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


@contextmanager
def read_only(file: Path) -> Iterator[Database]:
    """A database file that nobody writes to, read without leaving a trace beside it."""
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    try:
        yield Database(connection)
    finally:
        connection.close()


def create(folder: Path) -> Database:
    """Make the data folder and its database where there is none, bring the tables up to date, and open it.

    Raises Refusal not_writable, and data_newer: this program does not know what a newer one keeps there, and would
    break it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    must_be_writable(folder)
    history.make_queue(folder / FILE_NAME)
    db = connect(folder)
    if is_newer(db):
        db.close()
        raise Refusal("data_newer", folder=folder)
    db.enable_wal()
    bring_up_to_date(db)
    return db


def must_be_writable(folder: Path) -> None:
    """Keep a data folder to the account that runs this. Raises Refusal not_writable where that is another's."""
    try:
        folder.chmod(0o700)  # it holds personal data and the secret key
    except OSError:
        raise Refusal("not_writable", place=folder) from None
    for part in (*folder.glob(f"{FILE_NAME}*"), *folder.glob("*.lock"), *folder.glob("*.key")):
        if not os.access(part, os.R_OK | os.W_OK):
            raise Refusal("not_writable", place=part)


def hand_over(folder: Path) -> None:
    """What the superuser has made in an account's data folder is that account's: its server has to write it."""
    if os.name == "nt" or os.geteuid() != 0:
        return
    owner = folder.stat()
    for place in folder.rglob("*") if owner.st_uid else ():
        if place.lstat().st_uid == 0:
            os.chown(place, owner.st_uid, owner.st_gid, follow_symlinks=False)


def bring_up_to_date(db: Database) -> None:
    """Give an older program's database the tables of this one."""
    sync_migrations.migrations.apply(db)
    migrations.migrations.apply(db)


def is_newer(db: Database) -> bool:
    """Whether a newer program wrote this database: it has tables that this one knows nothing about."""
    return any(
        {done.name for done in known.applied(db)} - {one.name for one in _every(known)}
        for known in (sync_migrations.migrations, migrations.migrations)
    )


def _every(known: Migrations) -> list[Any]:
    """Every migration of a set: those still to come for a database that has none."""
    return known.pending(Database(memory=True))


def exists(folder: Path) -> bool:
    """Raises Refusal not_writable where it cannot be known."""
    try:
        return (folder / FILE_NAME).exists()
    except PermissionError:
        raise Refusal("not_writable", place=folder) from None


@contextmanager
def opened(folder: Path) -> Iterator[Database]:
    """A connection for one command, closed at the end."""
    db = connect(folder)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def lock(file: Path, *, alone: bool, wait_s: float = 0) -> Iterator[bool]:
    """A lock between processes that the system itself gives back when its holder dies, however it dies.

    file: an empty database that is never written; SQLite's own locks, shared or alone, are the lock.
    Yields whether it was to be had within wait_s seconds.
    """
    connection = sqlite3.connect(file, timeout=wait_s, isolation_level=None)
    try:
        try:
            connection.execute("BEGIN EXCLUSIVE" if alone else "BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            held = True
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem):
                raise
            held = False
        yield held
    finally:
        connection.close()


@contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Use a data folder, beside others that use it: servers, commands. Nobody replaces the database meanwhile.

    Raises Refusal being_restored, not_writable.
    """
    must_be_writable(folder)
    with lock(folder / IN_USE_FILE, alone=False) as held:
        if not held:
            raise Refusal("being_restored", folder=folder)
        try:
            yield
        finally:
            hand_over(folder)


def insert(db: Database, table: str, row: Mapping[str, Any]) -> None:
    """Insert one row. (sqlite-utils' own insert reads the schema each time, which costs ten times the row.)"""
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(row.values()))  # noqa: S608  constant names


def delete_with_dependants(db: Database, table: str, column: str, value: Any) -> None:
    """Delete the rows that hold a value, and before them every row that names one of those by a foreign key."""
    for other in db.tables:
        for key in other.foreign_keys:
            if key.other_table == table and other.name != table:
                named = db.execute(f'SELECT "{key.other_column}" FROM "{table}" WHERE "{column}" = ?', [value])  # noqa: S608  names of the schema
                for (one,) in named.fetchall():
                    delete_with_dependants(db, other.name, key.column or "id", one)
    db.execute(f'DELETE FROM "{table}" WHERE "{column}" = ?', [value])  # noqa: S608


@contextmanager
def write(db: Database, clock: Clock = system_clock) -> Iterator[Transaction]:
    """One write transaction (see sync.history): all of it or nothing."""
    with history.write(db, clock()) as tx:
        yield tx
