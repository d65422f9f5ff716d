"""A backup: whole, verified, kept for as long as it was said, and nothing half in its place."""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp import database, evidence
from fieldapp.errors import Refusal
from fieldapp.keeping import archives, backups, erasing
from sync import history
from tests.backups.steps import digest, everything, inspect, safe, take
from tests.phones import Commune, WirePhone
from tests.spreadsheets import Terminal
from tests.wire.reading import JPEG, JPEG_NAME


def test_one_file_gives_back_everything_on_another_machine(
    commune: Commune, phone: WirePhone, terminal: Terminal, tmp_path: Path
) -> None:
    inspect(phone)
    phone.receipts(phone.commitment(), phone.patch(rooms=7))
    archive = tmp_path / "all.zip"
    assert "opened again and found whole" in terminal.done("backup", archive).stdout
    assert archive.stat().st_mode & 0o077 == 0, "personal data are nobody else's to read"
    other = Terminal(tmp_path, tmp_path / "another machine", commune.clock)
    assert (
        "Restored the data of xã Kim Tân from all.zip (taken 21/11/2026 09:15)" in other.done("restore", archive).stdout
    )
    assert everything(other.data) == everything(commune.folder)
    assert evidence.shelf(other.data).path(JPEG_NAME).read_bytes() == JPEG
    assert "whole: 2 signed records, 1 files" in other.done("check").stdout


def test_only_a_verified_backup_moves_safe_and_phones_are_told(commune: Commune, phone: WirePhone) -> None:
    receipt = inspect(phone)
    told = phone.call("GET", "status").json
    assert (told["safe"], receipt["seq"] > 0) == (0, True)
    made = take(commune)
    assert (made.faults, made.files, list(made.point)) == ([], 1, told["mark"])
    assert phone.call("GET", "status").json["safe"] == told["mark"][0] >= receipt["seq"]
    assert phone.pull().json["safe"] == told["mark"][0]
    inspect(phone)
    assert safe(commune) < history.head(commune.db)[0], "what came after the backup is not inside"


def test_a_damaged_photo_keeps_safe_where_it_was(commune: Commune, phone: WirePhone, terminal: Terminal) -> None:
    inspect(phone)
    take(commune)
    before = safe(commune)
    receipt = inspect(phone)
    photo = evidence.shelf(commune.folder).path(JPEG_NAME)
    photo.unlink()  # not in place: the store of the daily backups has the same bytes under another name
    photo.write_bytes(JPEG[:-1])
    file = terminal.folder / "out.zip"
    refused = terminal("backup", file)
    assert refused.exit_code == 1
    assert JPEG_NAME in refused.stderr
    assert "damaged" in refused.stderr
    assert not list(terminal.folder.glob("out.zip*"))
    assert terminal("backup", file, "--despite-faults").exit_code == 0
    assert safe(commune) == before < receipt["seq"]
    photo.unlink()
    assert take(commune).faults == [], "lost on the shelf, it comes back from the store of the backups"
    assert photo.read_bytes() == JPEG
    assert safe(commune) >= receipt["seq"]


@pytest.mark.parametrize("left", [b"", JPEG[:-1], JPEG[::-1], None])
def test_the_daily_backup_reads_every_photo(commune: Commune, phone: WirePhone, left: bytes | None) -> None:
    inspect(phone)
    photo = evidence.shelf(commune.folder).path(JPEG_NAME)
    photo.unlink()
    if left is not None:
        photo.write_bytes(left)
    made = take(commune)
    assert [JPEG_NAME in fault for fault in made.faults] == [True]
    assert safe(commune) == 0
    photo.write_bytes(JPEG)
    assert take(commune).faults == []
    assert safe(commune) == history.head(commune.db)[0]


def test_a_snapshot_with_faults_is_kept_under_another_name_and_told(commune: Commune, phone: WirePhone) -> None:
    inspect(phone)
    with commune.writing() as tx:
        tx.db.execute("UPDATE audit SET reason = 'khác' WHERE number = 2")
    made = take(commune)
    assert [name for name in made.file.parent.iterdir() if name.suffix == ".sqlite"] == [made.file]
    assert made.file.name.endswith("-faulty.sqlite")
    assert backups.snapshots(made.file.parent) == []
    assert safe(commune) == 0
    failed = backups.standing(commune.db, made.file.parent).failed
    assert failed is not None
    assert "dòng 2" in failed["why"]


def test_photos_are_kept_once_and_dropped_with_the_last_snapshot_that_holds_them(
    commune: Commune, phone: WirePhone
) -> None:
    inspect(phone)
    first, photo = take(commune), evidence.shelf(commune.folder).path(JPEG_NAME)
    kept = first.file.parent / "files" / JPEG_NAME[:2] / JPEG_NAME
    assert kept.samefile(photo), "one more name for the same bytes"
    with commune.writing() as tx:
        alone = erasing.erase(tx, "inspection", commune.ask("SELECT id FROM inspection")[0][0])
    assert alone == [JPEG_NAME]
    for day in range(1, 4):
        commune.clock.now += timedelta(days=1)
        take(commune, days=3, weeks=0)
        assert kept.exists() == (day < 3), "as long as a snapshot names it"


@settings(max_examples=60, deadline=None)
@given(
    made=st.sets(st.integers(0, 120), min_size=1, max_size=40), days=st.integers(1, 9), weeks=st.integers(0, 6)
)  # fmt: skip
def test_the_newest_days_and_weeks_stay(
    template: Path, tmp_path_factory: pytest.TempPathFactory, made: set[int], days: int, weeks: int
) -> None:
    folder = tmp_path_factory.mktemp("backups")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    of_day = {(day := start + timedelta(days=n)): folder / f"fieldapp-{day:%Y%m%d}-020000.sqlite" for n in made}
    for name in of_day.values():
        shutil.copyfile(template / database.FILE_NAME, name)
    backups.rotate(folder, days, weeks, max(of_day.values()))
    kept = [day for day, name in of_day.items() if name.exists()]
    newest = sorted(made, reverse=True)
    assert {start + timedelta(days=n) for n in newest[:days]} <= set(kept)
    assert len(kept) <= days + weeks
    weeks_there = sorted({f"{day:%G-%V}" for day in of_day}, reverse=True)[:weeks]
    assert {f"{day:%G-%V}" for day in kept} >= set(weeks_there)


def test_what_a_cut_off_backup_left_is_no_backup_and_goes(commune: Commune) -> None:
    folder = take(commune).file.parent
    (folder / "snapshot.part").write_bytes(b"SQLite format 3\0 half")
    (folder / "fieldapp-20261121-120000.sqlite.sha256").write_text("of a snapshot that never came")
    assert len(backups.snapshots(folder)) == 1
    commune.clock.now += timedelta(days=1)
    take(commune)
    assert sorted(name.name for name in folder.iterdir() if name.is_file()) == [
        f"fieldapp-202611{day}-091500.sqlite{end}" for day in (21, 22) for end in ("", ".sha256")
    ]


def test_too_little_room_is_told_before_anything_is_written(
    commune: Commune, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = take(commune).file
    before = digest(commune.folder)
    monkeypatch.setattr(archives, "room", lambda folder: 2**20)
    refused = terminal("backup", terminal.folder / "out.zip")
    assert refused.exit_code == 1
    assert "MiB are needed, 1.0 MiB are left" in refused.stderr
    with pytest.raises(Refusal, match="Not enough room"):
        take(commune)
    assert "Not enough room to restore" in terminal("restore", kept).stderr
    assert digest(commune.folder) == before
    assert terminal("backup", terminal.folder / "no such folder" / "out.zip").exit_code == 1


def test_a_backup_that_cannot_be_noted_takes_nobodys_place(
    commune: Commune, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's command stands still while it writes: `safe` does not move, and no file says that it did."""
    archive = terminal.folder / "all.zip"
    terminal.done("backup", archive)
    before, safe_before = archive.read_bytes(), safe(commune)
    monkeypatch.setattr(history, "TURN_WAIT_S", 0.1)
    with Path(f"{commune.folder / database.FILE_NAME}.lock").open() as stopped:
        fcntl.flock(stopped, fcntl.LOCK_EX)
        assert "The server is busy" in terminal("backup", archive).stderr
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            take(commune)
    assert (archive.read_bytes(), safe(commune)) == (before, safe_before)
    assert [name.name for name in terminal.folder.glob("all.zip*")] == ["all.zip"]
    assert not backups.snapshots(commune.folder / "backups")
