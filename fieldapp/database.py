"""The commune's one database file: opening it, and writing to it.

A connection belongs to one request or one command; it is never shared between threads.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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


def connect(folder: Path) -> Database:
    """Open the database of a data folder. Durable: an answer is sent only after the bytes are on the disk.

    folder: the data folder; it must hold a database (see `create`).
    """
    return connect_file(folder / FILE_NAME)


def connect_file(file: Path) -> Database:
    """Open one database file, as `connect` does: a backup's, before it takes its place."""
    connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return Database(connection)


@contextmanager
def read_only(file: Path) -> Iterator[Database]:
    """A database file that nobody writes to, read without leaving a trace beside it."""
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    try:
        yield Database(connection)
    finally:
        connection.close()


def create(folder: Path) -> Database:
    """Make the data folder and its database where there is none, bring the tables up to date, and open it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # the folder holds personal data and the secret key
    db = connect(folder)
    db.enable_wal()
    bring_up_to_date(db)
    return db


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
    return (folder / FILE_NAME).exists()


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

    Raises Refusal being_restored.
    """
    with lock(folder / IN_USE_FILE, alone=False) as held:
        if not held:
            raise Refusal("being_restored", folder=folder)
        yield


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
