"""The import, and the office's pages over 5,000 establishments and 20,000 visits."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from flask.testing import FlaskClient

from fieldapp import checklists, database, people, units
from fieldapp.app import create_app
from fieldapp.audit import COMMAND_LINE
from fieldapp.config import Config
from fieldapp.coverage import compute, yearly_target
from fieldapp.importing import Options, establishments, visits
from tests.bench.line import line, median_ms, once_ms

ON = date(2026, 11, 21)
PASSWORD = "mật khẩu của phép đo"


def filled(folder: Path) -> Iterator[str]:
    """The commune with its register and ledger, as the import brings them in."""
    data = folder / "commune"
    found(data)
    for name, reader in (("register", establishments), ("visits", visits)):
        source = folder / f"{name}.csv"
        raw_ms = once_ms(lambda source=source: raw_import(source, folder / f"raw-{source.stem}.sqlite"))
        spent_ms = once_ms(lambda reader=reader, source=source: bring_in(data, reader, source))
        yield line(f"import {name}, {count(source):,} rows", spent_ms, "csv + insert", raw_ms, "seconds")


def measure(folder: Path) -> Iterator[str]:
    data = folder / "commune"
    yield from filled(folder)
    with database.opened(data) as db:
        raw_ms = median_ms(lambda: raw_read(db))
        yield line(
            "coverage.compute of a year",
            median_ms(lambda: compute(db, yearly_target(2026), ON)),
            "read rows",
            raw_ms,
            "",
        )
    for name, ask in pages(data):
        yield line(f"{name}, whole answer", median_ms(ask, times=5), "read rows", raw_ms, "at most 300 ms")


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


def pages(data: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """The office's pages that have the whole register or ledger to go through."""
    app = create_app(Config(data=data, secret_key="bench", testing=True), lambda: datetime(2026, 11, 21, 2, tzinfo=UTC))
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/sign-in", data={"username": "an", "password": PASSWORD})
    year = {"name": "2026", "starts_on": "1/1/2026", "ends_on": "31/12/2026"}
    proposals = client.post("/schedule/new", data=year).headers["Location"]
    client.post("/plans/shipped", data={"name": "yen-nghia-2026"})
    report = client.post("/reports", data={"plan": "yen-nghia-2026", "period": "year", "year": "2026"})
    asked = {
        "Hôm nay": "/", "register": "/establishments", "coverage": "/coverage?year=2026", "ledger": "/ledger?year=2026",
        "second visits": "/ledger/second?year=2026", "proposals": proposals, "report": report.headers["Location"],
    }  # fmt: skip
    for name, address in asked.items():
        yield name, partial(opened, client, address)


def opened(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status)
