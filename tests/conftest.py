"""A small cast (tests/cast.py) and the office they work in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlite_utils import Database

from fieldapp import database, people
from fieldapp.app import create_app
from fieldapp.config import Config
from fieldapp.views.limits import limiter
from tests import cast
from tests.cast import PASSWORD, Clock, found
from tests.phones import found_commune
from tests.spreadsheets import Terminal

people._hasher = cast.QUICK  # before anything is made: also for whole communes that are made once

CAST = {username: cast.CAST[username][1] for username in ("alice", "binh", "dung", "em", "quan")}
"""Username -> role, of those who work in Kim Tân."""


@pytest.fixture(scope="session")
def communes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both communes, made once."""
    folder = tmp_path_factory.mktemp("communes")
    found(folder / "kim-tan", "15187", CAST)
    found(folder / "yen-nghia", "09562", ["chi"])
    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A commune with phones to be (tests/phones.py), made once, to be copied."""
    folder = tmp_path_factory.mktemp("commune") / "data"
    found_commune(folder)
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
