"""The commune's one database file: opening it, and writing to it.

A connection belongs to one request or one command; it is never shared between threads.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from fieldapp import migrations
from fieldapp.clock import Clock, system_clock
from sync import history
from sync import migrations as sync_migrations
from sync.history import Transaction

FILE_NAME = "fieldapp.sqlite"
BUSY_TIMEOUT_S = 15


def connect(folder: Path) -> Database:
    """Open the database of a data folder. Durable: an answer is sent only after the bytes are on the disk.

    folder: the data folder; it must hold a database (see `create`).
    """
    connection = sqlite3.connect(folder / FILE_NAME, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return Database(connection)


def create(folder: Path) -> Database:
    """Make the data folder and its database where there is none, bring the tables up to date, and open it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # the folder holds personal data and the secret key
    db = connect(folder)
    db.enable_wal()
    sync_migrations.migrations.apply(db)
    migrations.migrations.apply(db)
    return db


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


def insert(db: Database, table: str, row: Mapping[str, Any]) -> None:
    """Insert one row. (sqlite-utils' own insert reads the schema each time, which costs ten times the row.)"""
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(row.values()))  # noqa: S608  constant names


@contextmanager
def write(db: Database, clock: Clock = system_clock) -> Iterator[Transaction]:
    """One write transaction (see sync.history): all of it or nothing."""
    with history.write(db, clock()) as tx:
        yield tx
