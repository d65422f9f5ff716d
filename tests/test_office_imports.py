"""A spreadsheet comes in by two presses: read and reported first, then imported; between them nothing has changed."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlite_utils import Database
from werkzeug.test import TestResponse

from fieldapp import establishments, visits
from fieldapp.database import write
from tests import making
from tests.cast import Clock

GOOD = """Tên cơ sở,Loại hình,Địa chỉ,Thôn
Karaoke Sao Thử,karaoke,Số 1,Thôn Mẫu 1
Nhà nghỉ Ví Dụ,nhà nghỉ,Số 2,Thôn Mẫu 2
"""
BAD = """Tên cơ sở,Loại hình,Số lao động
Karaoke Sao Thử,quán lạ,5
Nhà nghỉ Ví Dụ,nhà nghỉ,mười
"""


def send(browser: FlaskClient, content: bytes, name: str = "so.csv", subject: str = "establishments") -> TestResponse:
    data = {"file": (io.BytesIO(content), name), "subject": subject, "sheet": ""}
    return browser.post("/import", data=data, content_type="multipart/form-data")


def send_large(browser: FlaskClient, content: bytes) -> TestResponse:
    """The same without a temporary file of the test's own."""
    head = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="so.csv"\r\n\r\n' + content + b"\r\n--b--\r\n"
    body = head % (b"subject", b"establishments") + head % (b"sheet", b"") + file
    return browser.post("/import", data=body, content_type="multipart/form-data; boundary=b")


def waiting_files(app: Flask) -> list[Path]:
    folder = Path(app.config["DATA_FOLDER"]) / "uploads"
    return list(folder.iterdir()) if folder.is_dir() else []


def test_read_then_import(app: Flask, alice: FlaskClient, db: Database) -> None:
    assert send(alice, GOOD.encode()).location == "/import/report"
    page = alice.get("/import/report").text
    assert "Đọc thử xong: nhập được" in page
    assert "Nhập 2 dòng vào sổ" in page
    assert "Thôn Mẫu 1, Thôn Mẫu 2" in page
    assert not establishments.every(db)
    assert len(waiting_files(app)) == 1
    done = alice.post("/import/confirm")
    assert done.location == "/establishments"
    assert "thêm 2, cập nhật 0, giữ nguyên 0" in alice.get("/establishments").text
    assert [e.name for e in establishments.every(db)] == ["Karaoke Sao Thử", "Nhà nghỉ Ví Dụ"]
    assert not waiting_files(app)
    assert alice.post("/import/confirm").location == "/import"  # a second press imports nothing
    assert len(establishments.every(db)) == 2


def test_every_problem_is_named_and_nothing_imported(app: Flask, alice: FlaskClient, db: Database) -> None:
    send(alice, BAD.encode())
    page = alice.get("/import/report").text
    assert "Chưa nhập được: 2 lỗi" in page
    for part in ("quán lạ", "mười", '<th scope="row">2</th>', '<th scope="row">3</th>', "Loại hình", "Số lao động"):
        assert part in page, part
    assert "Nhập 2 dòng" not in page
    refused = alice.post("/import/confirm")
    assert refused.status_code == 422
    assert "2 lỗi, chưa nhập gì" in refused.text
    assert not establishments.every(db)
    assert alice.post("/import/drop").location == "/import"
    assert not waiting_files(app)


def test_columns_about_other_persons_are_refused_by_name(alice: FlaskClient, db: Database) -> None:
    content = "Tên cơ sở,Họ tên tiếp viên\nKaraoke Sao Thử,Nguyễn Thị X\n"
    answer = send(alice, content.encode())
    page = answer.text if answer.status_code == 200 else alice.get("/import/report").text
    assert "Họ tên tiếp viên" in page
    assert "Nguyễn Thị X" not in page
    assert not establishments.every(db)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("anh.png", b"\x89PNG\r\n\x1a\n" + b"x" * 50),
        ("so.xlsx", b"PK\x03\x04 not a workbook"),
        ("so.xlsx", b""),
        ("so.csv", b""),
        ("so.csv", "không có,tiêu đề nào\n1,2\n".encode()),
        ("../../etc/passwd", b"root:x:0"),
    ],
)
def test_what_is_no_table_is_refused_in_words(
    name: str, content: bytes, app: Flask, alice: FlaskClient, db: Database
) -> None:  # fmt: skip
    answer = send(alice, content, name)
    assert answer.status_code == 200
    assert "Chưa lưu được" in answer.text
    assert "Traceback" not in answer.text
    assert not waiting_files(app)
    assert not establishments.every(db)


def test_a_workbook_and_the_visits_of_other_bodies(alice: FlaskClient, db: Database) -> None:
    with write(db) as tx:
        place = making.establishment(tx)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet
    for row in (
        ["Sổ kiểm tra năm 2026"],
        [],
        ["Mã cơ sở", "Ngày kiểm tra", "Cơ quan"],
        ["CS-001", "05/03/2026", "Công an"],
    ):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    assert send(alice, out.getvalue(), "luot.xlsx", "visits").location == "/import/report"
    assert alice.post("/import/confirm").status_code == 302
    assert [v.bodies for v in visits.of_establishment(db, place.id)] == [("police",)]
    assert "Công an" in alice.get(f"/establishments/{place.id}").text


def test_no_file_chosen(alice: FlaskClient) -> None:
    answer = alice.post("/import", data={"subject": "establishments"}, content_type="multipart/form-data")
    assert "Chưa chọn tệp." in answer.text


def test_a_file_too_large_is_answered_in_words(app: Flask, alice: FlaskClient) -> None:
    app.config["UPLOAD_BYTES"] = 2**20
    app.config["WTF_CSRF_ENABLED"] = True  # the check reads the form first
    answer = send_large(alice, b"x" * (2 * 2**20))
    assert answer.status_code == 413
    assert "Tệp lớn hơn 1 MiB. Không có gì thay đổi." in answer.text
    assert "Quay lại" in answer.text or "Hôm nay" in answer.text
    assert not waiting_files(app)


def test_between_the_wires_limit_and_an_uploads(app: Flask, alice: FlaskClient, db: Database) -> None:
    """A spreadsheet may be larger than any other request of the application."""
    content = GOOD.encode() + b"\n" * (app.config["MAX_CONTENT_LENGTH"] + 1000)
    answer = send_large(alice, content)
    assert answer.status_code != 413
    assert "Tệp lớn hơn" not in answer.text


def test_forgotten_files_go(app: Flask, alice: FlaskClient) -> None:
    send(alice, GOOD.encode())
    for file in waiting_files(app):
        os.utime(file, (0, 0))
    send(alice, GOOD.encode())
    assert len(waiting_files(app)) == 1


def test_one_person_does_not_see_anothers_file(alice: FlaskClient, sign_in: Callable[[str], FlaskClient]) -> None:
    send(alice, GOOD.encode())
    assert sign_in("dung").get("/import/report").location == "/import"


def test_a_column_that_was_not_understood_is_pointed_out_and_read_again(alice: FlaskClient, db: Database) -> None:
    """Short forms are understood; what is left can be told by hand, before anything is imported."""
    sheet = "Tên cơ sở,Loại hình KD,Ngày đưa vào QL,Bà con gọi là\nQuán Mẫu,karaoke,05/03/2026,Số 9 đường Mẫu\n"
    send(alice, sheet.encode())
    page = alice.get("/import/report").text
    assert "1 cột chưa hiểu, đang bỏ qua" in page
    told = {"column": ["Bà con gọi là", "Tên cơ sở"], "field": ["address", "name"]}
    assert alice.post("/import/columns", data=told).location == "/import/report"
    assert "Các cột: đã hiểu cả" in alice.get("/import/report").text
    # the name's column left out cannot be: the file is read as before
    refused = alice.post("/import/columns", data={"column": "Tên cơ sở", "field": ""}, follow_redirects=True).text
    assert "Các cột: đã hiểu cả" in refused
    assert "không thấy dòng tiêu đề" in refused
    alice.post("/import/confirm")
    (made,) = establishments.every(db)
    assert (made.name, made.type, made.address, f"{made.managed_since}") == (
        "Quán Mẫu", "karaoke", "Số 9 đường Mẫu", "2026-03-05",
    )  # fmt: skip
    assert alice.post("/import/columns", data=told).location == "/import"


def test_visits_that_came_in_are_shown_in_the_ledger(alice: FlaskClient, db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        making.establishment(tx, code="CS-001")
    send(alice, "Mã cơ sở,Ngày KT\nCS-001,05/03/2026\n".encode(), subject="visits")
    assert alice.post("/import/confirm").location == "/ledger"
    assert len(visits.in_year(db, 2026)) == 1
