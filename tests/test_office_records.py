"""Reading a record, deciding about it, its files, its sheet of paper."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlite_utils import Database

from fieldapp import audit, evidence, findings, inspections
from fieldapp.database import write
from fieldapp.exporting import papers
from fieldapp.inspections import Inspection
from sync import signed
from sync.kinds import Carrier
from tests import making
from tests.cast import NOW, Clock

PICTURE = b"\xff\xd8\xff\xe0" + b"a picture of a sign" * 9
SHA = hashlib.sha256(PICTURE).hexdigest()
SHORT = {
    "A03": {"a": "khong_dat", "note": "Biển hiệu ghi thiếu tên.", "files": [SHA], "due_on": "2026-11-28"},
    "C04": {"a": "chua_xem_xet", "note": "Chủ cơ sở giữ chìa khóa.", "files": []},
    "D03": {"a": "khong_dat", "note": "01 trường hợp, đã báo Công an lúc 9 giờ.", "files": []},
}
WITH_PHOTO = {"answers": SHORT, "photos": {SHA: {"class": "premises", "taken_at": "2026-11-21T02:00:00Z"}}}


def record(db: Database, clock: Clock, **facts: Any) -> Inspection:
    """An inspection as it came from a phone, with the files it names."""
    with write(db, clock) as tx:
        place = making.establishment(tx, "Tẩm quất Thử Nghiệm", type="massage")
        body = making.inspection_body(tx, place, **facts)
        making.keep(tx, "inspection", body)
        for sha in evidence.classes(body):
            tx.db.execute("INSERT OR IGNORE INTO file_use VALUES (?, 'inspection', ?)", [sha, body["id"]])
        inspections.record_inspection(tx, body, making.ACTOR, skew_s=facts.get("skew_s"))
        return inspections.read(tx.db, body["id"])


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)).split())


def test_a_record_is_shown_whole(alice: FlaskClient, db: Database, clock: Clock) -> None:
    found = record(
        db, clock, **WITH_PHOTO, opinion="Đề nghị gửi ảnh qua điện thoại.", recommendation="remedy",
        members=[{"name": "Lê Văn Ví Dụ", "position": "Thành viên"}],
        representative={"name": "Nguyễn Văn Mẫu", "capacity": "owner"},
        notice={"version": "1", "read_at": "2026-11-21T02:01:00Z"},
    )  # fmt: skip
    shown = text_of(alice.get(f"/inspections/{found.id}").text)
    for part in (
        "BB-2026-0001", "Tẩm quất Thử Nghiệm", "Biển hiệu ghi thiếu tên.", "ảnh chưa về", "1 chưa xem xét",
        "Khắc phục chậm nhất 28/11/2026, xác nhận bằng hình ảnh.", "Chủ cơ sở giữ chìa khóa.", "2 không đạt",
        "Đã chuyển cơ quan có thẩm quyền.", "Lê Văn Ví Dụ (Thành viên)", "Nguyễn Văn Mẫu, chủ cơ sở",
        "Đề nghị gửi ảnh qua điện thoại.", "Còn tồn tại, yêu cầu khắc phục", "1 ảnh hoặc chữ ký chưa về",
        "Tổng số lao động tại thời điểm kiểm tra (người) 8",
    ):  # fmt: skip
        assert part in shown, part


def test_a_follow_up_shows_how_each_shortcoming_was_found(alice: FlaskClient, db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        place = making.establishment(tx)
        first = making.inspect(tx, place, answers={"A01": {"a": "khong_dat", "note": "Hết hạn", "files": []}})
        finding = findings.of_inspection(tx.db, first.id)[0]
        told = {"item": "A01", "result": "partly", "note": "Đã nộp hồ sơ, chờ cấp", "files": []}
        then = told | {"finding": "Giấy phép treo tại quầy đã hết hạn", "due_on": "2026-10-05"}
        older = making.inspect(tx, place, kind="follow_up", answers={}, remedies={finding.id: told})
        newer = making.inspect(tx, place, kind="follow_up", answers={}, remedies={finding.id: then})
        elsewhere = making.inspect(tx, place, kind="follow_up", answers={}, remedies={older.id: told})
    for later, words in (
        (newer, "Giấy phép treo tại quầy đã hết hạn (hạn khắc phục 05/10/2026)"),
        (older, f"Hết hạn (hạn khắc phục {finding.first_due_on:%d/%m/%Y})"),
        (elsewhere, "Đã nộp hồ sơ, chờ cấp"),
    ):
        for page in (f"/inspections/{later.id}", f"/inspections/{later.id}/print"):
            text = " ".join(re.sub("<[^>]*>", "", alice.get(page).text).split())
            assert "Khắc phục một phần" in text
            assert "Đã nộp hồ sơ, chờ cấp" in text
            assert words in text, page


def test_a_photo_comes_beside_the_answer_it_proves(
    alice: FlaskClient, sign_in: Callable[[str], FlaskClient], app: Flask, db: Database, clock: Clock
) -> None:  # fmt: skip
    found = record(db, clock, **WITH_PHOTO)
    assert alice.get(f"/files/{SHA}").status_code == 404
    evidence.shelf(app.config["DATA_FOLDER"]).take(db, SHA, PICTURE, Carrier("", "phone"), NOW)
    page = alice.get(f"/inspections/{found.id}").text
    assert f'<img src="/files/{SHA}"' in page
    assert "ảnh chưa về" not in page
    with alice.get(f"/files/{SHA}") as file:
        assert file.data == PICTURE
        assert file.mimetype == "image/jpeg"
        assert file.headers["Content-Disposition"] == "inline"
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert file.headers["Cache-Control"] == "private, no-cache"  # the browser asks each time whether it still may
        assert "default-src 'self'" in file.headers["Content-Security-Policy"]
        kept = {"If-None-Match": file.headers["ETag"]}
    with alice.get(f"/files/{SHA}", headers=kept) as again:
        assert again.status_code == 304
    assert app.test_client().get(f"/files/{SHA}", headers=kept).location.startswith("/sign-in")
    assert sign_in("binh").get(f"/files/{SHA}").status_code == 404  # not his record
    for name in ("..%2f..%2fsecret.key", "0" * 63, SHA.upper(), "0" * 64):
        assert alice.get(f"/files/{name}").status_code == 404, name


def test_accepting_leads_to_the_next(alice: FlaskClient, db: Database, clock: Clock) -> None:
    first, second = record(db, clock), record(db, clock)
    assert alice.get("/inspections").location == f"/inspections/{first.id}"
    answer = alice.post(f"/inspections/{first.id}/decision", data={"decision": "accepted"})
    assert answer.location == f"/inspections/{second.id}"
    assert inspections.read(db, first.id).state == "accepted"
    last = alice.post(f"/inspections/{second.id}/decision", data={"decision": "accepted"})
    assert last.location == f"/inspections/{second.id}"
    assert alice.get("/inspections").location == "/inspections/year"


@pytest.mark.parametrize(
    ("decision", "missing"), [("returned", "Phải ghi điều cần bổ sung."), ("voided", "Phải ghi lý do hủy.")]
)
def test_sending_back_and_voiding_need_words(
    decision: str, missing: str, alice: FlaskClient, db: Database, clock: Clock
) -> None:  # fmt: skip
    found = record(db, clock, answers=SHORT)
    for remark in ("", "   "):
        refused = alice.post(f"/inspections/{found.id}/decision", data={"decision": decision, "remark": remark})
        assert refused.status_code == 422
        assert missing in refused.text
        assert inspections.read(db, found.id).state == "received"
    guarded = alice.post(f"/inspections/{found.id}/decision", data={"decision": decision, "remark": "Tiếp viên A"})
    assert guarded.status_code == 422
    assert "Tiếp viên A</textarea>" in guarded.text  # what was typed stays
    alice.post(f"/inspections/{found.id}/decision", data={"decision": decision, "remark": "Thiếu ảnh mục A03"})
    after = inspections.read(db, found.id)
    assert (after.state, after.remark) == (decision, "Thiếu ảnh mục A03")
    assert "Thiếu ảnh mục A03" in alice.get(f"/inspections/{found.id}").text
    left = [f.state for f in findings.of_inspection(db, found.id)]
    assert left == (["withdrawn", "withdrawn"] if decision == "voided" else ["open", "referred"])


def test_nothing_can_be_decided_about_what_no_longer_stands(alice: FlaskClient, db: Database, clock: Clock) -> None:
    found = record(db, clock)
    with write(db, clock) as tx:
        inspections.void(tx, making.ACTOR, found.id, "Nhập nhầm")
    page = alice.get(f"/inspections/{found.id}").text
    assert "data-decide" not in page
    answer = alice.post(f"/inspections/{found.id}/decision", data={"decision": "accepted"})
    assert answer.status_code == 409
    assert "Biên bản đã bị hủy." in answer.text
    assert alice.post(f"/inspections/{found.id}/decision", data={"decision": "nonsense"}).status_code == 404


def test_amendments_are_named_both_ways(alice: FlaskClient, db: Database, clock: Clock) -> None:
    old = record(db, clock)
    with write(db, clock) as tx:
        place = next(iter(making.establishments.every(tx.db)))
        new = making.inspect(tx, place, amends=old.id, amend_reason="Ghi nhầm số phòng")
    before, after = alice.get(f"/inspections/{old.id}").text, alice.get(f"/inspections/{new.id}").text
    assert "Biên bản này đã được thay bằng" in before
    assert new.number in before
    assert "Thay cho" in after
    assert f"{old.number}</a>. Lý do: Ghi nhầm số phòng" in after
    assert "đã được thay bằng biên bản BB-2026-0002" in text_of(alice.get(f"/inspections/{old.id}/print").text)


NO_ANSWERS: dict[str, Any] = {"answers": {}, "checklist": None}
NOT_COUNTED = "Không tính là một lần kiểm tra:"
NOT_SIGNED = {"reason": "Vắng chủ.", "witness_name": "Hà Văn Nháp", "witness_role": "Trưởng thôn"}


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"outcome": "closed_door", **NO_ANSWERS, "note": "Khóa cửa"}, f"{NOT_COUNTED} cơ sở đóng cửa."),
        ({"outcome": "refused", **NO_ANSWERS}, f"{NOT_COUNTED} cơ sở từ chối làm việc."),
        ({"kind": "follow_up"}, f"{NOT_COUNTED} hậu kiểm."),
        ({"mode": "remote"}, f"{NOT_COUNTED} kiểm tra từ xa."),
        ({"started_at": "2026-11-15T02:00:00Z", "ended_at": "2026-11-15T03:00:00Z"}, "Gửi muộn 5 ngày"),
        ({"skew_s": 7200}, "Đồng hồ điện thoại nhanh 2 giờ."),
        ({"skew_s": -900}, "Đồng hồ điện thoại chậm 15 phút."),
        ({"refusal": NOT_SIGNED}, "Cơ sở không ký: Vắng chủ."),
        ({"answers": {"Z99": {"a": "dat", "note": "", "files": []}}}, "Mục khác"),
    ],
)
def test_what_is_worth_a_look(facts: dict[str, Any], says: str, alice: FlaskClient, db: Database, clock: Clock) -> None:
    found = record(db, clock, **facts)
    assert says in text_of(alice.get(f"/inspections/{found.id}").text)
    assert alice.get(f"/inspections/{found.id}/print").status_code == 200


def test_a_second_visit_tells_of_the_first(alice: FlaskClient, db: Database, clock: Clock) -> None:
    first = record(db, clock, bodies=["police"], started_at="2026-01-28T02:00:00Z")
    with write(db, clock) as tx:
        place = next(iter(making.establishments.every(tx.db)))
        reason = {"reason": "superior_order", "document_no": "00/CV (mẫu)"}
        second = making.inspect(tx, place, second_visit=reason)
    said = text_of(alice.get(f"/inspections/{second.id}").text)
    assert "Lần kiểm tra thứ 2 trong năm. Công an đã kiểm tra ngày 28/01/2026." in said
    assert "Lý do: Theo chỉ đạo của cấp có thẩm quyền, văn bản 00/CV (mẫu)." in said
    assert "trong năm, trước buổi này (mọi cơ quan): 1 (Công an, 28/01/2026)" in text_of(
        alice.get(f"/inspections/{second.id}/print").text
    )
    assert "Lần kiểm tra thứ" not in text_of(alice.get(f"/inspections/{first.id}").text)


def test_the_sheet_says_what_paper_must_and_nothing_more(alice: FlaskClient, db: Database, clock: Clock) -> None:
    found = record(db, clock, **WITH_PHOTO, facts={"name": "Tẩm quất Thử Nghiệm", "type": "massage", "licences": []})
    page = alice.get(f"/inspections/{found.id}/print").text
    sheet = text_of(page)
    for part in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "ỦY BAN NHÂN DÂN XÃ KIM TÂN",
        "ĐỘI KIỂM TRA LIÊN NGÀNH 178", "BIÊN BẢN", "Số: BB-2026-0001", "hồi 09 giờ 15 phút, ngày 21 tháng 11 năm 2026",
        "5. Nội dung và kết quả", "Biển hiệu ghi thiếu tên.", "28/11/2026", "hình ảnh", "Đội trưởng",
        "lập thành 02 bản", "1 nội dung đã chuyển cơ quan có thẩm quyền.",
    ):  # fmt: skip
        assert part in sheet, part
    assert "trường hợp" not in sheet  # a referred item's note stays in the record
    record_bytes = signed.read(db, "inspection", found.id)
    assert record_bytes
    assert f"Mã đối chiếu {papers.short_code(record_bytes.sha256)} · BB-2026-0001" in sheet
    assert "is-demo" not in page
    assert "data-print" in page


def test_reading_and_printing_leave_a_line_a_day(alice: FlaskClient, db: Database, clock: Clock) -> None:
    found = record(db, clock)
    for _ in range(3):
        alice.get(f"/inspections/{found.id}")
        alice.get(f"/inspections/{found.id}/print")
    deeds = [entry["action"] for entry in audit.of_object(db, "inspection", found.id)]
    assert sorted(deeds) == ["inspection_recorded", "record_opened", "record_printed"]
    clock.now = clock.now.replace(day=22)
    alice.get(f"/inspections/{found.id}")
    assert len(audit.of_object(db, "inspection", found.id)) == 4
    assert audit.first_broken(db) is None


def test_lists_of_a_year(alice: FlaskClient, db: Database, clock: Clock) -> None:
    record(db, clock, answers=SHORT)
    record(db, clock, outcome="closed_door", answers={}, checklist=None)
    record(db, clock, started_at="2025-05-05T02:00:00Z")
    for query, numbers in {
        "": {"BB-2026-0001", "BB-2026-0002"}, "only=noncompliant": {"BB-2026-0001"}, "only=attempts": {"BB-2026-0002"},
        "year=2025": {"BB-2025-0001"}, "q=0002": {"BB-2026-0002"}, "q=tam+quat+0001": {"BB-2026-0001"}, "q=xyz": set(),
    }.items():  # fmt: skip
        page = alice.get(f"/inspections/year?{query}").text
        assert set(re.findall(r"<td>(BB-\d{4}-\d{4})</td>", page)) == numbers, query


def test_findings_are_listed_by_establishment_overdue_first(alice: FlaskClient, db: Database, clock: Clock) -> None:
    record(db, clock, answers={"A03": {**SHORT["A03"], "due_on": "2026-12-20"}})
    record(db, clock, answers={"C04": {"a": "khong_dat", "note": "Bình hết hạn.", "files": [], "due_on": "2026-11-20"}})
    page = alice.get("/findings").text
    assert page.index("Bình hết hạn.") < page.index("Biển hiệu ghi thiếu tên.")
    assert "quá hạn 1 ngày" in page
    assert "còn 29 ngày" in page
    overdue = alice.get("/findings?only=overdue").text
    assert "Bình hết hạn." in overdue
    assert "Biển hiệu" not in overdue
    assert "Bình hết hạn." in alice.get("/findings?q=binh+het").text
    assert "Không có tồn tại nào khớp" in alice.get("/findings?q=xyz").text


def test_a_commitment_and_its_paper(alice: FlaskClient, db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        place = making.establishment(tx, "Cà phê Bản Nháp", type="cafe", representative="Nguyễn Văn Mẫu")
        signed_one = making.commit(tx, place)
        refusal = {"reason": "Chờ hỏi gia đình.", "witness_name": "Hà Văn Nháp", "witness_role": "Trưởng thôn"}
        refused = making.commit(tx, making.establishment(tx, "Spa Bản Nháp", type="spa"), refusal=refusal)
    page = text_of(alice.get(f"/commitments/{signed_one.id}").text)
    assert "Đang có hiệu lực" in page
    assert "chưa về" in page
    assert "Chủ cơ sở chưa đồng ý ký: Chờ hỏi gia đình." in text_of(alice.get(f"/commitments/{refused.id}").text)
    assert "Cà phê" in alice.get("/commitments?set=in_force").text
    assert "Spa" in alice.get("/commitments?set=missing").text
    paper = text_of(alice.get("/commitments/blank?id=CS-001").text)
    assert "Cà phê Bản Nháp" in paper
    assert "thông báo lưu trú" not in paper  # a café has no clause about lodgers
    assert "đến hết ngày 31/12/2026" in paper
    empty = text_of(alice.get("/commitments/blank").text)
    assert "thông báo lưu trú" in empty
    assert "Nguyễn Văn Mẫu" not in empty


def test_a_wrong_clock_is_flagged_listed_and_the_day_settled(alice: FlaskClient, db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        place = making.establishment(tx)
        body = making.inspection_body(tx, place, started_at="2025-11-21T09:00:00+07:00")
        making.keep(tx, "inspection", body)
        inspections.record_inspection(tx, body, making.ACTOR, skew_s=-31_536_000)
    path = f"/inspections/{body['id']}"
    page = alice.get(path).text
    assert "Đồng hồ điện thoại chậm 365 ngày" in page
    assert "quyết định biên bản được tính vào năm nào" in page
    assert "Đồng hồ lệch <b>1</b>" in alice.get("/inspections/year?year=2025&only=skewed").text
    assert alice.post(f"{path}/day", data={"day": "20/11/2026", "reason": ""}).status_code == 422
    assert "Không thể sau ngày" in alice.post(f"{path}/day", data={"day": "20/11/2027", "reason": "x"}).text
    alice.post(f"{path}/day", data={"day": "20/11/2026", "reason": "Lịch của Đội"})
    page = alice.get(path).text
    assert "theo điện thoại là 21/11/2025" in page
    assert "Lịch của Đội" in page
    assert "20/11/2026" in alice.get("/inspections/year?year=2026").text
