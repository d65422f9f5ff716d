"""The register: found, filtered, sorted, taken out exactly as shown; added and edited without losing anybody's work."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import date
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlite_utils import Database

from fieldapp import areas, audit, establishments, visits
from fieldapp.database import write
from fieldapp.establishments import Establishment, Licence
from fieldapp.visits import Visit
from tests import making
from tests.cast import NOW, Clock


def fill(db: Database, clock: Clock) -> dict[str, Establishment]:
    """Four establishments: one inspected, one with an overdue finding, one ceased, one found in the field."""
    with write(db, clock) as tx:
        hamlet = areas.area_named(tx, "Thôn Mẫu 1")[0]
        places = {
            "inspected": making.establishment(tx, "Karaoke Sao Thử", area=hamlet.id, phone="0900000001"),
            "overdue": making.establishment(tx, "Khách sạn Minh Họa", type="hotel", address="đường Thử Nghiệm"),
            "ceased": making.establishment(tx, "Cà phê Bản Nháp", type="cafe", managed_until=date(2026, 5, 1)),
            "found": making.establishment(tx, "Gội đầu Mới Thử", type="hair_wash", review_state="identified"),
        }
        making.inspect(tx, places["inspected"])
        answers = {"C03": {"a": "khong_dat", "note": "Lối thoát nạn bị chắn.", "files": [], "due_on": "2026-11-10"}}
        making.inspect(tx, places["overdue"], answers=answers, started_at="2026-11-01T02:00:00+00:00")
    return places


def names(page: str) -> list[str]:
    return [
        html.unescape(name) for name in re.findall(r'<a href="/establishments/[0-9a-f-]{36}" title="([^"]+)"', page)
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Karaoke Sao Thử", "Khách sạn Minh Họa", "Cà phê Bản Nháp", "Gội đầu Mới Thử"]),
        ("q=khach san", ["Khách sạn Minh Họa"]),
        ("q=duong thu nghiem", ["Khách sạn Minh Họa"]),
        ("q=thon mau karaoke", ["Karaoke Sao Thử"]),
        ("q=%25", []),
        ("only=managed", ["Karaoke Sao Thử", "Khách sạn Minh Họa"]),
        ("only=overdue", ["Khách sạn Minh Họa"]),
        ("only=not_inspected", []),
        ("only=identified", ["Gội đầu Mới Thử"]),
        ("only=ceased", ["Cà phê Bản Nháp"]),
        ("only=no_such", ["Karaoke Sao Thử", "Khách sạn Minh Họa", "Cà phê Bản Nháp", "Gội đầu Mới Thử"]),
        ("sort=name", ["Cà phê Bản Nháp", "Gội đầu Mới Thử", "Karaoke Sao Thử", "Khách sạn Minh Họa"]),
        ("sort=-name", ["Khách sạn Minh Họa", "Karaoke Sao Thử", "Gội đầu Mới Thử", "Cà phê Bản Nháp"]),
        ("sort=area", ["Karaoke Sao Thử", "Khách sạn Minh Họa", "Cà phê Bản Nháp", "Gội đầu Mới Thử"]),
        ("sort=-area", ["Karaoke Sao Thử", "Khách sạn Minh Họa", "Cà phê Bản Nháp", "Gội đầu Mới Thử"]),
        ("id=CS-002&id=cs-004", ["Khách sạn Minh Họa", "Gội đầu Mới Thử"]),
        ("page=99999999", ["Karaoke Sao Thử", "Khách sạn Minh Họa", "Cà phê Bản Nháp", "Gội đầu Mới Thử"]),
    ],
)
def test_lists(query: str, expected: list[str], alice: FlaskClient, db: Database, clock: Clock) -> None:
    fill(db, clock)
    assert names(alice.get(f"/establishments?{query}").text) == expected


def test_chips_say_how_many(alice: FlaskClient, db: Database, clock: Clock) -> None:
    fill(db, clock)
    page = alice.get("/establishments?q=khach").text
    chips = dict(re.findall(r'data-only="(\w*)"[^>]*>(?:<svg.*?</svg>)?[^<]+<b>(\d+)</b>', page))
    assert chips == {"": "4", "managed": "2", "overdue": "1", "no_commitment": "2", "identified": "1", "ceased": "1"}
    assert "1/4 cơ sở" in page


@pytest.mark.parametrize("query", ["", "q=khach", "only=managed&sort=-name", "cols=area&cols=state", "id=CS-003"])
def test_files_hold_exactly_what_is_shown(query: str, alice: FlaskClient, db: Database, clock: Clock) -> None:
    fill(db, clock)
    page = alice.get(f"/establishments?{query}").text
    link = re.search(r'href="(/establishments/export\.csv[^"]*)"', page)
    assert link
    content = alice.get(html.unescape(link[1]))
    assert content.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(content.data.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == names(page)
    heads = [html.unescape(re.sub("<.*?>", "", h)).strip() for h in re.findall(r"data-sort>(.*?)</a>", page)]
    if "Kiểm tra gần nhất" in heads:  # the day and the body have a column each where one sorts by them
        heads.insert(heads.index("Kiểm tra gần nhất") + 1, "Cơ quan kiểm tra")
    assert rows[0] == heads
    book = openpyxl.load_workbook(io.BytesIO(alice.get(html.unescape(link[1]).replace(".csv", ".xlsx")).data))
    cells = [[cell for cell in row if cell is not None] for row in book.active.iter_rows(values_only=True)]  # type: ignore[union-attr]
    assert heads in cells
    assert audit.recent(db, limit=1)[0]["action"] == "list_exported"


def test_a_long_list_comes_in_pages(alice: FlaskClient, db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        for n in range(230):
            making.establishment(tx, f"Nhà nghỉ {n:03d}")
    first = alice.get("/establishments").text
    assert len(names(first)) == 100
    assert 'href="/establishments?page=2" data-more' in first
    more = alice.get("/establishments?page=3", headers={"X-Part": "rows"}).text
    assert len(names(more)) == 30
    assert "<html" not in more
    assert 'data-total="230" data-until="230" data-next=""' in more


def test_a_change_is_seen_at_once(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = fill(db, clock)["inspected"]
    assert "Karaoke Sao Thử" in alice.get("/establishments").text
    with write(db, clock) as tx:
        establishments.change(tx, making.ACTOR, place.id, {"name": "Karaoke Đổi Tên"})
    assert "Karaoke Đổi Tên" in alice.get("/establishments").text
    clock.now = clock.now.replace(year=2027)
    assert names(alice.get("/establishments?only=not_inspected").text) == ["Karaoke Đổi Tên", "Khách sạn Minh Họa"]


def test_one_establishment(alice: FlaskClient, db: Database, clock: Clock) -> None:
    places = fill(db, clock)
    with write(db, clock) as tx:
        establishments.set_licence(tx, places["overdue"].id, Licence("Giấy ANTT", "12", None, date(2026, 12, 1)))
        visits.enter(tx, Visit(places["overdue"].id, date(2026, 1, 20), ("police",), document_no="01/BB-CA"))
        making.commit(tx, places["overdue"])
    page = alice.get(f"/establishments/{places['overdue'].id}").text
    for text in ("20/01/2026", "Công an", "01/BB-CA", "BB-2026-0002", "quá hạn 11 ngày", "Lối thoát nạn bị chắn.",
                 "hạn 01/12/2026", "Có hiệu lực đến hết 31/12/2026"):  # fmt: skip
        assert text in page, text
    assert alice.get("/establishments/00000000-0000-0000-0000-000000000000").status_code == 404


def test_adding(alice: FlaskClient, db: Database) -> None:
    bare = alice.post("/establishments/new", data={"name": "Karaoke Mới", "type": "karaoke", "status": "operating"})
    full = alice.post(
        "/establishments/new",
        data={
            "name": " Nhà  nghỉ Ví Dụ ", "code": "NN-7", "type": "guesthouse", "status": "operating",
            "new_area": "Thôn Mới", "entity_name": "Hộ ông Mẫu", "entity_kind": "household", "entity_code": "MAU-1",
            "representative": "Nguyễn Văn Mẫu", "employees": "1.200", "managed_since": "5/3/2026",
            "licence_kind": "Giấy phép", "licence_number": "12", "licence_expires_on": "31-12-2027", "note": "",
        },
    )  # fmt: skip
    assert [answer.status_code for answer in (bare, full)] == [302, 302]
    by_code = {e.code: e for e in establishments.every(db)}
    assert set(by_code) == {"CS-001", "NN-7"}
    made = by_code["NN-7"]
    assert made.name == "Nhà nghỉ Ví Dụ"
    assert made.employees == 1200
    assert made.managed_since == date(2026, 3, 5)
    assert areas.names(db)[made.area or ""] == "Thôn Mới"
    assert establishments.licences(db)[made.id][0].expires_on == date(2027, 12, 31)
    assert "Đã thêm Nhà nghỉ Ví Dụ, mã NN-7." in alice.get(full.location).text


def test_what_was_typed_wrongly_stays_and_is_named(alice: FlaskClient, db: Database) -> None:
    typed = {"name": "", "type": "karaoke", "status": "operating", "employees": "mười", "managed_since": "32/13/2026",
             "address": "Số 5 <đường> Mẫu"}  # fmt: skip
    page = alice.post("/establishments/new", data=typed).text
    assert "Chưa lưu được: còn 3 chỗ cần sửa" in page
    kept = ('value="mười"', 'value="32/13/2026"', "Số 5 &lt;đường&gt; Mẫu")
    told = ("Chưa ghi tên cơ sở.", "Chỉ ghi chữ số.", "Ghi ngày theo mẫu 05/03/2026.", 'href="#employees"')
    for text in (*kept, *told, 'aria-invalid="true"'):
        assert text in page, text
    assert not establishments.every(db)


def test_the_registers_own_rules_are_told_beside_the_field(alice: FlaskClient, db: Database, clock: Clock) -> None:
    fill(db, clock)
    data = {
        "name": "X",
        "type": "karaoke",
        "status": "operating",
        "managed_since": "1/5/2026",
        "managed_until": "1/4/2026",
    }
    page = alice.post("/establishments/new", data=data).text
    assert "Phải sau ngày bắt đầu quản lý" in page
    taken = alice.post(
        "/establishments/new", data={"name": "X", "code": "CS-001", "type": "cafe", "status": "operating"}
    )
    assert taken.status_code == 200
    assert "Mã cơ sở" in taken.text
    nowhere = alice.post("/establishments/new", data={"name": "X", "type": "cafe", "status": "operating", "area": "?"})
    assert "Không có trong danh sách." in nowhere.text
    assert len(establishments.every(db)) == 4


def form_of(page: str) -> dict[str, str]:
    """What a browser would post back untouched."""
    fields: dict[str, str] = {}
    for name, value in re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', page):
        fields[name] = html.unescape(value)
    for name, options in re.findall(r'<select[^>]*?name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', options) or re.search(r'value="([^"]*)"', options)
        fields[name] = html.unescape(chosen[1]) if chosen else ""
    for name, text in re.findall(r'<textarea[^>]*?name="([^"]+)"[^>]*>\r?\n?(.*?)</textarea>', page, re.DOTALL):
        fields[name] = html.unescape(text)
    for name in ("csrf_token", "q", "security_conditional"):
        fields.pop(name, None)
    return fields


def edit(browser: FlaskClient, place: Establishment, page: str = "", **typed: Any) -> Any:
    """Open the form (or take the page opened before), change some fields, send it."""
    form = form_of(page or browser.get(f"/establishments/{place.id}/edit").text)
    return browser.post(f"/establishments/{place.id}/edit", data={**form, **typed})


def test_editing_writes_only_what_was_touched(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = fill(db, clock)["inspected"]
    assert edit(alice, place).status_code == 302
    assert "establishment_changed" not in [entry["action"] for entry in audit.recent(db)]
    assert edit(alice, place, address="Số 9 đường Mẫu", rooms="12").status_code == 302
    changed = next(entry for entry in audit.recent(db) if entry["action"] == "establishment_changed")
    assert changed["details"]["fields"] == ["address", "rooms"]
    after = establishments.read(db, place.id)
    assert (after.address, after.rooms, after.phone, after.area) == ("Số 9 đường Mẫu", 12, "0900000001", place.area)
    assert "địa chỉ, số phòng" in alice.get(f"/establishments/{place.id}").text


def test_a_phones_edit_meanwhile_is_not_undone(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = fill(db, clock)["inspected"]
    page = alice.get(f"/establishments/{place.id}/edit").text
    with write(db, clock) as tx:
        establishments.write_fields(tx, place.id, {"phone": "0900000099"})
    assert edit(alice, place, page, address="Số 9 đường Mẫu").status_code == 302
    assert establishments.read(db, place.id).phone == "0900000099"


def test_two_edits_of_one_field_are_shown_before_one_wins(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = fill(db, clock)["inspected"]
    page = alice.get(f"/establishments/{place.id}/edit").text
    with write(db, clock) as tx:
        establishments.write_fields(tx, place.id, {"phone": "0900000099"})
    stopped = edit(alice, place, page, phone="0900000055")
    assert stopped.status_code == 200
    assert "Vừa có người đổi thành “0900000099”. Xem lại rồi lưu lần nữa." in html.unescape(stopped.text)
    assert establishments.read(db, place.id).phone == "0900000099"
    assert edit(alice, place, stopped.text).status_code == 302
    assert establishments.read(db, place.id).phone == "0900000055"


def test_a_forged_seen_changes_nothing_it_should_not(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = fill(db, clock)["inspected"]
    for seen in ("", "[]", "not json", json.dumps({"phone": 5})):
        assert edit(alice, place, seen=seen).status_code in (200, 302)
    assert establishments.read(db, place.id) == place


def test_text_about_persons_is_warned_about_and_not_kept(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = fill(db, clock)["inspected"]
    warned = edit(alice, place, note="Tiếp viên tên A, 0912 345 678")
    assert "Có chỗ giống thông tin cá nhân: “Tiếp viên”, “0912 345 678”" in html.unescape(warned.text)
    assert establishments.read(db, place.id).note == ""
    assert edit(alice, place, note="Tiếp viên tên A", read_again="y").status_code == 302


def test_one_found_in_the_field_waits_for_a_decision(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = fill(db, clock)["found"]
    assert "Mới phát hiện, chờ quyết định" in alice.get(f"/establishments/{place.id}").text
    assert "1 cơ sở mới phát hiện, chờ rà soát" in alice.get("/").text
    alice.post(f"/establishments/{place.id}/decide", data={"decision": "no"})
    assert establishments.read(db, place.id).review_state == "identified"  # without a reason nothing happens
    alice.post(f"/establishments/{place.id}/decide", data={"decision": "managed"})
    after = establishments.read(db, place.id)
    assert after.review_state == "managed"
    assert after.managed_since == NOW.date()


def test_one_found_in_the_field_may_be_left_out(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = fill(db, clock)["found"]
    alice.post(f"/establishments/{place.id}/decide", data={"decision": "no", "reason": "Trùng với CS-001"})
    assert establishments.read(db, place.id).review_state == "reviewed"
    assert audit.of_object(db, "establishment", place.id)[0]["reason"] == "Trùng với CS-001"
    assert "Mới phát hiện, chờ quyết định" not in alice.get(f"/establishments/{place.id}").text


def test_a_licence_entered_by_mistake_goes(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = fill(db, clock)["inspected"]
    edit(alice, place, licence_kind="Giấy nhầm", licence_number="1")
    assert "Giấy nhầm" in alice.get(f"/establishments/{place.id}").text
    alice.post(f"/establishments/{place.id}/licences/drop", data={"kind": "Giấy nhầm", "number": "1"})
    assert place.id not in establishments.licences(db)
    assert audit.recent(db, limit=1)[0]["action"] == "licence_dropped"


def test_the_search_finds_places_numbers_and_pages(alice: FlaskClient, db: Database, clock: Clock) -> None:
    places = fill(db, clock)
    found = alice.get("/search/suggest?q=khach san").json
    assert [one["title"] for one in found] == ["Khách sạn Minh Họa"]
    assert found[0]["address"] == f"/establishments/{places['overdue'].id}"
    for asked in ("BB-2026-0002", "bb-2026-0002", "2"):
        titles = [one["title"] for one in alice.get("/search/suggest", query_string={"q": asked}).json]
        assert "BB-2026-0002" in titles, asked
    assert alice.get("/search?q=cam ket trong").location == "/commitments/blank"
    assert "Không tìm thấy gì" in alice.get("/search?q=xyz").text
    assert alice.get("/search/suggest?q=").json == []
