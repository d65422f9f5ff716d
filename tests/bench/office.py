"""The import and the coverage page."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from fieldapp import checklists, database, people, units
from fieldapp.app import create_app
from fieldapp.audit import COMMAND_LINE
from fieldapp.config import Config
from fieldapp.coverage import compute, yearly_target
from fieldapp.importing import Options, establishments, visits
from tests.bench.line import line, median_ms, once_ms

ON = date(2026, 11, 21)
PASSWORD = "mật khẩu của phép đo"


def measure(folder: Path) -> Iterator[str]:
    data = folder / "commune"
    found(data)
    for name, reader in (("register", establishments), ("visits", visits)):
        source = folder / f"{name}.csv"
        raw_ms = once_ms(lambda source=source: raw_import(source, folder / f"raw-{source.stem}.sqlite"))
        spent_ms = once_ms(lambda reader=reader, source=source: bring_in(data, reader, source))
        yield line(f"import {name}, {count(source):,} rows", spent_ms, "csv + insert", raw_ms, "seconds")
    with database.opened(data) as db:
        raw_ms = median_ms(lambda: raw_read(db))
        yield line(
            "coverage.compute of a year",
            median_ms(lambda: compute(db, yearly_target(2026), ON)),
            "read rows",
            raw_ms,
            "",
        )
    yield line("coverage page, whole answer", median_ms(coverage_page(data)), "read rows", raw_ms, "well under 1 s")


def found(data: Path) -> None:
    db = database.create(data)
    with database.write(db) as tx:
        units.settle(tx, units.found("09562"), COMMAND_LINE)
        checklists.adopt(tx, COMMAND_LINE, checklists.shipped())
        for username, role in (("an", "officer"), ("binh", "inspector")):
            people.open_account(tx, COMMAND_LINE, name=username, username=username, role=role, password=PASSWORD)
    db.close()


def count(source: Path) -> int:
    with source.open(encoding="utf-8") as lines:
        return sum(1 for _ in lines) - 1


def raw_import(source: Path, target: Path) -> None:
    """What nothing can beat: the same rows parsed and inserted, nothing checked, one transaction."""
    with source.open(newline="", encoding="utf-8") as text:
        header, *body = list(csv.reader(text))
    db = sqlite3.connect(target)
    with db:
        db.execute(f"CREATE TABLE row ({', '.join(header)})")
        db.executemany(f"INSERT INTO row VALUES ({', '.join('?' * len(header))})", body)  # noqa: S608  our own header
    db.close()


def bring_in(data: Path, reader: object, source: Path) -> None:
    with database.opened(data) as db:
        report = reader.read(db, source, source.name, today=ON, options=Options())  # type: ignore[attr-defined]
        with database.write(db) as tx:
            reader.apply(tx, COMMAND_LINE, report)  # type: ignore[attr-defined]


def raw_read(db: object) -> None:
    db.execute("SELECT * FROM establishment").fetchall()  # type: ignore[attr-defined]
    db.execute("SELECT establishment, visited_on, bodies, kind FROM visit WHERE visited_on >= '2026'").fetchall()  # type: ignore[attr-defined]


def coverage_page(data: Path) -> object:
    app = create_app(Config(data=data, secret_key="bench", testing=True))
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/sign-in", data={"username": "an", "password": PASSWORD})

    def ask() -> None:
        answer = client.get("/coverage?year=2026")
        assert answer.status_code == 200, answer.status

    return ask
