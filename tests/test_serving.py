"""A server that is really started and stopped, and the demo it can show."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from sqlite_utils import Database

from fieldapp import cli, database, demo, people, units
from fieldapp.clock import Clock
from fieldapp.database import write
from tests import making
from tests.faults.warm import free_port
from tests.spreadsheets import Terminal


@pytest.fixture
def empty(tmp_path: Path, clock: Clock) -> Terminal:
    """A terminal before any data."""
    return Terminal(tmp_path, tmp_path / "data", clock)


class Server:
    """A server in a process of its own."""

    def __init__(self, words: list[str], cwd: Path, **environment: str) -> None:
        env = {**os.environ, "FIELDAPP_LANG": "en", "PYTHONPATH": str(Path(cli.__file__).parents[2]), **environment}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fieldapp", *words], cwd=cwd, env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def printed_until(self, word: str) -> str:
        assert self.process.stdout
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if word in line:
                return "".join(lines)
        assert self.process.stderr
        raise AssertionError("".join(lines) + self.process.stderr.read())

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


def answers(address: str) -> int:
    for _ in range(50):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  our own http address
                return int(answer.status)
        except OSError:
            time.sleep(0.1)
    return 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_starts_answers_and_stops(terminal: Terminal, number: int) -> None:
    port = free_port()
    server = Server(["serve", "--port", str(port)], terminal.folder, FIELDAPP_DATA=str(terminal.data))
    printed = server.printed_until("Ctrl+C")
    assert f"http://127.0.0.1:{port}/\n" in printed
    assert f"http://127.0.0.1:{port}/app\n" in printed
    assert "HTTPS" not in printed
    status = answers(f"http://127.0.0.1:{port}/app")
    code, out, err = server.stop(number)
    assert (status, code, "stopped" in out, "Traceback" in err) == (200, 0, True, False)


def test_a_port_that_is_taken(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for words in (["serve"], ["demo"]):
            result = terminal(*words, "--port", port)
            assert (result.exit_code, str(port) in result.stderr) == (1, True)


def test_an_address_that_is_not_this_machines(terminal: Terminal) -> None:
    result = terminal("serve", "--host", "192.0.2.1")
    assert (result.exit_code, "192.0.2.1" in result.stderr) == (1, True)


def test_beyond_this_machine_phones_are_told_of_https(terminal: Terminal) -> None:
    server = Server(["serve", "--port", "0", "--host", "0.0.0.0"], terminal.folder, FIELDAPP_DATA=str(terminal.data))  # noqa: S104
    printed = server.printed_until("Ctrl+C")
    server.stop()
    assert "Phones need an HTTPS address" in printed
    behind = Server(
        ["serve", "--port", "0", "--host", "0.0.0.0"], terminal.folder,  # noqa: S104
        FIELDAPP_DATA=str(terminal.data), FIELDAPP_PROXIES="1",
    )  # fmt: skip
    printed = behind.printed_until("Ctrl+C")
    behind.stop()
    assert "HTTPS" not in printed


# ---- the demo ----


@pytest.mark.parametrize("unit", ["kim-mau", "yen-mau"])
def test_the_demo_is_filled_and_names_its_accounts(empty: Terminal, unit: str) -> None:
    result = empty.done("demo", "--unit", unit, "--once")
    username, password = re.findall(r"^  (\S+) +(\S+) +officer", result.stdout, re.MULTILINE)[0]
    with database.opened(empty.data) as db:
        assert units.read(db).is_demo
        assert people.authenticate(db, username, password).role == "officer"
    again = empty.done("demo", "--unit", unit, "--once")
    assert password in again.stdout
    fresh = empty.done("demo", "--unit", unit, "--once", "--reset")
    assert username in fresh.stdout
    assert "[DEMO DATA]" in empty.done("coverage", "--year", "2026").stdout


def test_a_demo_whose_filling_was_cut_off_begins_anew(empty: Terminal) -> None:
    empty.done("demo", "--once")
    (empty.data / demo.ACCOUNTS_FILE).unlink()  # the last thing that is written
    username, password = re.findall(r"^  (\S+) +(\S+) +officer", empty.done("demo", "--once").stdout, re.MULTILINE)[0]
    with database.opened(empty.data) as db:
        assert people.authenticate(db, username, password).role == "officer"


def test_the_demo_never_touches_real_data(terminal: Terminal, db: Database) -> None:
    with write(db) as tx:
        making.establishment(tx, "Quán thật")
    for words in (["demo", "--once"], ["demo", "--once", "--reset"]):
        result = terminal(*words)
        assert (result.exit_code, "not demo data" in result.stderr) == (1, True)
    assert db.execute("SELECT count(*) FROM establishment").fetchone() == (1,)


def test_the_demo_serves_from_a_folder_of_its_own(tmp_path: Path) -> None:
    server = Server(["demo", "--port", "0"], tmp_path, FIELDAPP_DATA="")
    printed = server.printed_until("Ctrl+C")
    address = re.findall(r"http://127\.0\.0\.1:\d+/", printed)[0]
    status = answers(address + "app")
    code, _, _ = server.stop()
    assert (status, code) == (200, 0)
    assert (tmp_path / "demo-data-kim-mau" / database.FILE_NAME).exists()
    assert "DEMO DATA" in printed
