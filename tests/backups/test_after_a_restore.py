"""What phones give back, what the office is told, and what stays erased."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fieldapp import audit, evidence, people
from fieldapp.keeping import erasing, restores
from tests.backups.steps import ALICE, inspect, snapshot_head, stop, take
from tests.phones import Commune, WirePhone, wire_op
from tests.spreadsheets import Terminal
from tests.wire.reading import JPEG, JPEG_NAME


def test_phones_give_back_the_field_work_since_the_backup(
    commune: Commune, phone: WirePhone, terminal: Terminal, restart: Callable[[], None]
) -> None:
    inspect(phone)
    snapshot = take(commune).file
    lost = [phone.inspection() for _ in range(3)]
    carried = commune.phone("chi").inspection()
    phone.receipts(*lost, carried)
    stop(commune)
    terminal.done("restore", snapshot)
    restart()
    head = list(snapshot_head(snapshot))
    answer = phone.push(*lost, carried, trail=[head])
    assert answer.json["rewind"] == head
    phone.mark = answer.json["rewind"]
    assert {r["status"] for r in phone.receipts(*lost, carried)} == {"applied"}
    found = restores.unseen(commune.db)
    assert found is not None
    (row,) = restores.came_back(commune.db, found)
    assert (len(row.inspections), row.carried, row.device) == (4, 1, phone.device)
    terminal.done("check")


def test_what_the_office_did_since_the_backup_is_named(
    commune: Commune, phone: WirePhone, terminal: Terminal, restart: Callable[[], None]
) -> None:
    with commune.writing() as tx:
        people.revoke(tx, ALICE, phone.device, reason="Mất máy")
        people.issue_code(tx, ALICE, commune.account("binh"))
    stolen = commune.phone("chi")
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
    assert [deed["action"] for deed in found.lost.deeds] == [
        "device_revoked", "account_opened", "account_closed",
    ]  # fmt: skip
    assert found.lost.deeds[1]["number"] == "le.van.moi"
    assert found.lost.revived == [stolen.device], "not the one that had been revoked before the backup"
    assert found.lost.reopened == [commune.account("em")]
    assert [phone["name"] for phone in found.lost.phones] == ["Máy thử"]
    with commune.writing() as tx:
        restores.settle(tx, ALICE, found)
    assert restores.unseen(commune.db) is None
    assert audit.first_broken(commune.db) is None


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
