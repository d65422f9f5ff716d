"""Sao lưu: the administrator sees where backups stand; the office is told what concerns it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlite_utils import Database

from fieldapp import people
from fieldapp.audit import Actor
from fieldapp.clock import Clock
from fieldapp.database import write
from fieldapp.keeping import archives, backups, restores
from tests import making


@pytest.fixture
def quan(sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in("quan")


def restored(db: Database, clock: Clock, lost: restores.Lost | None) -> None:
    with write(db, clock) as tx:
        restores.note(tx, file="fieldapp.zip", taken_at="2026-11-20T19:00:00.000Z", seq=1, lost=lost)


def test_the_administrator_makes_one_and_sees_it(app: Flask, quan: FlaskClient, alice: FlaskClient) -> None:
    assert "Chưa có bản sao lưu nào" in quan.get("/backups").text
    assert "còn nguyên" in quan.post("/backups/take", follow_redirects=True).text
    page = quan.get("/backups").text
    assert "21/11/2026, 09:15" in page
    assert "fieldapp-20261121-091500.sqlite" in page
    assert "Sao lưu" in quan.get("/audit").text
    assert "sao lưu" not in alice.get("/").text.lower(), "nothing to tell while all is well"


def test_failures_and_old_backups_are_told_to_office_and_administrator(
    sign_in: Callable[[str], FlaskClient], clock: Clock, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    quan, alice = sign_in("quan"), sign_in("alice")
    quan.post("/backups/take")
    with monkeypatch.context() as full:
        full.setattr(archives, "room", lambda folder: 1000)
        assert "Không đủ chỗ để sao lưu" in quan.post("/backups/take", follow_redirects=True).text
    with write(db, clock) as tx:
        backups.note_failure(tx, "Không đủ chỗ.")
    assert "Không đủ chỗ. Máy chủ tự thử lại mỗi giờ" in quan.get("/backups").text
    assert "Sao lưu chưa làm được từ 21/11/2026, 09:15. Bản gần nhất" in alice.get("/").text
    assert "Sao lưu chưa làm được" in quan.get("/accounts").text
    assert "Sao lưu chưa" not in sign_in("binh").get("/").text
    quan.post("/backups/take")
    assert "Sao lưu chưa" not in alice.get("/").text
    clock.now += timedelta(days=2, minutes=1)
    assert "Bản sao lưu gần nhất đã cũ: 21/11/2026" in alice.get("/").text


def test_after_a_restore_the_office_is_told_until_it_says_done(
    app: Flask, quan: FlaskClient, alice: FlaskClient, db: Database, clock: Clock
) -> None:
    assert "chưa phải khôi phục lần nào" in alice.get("/backups/restored").text
    with write(db, clock) as tx:
        account = next(a for a in people.accounts(tx.db) if a.username == "binh")
        people.enrol(tx, account, device="d-1", device_name="Máy của Bình")
    deed = {
        "at": "2026-11-21T01:00:00.000Z", "person": "Lê Thị Alice", "action": "establishment_changed",
        "kind": "establishment", "object": "abcdef0123", "number": "",
    }  # fmt: skip
    restored(
        db, clock, restores.Lost([deed], [{"name": "Máy mới", "person": "Vũ Dũng"}], ["d-1"], [account.id], safe=9)
    )
    with write(db, clock) as tx:
        place = making.establishment(tx)
        body = making.inspection_body(tx, place, author=account.id)
        making.keep(tx, "inspection", body)
        making.inspections.record_inspection(tx, body, Actor(account.id, "d-1"))
        found = making.inspections.read(tx.db, body["id"])
    assert "Xem gì đã về" in alice.get("/").text
    page = alice.get("/backups/restored").text
    for told in ("Sửa thông tin cơ sở", "abcdef01", "Máy mới (Vũ Dũng)", found.number, "bản sao lưu mới hơn"):
        assert told in page
    assert "Ngừng lại" not in page
    assert "Mở để đóng lại" in quan.get("/backups/restored").text
    assert quan.post("/devices/d-1/revoke", data={"reason": "Đã ngừng trước khi khôi phục"}).status_code == 302
    assert quan.get("/backups/restored").text.split("vẫn ngừng")[1].count("đã ngừng") == 1
    assert "đã làm xong" in alice.post("/backups/restored/seen", follow_redirects=True).text
    assert "Xem gì đã về" not in alice.get("/").text
    restored(db, lambda: clock() + timedelta(minutes=1), None)
    assert "Không đọc được dữ liệu đã bị thay" in alice.get("/backups/restored").text


def test_no_backup_is_handed_out(quan: FlaskClient, app: Flask) -> None:
    """It holds every record and person; the administrator sees no case data."""
    quan.post("/backups/take")
    (name,) = Path(app.config["DATA_FOLDER"], "backups").glob("*.sqlite")
    assert f'href="/backups/{name.name}' not in quan.get("/backups").text
    assert quan.get(f"/backups/{name.name}").status_code == 404
