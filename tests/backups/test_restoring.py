"""A restore: refused or whole, and cut off at any point it leaves the old data or the new."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldapp import database, evidence
from fieldapp.keeping import archives, restoring
from sync import history
from tests.backups.steps import digest, everything, inspect, safe, stop, take
from tests.phones import Commune, WirePhone
from tests.spreadsheets import Terminal
from tests.wire.reading import JPEG_NAME


def test_a_restore_is_refused_while_a_server_runs(commune: Commune, terminal: Terminal) -> None:
    archive = terminal.folder / "all.zip"
    terminal.done("backup", archive)
    before = digest(commune.folder)
    with database.in_use(commune.folder):
        refused = terminal("restore", archive)
    assert (refused.exit_code, "Stop the server" in refused.stderr) == (1, True)
    assert digest(commune.folder) == before
    with database.lock(commune.folder / database.IN_USE_FILE, alone=True):
        assert "being restored" in terminal("check").stderr


def _cut(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-100])


def _flip(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    data[len(data) // 3] ^= 1
    archive.write_bytes(data)


def _other(archive: Path) -> None:
    archive.write_text("một tệp khác")


def _without(archive: Path, left_out: str) -> None:
    with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(archive.with_suffix(".new"), "w") as made:
        for name in whole.namelist():
            if name != left_out:
                made.writestr(name, whole.read(name))
    archive.with_suffix(".new").replace(archive)


def _packed_as(archive: Path, *, method: int | None = None, locked: bool = False) -> None:
    """Another way of packing, or a password, said of every part."""
    data = bytearray(archive.read_bytes())
    for mark, flags, packing in ((b"PK\x03\x04", 6, 8), (b"PK\x01\x02", 8, 10)):
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            data[at + flags] |= locked
            data[at + packing] = data[at + packing] if method is None else method
    archive.write_bytes(data)


def _bomb(archive: Path) -> None:
    _without(archive, "manifest.json")
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as made, made.open("manifest.json", "w") as out:
        for _ in range(257):
            out.write(bytes(2**20))


@pytest.mark.parametrize(
    "spoil",
    [
        _cut, _flip, _other, Path.unlink, _bomb, lambda a: _packed_as(a, method=99), lambda a: _packed_as(a, method=14),
        lambda a: _packed_as(a, locked=True), lambda a: _without(a, "manifest.json"),
        lambda a: _without(a, database.FILE_NAME), lambda a: _without(a, f"files/{JPEG_NAME[:2]}/{JPEG_NAME}"),
    ],
)  # fmt: skip
def test_what_is_no_whole_backup_is_refused_and_nothing_changes(
    commune: Commune, phone: WirePhone, terminal: Terminal, spoil: Callable[[Path], None]
) -> None:
    inspect(phone)
    archive = terminal.folder / "all.zip"
    terminal.done("backup", archive)
    stop(commune)
    evidence.shelf(commune.folder).remove(JPEG_NAME)
    before = digest(commune.folder)
    spoil(archive)
    refused = terminal("restore", archive)
    assert refused.exit_code == 1
    assert refused.stderr.startswith(("Error:", "- File"))
    assert "unexpected" not in refused.stderr
    assert digest(commune.folder) == before


def test_another_communes_backup_and_a_newer_programs_are_refused(commune: Commune, terminal: Terminal) -> None:
    archive = terminal.folder / "all.zip"
    terminal.done("backup", archive)
    with commune.writing() as tx:
        tx.db.execute("UPDATE unit SET code = '09562', name = 'Yên Nghĩa'")
    assert "holds the data of xã Kim Tân" in terminal("restore", archive).stderr
    with commune.writing() as tx:
        tx.db.table("_sqlite_migrations").insert(
            {"migration_set": "fieldapp", "name": "m999_tomorrow", "applied_at": "2027-01-01"}
        )
    assert "was written by a newer version of the program" in terminal("restore", take(commune).file).stderr


@pytest.mark.parametrize("step", ["put_database", "made_ready", "settle", "before the rename", "after the rename"])
def test_a_restore_that_is_cut_off_leaves_the_old_or_the_new(
    commune: Commune, phone: WirePhone, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    archive = terminal.folder / "all.zip"
    terminal.done("backup", archive)
    old = everything(commune.folder)
    inspect(phone)
    newer = everything(commune.folder)
    stop(commune)

    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(restoring, "tidy", lambda data: None)  # the dead tidy nothing up
        if step == "put_database":
            patched.setattr(archives._Archive, "put_database", die)
        elif step == "made_ready":
            patched.setattr(database, "bring_up_to_date", die)
        elif step == "settle":
            patched.setattr(history, "settle_safe", die)
        elif step == "before the rename":
            patched.setattr(Path, "replace", die)
        else:
            patched.setattr(restoring, "sync_folder", die)
        with pytest.raises(Killed):
            restoring.restore(archive, commune.folder, commune.folder / "backups", commune.clock, tell=print)
    checked = terminal.done("check")
    assert ("replaced nothing" in checked.stderr or "nothing was replaced" in checked.stderr) == (
        step not in ("put_database", "after the rename")
    )
    assert everything(commune.folder) == (old if step == "after the rename" else newer)
    assert not list(commune.folder.glob("restoring*")) + list(commune.folder.glob("*.part"))
    terminal.done("restore", archive)
    assert everything(commune.folder) == old


def test_a_database_that_cannot_be_read_any_more_is_replaced_with_its_log(
    commune: Commune, phone: WirePhone, terminal: Terminal
) -> None:
    archive = terminal.folder / "all.zip"
    inspect(phone)
    terminal.done("backup", archive)
    whole = everything(commune.folder)
    inspect(phone)
    live = commune.folder / database.FILE_NAME
    live.write_bytes(b"\0" * 5000)  # a log of the lost database still lies beside it
    assert live.with_name(f"{live.name}-wal").stat().st_size > 0
    assert terminal("check").exit_code == 1
    terminal.done("restore", archive)
    assert everything(commune.folder) == whole
    stop(commune)
    terminal.done("check")


def test_what_was_replaced_can_be_brought_back(
    commune: Commune, phone: WirePhone, terminal: Terminal, restart: Callable[[], None]
) -> None:
    archive = terminal.folder / "all.zip"
    terminal.done("backup", archive)
    inspect(phone)
    newer = everything(commune.folder)
    stop(commune)
    terminal.done("restore", archive)
    assert everything(commune.folder) != newer
    terminal.done("restore", commune.folder / "replaced.sqlite")
    assert everything(commune.folder) == newer
    terminal.done("check")


def test_restoring_an_older_backup_than_the_newest_is_done_and_warned_about(
    commune: Commune, phone: WirePhone, terminal: Terminal
) -> None:
    older, newer = terminal.folder / "older.zip", terminal.folder / "newer.zip"
    inspect(phone)
    terminal.done("backup", older)
    inspect(phone)
    terminal.done("backup", newer)
    stop(commune)
    assert "there was a newer verified backup" in terminal.done("restore", older).stderr
    assert safe(commune) == history.head(commune.db)[0], "safe is what was restored, no more"
    assert "there was a newer verified backup" not in terminal.done("restore", newer).stderr
