"""The day's backup, by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from fieldapp import database
from fieldapp.audit import COMMAND_LINE
from fieldapp.errors import Refusal
from fieldapp.keeping import backups
from fieldapp.keeping.daily import AGAIN_AFTER
from tests.backups.steps import ALICE, daily, safe, take
from tests.phones import Commune, WirePhone
from tests.spreadsheets import Terminal


def test_the_first_backup_is_made_at_once_and_then_one_a_day(commune: Commune) -> None:
    thread, folder = daily(commune), commune.folder / "backups"
    commune.clock.now = datetime(2026, 11, 21, 16, 59, tzinfo=UTC)  # 23:59 in the commune
    thread.look()
    assert len(backups.snapshots(folder)) == 1
    for minutes, made in ((2, 1), (60, 1), (59, 2), (60, 2)):  # 00:01, 01:01, 02:00, 03:00
        commune.clock.now += timedelta(minutes=minutes)
        thread.look()
        assert len(backups.snapshots(folder)) == made, f"{commune.clock.now}"
    thread.ask(ALICE)
    thread.look()
    newest = backups.snapshots(folder)
    assert [file.name for file in newest] == ["fieldapp-20261122-030000.sqlite", "fieldapp-20261121-235900.sqlite"]
    assert commune.ask("SELECT account FROM audit WHERE action = 'backup_taken'")[-1] == ("alice",)
    never = daily(commune, backup_days=0)
    commune.clock.now += timedelta(days=3)
    never.look()
    assert backups.snapshots(folder) == newest


@pytest.mark.parametrize("off", [timedelta(days=365), timedelta(days=-365)])
def test_a_clock_that_was_wrong_and_is_put_right_holds_no_backup_up(commune: Commune, off: timedelta) -> None:
    thread, folder, right = daily(commune), commune.folder / "backups", datetime(2026, 11, 21, 1, tzinfo=UTC)
    for day in range(9):
        commune.clock.now = right + off + timedelta(days=day)
        thread.look()
    wrong = set(backups.snapshots(folder))
    for day in range(8):
        commune.clock.now = right + timedelta(days=day)
        thread.look()
    right_days = [file.name[9:17] for file in backups.snapshots(folder) if file not in wrong]
    assert right_days[:7] == [f"202611{day}" for day in range(28, 21, -1)]


def test_a_backup_that_fails_is_told_and_tried_again_after_an_hour(commune: Commune) -> None:
    folder = commune.folder / "elsewhere"
    folder.write_text("no folder")
    thread = daily(commune, backups=folder)
    thread.look()
    assert thread.failure is not None
    assert not thread.running
    failed = backups.standing(commune.db, folder).failed
    assert failed is not None
    assert "elsewhere" in failed["why"]
    folder.unlink()
    thread.look()
    assert not folder.exists(), "not every minute"
    commune.clock.now += AGAIN_AFTER
    thread.look()
    assert thread.failure is None
    assert backups.standing(commune.db, folder).failed is None
    assert len(backups.snapshots(folder)) == 1


def test_writers_go_on_while_a_backup_is_made(
    commune: Commune, phone: WirePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = []
    verify = backups.soundness.of_database

    def push_meanwhile(db: database.Database) -> Iterator[str]:
        pushed.append(phone.receipts(phone.inspection())[0]["seq"])
        yield from verify(db)

    monkeypatch.setattr(backups.soundness, "of_database", push_meanwhile)
    made = take(commune)
    assert pushed == [made.point[0] + 1], "the snapshot is of the moment before"
    assert safe(commune) == made.point[0]


def test_two_backups_at_once_are_one(commune: Commune, terminal: Terminal) -> None:
    with database.lock(commune.folder / backups.LOCK_FILE, alone=True):
        assert "Another backup is being made" in terminal("backup", terminal.folder / "out.zip").stderr
    terminal.done("backup", terminal.folder / "out.zip")


def test_a_disk_that_is_not_plugged_in_is_not_made_up(commune: Commune) -> None:
    db = commune.db
    with pytest.raises(Refusal, match="cannot be written"):
        backups.take(db, commune.folder, commune.folder / "usb" / "backups", commune.clock(), actor=COMMAND_LINE)
    assert not (commune.folder / "usb").exists()
    db.close()
