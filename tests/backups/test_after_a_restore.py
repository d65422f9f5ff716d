"""What phones give back, what the office is told, and what stays erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from fieldapp import audit, evidence, people
from fieldapp.errors import Refusal
from fieldapp.keeping import erasing, restores
from tests.backups.steps import ALICE, inspect, snapshot_head, stop, take
from tests.cast import PASSWORD
from tests.phones import Commune, WirePhone, wire_op
from tests.spreadsheets import Terminal
from tests.wire.reading import JPEG, JPEG_NAME


def test_phones_give_back_the_field_work_since_the_backup(
    commune: Commune, phone: WirePhone, terminal: Terminal, restart: Callable[[], None]
) -> None:
    other = commune.phone("hoa")
    inspect(phone)
    snapshot = take(commune).file
    lost = [phone.inspection() for _ in range(3)]
    carried = commune.phone("hoa").inspection()
    phone.receipts(*lost, carried)
    numbers = dict(commune.ask("SELECT id, number FROM inspection"))
    stop(commune)
    terminal.done("restore", snapshot)
    restart()
    head = list(snapshot_head(snapshot))
    answer = phone.push(*lost, carried, trail=[head])
    assert answer.json["rewind"] == head
    phone.mark = answer.json["rewind"]
    (early,) = other.receipts(other.inspection())  # another phone is there first, with a record of its own
    assert early["status"] == "applied"
    assert {r["status"] for r in phone.receipts(carried, *reversed(lost))} == {"applied"}
    now = dict(commune.ask("SELECT id, number FROM inspection"))
    assert {record: now[record] for record in numbers} == numbers, "what stands on a paper stands"
    assert len(set(now.values())) == len(now) == len(numbers) + 1
    found = restores.unseen(commune.db)
    assert found is not None
    row = next(row for row in restores.came_back(commune.db, found) if row.device == phone.device)
    assert (len(row.inspections), row.carried, row.device) == (4, 1, phone.device)
    terminal.done("check")


def test_the_last_restore_is_the_one_that_is_told_also_after_the_clock_was_put_right(
    commune: Commune, terminal: Terminal
) -> None:  # fmt: skip
    stop(commune)
    for name, ahead in (("ahead.zip", timedelta(days=1)), ("right.zip", -timedelta(days=1))):
        commune.clock.now += ahead
        terminal.done("backup", terminal.folder / name)
        terminal.done("restore", terminal.folder / name)
    last = restores.newest(commune.db)
    assert last is not None
    assert last.file == "right.zip"


def test_what_the_office_did_since_the_backup_is_named(
    commune: Commune, phone: WirePhone, terminal: Terminal, restart: Callable[[], None]
) -> None:
    with commune.writing() as tx:
        people.revoke(tx, ALICE, phone.device, reason="Mất máy")
        people.issue_code(tx, ALICE, commune.account("binh"))
    stolen = commune.phone("hoa")
    archive = terminal.folder / "all.zip"
    terminal.done("backup", archive)
    with commune.writing() as tx:
        people.revoke(tx, ALICE, stolen.device, reason="Mất máy")
        people.open_account(tx, ALICE, name="Lê Văn Mới", role="inspector", password="một mật khẩu dài")
        people.close_account(tx, ALICE, commune.account("em"), reason="Chuyển công tác")
    commune.phone("binh")
    stop(commune)
    terminal.done("restore", archive)
    found = restores.unseen(commune.db)
    assert found is not None
    assert found.lost is not None
    assert [deed["action"] for deed in found.lost.deeds] == ["account_opened"]
    assert found.lost.deeds[0]["number"] == "le.van.moi"
    assert found.lost.revived == [stolen.device], "not the one that had been revoked before the backup"
    assert found.lost.reopened == [commune.account("em")]
    assert [phone["name"] for phone in found.lost.phones] == ["Máy thử"]
    with commune.writing() as tx:
        restores.settle(tx, ALICE, found)
    assert restores.unseen(commune.db) is None
    assert audit.first_broken(commune.db) is None


def test_whoever_was_shut_out_since_the_backup_stays_shut_out(
    commune: Commune, phone: WirePhone, terminal: Terminal, restart: Callable[[], None]
) -> None:
    stolen, archive, new = commune.phone("hoa"), terminal.folder / "all.zip", "một mật khẩu mới hẳn"
    cookies = {name: commune.office(name) for name in ("alice", "em")}
    terminal.done("backup", archive)
    with commune.writing() as tx:
        people.revoke(tx, ALICE, stolen.device, reason="Mất máy")
        people.set_password(tx, ALICE, commune.account("alice"), new)
        people.close_account(tx, ALICE, commune.account("em"), reason="Chuyển công tác")
        people.open_account(tx, ALICE, name="Quản trị mới", username="moi", role="admin", password=new)
        people.close_account(tx, ALICE, commune.account("quan"), reason="Chuyển công tác")
    stop(commune)
    terminal.done("restore", archive)
    restart()
    assert stolen.pull().json["error"]["code"] == "device_revoked"
    assert phone.pull().status_code == 200, "nobody had shut this one out"
    browser = commune.app.test_client()
    for cookie in cookies.values():  # what a browser of before the restore holds opens nothing
        browser.set_cookie("fieldapp_15187", cookie.get_cookie("fieldapp_15187").value)
        assert browser.get("/establishments").location.startswith("/sign-in")
    db = commune.db
    for name, password in (("alice", PASSWORD), ("em", PASSWORD)):
        with pytest.raises(Refusal, match="wrong"):
            people.authenticate(db, name, password)
    assert people.authenticate(db, "alice", new)
    assert people.authenticate(db, "quan", PASSWORD), "the only administrator that the backup knows"
    page = commune.office("quan").get("/backups/restored").text
    assert page.count("đã ngừng") == page.count("đã đóng") == page.count("Mở để đóng lại") == 1
    terminal.done("check")


@pytest.mark.parametrize("database_lost", [False, True])
def test_erased_records_stay_erased(
    commune: Commune, phone: WirePhone, terminal: Terminal, restart: Callable[[], None], database_lost: bool
) -> None:
    op = phone.inspection(photos={JPEG_NAME: {"class": "premises", "taken_at": "2026-11-21T09:00:00+07:00"}},
                          answers={"A01": {"a": "khong_dat", "note": "", "files": [JPEG_NAME]}})  # fmt: skip
    op = wire_op("inspection", op.line, files=[JPEG_NAME])
    phone.receipts(op)
    phone.put_file(JPEG)
    archive = terminal.folder / "all.zip"
    terminal.done("backup", archive)
    (record,) = commune.ask("SELECT id FROM inspection")[0]
    with commune.writing() as tx:
        for sha256 in erasing.erase(tx, "inspection", record):
            evidence.shelf(commune.folder).remove(sha256)
    terminal.done("check")
    take(commune)  # the list of ids now lies beside the database and beside the backups
    stop(commune)
    if database_lost:
        for file in commune.folder.glob("fieldapp.sqlite*"):
            file.unlink()
    terminal.done("restore", archive)
    restart()
    assert commune.ask("SELECT count(*) FROM inspection") == commune.ask("SELECT count(*) FROM finding") == [(0,)]
    assert not evidence.shelf(commune.folder).path(JPEG_NAME).exists()
    phone.mark = None
    assert phone.receipts(op)[0]["status"] == "erased"
    terminal.done("check")
