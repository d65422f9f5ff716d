from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from tests.sync.toys import Phone, make_tables

Connect = Callable[[], Database]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Opens another connection to the same toy database."""
    opened: list[Database] = []

    def another() -> Database:
        db = Database(sqlite3.connect(tmp_path / "toys.sqlite", isolation_level=None, check_same_thread=False))
        opened.append(db)
        return db

    first = another()
    first.enable_wal()
    make_tables(first)
    yield another
    for db in opened:
        db.close()


@pytest.fixture
def db(connect: Connect) -> Database:
    return connect()


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def other() -> Phone:
    """A second phone, of somebody else."""
    return Phone("phone-2", "chi")
