"""The office's pages of what the plans count: schedule, ledger, second visits, communication, team, decisions."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlite_utils import Database

from fieldapp import activities, audit, complexity, establishments, legal, overlap, sanctions, schedule, teams, visits
from fieldapp.audit import Actor
from fieldapp.database import write
from fieldapp.establishments import Establishment
from fieldapp.visits import Visit
from tests import making
from tests.cast import Clock

OFFICER = Actor("alice")
TODAY = date(2026, 11, 21)
Browser = Callable[[str], FlaskClient]


def placed(db: Database, clock: Clock, name: str = "Karaoke Sao Thử 01", **facts: Any) -> Establishment:
    with write(db, clock) as tx:
        return making.establishment(tx, name, **facts)


def visited(db: Database, clock: Clock, place: Establishment, *bodies: str, day: date = date(2026, 3, 5)) -> str:
    with write(db, clock) as tx:
        return visits.type_in(tx, OFFICER, Visit(place.id, day, bodies or ("police",)))


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)).split())


def codes(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


# ---- schedule ----


def drawn_up(alice: FlaskClient, db: Database) -> str:
    sent = {"name": "Lịch năm 2026", "starts_on": "1/1/2026", "ends_on": "31/12/2026"}
    answer = alice.post("/schedule/new", data=sent)
    assert answer.status_code == 302, text_of(answer.text)
    return schedule.every(db)[0].id


def test_a_year_is_planned_approved_and_published(
    alice: FlaskClient, sign_in: Browser, db: Database, clock: Clock
) -> None:  # fmt: skip
    left = placed(db, clock, "Karaoke Chưa Đến", phone="0900000001", representative="Nguyễn Văn Mẫu")
    seen = placed(db, clock, "Nhà Nghỉ Đã Đến")
    visited(db, clock, seen)
    made = drawn_up(alice, db)
    offered = alice.get(f"/schedule/{made}/propose").text
    assert "Karaoke Chưa Đến" in offered
    assert "Nhà Nghỉ Đã Đến" not in offered
    answer = alice.post(
        f"/schedule/{made}/propose",
        data={"take": [left.id], f"month-{left.id}": "2026-12", "kind_of_bodies": "y", "bodies": []},
    )
    assert answer.status_code == 302, text_of(answer.text)
    page = text_of(alice.get("/schedule").text)
    assert "1 dòng chờ Đội trưởng duyệt" in page
    assert "Duyệt 1 dòng" not in page
    assert "Karaoke Chưa Đến" not in sign_in("em").get("/schedule").text
    dung = sign_in("dung")
    assert "Duyệt 1 dòng" in text_of(dung.get("/schedule").text)
    dung.post(f"/schedule/{made}/approve")
    public = sign_in("binh").get("/schedule/print").text
    assert "Karaoke Chưa Đến" in public
    assert "12/2026" in public
    assert "0900000001" not in public


def test_nothing_chosen_and_no_body_are_said(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = placed(db, clock)
    made = drawn_up(alice, db)
    for sent, says in (({"kind_of_bodies": "y"}, "Chưa chọn cơ sở nào."), ({"take": [place.id]}, "Chọn cơ quan")):
        answer = alice.post(f"/schedule/{made}/propose", data=sent)
        assert answer.status_code == 422
        assert says in text_of(answer.text)
    assert schedule.entries(db) == []


def test_what_other_pages_hold_is_taken_as_proposed_but_for_second_visits(
    alice: FlaskClient, db: Database, clock: Clock
) -> None:  # fmt: skip
    shown, other, seen = (placed(db, clock, name) for name in ("Karaoke Hiện", "Nhà Nghỉ Ẩn", "Quán Đã Kiểm Tra"))
    visited(db, clock, seen)
    with write(db, clock) as tx:
        unmet = {"A01": {"a": "khong_dat", "note": "", "files": [], "due_on": "2026-08-01"}}
        making.inspect(tx, seen, answers=unmet, started_at="2026-07-01T09:00:00+07:00")
    made = drawn_up(alice, db)
    page = alice.get(f"/schedule/{made}/propose?q=hien").text
    assert "Karaoke Hiện" in page
    assert "Nhà Nghỉ Ẩn" not in page
    assert "Còn 1 cơ sở chưa được kiểm tra" in text_of(page)
    sent = {"shown": [shown.id], "others": "y", "kind_of_bodies": "y"}
    assert alice.post(f"/schedule/{made}/propose?q=hien", data=sent).status_code == 302
    assert [entry.establishment for entry in schedule.entries(db)] == [other.id]


def entry_of(alice: FlaskClient, db: Database, place: Establishment, month: str = "2026-11") -> schedule.Entry:
    made = drawn_up(alice, db)
    alice.post(
        f"/schedule/{made}/propose", data={"take": [place.id], f"month-{place.id}": month, "kind_of_bodies": "y"}
    )
    return schedule.entries(db)[0]


def test_a_line_is_moved_with_its_reason_and_dropped(
    alice: FlaskClient, sign_in: Browser, db: Database, clock: Clock
) -> None:  # fmt: skip
    entry = entry_of(alice, db, placed(db, clock))
    sign_in("dung").post(f"/schedule/{entry.schedule}/approve")
    sent = {"month": "2026-12", "kind": "planned", "bodies": ["team_178"], "note": "", "reason": ""}
    answer = alice.post(f"/schedule/entries/{entry.id}", data=sent)
    assert answer.status_code == 422
    assert "Phải ghi lý do" in text_of(answer.text)
    assert alice.post(f"/schedule/entries/{entry.id}", data={**sent, "reason": "Bão số 9"}).status_code == 302
    assert schedule.read_entry(db, entry.id).month == "2026-12"
    assert alice.post(f"/schedule/entries/{entry.id}/cancel", data={"cancel-reason": ""}).status_code == 422
    alice.post(f"/schedule/entries/{entry.id}/cancel", data={"cancel-reason": "Cơ sở nghỉ"})
    page = text_of(alice.get("/schedule").text)
    assert "Không thực hiện" in page
    assert "Cơ sở nghỉ" in page


def test_the_public_list_leaves_out_what_is_restricted(
    alice: FlaskClient, sign_in: Browser, db: Database, clock: Clock
) -> None:  # fmt: skip
    place = placed(db, clock, "Karaoke Phức Tạp", phone="0900000001", note="Ghi chú nội bộ")
    with write(db, clock) as tx:
        complexity.classify(
            tx, OFFICER, place.id, level="complex", authority="Công an xã", document_no="7/CAX",
            classified_on=date(2026, 5, 1), expires_on=date(2027, 5, 1),
        )  # fmt: skip
    entry = entry_of(alice, db, place)
    again = placed(db, clock, "Chỉ Hậu Kiểm")
    with write(db, clock) as tx:
        schedule.plan(tx, OFFICER, [schedule.Entry("", entry.schedule, again.id, "2026-12", "follow_up")])
        schedule.change(tx, OFFICER, entry.id, note="Đi cùng Công an")
    sign_in("dung").post(f"/schedule/{entry.schedule}/approve")
    public = alice.get("/schedule/export.csv?public=1").data
    assert list(codes(public)[0]) == ["STT", "Tên cơ sở", "Loại hình", "Địa chỉ", "Thôn", "Tháng dự kiến"]
    assert [row["Tên cơ sở"] for row in codes(public)] == ["Karaoke Phức Tạp"]
    internal = alice.get("/schedule/export.csv").data.decode("utf-8-sig")
    assert "Đi cùng Công an" in internal
    for content in (public.decode("utf-8-sig"), internal):
        assert "7/CAX" not in content
        assert "hức tạp" not in content
        assert "0900000001" not in content


# ---- the ledger ----


def test_another_bodys_visit_is_typed_and_voided(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = placed(db, clock)
    sent = {
        "establishment": f"{place.code} · {place.name}", "visited_on": "5/3/2026", "bodies": ["fire"],
        "kind": "planned", "mode": "on_site", "outcome": "conducted", "document_no": "12/BB-PCCC",
    }  # fmt: skip
    assert alice.post("/ledger/new", data=sent).status_code == 302
    (visit,) = visits.in_year(db, 2026)
    assert (visit.bodies, visit.document_no, visit.source) == (("fire",), "12/BB-PCCC", "typed")
    assert "12/BB-PCCC" in alice.get("/ledger").text
    assert alice.post(f"/ledger/{visit.id}/void", data={"reason": ""}).status_code == 422
    alice.post(f"/ledger/{visit.id}/void", data={"reason": "Nhập nhầm cơ sở"})
    assert "Nhập nhầm cơ sở" in alice.get("/ledger?only=struck").text
    assert not visits.in_year(db, 2026)[0].stands


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"establishment": "CS-999"}, "Không có cơ sở này trong sổ."),
        ({"establishment": ""}, "Chưa ghi cơ sở."),
        ({"visited_on": "31/2/2026"}, "Ghi ngày theo mẫu 05/03/2026."),
        ({"visited_on": "29/2/2025"}, "Ghi ngày theo mẫu 05/03/2026."),
        ({"visited_on": "5/3/26"}, "Ghi ngày theo mẫu 05/03/2026."),  # not the year 26
        ({"visited_on": "22/11/2026"}, "Ngày này chưa đến."),
        ({"bodies": []}, "Chọn ít nhất một cơ quan."),
        ({"bodies": ["army"]}, "danh sách"),
        ({"note": "Tiếp viên Lan"}, "Có chỗ giống thông tin cá nhân"),
    ],
)
def test_a_visit_that_cannot_be_is_said_beside_the_field(
    alice: FlaskClient, db: Database, clock: Clock, wrong: dict[str, Any], says: str
) -> None:  # fmt: skip
    placed(db, clock)
    sent = {"establishment": "CS-001", "visited_on": "5/3/2026", "bodies": ["fire"], "kind": "planned",
            "mode": "on_site", "outcome": "conducted", **wrong}  # fmt: skip
    answer = alice.post("/ledger/new", data=sent)
    assert answer.status_code == 422
    assert says in text_of(answer.text)
    assert visits.in_year(db, 2026) == []


def test_the_second_of_a_year_is_warned_about_and_entered_all_the_same(
    alice: FlaskClient, sign_in: Browser, db: Database, clock: Clock
) -> None:  # fmt: skip
    place = placed(db, clock)
    visited(db, clock, place, "police")
    sent = {"establishment": place.code, "visited_on": "9/6/2026", "bodies": ["fire"], "kind": "planned",
            "mode": "on_site", "outcome": "conducted"}  # fmt: skip
    warned = alice.post("/ledger/new", data=sent)
    assert warned.status_code == 422
    assert "Trong năm đã có 1 lần kiểm tra tại chỗ" in text_of(warned.text)
    assert len(visits.in_year(db, 2026)) == 1
    assert alice.post("/ledger/new", data={**sent, "seen": place.id}).status_code == 302
    page = text_of(alice.get("/ledger/second").text)
    assert "1 thiếu lý do hoặc văn bản" in page
    (found,) = overlap.second_visits(db, 2026)
    dung = sign_in("dung")
    at = f"/ledger/second/{found.visit.id}"

    def named(reason: str, document_no: str) -> dict[str, str]:
        begins = f"reason-{found.visit.id}-"
        return {f"{begins}reason": reason, f"{begins}document_no": document_no}

    assert dung.post(f"{at}/decision", data={"decision": "approved"}).status_code == 422
    assert alice.post(f"{at}/reason", data=named("target_shortfall", "1")).status_code == 422
    alice.post(f"{at}/reason", data=named("clear_signs", "15/CV-CAX"))
    assert alice.post(f"{at}/decision", data={"decision": "approved"}).status_code == 403
    dung.post(f"{at}/decision", data={"decision": "approved"})
    assert overlap.second_visits(db, 2026)[0].state == "approved"
    assert "Đã phê duyệt" in text_of(sign_in("em").get("/ledger/second").text)
    deeds = [entry["action"] for entry in audit.of_object(db, "visit", found.visit.id)]
    assert deeds == ["second_visit_approved", "second_visit_explained", "visit_typed"]


def test_the_office_is_asked_whether_two_were_one(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = placed(db, clock)
    ids = [visited(db, clock, place, body) for body in ("team_178", "police")]
    assert "có phải một cuộc kiểm tra chung?" in alice.get("/ledger").text
    assert alice.post("/ledger/answer", data={"visit": ids, "answer": "perhaps"}).status_code == 404
    alice.post("/ledger/answer", data={"visit": ids, "answer": "together"})
    page = alice.get("/ledger").text
    assert "có phải một cuộc kiểm tra chung?" not in page
    assert "Tất cả 1 lượt Đội 178 1 lượt Công an 1 lượt" in text_of(page)


# ---- communication, team ----


def test_a_session_is_entered_in_counts(alice: FlaskClient, sign_in: Browser, db: Database, clock: Clock) -> None:
    place = placed(db, clock)
    sent = {"form": "meeting", "held_on": "5/3/2026", "headcount": "30", "topic": "Phổ biến Pháp lệnh",
            "reached-0-establishment": place.name, "reached-0-workers": "8"}  # fmt: skip
    too_many = alice.post("/activities/new", data={**sent, "headcount": "5"})
    assert too_many.status_code == 422
    assert "Cộng lại nhiều hơn số người dự." in text_of(too_many.text)
    nobody = alice.post("/activities/new", data={**sent, "reached-0-establishment": "Quán lạ"})
    assert "Không có cơ sở này trong sổ." in text_of(nobody.text)
    assert alice.post("/activities/new", data=sent).status_code == 302
    (found,) = activities.every(db, date(2026, 1, 1), TODAY)
    assert (found.headcount, dict(found.reached)) == (30, {place.id: 8})
    assert "Phổ biến Pháp lệnh" in sign_in("binh").get("/activities").text
    alice.post(f"/activities/{found.id}/void", data={"reason": "Nhập hai lần"})
    assert activities.every(db, date(2026, 1, 1), TODAY) == []
    assert "Nhập hai lần" in alice.get("/activities").text


def test_a_team_is_appointed_and_corrected(alice: FlaskClient, db: Database) -> None:
    sent = {
        "decision_no": "12/QĐ-UBND", "decided_on": "10/1/2026", "valid_from": "15/1/2026", "valid_until": "",
        "members-0-name": "Vũ Dũng", "members-0-position": "Phó Chủ tịch", "members-0-agency": "UBND",
        "members-0-role": "leader", "members-0-account": "", "members-1-name": "", "members-1-role": "member",
    }  # fmt: skip
    assert alice.post("/team/new", data=sent).status_code == 302
    (team,) = teams.every(db)
    assert [m.name for m in team.members] == ["Vũ Dũng"]
    nameless = alice.post("/team/new", data={**sent, "members-0-name": ""})
    assert nameless.status_code == 422
    assert alice.post(f"/team/{team.id}", data={**sent, "decision_no": "21/QĐ-UBND"}).status_code == 422
    alice.post(f"/team/{team.id}", data={**sent, "decision_no": "21/QĐ-UBND", "reason": "Gõ nhầm"})
    assert teams.read(db, team.id).decision_no == "21/QĐ-UBND"
    alice.post(f"/team/{team.id}/void", data={"void-reason": "Nhập nhầm"})
    assert "Đã hủy, nhập nhầm" in text_of(alice.get("/team").text)


# ---- decisions on establishments ----


def test_a_sanction_is_entered_and_followed_up(
    alice: FlaskClient, sign_in: Browser, db: Database, clock: Clock
) -> None:
    place = placed(db, clock)
    sent = {"establishment": place.code, "number": "5/QĐ-XPHC", "decided_on": "1/3/2026", "authority": "Chủ tịch UBND",
            "measures": ["fine"], "due_on": "1/4/2026"}  # fmt: skip
    assert alice.post("/sanctions/new", data={**sent, "measures": []}).status_code == 422
    assert alice.post("/sanctions/new", data=sent).status_code == 302
    (found,) = sanctions.every(db)
    assert "Quá hạn hậu kiểm 234 ngày" in text_of(sign_in("em").get("/sanctions").text)
    event = {"kind": "not_complied", "happened_on": "2/4/2026", "due_on": "", "reason": ""}
    assert alice.post(f"/sanctions/{found.id}/event", data=event).status_code == 422
    alice.post(f"/sanctions/{found.id}/event", data={**event, "kind": "complied"})
    assert sanctions.read(db, found.id).state == "complied"
    assert "Đã chấp hành" in text_of(alice.get(f"/sanctions/{found.id}").text)


def test_classification_is_for_leader_and_officer_only(
    alice: FlaskClient, sign_in: Browser, app: Flask, db: Database, clock: Clock
) -> None:  # fmt: skip
    place = placed(db, clock)
    sent = {"level": "complex", "authority": "Công an xã Mẫu", "document_no": "77/CAX-ANTT",
            "classified_on": "1/5/2026", "expires_on": "30/4/2027"}  # fmt: skip
    assert alice.post(f"/establishments/{place.id}/complexity", data=sent).status_code == 302
    assert "77/CAX-ANTT" in sign_in("dung").get("/complexity").text
    assert "complexity_opened" in [entry["action"] for entry in audit.recent(db)]
    hidden = ("/", "/establishments", f"/establishments/{place.id}", "/schedule", "/schedule/print", "/ledger",
              "/sanctions", "/findings", "/coverage", "/activities")  # fmt: skip
    for who in ("em", "binh"):
        browser = sign_in(who)
        for path in hidden:
            shown = browser.get(path, follow_redirects=True).text
            assert "77/CAX-ANTT" not in shown, (who, path)
            assert "Phức tạp" not in shown, (who, path)
        assert browser.get("/complexity").status_code == 403
    for path in ("/establishments/export.csv", "/ledger/export.csv", "/schedule/export.csv"):
        assert "77/CAX-ANTT" not in alice.get(path).data.decode("utf-8-sig"), path
    (made,) = complexity.of_establishment(db, place.id)
    void, reason = f"/establishments/{place.id}/complexity/{made.id}/void", f"void-{made.id}-reason"
    assert alice.post(void, data={reason: ""}).status_code == 422
    alice.post(void, data={reason: "Nhập nhầm cơ sở"})
    assert complexity.in_force(db, TODAY) == {}


# ---- references ----


def test_references_are_edited_and_the_rule_is_the_leaders(alice: FlaskClient, sign_in: Browser, db: Database) -> None:
    assert "Nghị quyết về phát triển kinh tế tư nhân" in sign_in("em").get("/legal").text
    sent = {"id": "QD-12", "number": "12/QĐ-UBND", "title": "Quy chế Đội", "status": "in_force", "confidence": "page"}
    assert alice.post("/legal/new", data={**sent, "id": "Số 12"}).status_code == 422
    assert alice.post("/legal/new", data=sent).status_code == 302
    assert alice.post("/legal/new", data=sent).status_code == 422
    alice.post("/legal/QD-12", data={**sent, "title": "Quy chế Đội 178"})
    assert legal.read(db, "QD-12").title == "Quy chế Đội 178"
    alice.post("/legal/QD-12/drop", data={"drop-reason": "Hết hiệu lực"})
    assert alice.get("/legal/QD-12").status_code == 404
    dung = sign_in("dung")
    rule = {"by_entity": "", "kinds": ["planned", "unscheduled"], "bodies": [], "reason": ""}
    for number, reason in enumerate(legal.overlap_rule(db).reasons):
        rule |= {f"reasons-{number}-code": reason.code, f"reasons-{number}-text": reason.text}
    assert dung.post("/legal/overlap", data=rule).status_code == 422
    assert dung.post("/legal/overlap", data={**rule, "reason": "Công văn 9/STP"}).status_code == 302
    found = legal.overlap_rule(db)
    assert (found.kinds, found.by_entity) == (("planned", "unscheduled"), False)
    assert not any(reason.leader for reason in found.reasons)


def test_a_place_is_named_by_code_or_by_its_only_name(alice: FlaskClient, db: Database, clock: Clock) -> None:
    for _ in range(2):
        placed(db, clock, "Karaoke Trùng Tên")
    sent = {"visited_on": "5/3/2026", "bodies": ["fire"], "kind": "planned", "mode": "on_site", "outcome": "conducted"}
    answer = alice.post("/ledger/new", data={**sent, "establishment": "karaoke trùng tên"})
    assert "Có nhiều cơ sở trùng tên; ghi mã cơ sở." in text_of(answer.text)
    alice.post("/ledger/new", data={**sent, "establishment": "cs-002"})
    assert [v.establishment for v in visits.in_year(db, 2026)] == [establishments.ids_by_code(db)["CS-002"]]
