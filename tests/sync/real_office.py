"""fieldapp's own application over its own database, spoken to through WSGI."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest import mock

from flask import Flask
from requests.structures import CaseInsensitiveDict
from sqlite_utils import Database

from fieldapp import checklists, database, establishments, people, units
from fieldapp.app import create_app
from fieldapp.audit import COMMAND_LINE, Actor
from fieldapp.config import Config
from fieldapp.exchange import kinds as kinds_of
from sync import history, packing, stamps
from sync.files import Shelf
from sync.kinds import Carrier, Kind, ServedKind
from tests.sync.office import ACCOUNTS, FAST, Call, Crash, Made, Mortal, Office, Reply, edit_of_the_office
from tests.sync.toys import NOW

REMEMBERED = ("fieldapp_pages", "fieldapp_seen", "fieldapp_tidied")
"""What the application keeps in memory, and a new process does not have."""


@cache
def _founded() -> tuple[Flask, sqlite3.Connection]:
    """The application, and the database of a commune with its people: made once, and always the same, because its
    checklist and hundreds of routes take their time."""
    folder = Path(tempfile.mkdtemp(dir=FAST))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with closing(database.create(folder)) as db:
        with _same_ids() as ids, database.write(db, lambda: NOW) as tx:
            units.settle(tx, units.found("15187"), COMMAND_LINE)
            checklists.adopt(tx, COMMAND_LINE, checklists.shipped())
            for n in range(ACCOUNTS):
                people.open_account(
                    tx, COMMAND_LINE, name=f"Người {n}", username=f"nguoi{n}", role="inspector",
                    password="một mật khẩu dài",
                )  # fmt: skip
            for n in (1, 2):
                facts = {"name": f"Karaoke Sao Thử {n:02d}", "type": "karaoke", "phone": "0900000000"}
                establishments.add(tx, COMMAND_LINE, facts, establishment_id=str(ids.uuid4()))
        app = create_app(Config(folder, "a secret of tests", testing=True), lambda: NOW)
        app.extensions["fieldapp_open"].close()
        commune = sqlite3.connect(":memory:")
        db.conn.backup(commune)
    return app, commune


@contextmanager
def _same_ids() -> Iterator[Any]:
    ids = iter(range(1, 1000))
    same = SimpleNamespace(uuid4=lambda: uuid.UUID(int=next(ids), version=4))
    tags = SimpleNamespace(token_hex=lambda size: f"{next(ids):0{2 * size}x}")
    with (
        mock.patch.object(history, "secrets", tags),
        mock.patch.object(people, "uuid", same),
        mock.patch.object(people, "_hash", lambda password: password),
    ):
        yield same


class _Kept(Database):
    """In memory, so it must outlive the request that closes it."""

    def close(self) -> None:
        """Not yet."""


class RealOffice(Office):
    merged, signed = "establishment", "inspection"

    def __init__(self, dice: Random, now: datetime) -> None:
        super().__init__(dice, now)
        self.folder = Path(tempfile.mkdtemp(dir=FAST))
        self.app, commune = _founded()
        self.connection = sqlite3.connect(":memory:", isolation_level=None, factory=Mortal)
        self.connection.execute("PRAGMA foreign_keys = ON")
        commune.backup(self.connection)
        self._db = _Kept(self.connection)
        self.app.config.update(DATA_FOLDER=self.folder, CLOCK=lambda: self.now)
        self._forget()
        self.accounts = [row[0] for row in self._db.execute("SELECT id FROM account ORDER BY username")]
        self.places = [row[0] for row in self._db.execute("SELECT id FROM establishment ORDER BY code")]
        self.back_up()

    def _forget(self) -> None:
        """As a process that has just started."""
        for remembered in REMEMBERED:
            self.app.extensions.pop(remembered, None)

    @property
    def db(self) -> Database:
        return self._db

    @property
    def kinds(self) -> Mapping[str, Kind]:
        return kinds_of(units.read(self._db), self.now)

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.folder / "files")

    def account(self, number: int) -> str:
        return self.accounts[number]

    def enrol(self, account: int, device: str) -> str:
        with self.writing() as tx:
            person = people.account_by_id(tx.db, self.accounts[account])
            return people.enrol(tx, person, device=device, device_name="Máy thử")

    def end_tokens(self, device: str) -> None:
        with self.writing() as tx:
            tx.db.execute("DELETE FROM token WHERE device = ?", [device])

    def revoke(self, device: str) -> None:
        with self.writing() as tx:
            people.revoke(tx, COMMAND_LINE, device, reason="mất máy")

    def answer(self, call: Call, fault: str = "", left: int = 0) -> Reply:
        self.app.extensions["fieldapp_open"].close()  # what another office's call left there
        self.connection.strike(fault, left)
        try:
            with mock.patch.object(database, "connect", lambda folder: self._db):
                return self._served(call)
        except Crash:
            self._forget()
            raise
        finally:
            self.connection.strike("", 0)

    def _served(self, call: Call) -> Reply:
        """Over WSGI by hand: werkzeug's test client takes as long as the application."""
        told: list[Any] = []
        body = self.app.wsgi_app(_environ(call), lambda status, headers, *_: told.extend((int(status[:3]), headers)))
        content = b"".join(body)
        body.close()  # type: ignore[attr-defined]
        headers = CaseInsensitiveDict(told[1])
        return Reply(told[0], packing.unpack(content, headers.get("Content-Encoding", ""), 2**30), headers)

    def body(self, device_now: datetime, files: list[str], account: str) -> dict[str, Any]:
        dice, begun = self.dice, device_now.isoformat(timespec="seconds")
        answers = {"A01": {"a": dice.choice(["dat", "khong_dat"]), "note": "Ghi chú", "files": files}}
        body = {
            "establishment": dice.choice(self._places()), "author": account, "outcome": "conducted",
            "bodies": ["team_178"], "started_at": begun, "answers": answers,
            "photos": {file: {"class": "premises", "taken_at": begun} for file in files},
        }  # fmt: skip
        wrong: list[dict[str, Any]] = [{}, {}, {}, {}, {"bodies": ["không có"]}, {"answers": {"A01": {"a": "?"}}}]
        return body | dice.choice(wrong)

    def _places(self) -> list[str]:
        return [row[0] for row in self._db.execute("SELECT id FROM establishment ORDER BY code")] + ["chưa có"]

    def values(self) -> dict[str, Any]:
        dice = self.dice
        some = {"phone": f"09{dice.randrange(10**8):08d}", "rooms": dice.randrange(10**5), "note": str(dice.random())}
        return {name: some[name] for name in dice.sample(sorted(some), dice.choice([1, 1, 2]))}

    def find(self) -> dict[str, Any]:
        return {"name": f"Quán {self.dice.random()}", "type": "cafe"}

    def bodies(self, account: str) -> dict[str, Any]:
        kind = self.kinds["establishment"]
        assert isinstance(kind, ServedKind)
        ids = [record.id for record in establishments.every(self._db)]
        return dict(kind.bodies(self._db, ids, Carrier(account, "", "inspector")))

    def add(self) -> None:
        with self.writing() as tx:
            place = str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
            establishments.add(tx, COMMAND_LINE, {"name": f"Nhà trọ {place}"}, establishment_id=place)

    def edit(self) -> Made | None:
        place, value = self.dice.choice(self.places), f"09{self.dice.randrange(10**8):08d}"
        before = stamps.of_records(self._db, "establishment", [place]).get(place, {}).get("phone")
        with self.writing() as tx:
            if not establishments.change(tx, Actor(self.accounts[0]), place, {"phone": value}):
                return None
            op = stamps.of_records(tx.db, "establishment", [place])[place]["phone"][2]
        return edit_of_the_office(op, ("establishment", place), "phone", value, before and before[2])

    def move_scope(self) -> None:
        self.scope_moves += 1
        place = self.dice.choice(self.places)
        until = self.dice.choice([None, date(2026, 1, 1), (self.now + timedelta(days=1)).date()])
        with self.writing() as tx:
            establishments.change(tx, Actor(self.accounts[0]), place, {"managed_until": until})

    def upgrade(self) -> None:
        """Its kinds are made anew for each call; the toys' office shows what an upgrade does."""

    def close(self) -> None:
        self.connection.close()
        shutil.rmtree(self.folder)


def _environ(call: Call) -> dict[str, Any]:
    headers = {**call.headers, "Accept-Encoding": "gzip"}
    return {
        "REQUEST_METHOD": call.method, "SCRIPT_NAME": "", "PATH_INFO": f"/sync/v1/{call.path}", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(call.body)), "CONTENT_TYPE": headers.get("Content-Type", ""),
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": BytesIO(call.body),
        "wsgi.errors": sys.stderr, "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }  # fmt: skip
