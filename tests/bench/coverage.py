"""Coverage of half a million visits: our own figures beside DuckDB and the obvious NOT EXISTS, always equal.

One data folder is one commune. One commune-year is measured on a folder of its size, with every row behind the figures.
The whole is a thousand communes' establishments in one folder: 45,000 × 5 years × 2 visits; asked for the two figures.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
from sqlite_utils import Database

from fieldapp import coverage, database, establishments, units
from fieldapp.audit import COMMAND_LINE
from fieldapp.coverage import yearly_target
from tests.bench.line import line, median_ms

COMMUNES, PLACES, YEARS = 1000, 45, range(2022, 2027)
ON = date(2026, 11, 21)
DAYS = {"start": "2026-01-01", "last": "2026-11-21"}
ACTIVE = """review_state = 'managed' AND (managed_until IS NULL OR managed_until > :start)
  AND (managed_since IS NULL OR managed_since <= :last)"""
SEEN = """SELECT 1 FROM visit WHERE establishment = e.id AND counts = 1 AND kind <> 'follow_up'
  AND visited_on BETWEEN :start AND :last AND (managed_until IS NULL OR visited_on < managed_until)"""
OBVIOUS = f"""SELECT count(*) FILTER (WHERE NOT missing), count(*) FILTER (WHERE NOT (missing AND gone)) FROM (
  SELECT NOT EXISTS ({SEEN}) AS missing, coalesce(managed_until <= :last, 0) AS gone
  FROM establishment e WHERE {ACTIVE})"""  # noqa: S608
OF_DUCKDB = f"""WITH active AS (SELECT * FROM establishment WHERE {ACTIVE}), seen AS (
  SELECT DISTINCT e.id FROM active e JOIN visit ON establishment = e.id WHERE counts = 1 AND kind <> 'follow_up'
  AND visited_on BETWEEN :start AND :last AND (managed_until IS NULL OR visited_on < managed_until))
  SELECT (SELECT count(*) FROM seen), (SELECT count(*) FROM active WHERE managed_until IS NULL OR managed_until > :last
  OR id IN (SELECT id FROM seen))""".replace(":start", "DATE '2026-01-01'").replace(":last", "DATE '2026-11-21'")  # noqa: S608


def measure(folder: Path) -> Iterator[str]:
    for name, communes in (("one commune-year, with its rows", 1), ("the whole, 450,000 visits", COMMUNES)):
        db = filled(folder / f"coverage-{communes}", communes)
        duck = in_duckdb(db)
        ours = (
            (lambda db=db: rows(db)) if communes == 1 else (lambda db=db: coverage.tally(db, yearly_target(2026), ON))
        )
        obvious = db.execute(OBVIOUS, DAYS).fetchone()
        assert ours() == tuple(obvious) == duck.execute(OF_DUCKDB).fetchone() == rows(db), name
        spent = median_ms(ours)
        yield line(
            name, spent, "DuckDB", median_ms(lambda duck=duck: duck.execute(OF_DUCKDB).fetchone()), "0.5 ×, at most 2"
        )
        yield line("", spent, "NOT EXISTS", median_ms(lambda db=db: db.execute(OBVIOUS, DAYS).fetchone()), "")
        db.close()


def figures(db: Database) -> tuple[int, int] | None:
    return coverage.tally(db, yearly_target(2026), ON)


def rows(db: Database) -> tuple[int | None, int | None]:
    """The rule itself, with every establishment behind the figures."""
    found = coverage.compute(db, yearly_target(2026), ON)
    return found.numerator, found.denominator


def filled(folder: Path, communes: int) -> Database:
    """Registers and ledgers like a commune's, put in without the checks of an import."""
    dice, db = random.Random(communes), database.create(folder)
    with database.write(db) as tx:
        units.settle(tx, units.found("09562"), COMMAND_LINE)
        sample = establishments.add(tx, COMMAND_LINE, {"name": "mẫu"})
        columns = [row[1] for row in db.execute("PRAGMA table_info(establishment)")]
        usual = dict(zip(columns, db.execute("SELECT * FROM establishment").fetchone(), strict=True))
        db.execute("DELETE FROM establishment WHERE id = ?", [sample.id])
        ids = [str(uuid.UUID(int=dice.getrandbits(128), version=4)) for _ in range(communes * PLACES)]
        marks = ", ".join("?" * len(columns))
        db.conn.executemany(
            f"INSERT INTO establishment VALUES ({marks})",  # noqa: S608
            [
                [{**usual, "id": key, "code": f"CS-{n:05}", **standing(dice)}[c] for c in columns]
                for n, key in enumerate(ids)
            ],
        )
        db.conn.executemany(
            "INSERT INTO visit (id, establishment, visited_on, bodies, kind, mode, outcome, source, counts, "
            "recorded_at) VALUES (?, ?, ?, ?, ?, 'on_site', 'conducted', 'imported', ?, '')",
            [visit(dice, dice.choice(ids), year) for year in YEARS for _ in range(2 * len(ids))],
        )
    db.execute("ANALYZE")
    return db


def standing(dice: random.Random) -> dict[str, Any]:
    """Most were always there; some came or ceased on a day of the five years; a few wait for the office."""
    since = str(date(2022, 1, 1) + timedelta(days=dice.randrange(1800))) if dice.random() < 0.2 else None
    until = str(date(2025, 1, 1) + timedelta(days=dice.randrange(700))) if dice.random() < 0.05 else None
    until = None if since and until and until <= since else until
    state = "managed" if dice.random() < 0.97 else "identified"
    return {"managed_since": since, "managed_until": until, "review_state": state}


def visit(dice: random.Random, place: str, year: int) -> tuple[Any, ...]:
    day = date(year, 1, 1) + timedelta(days=dice.randrange(365))
    kind = dice.choice(["planned"] * 6 + ["unscheduled", "reinspection", "follow_up"])
    bodies = json.dumps([dice.choice(["team_178", "police", "health"])])
    return (
        str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        place,
        str(day),
        bodies,
        kind,
        int(dice.random() < 0.95),
    )


def in_duckdb(db: Database) -> duckdb.DuckDBPyConnection:
    duck = duckdb.connect()
    duck.execute("CREATE TABLE establishment (id TEXT, review_state TEXT, managed_since DATE, managed_until DATE)")
    duck.execute("CREATE TABLE visit (establishment TEXT, visited_on DATE, kind TEXT, counts INTEGER)")
    for table, columns in (
        ("establishment", "id, review_state, managed_since, managed_until"),
        ("visit", "establishment, visited_on, kind, counts"),
    ):
        listed = list(zip(*db.execute(f"SELECT {columns} FROM {table}").fetchall(), strict=True))  # noqa: S608
        names = [f"c{n}" for n in range(len(listed))]
        unnested = ", ".join(f"unnest(${name}) AS {name}" for name in names)
        duck.execute(f"INSERT INTO {table} SELECT {unnested}", dict(zip(names, map(list, listed), strict=True)))
    return duck
