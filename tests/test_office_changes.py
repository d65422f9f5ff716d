"""What phones sent and could not be written at once: the office decides, nothing is lost."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlite_utils import Database

from fieldapp import audit, establishments, inspections, people
from fieldapp.database import write
from fieldapp.establishments import Establishment
from sync import quarantine, signed, stamps
from sync.kinds import CannotApply, Carrier, Mistakes
from sync.merge import Edit
from sync.wire import Op
from tests import making
from tests.cast import NOW, Clock


def binh(db: Database) -> str:
    return next(a.id for a in people.accounts(db) if a.username == "binh")


def held(
    db: Database, clock: Clock, kind: str, body: Any, why: str = "not_allowed", *, fields: Mistakes | None = None
) -> str:  # fmt: skip
    """An op in the inbox. Returns its path."""
    line = json.dumps(body, ensure_ascii=False).encode()
    op = Op(str(uuid.uuid4()), kind, 1, hashlib.sha256(line).hexdigest(), (), {}, line)
    with write(db, clock) as tx:
        quarantine.hold(tx, op, CannotApply(why, fields or {}), Carrier(binh(db), "phone"), NOW)
    return f"/changes/{op.op}/{op.sha256}"


def place_in(db: Database, clock: Clock) -> Establishment:
    with write(db, clock) as tx:
        return making.establishment(tx, "Karaoke Sao Thử", address="Số 1", phone="0900000001")


def patch(place: Establishment, **fields: Any) -> dict[str, Any]:
    return {
        "id": place.id,
        "fields": {k: {"v": v, "at": "2026-11-21T02:00:00Z", "base": None} for k, v in fields.items()},
    }


def reads(browser: FlaskClient, path: str, *parts: str) -> None:
    page = browser.get(path).text
    for part in parts:
        assert part in page, part


def test_a_patch_a_phone_may_not_make_becomes_the_office_s_own_edit(
    alice: FlaskClient, db: Database, clock: Clock
) -> None:  # fmt: skip
    place = place_in(db, clock)
    path = held(db, clock, "establishment", patch(place, address="Số 9", phone="0900000009", status="closed"))
    assert "1 thay đổi từ điện thoại chưa nhận được" in alice.get("/").text
    reads(alice, "/changes", "Karaoke Sao Thử", "Trần Văn Bình", "Địa chỉ: Số 1 → Số 9", "Điện thoại không được sửa")
    reads(alice, path, "Địa chỉ", "Số 9", "Số 1", "Chấm dứt", "Đang hoạt động", "Nội dung nguyên bản")
    assert alice.post(f"{path}/mend", data={"field": ["address", "phone"], "reason": ""}).status_code == 422
    done = alice.post(f"{path}/mend", data={"field": ["address", "phone"], "reason": "Đã gọi chủ cơ sở"})
    assert done.location == "/changes"
    after = establishments.read(db, place.id)
    assert (after.address, after.phone, after.status) == ("Số 9", "0900000009", "operating")
    entry = audit.of_object(db, "establishment", place.id)[0]
    assert (entry["action"], entry["reason"]) == ("change_mended", "Đã gọi chủ cơ sở")
    assert (entry["details"]["fields"], entry["details"]["left_out"]) == (["address", "phone"], ["status"])
    assert "Không có gì chờ quyết định" in alice.get("/changes").text
    assert alice.post(f"{path}/mend", data={"reason": "x"}).status_code == 404  # decided already
    assert alice.get(path).status_code == 404


def test_not_taking_needs_a_reason(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = place_in(db, clock)
    path = held(db, clock, "establishment", patch(place, address="Số 9"))
    assert alice.post(f"{path}/dismiss", data={"reason": " "}).status_code == 422
    assert len(quarantine.waiting(db)) == 1
    alice.post(f"{path}/dismiss", data={"reason": "Địa chỉ trong sổ đúng"})
    assert not quarantine.waiting(db)
    assert establishments.read(db, place.id).address == "Số 1"
    assert audit.recent(db, limit=1)[0]["reason"] == "Địa chỉ trong sổ đúng"


def signed_by_binh(db: Database, clock: Clock, place: Establishment, **facts: Any) -> dict[str, Any]:
    with write(db, clock) as tx:
        return making.inspection_body(tx, place, author=binh(db), signatures=[], **facts)


def test_a_record_is_let_in_as_its_author_signed_it(alice: FlaskClient, db: Database, clock: Clock) -> None:
    body = signed_by_binh(db, clock, place_in(db, clock))
    path = held(db, clock, "inspection", body, "device_revoked")
    reads(alice, "/changes", "Biên bản kiểm tra", "Gửi từ máy đã bị ngừng")
    alice.post(f"{path}/take")
    assert [i.id for i in inspections.waiting(db)] == [body["id"]]


def test_a_record_of_an_unknown_establishment_is_mended_and_its_page_says_so(
    alice: FlaskClient, db: Database, clock: Clock
) -> None:  # fmt: skip
    place = place_in(db, clock)
    body = signed_by_binh(db, clock, place, answers={"C04": {"a": "khong_dat", "note": "Hết hạn kiểm định"}})
    body["establishment"] = str(uuid.uuid4())
    path = held(db, clock, "inspection", body, "invalid_body", fields={"establishment": ["no such establishment"]})
    reads(alice, "/changes", "Cơ sở này chưa có trong sổ", "Sửa và ghi nhận")
    reads(
        alice, path, "Trần Văn Bình", "Hết hạn kiểm định", "Không đạt", "21/11/2026, 09:15", "Chưa có trong sổ".lower()
    )
    form = {
        "started_at": "21/11/2026", "started_at-time": "09:15", "author": body["author"], "bodies": ["team_178"],
        "reason": "Chọn nhầm cơ sở",
    }  # fmt: skip
    wrong = alice.post(f"{path}/mend", data={**form, "establishment": "CS-999"})
    assert wrong.status_code == 422
    assert "chọn một cơ sở trong danh sách" in wrong.text
    assert "Chọn nhầm cơ sở" in wrong.text  # what was typed stays
    alice.post(f"{path}/mend", data={**form, "establishment": f"{place.code} · {place.name}"})
    (made,) = inspections.waiting(db)
    record = signed.read(db, "inspection", made.id)
    assert record is not None
    assert record.original == body
    assert made.establishment == place.id
    reads(alice, f"/inspections/{made.id}", "Văn phòng đã sửa khi ghi nhận", "Chọn nhầm cơ sở", "Lê Thị Alice", "Cơ sở")
    reads(alice, f"/inspections/{made.id}/print", "Văn phòng đã sửa khi ghi nhận")


def test_a_wrong_day_an_unknown_body_and_a_wrong_answer_are_set_right(
    alice: FlaskClient, db: Database, clock: Clock
) -> None:  # fmt: skip
    place = place_in(db, clock)
    body = signed_by_binh(
        db, clock, place, started_at="1970-01-01T08:00:00+07:00", ended_at="1970-01-01T08:40:00+07:00",
        bodies=["team_179"], answers={"A01": {"a": "tot"}, "C04": {"a": "dat"}, "C05": {"a": 1}},
        figures={"N01": -4},
    )  # fmt: skip
    wrong = {
        "started_at": ["must be an instant between 2000 and 2100"], "bodies": ["unknown: team_179"],
        "answers.A01.a": ["must be one of: dat"], "answers.C05.a": ["must be one of: dat"],
        "figures.N01": ["must be an integer from 0"],
    }  # fmt: skip
    path = held(db, clock, "inspection", body, "invalid_body", fields=wrong)
    reads(alice, path, "01/01/1970", "Mục A01", "Số liệu: không dùng được", "không có trong danh sách")
    form = {
        "establishment": place.code, "started_at": "20/11/2026", "started_at-time": "14:00", "author": body["author"],
        "bodies": ["team_178", "police"], "answers.A01": "khong_dat", "answers.C05": "-", "reason": "Hỏi lại người lập",
    }  # fmt: skip
    assert alice.post(f"{path}/mend", data={**form, "started_at": "31/02/2026"}).status_code == 422
    assert alice.post(f"{path}/mend", data=form).location == "/changes"
    (made,) = inspections.waiting(db)
    counts = inspections.content(db, made.id)
    assert (made.inspected_on, made.bodies) == (date(2026, 11, 20), ("police", "team_178"))
    assert counts["ended_at"] == "2026-11-20T14:40:00+07:00"
    assert {item: answer["a"] for item, answer in counts["answers"].items()} == {"A01": "khong_dat", "C04": "dat"}
    assert "figures" not in counts
    reads(
        alice,
        f"/inspections/{made.id}",
        "Văn phòng đã sửa khi ghi nhận",
        "Nội dung kiểm tra",
        "A01 tot",
        "A01 Không đạt; C04 Đạt",
        "Số liệu",
    )


def test_several_of_one_cause_are_decided_together(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place, nowhere = place_in(db, clock), str(uuid.uuid4())
    for n in range(3):
        body = signed_by_binh(db, clock, place, note=f"lần {n}") | {"establishment": nowhere}
        held(db, clock, "inspection", body, "invalid_body", fields={"establishment": ["no such establishment"]})
    keys = [one.key for one in quarantine.waiting(db)]
    assert "3 mục" in alice.get("/changes").text
    assert alice.post("/changes/many", data={"deed": "place", "held": keys[:2], "reason": "Nhầm"}).status_code == 422
    alice.post("/changes/many", data={"deed": "place", "held": keys[:2], "reason": "Nhầm", "establishment": place.code})
    assert len(inspections.waiting(db)) == 2
    assert alice.post("/changes/many", data={"deed": "dismiss", "held": keys[2:], "reason": ""}).status_code == 422
    alice.post("/changes/many", data={"deed": "dismiss", "held": keys[2:], "reason": "Gửi lặp"})
    assert quarantine.waiting(db) == []
    assert alice.post("/changes/many", data={"deed": "dismiss", "held": keys, "reason": "x"}).status_code == 404


def test_another_content_under_one_id_is_written_as_a_record_of_its_own(
    alice: FlaskClient, db: Database, clock: Clock
) -> None:  # fmt: skip
    place = place_in(db, clock)
    with write(db, clock) as tx:
        first = making.inspect(tx, place, author=binh(db))
    body = signed_by_binh(db, clock, place, id=first.id, note="chữ \u202eviết khác")
    path = held(db, clock, "inspection", body, "record_exists")
    reads(alice, path, "Đã có bản ghi cùng mã", "Bản đã có", "chữ viết khác", f"/inspections/{first.id}")
    alice.post(f"{path}/mend", data={"apart": "1", "reason": "Hai lần kiểm tra"})
    assert len(inspections.waiting(db)) == 2
    assert not quarantine.waiting(db)


@pytest.mark.parametrize(
    "body",
    [
        {"id": "x"}, {}, [1, 2], {"id": None, "fields": None}, {"fields": {"x": 1}}, {"answers": [], "bodies": 4},
        {"establishment": [], "started_at": 5, "signatures": 3, "facts": [], "answers": {"A": None}, "author": {}},
    ],
)  # fmt: skip
def test_what_still_cannot_be_taken_stays_and_can_be_read(
    body: Any, alice: FlaskClient, db: Database, clock: Clock
) -> None:  # fmt: skip
    wrong = {"answers.A.a": ["?"], "": ["?"], "bodies": ["must be a list"], "nonsense": ["required"]}
    for kind in ("inspection", "establishment", "commitment", "finding_event", "schedule_entry"):
        path = held(db, clock, kind, body, "invalid_body", fields=wrong)
        assert alice.get("/changes").status_code == 200
        assert alice.get(path).status_code == 200
        refused = alice.post(f"{path}/take")
        assert refused.status_code == 422
        assert "Chưa ghi nhận được" in refused.text
        assert alice.post(f"{path}/mend", data={"reason": "thử"}).status_code == 422
    assert len(quarantine.waiting(db)) == 5


def two_values(db: Database, clock: Clock) -> Establishment:
    """The phone's 0900000011 loses against 0900000022; both were made on top of 0900000001."""
    place = place_in(db, clock)
    with write(db, clock) as tx:
        for n, value in enumerate(("0900000022", "0900000011")):
            at = NOW - timedelta(minutes=5 + n)
            edit = Edit(value, at, f"phone-{n}", str(uuid.uuid4()), None)
            merged = stamps.apply_patch(
                tx, kind="establishment", record_id=place.id, edits={"phone": edit}, account=binh(db),
                values={"phone": "0900000001"},
            )  # fmt: skip
            if merged.winners:
                establishments.write_fields(tx, place.id, merged.winners)
    return place


@pytest.mark.parametrize(
    ("choice", "stands", "decision"),
    [
        ({"take": "lost"}, "0900000011", "taken"), ({"take": "stands"}, "0900000022", "left"),
        ({"take": "typed", "typed": " 0900000033 "}, "0900000033", "typed"),
    ],
)  # fmt: skip
def test_between_two_values_the_office_chooses_or_writes_a_third(
    choice: dict[str, str], stands: str, decision: str, *, alice: FlaskClient, db: Database, clock: Clock
) -> None:  # fmt: skip
    place = two_values(db, clock)
    lost = stamps.open_conflicts(db, "establishment")[0]
    reads(alice, "/changes/conflicts", "0900000011", "0900000022", "0900000001", "Trần Văn Bình", "21/11/2026, 09:10")
    assert "1 giá trị do hai người cùng sửa" in alice.get("/").text
    assert "1 giá trị của cơ sở này do hai người cùng sửa" in alice.get(f"/establishments/{place.id}").text
    assert "/changes/conflicts" in alice.get("/changes").text
    path = f"/changes/conflicts/{lost.op}/phone"
    assert alice.post(path, data=choice).location == "/changes/conflicts"
    assert establishments.read(db, place.id).phone == stands
    settled = stamps.conflict(db, lost.op, "phone")
    assert settled is not None
    assert settled.decision == decision
    assert audit.of_object(db, "establishment", place.id)[0]["details"] == {"decision": decision, "fields": ["phone"]}
    assert alice.post(path, data=choice).status_code == 404


def test_many_conflicts_at_once(alice: FlaskClient, db: Database, clock: Clock) -> None:
    places = [two_values(db, clock) for _ in range(2)]
    keys = [f"{lost.op}/{lost.field}" for lost in stamps.open_conflicts(db, "establishment")]
    alice.post("/changes/conflicts/many", data={"lost": keys, "take": "lost"})
    assert {establishments.read(db, place.id).phone for place in places} == {"0900000011"}
    assert not stamps.open_conflicts(db, "establishment")


def test_a_third_value_must_fit_the_field(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = place_in(db, clock)
    with write(db, clock) as tx:
        for n, value in enumerate((6, 5)):
            edit = Edit(value, NOW - timedelta(minutes=n), f"phone-{n}", str(uuid.uuid4()), None)
            stamps.apply_patch(tx, kind="establishment", record_id=place.id, edits={"rooms": edit}, account=binh(db))
    lost = stamps.open_conflicts(db, "establishment")[0]
    path = f"/changes/conflicts/{lost.op}/rooms"
    assert alice.post(path, data={"take": "typed", "typed": "nhiều"}).status_code == 422
    assert stamps.open_conflicts(db, "establishment")
    alice.post(path, data={"take": "typed", "typed": "1.200"})
    assert establishments.read(db, place.id).rooms == 1200
