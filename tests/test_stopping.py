"""Ctrl+C at bad moments: before a command's work stands nothing is left of it, after that it comes to its end; and a
folder that may not be written."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from fieldapp import audit, config, database, stopping
from fieldapp.keeping import backups
from tests import making
from tests.cast import NOW
from tests.phones import copy_commune
from tests.sealed import content, key_of, seal
from tests.spreadsheets import Terminal, csv_bytes

MOMENTS = {
    "import establishments register.csv": "fieldapp.importing.establishments.audit.record",
    "import visits visits.csv": "fieldapp.visits.enter",
    "import plan kim-tan-2026": "fieldapp.plans.audit.record",
    "backup all.zip": "fieldapp.keeping.archives.missing",
    "restore before.zip": "fieldapp.keeping.soundness.of_database",
    "export visits --year 2026 --out list.xlsx": "fieldapp.exporting.os.fsync",
    "export establishments --year 2026 --out list.csv": "fieldapp.exporting.os.fsync",
}
"""Command -> what it is just doing when somebody presses Ctrl+C."""


@pytest.fixture
def desk(terminal: Terminal, db: Database, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in a folder with files to import and a backup from before the last change."""
    with database.write(db, lambda: NOW) as tx:
        making.establishment(tx, "Quán Mẫu 1", code="CS-001")
    folder = terminal.folder / "desk"
    folder.mkdir()
    (folder / "register.csv").write_bytes(csv_bytes([["code", "name"], ["CS-002", "Quán Mẫu 2"]]))
    (folder / "visits.csv").write_bytes(csv_bytes([["establishment_code", "visited_on"], ["CS-001", "2026-03-01"]]))
    backups.archive(db, terminal.data, folder / "before.zip", NOW, actor=audit.COMMAND_LINE)
    with database.write(db, lambda: NOW) as tx:
        making.establishment(tx, "Quán Mẫu 3", code="CS-003")
    monkeypatch.chdir(folder)
    return terminal


def everything(desk: Terminal) -> tuple[Any, ...]:
    """Every row, and every file but what SQLite and the locks keep beside them."""
    with database.opened(desk.data) as db:
        rows = {name: list(db.table(name).rows) for name in db.table_names()}
    files = {str(file) for place in (Path.cwd(), desk.data) for file in place.rglob("*")}
    return rows, {file for file in files if not file.endswith((".lock", "-wal", "-shm"))}


def press(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("command", MOMENTS)
def test_stopped_before_its_work_stands_nothing_is_left_of_it(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    before = everything(desk)
    with monkeypatch.context() as patched:
        patched.setattr(MOMENTS[command], press)
        result = desk(*command.split())
    assert (result.exit_code, result.stderr.strip()) == (1, "Error: Stopped; nothing was changed.")
    assert everything(desk) == before
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    desk.done(*command.split())


@pytest.mark.parametrize("command", MOMENTS)
def test_stopped_once_its_work_stands_it_says_what_it_did(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    too_late = stopping.too_late

    def then_press() -> None:
        too_late()
        press()

    monkeypatch.setattr(stopping, "too_late", then_press)
    before = everything(desk)
    result = desk(*command.split())
    assert (result.exit_code, bool(result.stdout), "Stopped" in result.stderr) == (0, True, False)
    assert everything(desk) != before
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_a_phone_handed_over_is_taken_in_to_its_end(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commune = copy_commune(template, tmp_path / "data")
    phone = commune.phone()
    file = tmp_path / "phone.fieldapp"
    file.write_bytes(seal(content(phone, [phone.inspection(), phone.commitment()]), key_of(commune)))
    terminal = Terminal(tmp_path, commune.folder, commune.clock)
    with monkeypatch.context() as patched:
        patched.setattr("fieldapp.importing.phone_export._read", press)
        result = terminal("import", "phone-export", file)
    assert (result.exit_code, "nothing was changed" in result.stderr) == (1, True)
    assert commune.ask("SELECT count(*) FROM receipt") == [(0,)]
    monkeypatch.setattr("fieldapp.importing.phone_export.people.may_carry", lambda *_: press() or True)
    assert "made 21/11/2026 09:10:" in terminal.done("import", "phone-export", file).stdout
    assert commune.ask("SELECT kind FROM signed ORDER BY kind") == [("commitment",), ("inspection",)]


STARTING = """
import os, runpy, signal, sys
class Press:
    def find_spec(self, name, *_):
        if name == "fieldapp.importing":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Press())
runpy.run_module("fieldapp", run_name="__main__")
"""


def test_stopped_while_the_program_is_still_being_read(terminal: Terminal) -> None:
    env = {**os.environ, "FIELDAPP_DATA": str(terminal.data), "FIELDAPP_LANG": "en"}
    ended = subprocess.run([sys.executable, "-c", STARTING], env=env, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "Error: Stopped; nothing was changed.\n")


# ---- a folder that may not be written ----


@pytest.mark.parametrize("command", ["serve --port 0", "check", "backup all.zip", "restore before.zip"])
@pytest.mark.parametrize("place", [database.FILE_NAME, "in-use.lock", "."])
def test_an_account_that_may_not_write_is_told_so_and_what_to_do(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch, command: str, place: str
) -> None:
    """As the superuser may write everything, the system's answer is made up here."""
    desk.done("check")  # the lock is there
    forbidden = desk.data / place

    def may(path: Path, _mode: int) -> bool:
        return Path(path) != forbidden

    def chmod(self: Path, _mode: int) -> None:
        if self == forbidden:
            raise PermissionError

    monkeypatch.setattr(database.os, "access", may)
    monkeypatch.setattr(Path, "chmod", chmod)
    result = desk(*command.split())
    assert result.exit_code == 1, result.stdout
    assert f"may not write {forbidden}" in result.stderr
    assert "chown" in result.stderr


def test_a_key_that_was_cut_off_is_made_anew(desk: Terminal) -> None:
    (desk.data / "secret.key").write_text("")
    assert len(config.load(desk.data).secret_key) > 40
    assert config.load(desk.data) == config.load(desk.data)


def test_first_starts_at_once_sign_with_the_key_that_is_kept(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(n_bytes: int) -> str:
        time.sleep(0.05)
        return secrets.token_hex(n_bytes)

    monkeypatch.setattr(config.secrets, "token_urlsafe", slowly)
    with ThreadPoolExecutor(4) as starts:
        keys = {settings.secret_key for settings in starts.map(config.load, [desk.data] * 4)}
    assert keys == {(desk.data / "secret.key").read_text()}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only the superuser gives files away")
def test_what_the_superuser_makes_belongs_to_the_account_of_the_folder(desk: Terminal) -> None:
    for place in (desk.data, *desk.data.rglob("*")):
        os.chown(place, 12345, 12345)
    desk.done("restore", "before.zip")
    desk.done("check")
    assert {place.stat().st_uid for place in (desk.data, *desk.data.rglob("*"))} == {12345}
