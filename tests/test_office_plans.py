"""Plans in the office: written, edited, previewed in a sentence, one chosen; every figure of a plan opens its rows."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlite_utils import Database
from werkzeug.test import TestResponse

from fieldapp import activities, audit, complexity, coverage, plans, visits
from fieldapp.database import write
from fieldapp.plans import Plan
from fieldapp.visits import Visit
from tests import making
from tests.cast import Clock
from tests.making import ACTOR
from tests.spreadsheets import Terminal
from tests.test_office_coverage import fill
from tests.test_office_register import names

TARGET: dict[str, Any] = {
    "id": "CT1", "text": "Nguyên văn của kế hoạch", "metric": "distinct_inspected", "by": ["team_178"],
    "min_times": "1", "kinds": ["planned", "unscheduled", "reinspection"], "population": "managed",
    "as_of": "ever_active_in_period",
    "comparator": ">=", "value": "62,5", "unit": "percent", "window": "year", "owner_level": "commune",
}  # fmt: skip
SAID = "Ít nhất 62,5% cơ sở thuộc diện quản lý được Đội 178 kiểm tra tại chỗ ít nhất 1 lần"


def make_plan(browser: FlaskClient, **facts: str) -> None:
    plan = {"id": "kh-2026", "title": "Kế hoạch năm 2026", "number": "07/KH-UBND", "level": "commune",
            "starts_on": "1/1/2026", "ends_on": "31/12/2026"} | facts  # fmt: skip
    assert browser.post("/plans/new", data=plan).status_code == 302


def test_an_officer_writes_a_plan_and_sees_each_target_in_a_sentence(
    alice: FlaskClient, db: Database, clock: Clock
) -> None:  # fmt: skip
    fill(db, clock)
    assert "Chưa có kế hoạch nào" in alice.get("/plans").text
    make_plan(alice)
    preview = alice.post("/plans/kh-2026/targets", data=TARGET | {"preview": "1"}).text
    assert SAID in preview
    assert '<b class="big">11/19</b> (57,9%) · phải đạt 12, còn thiếu 1' in preview
    assert plans.read(db, "kh-2026").targets == ()
    assert alice.post("/plans/kh-2026/targets", data=TARGET).status_code == 302
    page = alice.get("/plans/kh-2026").text
    assert SAID in page
    assert "Nguyên văn: “Nguyên văn của kế hoạch”" in page
    assert "đang dùng" in page
    changed = alice.post("/plans/kh-2026/targets?id=CT1", data=TARGET | {"value": "80", "id": "CT2"})
    assert changed.status_code == 302
    (target,) = plans.read(db, "kh-2026").targets
    assert (target.id, target.value) == ("CT2", 80)
    assert [entry["action"] for entry in audit.of_object(db, "plan", "kh-2026")] == [
        "plan_changed", "plan_changed", "plan_entered",
    ]  # fmt: skip
    assert "Sửa kế hoạch, chỉ tiêu" in alice.get("/").text or alice.get("/plans/kh-2026").status_code == 200


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"value": "120"}, "Phải từ 0 đến 100."),
        ({"value": "nhiều"}, "Chỉ ghi số, ví dụ 60 hoặc 62,5."),
        ({"value": "nan"}, "Chỉ ghi số, ví dụ 60 hoặc 62,5."),
        ({"min_times": str(10**20)}, "Phải từ 1 đến 366."),
        ({"value": ""}, "So sánh thì phải có mức giao"),
        ({"metric": "areas_active"}, "Không có; dùng với areas_active areas"),
        ({"population": "type_list"}, "Phải ghi."),
        ({"window": "fixed_range", "range_from": "5/5/2026", "range_to": "4/4/2026"}, "Ngày cuối trước ngày đầu."),
        ({"id": ""}, "Chưa điền ô này."),
        ({"by": "nobody"}, "is not a valid choice"),
    ],
)
def test_a_target_that_cannot_be_counted_says_so_beside_the_field(
    alice: FlaskClient, db: Database, facts: dict[str, str], says: str
) -> None:  # fmt: skip
    make_plan(alice)
    answer = alice.post("/plans/kh-2026/targets", data=TARGET | facts)
    assert (answer.status_code, plans.read(db, "kh-2026").targets) == (200, ())
    assert says in html.unescape(answer.text) or "hãy chọn" in answer.text.lower()
    assert "Chưa lưu được" in answer.text


def test_two_targets_cannot_share_an_id_nor_plans(alice: FlaskClient) -> None:
    make_plan(alice)
    alice.post("/plans/kh-2026/targets", data=TARGET)
    assert "Đã có chỉ tiêu mang mã này." in alice.post("/plans/kh-2026/targets", data=TARGET).text
    again = alice.post("/plans/new", data={"id": "kh-2026", "title": "x", "level": "commune", "starts_on": "1/1/2026",
                                           "ends_on": "31/12/2026"})  # fmt: skip
    assert "Đã có kế hoạch mang mã này." in again.text


def test_a_plan_without_targets_says_so_wherever_figures_are_asked_of_it(
    alice: FlaskClient, db: Database, clock: Clock, terminal: Terminal
) -> None:
    with write(db, clock) as tx:
        for name in ("dang-dung", "con-trong"):
            plans.put(tx, ACTOR, Plan(name, plans.year_window(2026)))
    assert "/coverage?plan=con-trong" not in alice.get("/plans").text
    for address in ("/coverage", "/coverage/rows", "/coverage/rows/export.csv"):
        answer = alice.get(f"{address}?plan=con-trong")
        assert answer.status_code == 409
        assert "Kế hoạch “con-trong” chưa có chỉ tiêu" in answer.text
    assert "The plan has no targets yet." in terminal.done("coverage", "--plan", "con-trong").stdout


def test_a_plan_is_edited_and_its_targets_follow_its_days(alice: FlaskClient, db: Database) -> None:
    make_plan(alice)
    alice.post("/plans/kh-2026/targets", data=TARGET)
    edited = {"id": "kh-2026", "title": "Kế hoạch đã sửa", "level": "province", "starts_on": "01/02/2026",
              "ends_on": "31/12/2027"}  # fmt: skip
    assert "Ngày cuối trước ngày đầu." in alice.post("/plans/kh-2026/edit", data=edited | {"ends_on": "1/1/2026"}).text
    assert alice.post("/plans/kh-2026/edit", data=edited).status_code == 302
    plan = plans.read(db, "kh-2026")
    assert (plan.title, plan.level, plan.targets[0].period) == (
        "Kế hoạch đã sửa", "province", (date(2026, 2, 1), date(2027, 12, 31)),
    )  # fmt: skip
    alice.post("/plans/kh-2026/targets/drop?id=CT1")
    assert plans.read(db, "kh-2026").targets == ()


def test_shipped_plans_are_taken_and_one_is_chosen(alice: FlaskClient, db: Database) -> None:
    for name in ("kim-tan-2026", "tuyen-quang-2026-2030"):
        assert alice.post("/plans/shipped", data={"name": name}).status_code == 302
    assert alice.post("/plans/shipped", data={"name": "../secret"}).status_code == 404
    chosen = plans.active(db)
    assert chosen
    assert chosen.id == "kim-tan-2026"
    alice.post("/plans/tuyen-quang-2026-2030/activate")
    assert "cộng dồn đến năm 2030" in alice.get("/coverage").text
    page = alice.get("/plans/tuyen-quang-2026-2030").text
    assert "Nhập số liệu" in page


def test_a_figure_is_typed_with_its_source(alice: FlaskClient, db: Database) -> None:
    alice.post("/plans/shipped", data={"name": "tuyen-quang-2026-2030"})
    told = {"figure_on": "15/11/2026", "numerator": "7", "denominator": "10", "source": "Báo cáo số 07/BC"}
    missing = alice.post("/plans/tuyen-quang-2026-2030/figures?id=TQ4b", data=told | {"denominator": ""})
    assert "Tỷ lệ thì phải ghi mẫu số." in missing.text
    endless = alice.post("/plans/tuyen-quang-2026-2030/figures?id=TQ4b", data=told | {"denominator": str(10**20)})
    assert "Phải từ 0 đến 1 tỷ." in endless.text
    assert alice.post("/plans/tuyen-quang-2026-2030/figures?id=TQ4b", data=told).status_code == 302
    page = alice.get("/coverage?plan=tuyen-quang-2026-2030").text
    assert "nhập tay ngày 15/11/2026, Báo cáo số 07/BC" in page
    assert "70,0%" in page
    assert "Lê Thị Alice" in alice.get("/plans/tuyen-quang-2026-2030").text


# ---- the page opened every morning ----


def links(page: str) -> list[tuple[str, int]]:
    found = re.findall(r'href="(/coverage/rows\?[^"]*)">([\d.]+)(?: cơ sở)?</a>', page)
    return [(html.unescape(address), int(figure.replace(".", ""))) for address, figure in found]


@pytest.fixture
def year(alice: FlaskClient, db: Database, clock: Clock) -> None:
    """The ward's plan over twenty establishments: the team's share, the police's round, follow-ups, commitments."""
    places = fill(db, clock)
    with write(db, clock) as tx:
        for place in places[:3]:
            making.commit(tx, place)
        visits.enter(tx, Visit(places[15].id, date(2026, 2, 2), ("police",)))
        making.inspect(tx, places[14], answers={"A01": {"a": "khong_dat", "note": "Thiếu", "files": [],
                                                         "due_on": "2026-11-20"}})  # fmt: skip
        complexity.classify(tx, ACTOR, places[0].id, level="complex", authority="Công an", document_no="1/QĐ",
                            classified_on=date(2026, 1, 5), expires_on=date(2026, 12, 31))  # fmt: skip
        activities.record_activity(tx, ACTOR, held_on=date(2026, 3, 3), form="website")
    alice.post("/plans/shipped", data={"name": "yen-nghia-2026"})
    alice.post("/plans/shipped", data={"name": "kim-tan-2026"})
    alice.post("/plans/shipped", data={"name": "hong-phong-2023"})


@pytest.mark.usefixtures("year")
@pytest.mark.parametrize(
    "address",
    ["", "?target=YN2", "?target=YN3", "?target=YN4", "?plan=kim-tan-2026&target=KT2", "?as_of=30/06/2026"],
)
def test_every_figure_of_a_plan_opens_exactly_its_rows(alice: FlaskClient, address: str) -> None:
    page = alice.get(f"/coverage{address}").text
    figures = links(page)
    assert len(figures) > 4
    for link, figure in figures:
        rows = alice.get(link).text
        counted = rows.count('<th scope="row">') if "Mục</th>" in rows else len(names(rows))
        assert counted == figure, link


@pytest.mark.usefixtures("year")
def test_the_plans_own_words_stand_beside_no_name(alice: FlaskClient, db: Database) -> None:
    text = plans.read(db, "yen-nghia-2026").target("YN2").text
    for address in ("/coverage?target=YN2", "/coverage/rows?plan=yen-nghia-2026&target=YN2&set=missing"):
        assert text not in alice.get(address).text
    assert text in alice.get("/plans/yen-nghia-2026").text
    assert text not in alice.get("/coverage/export.csv?plan=yen-nghia-2026").data.decode("utf-8-sig")


@pytest.mark.usefixtures("year")
def test_who_is_complex_is_shown_to_officer_and_leader_only(
    alice: FlaskClient, sign_in: Callable[[str], FlaskClient], db: Database
) -> None:  # fmt: skip
    rows = "/coverage/rows?plan=kim-tan-2026&target=KT2"
    (name,) = names(alice.get(rows).text)
    em = sign_in("em")
    assert em.get(rows).status_code == 403
    assert em.get(rows.replace("rows?", "rows/export.csv?")).status_code == 403
    page = em.get("/coverage?plan=kim-tan-2026&target=KT2").text
    assert "Loại hình</th>" not in page
    assert name not in page
    found = coverage.figures(db, plans.read(db, "kim-tan-2026"), date(2026, 11, 21))[1]
    assert [e.name for e in found.missing] == [name]


@pytest.mark.usefixtures("year")
def test_a_plan_says_whom_two_bodies_would_visit(alice: FlaskClient) -> None:
    assert "cơ sở nằm trong cả hai chỉ tiêu" not in alice.get("/coverage").text  # nobody is conditional here
    months = alice.get("/coverage?plan=hong-phong-2023&target=HP4").text
    assert "0/12" in re.sub(r"<[^>]+>", "", months)


@pytest.mark.usefixtures("year")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_of_a_plan_as_a_file(alice: FlaskClient, form: str) -> None:
    answer = alice.get(f"/coverage/export.{form}?plan=yen-nghia-2026")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="chi-tieu-yen-nghia-2026.{form}"'
    parts = alice.get(f"/coverage/rows/export.{form}?plan=yen-nghia-2026&target=YN3")
    assert parts.status_code == 200
    if form == "csv":
        header, *rows = answer.data.decode("utf-8-sig").splitlines()
        assert header.endswith("YN1,YN2,YN4")
        assert len(rows) == 20
        assert len(parts.data.decode("utf-8-sig").splitlines()) == 2


@pytest.mark.usefixtures("year")
def test_the_year_before_stands_beside(alice: FlaskClient, db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        place = making.establishment(tx, "Cơ sở cũ")
        visits.enter(tx, Visit(place.id, date(2025, 5, 5), ("team_178",)))
    page = alice.get("/coverage").text
    assert "Cùng ngày năm trước" in page
    assert '<th scope="row">Năm trước</th>' in page
    assert 'class="past"' in page


def send_plans(browser: FlaskClient, content: str, name: str = "ke-hoach.yaml") -> TestResponse:
    data = {"file": (io.BytesIO(content.encode()), name)}
    return browser.post("/plans/file", data=data, content_type="multipart/form-data")


def test_a_plan_file_is_read_first_and_entered_by_a_second_press(
    alice: FlaskClient, db: Database, clock: Clock
) -> None:  # fmt: skip
    fill(db, clock)
    text = plans.shipped()["yen-nghia-2026"].read_text(encoding="utf-8")
    assert send_plans(alice, text).location == "/plans/file/report"
    page = html.unescape(alice.get("/plans/file/report").text)
    assert "Đọc thử xong: nhập được" in page
    assert "Kế hoạch mới" in page
    assert "Ít nhất 60% cơ sở thuộc diện quản lý được Đội 178 kiểm tra tại chỗ ít nhất 1 lần" in page
    assert '<td class="num">11/19<small>57,9%</small></td>' in page
    assert plans.every(db) == []
    assert alice.post("/plans/file/confirm").location == "/plans/yen-nghia-2026"
    assert len(plans.read(db, "yen-nghia-2026").targets) == 5

    send_plans(alice, text)  # the same again changes nothing
    assert "Không có gì mới để nhập" in alice.get("/plans/file/report").text
    send_plans(alice, text.replace("value: 60", "value: 70"))
    assert "Thay kế hoạch đang có" in (page := alice.get("/plans/file/report").text)
    assert "sửa YN1" in page
    assert "Đã bỏ tệp" in alice.post("/plans/file/drop", follow_redirects=True).text
    assert plans.read(db, "yen-nghia-2026").target("YN1").value == 60
    assert alice.get("/plans/file/report").location == "/plans/file"


def test_a_plan_file_with_a_mistake_says_where_and_enters_nothing(alice: FlaskClient, db: Database) -> None:
    text = plans.shipped()["yen-nghia-2026"].read_text(encoding="utf-8")
    assert send_plans(alice, text.replace("value: 60", "value: 160")).status_code == 302
    page = html.unescape(alice.get("/plans/file/report").text)
    assert "Chưa nhập được: 1 lỗi" in page
    assert re.search(r"YN1</td><td>value</td><td class=\"val\">160</td>.*từ 0 đến 100", page)
    assert alice.post("/plans/file/confirm").location == "/plans/file/report"
    assert plans.every(db) == []
    for content, why in (("a: [", "ke-hoach.yaml không phải tệp kế hoạch"), ("plans: []", "ít nhất một kế hoạch")):
        assert why in html.unescape(send_plans(alice, content).text)
    assert "Chưa chọn tệp" in alice.post("/plans/file").text
