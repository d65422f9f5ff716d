"""A finding's page at the office: its story, evidence taken in, closing, extending, referring, the notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlite_utils import Database

from fieldapp import checklists, evidence, findings
from fieldapp.database import write
from fieldapp.findings import Finding
from sync import signed
from tests import making
from tests.cast import Clock

BAD = {"C04": {"a": "khong_dat", "note": "02 bình hết hạn kiểm định", "files": [], "due_on": "2026-11-10"}}


@pytest.fixture
def finding(db: Database, clock: Clock) -> Finding:
    with write(db, clock) as tx:
        place = making.establishment(tx, "Karaoke Sao Thử", address="Số 1", phone="0900000001")
        visit = making.inspect(tx, place, answers=BAD)
        return findings.of_inspection(tx.db, visit.id)[0]


def photo(where: bytes = b"Kim T\xc3\xa2n") -> BytesIO:
    """A large photo on its side, which tells where it was taken."""
    picture, told = Image.new("RGB", (3000, 2000), "gray"), BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, where.decode()
    exif.get_ifd(0x8825)[2] = (20.0, 1.0, 2.0)
    picture.save(told, "JPEG", exif=exif)
    told.seek(0)
    return told


def post(browser: FlaskClient, finding: Finding, event: str, **data: Any) -> Any:
    answer = browser.post(f"/findings/{finding.id}/event", data={"event": event, **data})
    answer.request.environ["wsgi.input"].close()  # the test's own browser leaves a large upload open
    return answer


def now(db: Database, finding: Finding) -> tuple[str, date, date | None]:
    found = findings.read(db, finding.id)
    return found.state, found.due_on, found.closed_on


def test_from_overdue_to_closed(alice: FlaskClient, app: Flask, db: Database, finding: Finding) -> None:
    path = f"/findings/{finding.id}"
    assert path in alice.get("/findings?only=overdue").text
    page = alice.get(path).text
    for part in ("02 bình hết hạn kiểm định", "Quá hạn", "10/11/2026", "Chưa có diễn biến", "Xác nhận đã khắc phục"):
        assert part in page, part
    done = post(
        alice, finding, "evidence", files=[(photo(), "a.jpg")], kind="premises", conclusion="remedied", how="photo",
        note="Tem kiểm định mới",
    )  # fmt: skip
    assert done.status_code == 302, done.text
    assert now(db, finding)[0] == "submitted"
    assert path in alice.get("/findings?only=submitted").text
    (event,) = findings.events(db, finding)
    (sha256,) = signed.files(db, "finding_event", [event.id])[event.id]
    kept = evidence.read(db, app.config["DATA_FOLDER"], sha256)
    assert kept is not None
    with Image.open(kept.path) as picture:
        assert (picture.size, dict(picture.getexif())) == ((1067, 1600), {})
    with alice.get(f"/files/{sha256}") as shown:
        assert shown.status_code == 200
    page = alice.get(path).text
    assert "Tem kiểm định mới" in page
    assert sha256 in page
    post(alice, finding, "closed", how="photo", note="")
    assert now(db, finding) == ("closed", date(2026, 11, 10), date(2026, 11, 21))
    assert "Khắc phục xong" in alice.get(path).text
    assert path not in alice.get("/findings").text
    assert post(alice, finding, "reopened", note="").status_code == 422
    post(alice, finding, "reopened", note="Tem bị bóc")
    assert now(db, finding)[0] == "open"


def test_an_extension_needs_a_day_and_a_reason(alice: FlaskClient, db: Database, finding: Finding) -> None:
    assert "Ghi hạn mới." in post(alice, finding, "extended", note="Chờ thợ").text
    assert "Ghi lý do gia hạn." in post(alice, finding, "extended", due_on="5/12/2026").text
    assert post(alice, finding, "extended", due_on="31/02/2026", note="x").status_code == 422
    assert now(db, finding)[0] == "open"
    post(alice, finding, "extended", due_on="5/12/2026", note="Chờ thợ")
    assert now(db, finding)[:2] == ("extended", date(2026, 12, 5))
    assert "hạn đầu 10/11/2026" in alice.get(f"/findings/{finding.id}").text


def test_a_referral_needs_the_number_of_its_letter(alice: FlaskClient, db: Database, finding: Finding) -> None:
    assert post(alice, finding, "referred").status_code == 422
    post(alice, finding, "referred", document_no="12/CV-UBND")
    assert now(db, finding)[0] == "referred"
    assert "12/CV-UBND" in alice.get(f"/findings/{finding.id}").text


def bomb() -> bytes:
    """A hundred kilobytes that unpack to 81 million pixels."""
    told = BytesIO()
    Image.new("1", (9000, 9000)).save(told, "PNG")
    return told.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"MZ\x90", "Chỉ nhận tệp JPEG"), (b"%PDF-" + b"0" * 2**22, "4 MiB"), (b"GIF89a", "Chỉ nhận tệp JPEG"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 90, "Chỉ nhận tệp JPEG"), (photo().read()[:-900], "Chỉ nhận tệp JPEG"),
        (b"0" * (7 * 2**20), "Chỉ nhận tệp JPEG"), (bomb(), "4 MiB"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_changes_nothing(
    data: bytes, says: str, alice: FlaskClient, db: Database, finding: Finding
) -> None:  # fmt: skip
    refused = post(alice, finding, "evidence", files=[(BytesIO(data), "a.pdf")])
    assert refused.status_code == 422
    assert says in refused.text
    assert findings.events(db, finding) == []


def test_a_cameras_own_photo_is_larger_than_what_is_kept_of_it(
    alice: FlaskClient, db: Database, finding: Finding
) -> None:
    told = BytesIO()
    Image.effect_noise((3200, 2400), 120).convert("RGB").save(told, "JPEG", quality=95)
    assert len(told.getvalue()) > 6 * 2**20
    told.seek(0)
    assert post(alice, finding, "evidence", files=[(told, "a.jpg")], kind="premises").status_code == 302
    (event,) = findings.events(db, finding)
    assert signed.files(db, "finding_event", [event.id])


def test_free_text_about_persons_is_warned_of(alice: FlaskClient, db: Database, finding: Finding) -> None:
    refused = post(alice, finding, "closed", note="CCCD 001099012345")
    assert "giống thông tin cá nhân" in refused.text
    assert now(db, finding)[0] == "open"
    post(alice, finding, "closed", note="CCCD 001099012345", read_again="y")
    assert now(db, finding)[0] == "closed"


def test_an_inspector_reads_and_decides_nothing(
    sign_in: Callable[[str], FlaskClient], db: Database, finding: Finding
) -> None:  # fmt: skip
    binh = sign_in("binh")
    page = binh.get(f"/findings/{finding.id}")
    assert page.status_code == 200
    assert "Việc của văn phòng" not in page.text
    assert post(binh, finding, "closed").status_code == 403
    assert now(db, finding)[0] == "open"


def test_the_notice_lists_what_is_open_and_nothing_that_was_referred(
    alice: FlaskClient, db: Database, clock: Clock, finding: Finding
) -> None:  # fmt: skip
    item = next(i["id"] for i in checklists.current(db)["items"] if i["refer"])
    with write(db, clock) as tx:
        place = making.establishment(tx, "Quán Khác")
        making.inspect(tx, place, answers={item: {"a": "khong_dat", "note": "không in", "files": []}, **BAD})
    sheet = alice.get(f"/findings/notice/{place.id}").text
    for part in ("THÔNG BÁO", "PHIẾU HẬU KIỂM", "Quán Khác", "02 bình hết hạn kiểm định", "10/11/2026", "BB-2026-0002"):
        assert part in sheet, part
    assert "không in" not in sheet
    assert post(alice, finding, "closed").status_code == 302
    assert "không còn tồn tại nào" in alice.get(f"/findings/notice/{finding.establishment}").text


def test_an_amended_finding_leads_to_the_one_that_stands(
    alice: FlaskClient, db: Database, clock: Clock, finding: Finding
) -> None:  # fmt: skip
    post(alice, finding, "evidence", conclusion="remedied")
    with write(db, clock) as tx:
        place = making.establishment(tx, "x")
        later = making.inspect(tx, place, amends=finding.inspection, answers=BAD)
        (stands,) = findings.of_inspection(tx.db, later.id)
    assert later.number in alice.get(f"/findings/{finding.id}").text
    post(alice, finding, "closed")
    assert findings.read(db, stands.id).state == "closed"
