"""A small cast and the office they work in.

Alice is the officer, Bình an inspector, Dũng leads the team, Em reads, Quân keeps the accounts; Chi is of another
commune and sees nothing of theirs.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlite_utils import Database

from fieldapp import checklists, database, people, units
from fieldapp.app import create_app
from fieldapp.audit import COMMAND_LINE
from fieldapp.config import Config
from fieldapp.limits import limiter
from tests.spreadsheets import Terminal

NOW = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
PASSWORD = "một mật khẩu dài"
CAST = {"alice": "officer", "binh": "inspector", "dung": "leader", "em": "viewer", "quan": "admin"}
NAMES = {
    "alice": "Lê Thị Alice",
    "binh": "Trần Văn Bình",
    "dung": "Vũ Dũng",
    "em": "Đỗ Em",
    "quan": "Hồ Quân",
    "chi": "Mai Chi",
}


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def found(folder: Path, code: str, cast: dict[str, str]) -> None:
    """A commune with its people and its checklist, and nothing in its register."""
    db = database.create(folder)
    with database.write(db, lambda: NOW) as tx:
        units.settle(tx, units.found(code), COMMAND_LINE)
        checklists.adopt(tx, COMMAND_LINE, checklists.shipped())
        for username, role in cast.items():
            people.open_account(tx, COMMAND_LINE, name=NAMES[username], username=username, role=role, password=PASSWORD)
    db.close()


@pytest.fixture(scope="session")
def communes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both communes, made once: hashing passwords takes its time."""
    folder = tmp_path_factory.mktemp("communes")
    found(folder / "kim-tan", "15187", CAST)
    found(folder / "yen-nghia", "09562", {"chi": "officer"})
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _app(data: Path, clock: Clock) -> Flask:
    config = Config(data=data, secret_key="a secret of tests", sign_in_limit="1000 per minute", testing=True)
    made = create_app(config, clock)
    made.config["WTF_CSRF_ENABLED"] = False  # one test turns it on again
    return made


@pytest.fixture
def app(communes: Path, tmp_path: Path, clock: Clock) -> Flask:
    """The office of Kim Tân."""
    shutil.copytree(communes / "kim-tan", tmp_path / "kim-tan")
    return _app(tmp_path / "kim-tan", clock)


@pytest.fixture
def other_app(communes: Path, tmp_path: Path, clock: Clock) -> Flask:
    """The office of Yên Nghĩa, where Chi works; its secret is the same, as on a shared host."""
    shutil.copytree(communes / "yen-nghia", tmp_path / "yen-nghia")
    return _app(tmp_path / "yen-nghia", clock)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def terminal(app: Flask, tmp_path: Path, clock: Clock) -> Terminal:
    """The server's terminal, over the data of Kim Tân."""
    return Terminal(tmp_path, app.config["DATA_FOLDER"], clock)


@pytest.fixture
def db(app: Flask) -> Iterator[Database]:
    """The commune's database, as the test itself reads and writes it."""
    opened = database.connect(app.config["DATA_FOLDER"])
    yield opened
    opened.close()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str], FlaskClient]:
    """Signs one of the cast in and returns that browser."""

    def as_(username: str) -> FlaskClient:
        browser = app.test_client()
        answer = browser.post("/sign-in", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return browser

    return as_


@pytest.fixture
def alice(sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """The officer's browser."""
    return sign_in("alice")


@pytest.fixture(autouse=True)
def _nobody_is_locked_out() -> None:
    limiter.enabled = True
