"""The wire over HTTP, against the real application: who may do what, what phones never get, and every refusal."""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from fieldapp import entities, establishments, inspections, people
from fieldapp.audit import COMMAND_LINE, Actor
from fieldapp.errors import CATALOGUE
from fieldapp.views import sync as wire_views
from sync import errors, history, signed, wire
from sync.files import MAX_FILE_BYTES
from tests.phones import NOW, Commune, WirePhone, add_establishment, copy_commune, found_commune, wire_op

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 500
JPEG_NAME = hashlib.sha256(JPEG).hexdigest()
PNG = b"\x89PNG\r\n\x1a\n" + b"1" * 300
PNG_NAME = hashlib.sha256(PNG).hexdigest()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commune") / "data"
    found_commune(folder)
    return folder


@pytest.fixture
def commune(template: Path, tmp_path: Path) -> Iterator[Commune]:
    yield copy_commune(template, tmp_path / "data")
    wire_views.limiter.reset()


@pytest.fixture
def phone(commune: Commune) -> WirePhone:
    return commune.phone("binh")


@pytest.fixture
def other(commune: Commune) -> WirePhone:
    return commune.phone("chi")


def code(answer: TestResponse) -> tuple[int, str]:
    """Status and error code of a failure, in the one shape that every failure has."""
    assert answer.mimetype == "application/json", answer.text
    error = answer.json["error"]
    assert error.keys() == {"code", "message", "retry", "fields"}
    assert isinstance(error["retry"], bool)
    assert isinstance(error["fields"], dict)
    assert error["message"]
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, error["code"]


def verdict(receipt: dict[str, Any]) -> tuple[str, str | None]:
    return receipt["status"], receipt["why"]


def put(changes: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [change for change in changes if change["kind"] == kind and change["type"] == "put"]


# ---- enrolment and tokens ----


def test_a_phone_enrols_and_gets_its_token_its_person_and_its_unit(commune: Commune) -> None:
    device = str(uuid.uuid4())
    answer = WirePhone(commune, "binh", device).enrol()
    assert answer.status_code == 201
    assert answer.json.keys() == {"device", "token", "user", "unit"}
    assert answer.json["device"] == device
    assert answer.json["user"] == {
        "id": commune.account("binh"), "username": "binh", "name": "Binh", "role": "inspector", "body": "team_178",
        "position": "",
    }  # fmt: skip
    assert answer.json["unit"]["name"] == "Kim Tân"
    assert "Set-Cookie" not in answer.headers
    token = answer.json["token"]
    assert not commune.ask("SELECT 1 FROM token WHERE hash = ?", token)


def test_a_wrong_password_is_refused_without_saying_what_was_wrong(commune: Commune) -> None:
    assert code(WirePhone(commune, "binh", "d").enrol("sai mật khẩu")) == (401, "sign_in_failed")
    assert code(WirePhone(commune, "nobody", "d").enrol("sai mật khẩu")) == (401, "sign_in_failed")
    assert code(commune.app.test_client().post("/sync/v1/devices", json={"device": "d", "code": "123456"})) == (
        401, "sign_in_failed",
    )  # fmt: skip


def test_a_code_of_the_office_stands_in_for_the_password_once(commune: Commune) -> None:
    with commune.writing() as tx:
        binh = next(account for account in people.accounts(tx.db) if account.username == "binh")
        letters = people.issue_code(tx, COMMAND_LINE, binh.id)
    asked = {"code": letters, "device": "phone-9", "device_name": "Máy 9"}
    answer = commune.app.test_client().post("/sync/v1/devices", json=asked)
    assert answer.status_code == 201
    assert answer.get_json()["user"]["username"] == "binh"
    assert code(commune.app.test_client().post("/sync/v1/devices", json=asked)) == (401, "sign_in_failed")


def test_a_new_sign_in_of_a_device_ends_its_old_token(commune: Commune) -> None:
    phone = commune.phone("binh", "phone-1")
    old = phone.token
    phone.enrol()
    assert phone.call("GET", "status").status_code == 200
    phone.token = old
    assert code(phone.call("GET", "status")) == (401, "sign_in")


def test_guessing_is_slowed_down_and_told_how_long(commune: Commune) -> None:
    answers = [WirePhone(commune, "binh", "d").enrol("sai mật khẩu") for _ in range(11)]
    assert code(answers[9]) == (401, "sign_in_failed")
    assert code(answers[10]) == (429, "too_many_attempts")
    assert 1 <= int(answers[10].headers["Retry-After"]) <= 300
    assert answers[10].json["error"]["retry"] is True


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"device":"d","username":"x"}', b"\xff", b'["a"]'])
def test_an_enrolment_that_is_not_one_is_malformed(commune: Commune, body: bytes) -> None:
    answer = commune.app.test_client().post("/sync/v1/devices", data=body, content_type="application/json")
    assert code(answer) == (400, "malformed")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "push"), ("POST", "pull"), ("POST", "files/have"), ("PUT", f"files/{JPEG_NAME}"),
        ("GET", f"files/{JPEG_NAME}"), ("GET", "status"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer wrong", "Basic YTpi", "wrong"])
def test_every_call_but_enrolment_needs_a_token(commune: Commune, method: str, path: str, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = commune.app.test_client().open(f"/sync/v1/{path}", method=method, headers=headers, data=b"{}")
    assert code(answer) == (401, "sign_in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_status_tells_protocols_and_points(phone: WirePhone) -> None:
    answer = phone.call("GET", "status")
    mark = phone.commune.ask("SELECT seq, tag FROM commit_log ORDER BY seq DESC LIMIT 1")[0]
    assert answer.json == {"protocols": [1], "now": "2026-11-21T02:15:00.000Z", "mark": list(mark), "safe": 0}


def test_the_office_sees_when_a_phone_last_came_by(phone: WirePhone) -> None:
    phone.commune.clock.now += timedelta(hours=1)
    phone.call("GET", "status")
    seen = phone.commune.ask("SELECT seen_at FROM device WHERE id = ?", phone.device)
    assert seen == [("2026-11-21T03:15:00.000Z",)]


# ---- push ----


def test_an_inspection_is_recorded_numbered_and_entered_in_the_ledger(phone: WirePhone) -> None:
    op = phone.inspection()
    receipt = phone.receipts(op)[0]
    assert verdict(receipt) == ("applied", None)
    commune = phone.commune
    assert commune.ask("SELECT number, author, inspected_on FROM inspection WHERE id = ?", op.id) == [
        ("BB-2026-0001", phone.account, "2026-11-21")
    ]
    assert commune.ask("SELECT counts FROM visit WHERE inspection = ?", op.id) == [(1,)]
    assert commune.ask("SELECT body FROM signed WHERE id = ?", op.id) == [(op.line.decode(),)]


def test_the_least_that_the_contract_asks_of_an_inspection_is_enough(phone: WirePhone) -> None:
    op = wire_op(
        "inspection",
        {
            "id": str(uuid.uuid4()), "establishment": phone.commune.establishment(), "outcome": "closed_door",
            "bodies": ["police"], "started_at": "2026-11-21T02:00:00Z",
        },
    )  # fmt: skip
    assert verdict(phone.receipts(op)[0]) == ("applied", None)
    assert phone.commune.ask("SELECT author, kind, mode FROM inspection") == [(phone.account, "planned", "on_site")]


def test_a_shortcoming_under_a_checklist_the_server_does_not_know_is_still_a_finding(phone: WirePhone) -> None:
    op = phone.inspection(
        checklist="f" * 64, answers={"C04": {"a": "khong_dat"}, "X99": {"a": "khong_dat", "note": "ghi"}}
    )
    assert verdict(phone.receipts(op)[0]) == ("applied", None)
    assert phone.commune.ask("SELECT item FROM finding ORDER BY item") == [("C04",), ("X99",)]


def test_a_commitment_is_recorded(phone: WirePhone) -> None:
    op = phone.commitment()
    assert verdict(phone.receipts(op)[0]) == ("applied", None)
    assert phone.commune.ask("SELECT id, state FROM commitment") == [(op.id, "in_force")]


def test_a_resend_is_answered_alike_and_makes_no_commit(phone: WirePhone) -> None:
    ops = [phone.inspection(), phone.commitment(), phone.patch(rooms=9)]
    first = phone.receipts(*ops)
    assert phone.receipts(*ops) == first
    assert phone.call("GET", "status").json["mark"] == phone.mark
    assert phone.commune.ask("SELECT count(*) FROM inspection") == [(1,)]


def test_a_packed_push_is_read(phone: WirePhone) -> None:
    assert phone.push(phone.inspection(), packed=True).status_code == 200


def test_one_bad_op_never_stops_its_neighbours(phone: WirePhone) -> None:
    good, bad = phone.inspection(), phone.inspection(outcome="exploded", bodies=[], started_at="yesterday")
    receipts = phone.receipts(good, bad, wire_op("draft", {"id": "x"}), phone.patch(rooms=9))
    assert [verdict(r) for r in receipts] == [
        ("applied", None), ("quarantined", "invalid_body"), ("quarantined", "unknown_kind"), ("applied", None),
    ]  # fmt: skip
    assert receipts[1]["fields"].keys() == {"outcome", "bodies", "started_at"}
    assert phone.commune.ask("SELECT body FROM quarantine WHERE op = ?", bad.op) == [(bad.line,)]


@pytest.mark.parametrize(
    ("facts", "why", "field"),
    [
        ({"id": "not-a-uuid"}, "invalid_body", "id"),
        ({"bodies": ["nobody_knows"]}, "invalid_body", "bodies"),
        ({"started_at": "1970-01-01T00:00:00Z"}, "invalid_body", "started_at"),
        ({"answers": {"A01": {"a": "maybe"}}}, "invalid_body", "answers.A01.a"),
        ({"figures": {"N01": -1}}, "invalid_body", "figures.N01"),
        ({"author": str(uuid.uuid4())}, "not_allowed", "author"),
        ({"establishment": str(uuid.uuid4())}, "invalid_body", "establishment"),
    ],
)
def test_an_inspection_that_the_rules_cannot_count_with_is_kept_for_the_office(
    phone: WirePhone, facts: dict[str, Any], why: str, field: str
) -> None:
    receipt = phone.receipts(phone.inspection(**facts))[0]
    assert verdict(receipt) == ("quarantined", why)
    assert list(receipt["fields"]) == [field]


@pytest.mark.parametrize("username", ["dung", "em"])
def test_whose_role_signs_no_records_is_quarantined(commune: Commune, username: str) -> None:
    phone = commune.phone(username)
    receipts = phone.receipts(phone.inspection(), phone.patch(rooms=3))
    assert [verdict(r) for r in receipts] == [("quarantined", "not_allowed")] * 2


def test_keys_that_nobody_knows_are_kept(phone: WirePhone) -> None:
    op = phone.inspection(weather="mưa", answers={"A01": {"a": "dat", "mood": 1}})
    assert verdict(phone.receipts(op)[0]) == ("applied", None)
    assert "mưa" in phone.commune.ask("SELECT body FROM signed")[0][0]


def test_an_inspection_waits_for_the_establishment_that_another_phone_added(phone: WirePhone, other: WirePhone) -> None:
    place = str(uuid.uuid4())
    inspection, made = phone.inspection(establishment=place), other.patch(place, name="Quán Mới", type="cafe")
    assert verdict(phone.receipts(inspection)[0]) == ("quarantined", "invalid_body")
    other.receipts(made)
    assert phone.commune.ask("SELECT establishment FROM inspection WHERE id = ?", inspection.id) == [(place,)]
    assert phone.receipts(inspection)[0]["decision"] == "applied"


def test_an_amendment_may_arrive_before_what_it_amends(phone: WirePhone, other: WirePhone) -> None:
    old = phone.inspection()
    new = phone.inspection(amends=old.id)
    assert verdict(other.receipts(new)[0]) == ("applied", None)
    assert verdict(phone.receipts(old)[0]) == ("applied", None)
    assert phone.commune.ask("SELECT amended_by FROM inspection WHERE id = ?", old.id) == [(new.id,)]


def test_the_author_stands_in_the_body_and_another_carrier_is_audited(phone: WirePhone, other: WirePhone) -> None:
    carried, own = phone.inspection(), other.inspection()
    receipts = other.receipts(carried, own)
    assert [verdict(r) for r in receipts] == [("applied", None)] * 2
    commune = phone.commune
    assert commune.ask("SELECT author FROM inspection WHERE id = ?", carried.id) == [(phone.account,)]
    assert commune.ask("SELECT object, account, device FROM audit WHERE action = 'record_carried'") == [
        (carried.id, other.account, other.device)
    ]


def test_a_clock_that_was_off_is_flagged_for_the_office(phone: WirePhone) -> None:
    ahead, right = phone.inspection(started_at="2027-01-02T09:00:00+07:00"), phone.inspection()
    phone.receipts(ahead, right)
    skews = dict(phone.commune.ask("SELECT id, skew_s FROM inspection"))
    assert skews[ahead.id] == int(timedelta(days=41, hours=23, minutes=45).total_seconds())
    assert skews[right.id] is None
    slow = phone.inspection()
    phone.receipts(slow, sent="2025-11-21T09:15:00+07:00")
    assert phone.commune.ask("SELECT skew_s FROM inspection WHERE id = ?", slow.id) == [(-365 * 86400,)]


# ---- which fields a phone may write ----


def test_a_phone_writes_the_fields_that_are_its_to_write(phone: WirePhone) -> None:
    values = {
        "representative": "Trần Thị Mẫu", "representative_role": "Quản lý", "phone": "0911111111", "rooms": 12,
        "employees": 9, "employees_with_contract": 7, "latitude": 20.1, "longitude": 105.4, "note": "cổng sau",
    }  # fmt: skip
    assert verdict(phone.receipts(phone.patch(**values))[0]) == ("applied", None)
    body = put(phone.changes(), "establishment")[-1]["body"]
    assert {name: body[name] for name in values} == values


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", "CS-9"), ("name", "Tên khác"), ("type", "spa"), ("address", "nơi khác"), ("area", None),
        ("entity", None), ("status", "closed"), ("review_state", "managed"), ("managed_since", "2026-01-01"),
        ("managed_until", "2026-01-01"),
        ("security_conditional", True), ("licences", []), ("summary", {}), ("id", "x"), ("complexity_level", 3),
        ("created_by", "x"), ("search", "x"), ("same_as", "x"), ("nonsense; DROP TABLE establishment", 1),
    ],
)  # fmt: skip
def test_a_patch_with_any_other_field_is_quarantined_whole(phone: WirePhone, name: str, value: Any) -> None:
    before = phone.commune.ask("SELECT * FROM establishment ORDER BY code")
    receipt = phone.receipts(phone.patch(**{"rooms": 5, name: value}))[0]
    assert (verdict(receipt), list(receipt["fields"])) == (("quarantined", "not_allowed"), [name])
    assert phone.commune.ask("SELECT * FROM establishment ORDER BY code") == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rooms", -1), ("rooms", "9"), ("rooms", 1.5), ("rooms", True), ("rooms", 10**9), ("latitude", 91),
        ("phone", 900),
        ("phone", None), ("note", "x" * 501), ("longitude", "105"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_quarantined(phone: WirePhone, name: str, value: Any) -> None:
    receipt = phone.receipts(phone.patch(**{name: value}))[0]
    assert (verdict(receipt), list(receipt["fields"])) == (("quarantined", "invalid_body"), [name])


def test_a_phone_adds_an_establishment_and_its_creator_corrects_it_until_the_office_decides(
    phone: WirePhone, other: WirePhone
) -> None:
    place = str(uuid.uuid4())
    made = phone.patch(place, name="Quán Cà Phê Mới", type="cafe", address="Ngõ 5", phone="0900000001")
    assert verdict(phone.receipts(made)[0]) == ("applied", None)
    body = next(c["body"] for c in put(phone.changes(), "establishment") if c["id"] == place)
    assert (body["code"], body["review_state"], body["name"]) == ("CS-003", "identified", "Quán Cà Phê Mới")
    assert verdict(phone.receipts(phone.patch(place, base=made.op, type="bar"))[0]) == ("applied", None)
    assert verdict(other.receipts(other.patch(place, type="spa"))[0]) == ("quarantined", "not_allowed")
    assert verdict(other.receipts(other.patch(place, rooms=2))[0]) == ("applied", None)
    with phone.commune.writing() as tx:
        establishments.change(tx, Actor(phone.commune.account("alice")), place, {"review_state": "managed"})
    assert verdict(phone.receipts(phone.patch(place, type="cafe"))[0]) == ("quarantined", "not_allowed")


def test_an_establishment_in_an_unknown_area_or_of_an_odd_id_is_quarantined(phone: WirePhone) -> None:
    odd, nowhere = phone.patch("odd", name="X"), phone.patch(str(uuid.uuid4()), name="X", area=str(uuid.uuid4()))
    receipts = phone.receipts(odd, nowhere)
    assert [list(r["fields"]) for r in receipts] == [["id"], ["area"]]


def test_two_phones_at_one_field_leave_a_conflict_and_the_office_s_edit_is_one_writer_among_them(
    phone: WirePhone, other: WirePhone
) -> None:
    phone.receipts(phone.patch(rooms=5))
    phone.commune.clock.now += timedelta(minutes=1)
    assert other.receipts(other.patch(rooms=6))[0]["conflicts"] == []
    assert phone.commune.ask("SELECT field, value FROM conflict") == [("rooms", "5")]
    with phone.commune.writing() as tx:
        establishments.change(tx, Actor(phone.commune.account("alice")), phone.commune.establishment(), {"rooms": 7})
    change = next(c for c in put(phone.changes(), "establishment") if c["id"] == phone.commune.establishment())
    assert (change["body"]["rooms"], change["stamps"]["rooms"][1]) == (7, "office")
    receipt = phone.receipts(phone.patch(rooms=8, base=change["stamps"]["rooms"][2]))[0]
    assert (verdict(receipt), receipt["conflicts"]) == (("applied", None), [])


# ---- pull: what phones hold ----


def test_a_first_pull_makes_a_phone_usable(phone: WirePhone) -> None:
    answer = phone.pull()
    kinds = [change["kind"] for change in answer.json["changes"]]
    assert set(kinds) == {"unit", "checklist", "establishment"}
    assert answer.json["more"] is False
    body = put(answer.json["changes"], "establishment")[0]["body"]
    assert body.keys() == {
        "id", "code", "name", "type", "address", "area", "entity", "representative", "representative_role", "phone",
        "rooms", "employees", "employees_with_contract", "status", "review_state", "managed_since", "managed_until",
        "security_conditional", "licences", "latitude", "longitude", "note", "summary",
    }  # fmt: skip
    assert body["summary"] == {"visits": [], "findings": [], "commitment": None}


def test_a_record_changes_its_establishment_s_summary_on_every_phone(phone: WirePhone, other: WirePhone) -> None:
    first = other.pull().json
    other.mark = first["mark"]
    phone.receipts(phone.inspection(answers={"C04": {"a": "khong_dat", "note": "x"}}), phone.commitment())
    changes = other.changes(cursor=first["cursor"])
    assert [(c["kind"], c["id"]) for c in changes] == [("establishment", phone.commune.establishment())]
    summary = changes[0]["body"]["summary"]
    assert [(v["visited_on"], v["counted"]) for v in summary["visits"]] == [("2026-11-21", True)]
    assert [f["item"] for f in summary["findings"]] == ["C04"]
    assert summary["commitment"]["valid_until"] == "2026-12-31"


def test_history_brings_signed_records_with_their_exact_bytes(phone: WirePhone, other: WirePhone) -> None:
    op = wire_op("inspection", json.dumps(json.loads(phone.inspection().line), indent=None).encode(), files=[JPEG_NAME])
    phone.receipts(op)
    change = other.changes("history")[0]
    assert change.keys() == {"type", "kind", "id", "seq", "op", "ver", "sha256", "files", "raw"}
    assert (change["raw"].encode(), change["op"], change["files"]) == (op.line, op.op, [JPEG_NAME])


def test_contacts_and_records_of_closed_or_unmanaged_establishments_never_leave(
    phone: WirePhone, other: WirePhone
) -> None:
    commune = phone.commune
    phone.receipts(phone.inspection(), phone.commitment())
    first, past = other.pull().json, other.pull("history").json
    assert len(past["changes"]) == 2
    other.mark = past["mark"]
    with commune.writing() as tx:
        establishments.change(tx, Actor(""), commune.establishment(1), {"status": "closed"})
        establishments.change(tx, Actor(""), commune.establishment(2), {"managed_until": date(2026, 11, 22)})
    changes = {c["id"]: c["body"] for c in other.changes(cursor=first["cursor"])}
    assert changes[commune.establishment(1)]["status"] == "closed"
    assert [changes[commune.establishment(1)][n] for n in ("representative", "representative_role", "phone")] == [
        ""
    ] * 3
    assert changes[commune.establishment(2)]["phone"] == "0900000000"
    left = other.changes("history", past["cursor"])
    assert {(c["type"], c["kind"]) for c in left} == {("leave", "inspection"), ("leave", "commitment")}
    assert "0900000000" not in json.dumps([c for c in other.changes() if c["id"] == commune.establishment(1)])
    assert not put(other.changes("history"), "inspection")


def test_the_day_an_establishment_leaves_management_phones_are_told_without_any_edit(phone: WirePhone) -> None:
    commune = phone.commune
    phone.receipts(op := phone.inspection())
    with commune.writing() as tx:
        establishments.change(tx, Actor(""), commune.establishment(), {"managed_until": date(2026, 11, 22)})
    first, past = phone.pull().json, phone.pull("history").json
    assert put(past["changes"], "inspection")
    phone.mark = past["mark"]
    commune.clock.now += timedelta(days=1)
    changes = phone.changes(cursor=first["cursor"])
    assert [(c["id"], c["body"]["phone"]) for c in changes] == [(commune.establishment(), "")]
    assert [(c["type"], c["id"]) for c in phone.changes("history", past["cursor"])] == [("leave", op.id)]
    with commune.writing() as tx:
        establishments.change(tx, Actor(""), commune.establishment(), {"managed_until": None})
    assert [(c["type"], c["id"]) for c in phone.changes("history", past["cursor"])] == [("put", op.id)]
    assert phone.changes(cursor=first["cursor"])[0]["body"]["phone"] == "0900000000"


def test_history_is_of_two_years(phone: WirePhone, other: WirePhone) -> None:
    old = phone.inspection(started_at="2024-06-01T09:00:00+07:00")
    phone.receipts(old)
    assert [c["id"] for c in put(other.changes("history"), "inspection")] == [old.id]  # it has only just arrived
    phone.commune.clock.now += timedelta(days=733)
    assert not put(other.changes("history"), "inspection")


def test_an_administrator_s_phone_gets_no_case_data(commune: Commune, phone: WirePhone) -> None:
    phone.receipts(phone.inspection())
    admin = commune.phone("dung")
    headers = {"Accept-Encoding": "gzip"}
    told = {"v": 1, "stream": "essentials", "cursor": None, "mark": None}
    for one, sees in ((phone, True), (admin, False), (phone, True)):  # nobody gets a page that was packed for another
        page = one.call("POST", "pull", json={**told, "device": one.device}, headers=headers)
        assert ("Karaoke Sao Thử".encode() in gzip.decompress(page.data)) is sees
    assert {c["kind"] for c in admin.changes() if c["type"] == "put"} == {"unit", "checklist"}
    assert not [c for c in admin.changes("history") if c["type"] == "put"]


def test_restricted_fields_never_leave(phone: WirePhone) -> None:
    with phone.commune.writing() as tx:
        entities.entity_named(tx, "Hộ kinh doanh Mẫu", registration_code="0123456789")
    text = phone.pull().text
    assert "Hộ kinh doanh Mẫu" in text
    assert "0123456789" not in text
    for word in ("registration_code", "complexity", "password", "created_by", "same_as"):
        assert word not in text


def test_a_large_page_is_packed_for_who_can_unpack_it(phone: WirePhone) -> None:
    plain = phone.pull()
    packed = phone.call(
        "POST", "pull", headers={"Accept-Encoding": "gzip"},
        json={"v": 1, "device": phone.device, "stream": "essentials", "cursor": None, "mark": None},
    )  # fmt: skip
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.data)) == plain.json
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_a_restored_server_tells_both_calls_to_rewind(phone: WirePhone) -> None:
    phone.mark = [10**6, "feedfeedfeedfeed"]
    trail = [phone.call("GET", "status").json["mark"], phone.mark]
    assert phone.push(phone.inspection(), trail=trail).json["rewind"] == trail[0]
    assert phone.pull(trail=trail).json == {"kind": "pull", "rewind": trail[0], "now": "2026-11-21T02:15:00.000Z"}
    assert phone.pull().json["rewind"] == [0, ""]
    assert phone.commune.ask("SELECT count(*) FROM inspection") == [(0,)]


# ---- revoked phones and erased records ----


def test_a_revoked_phone_may_only_hand_in_what_it_holds(commune: Commune, phone: WirePhone) -> None:
    known = phone.inspection()
    phone.receipts(known)
    with commune.writing() as tx:
        people.revoke(tx, Actor(commune.account("alice")), phone.device, reason="mất máy")
    answer = phone.push(known, phone.inspection())
    assert answer.json["revoked"] is True
    assert [verdict(r) for r in answer.json["receipts"]] == [("applied", None), ("quarantined", "device_revoked")]
    assert phone.put_file(JPEG).json["revoked"] is True
    assert phone.call("POST", "files/have", json={"sha256": [JPEG_NAME]}).json == {"missing": []}
    assert phone.call("GET", "status").json["revoked"] is True
    assert code(phone.pull()) == (403, "device_revoked")
    assert code(phone.call("GET", f"files/{JPEG_NAME}")) == (403, "device_revoked")


def test_an_erased_record_stays_erased(commune: Commune, phone: WirePhone, other: WirePhone) -> None:
    op = phone.inspection()
    phone.receipts(op)
    with commune.writing() as tx:
        signed.erase(tx, "inspection", op.id)
    assert verdict(other.receipts(op)[0]) == ("erased", None)
    assert [(c["type"], c["id"]) for c in other.changes("history")] == [("tombstone", op.id)]


# ---- files ----


def test_a_file_goes_up_once_and_comes_down_to_who_sees_its_record(phone: WirePhone, other: WirePhone) -> None:
    op = phone.inspection(photos={JPEG_NAME: {"class": "premises", "taken_at": "2026-11-21T09:00:00+07:00"}})
    op.header["files"] = [JPEG_NAME]
    assert phone.receipts(op)[0]["files_missing"] == [JPEG_NAME]
    assert phone.call("POST", "files/have", json={"sha256": [JPEG_NAME, PNG_NAME]}).json == {
        "missing": [JPEG_NAME, PNG_NAME]
    }
    first = phone.put_file(JPEG)
    assert (first.status_code, first.json["sha256"]) == (201, JPEG_NAME)
    assert first.json["seq"] > phone.mark[0] > first.json["safe"]
    assert phone.put_file(JPEG).status_code == 200
    assert phone.receipts(op)[0]["files_missing"] == []
    down = other.call("GET", f"files/{JPEG_NAME}")
    assert (down.data, down.mimetype, down.headers["Cache-Control"]) == (JPEG, "image/jpeg", "no-store")
    assert down.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_no_visible_record_names_is_not_shown(phone: WirePhone, other: WirePhone) -> None:
    phone.put_file(JPEG)
    assert code(phone.call("GET", f"files/{JPEG_NAME}")) == (403, "forbidden")
    assert code(phone.call("GET", f"files/{PNG_NAME}")) == (404, "not_found")
    phone.receipts(wire_op("inspection", phone.inspection().line, files=[JPEG_NAME]))
    assert other.call("GET", f"files/{JPEG_NAME}").status_code == 200
    with phone.commune.writing() as tx:
        establishments.change(tx, Actor(""), phone.commune.establishment(), {"status": "closed"})
    assert code(other.call("GET", f"files/{JPEG_NAME}")) == (403, "forbidden")


def test_other_visits_signatures_never_go_to_phones(commune: Commune, phone: WirePhone, other: WirePhone) -> None:
    officer = commune.phone("alice")
    signature = {"who": "representative", "name": "Nguyễn Văn Mẫu", "file": PNG_NAME}
    phone.receipts(wire_op("inspection", phone.inspection(signatures=[signature]).line, files=[PNG_NAME]))
    phone.put_file(PNG)
    assert phone.call("GET", f"files/{PNG_NAME}").data == PNG
    # naming it as a photo of one's own record opens nothing
    other.receipts(wire_op("inspection", other.inspection().line, files=[PNG_NAME]))
    for stranger in (other, officer):
        assert code(stranger.call("GET", f"files/{PNG_NAME}")) == (403, "forbidden")


def test_a_commitment_s_signature_and_scans_are_sealed_too(phone: WirePhone, other: WirePhone) -> None:
    phone.receipts(phone.commitment(signature=PNG_NAME, scans=[JPEG_NAME]))
    for data in (PNG, JPEG):
        phone.put_file(data)
        name = hashlib.sha256(data).hexdigest()
        assert phone.call("GET", f"files/{name}").data == data
        assert code(other.call("GET", f"files/{name}")) == (403, "forbidden")


def test_uploads_are_checked_in_the_order_of_the_contract(phone: WirePhone) -> None:
    big = b"x" * (MAX_FILE_BYTES + 1)
    answer = phone.put_file(big, "0" * 64)
    assert code(answer) == (413, "file_too_large")
    assert answer.json["error"]["fields"] == {"bytes": MAX_FILE_BYTES}
    assert code(phone.put_file(b"no picture", "0" * 64)) == (422, "digest_mismatch")
    assert code(phone.put_file(b"no picture")) == (415, "file_type")
    assert code(phone.put_file(JPEG, "short")) == (404, "not_found")
    assert code(phone.put_file(JPEG, JPEG_NAME.upper())) == (404, "not_found")
    assert phone.put_file(JPEG + b"x" * (MAX_FILE_BYTES - len(JPEG))).status_code == 201


def test_an_upload_that_was_cut_off_stores_nothing(phone: WirePhone) -> None:
    headers = {"Content-Type": "image/jpeg", "Content-Length": str(len(JPEG))}
    answer = phone.call("PUT", f"files/{JPEG_NAME}", data=JPEG[:100], headers=headers)
    assert answer.status_code in {400, 422}
    assert code(answer)[1] in {"malformed", "digest_mismatch"}
    assert phone.call("POST", "files/have", json={"sha256": [JPEG_NAME]}).json == {"missing": [JPEG_NAME]}


def test_a_full_disk_is_told_as_such(phone: WirePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", full)
        answer = phone.put_file(JPEG)
    assert code(answer) == (507, "storage_full")
    assert answer.json["error"]["retry"] is True
    assert phone.put_file(JPEG).status_code == 201


# ---- refusals ----


def test_a_full_database_answers_507_and_rolls_back(phone: WirePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(inspections, "record_inspection", full)
        answer = phone.push(phone.inspection(), phone.commitment())
    assert code(answer) == (507, "storage_full")
    assert phone.commune.ask("SELECT count(*) FROM receipt") == [(0,)]


def test_a_full_disk_keeps_no_phone_from_reading(phone: WirePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with phone.commune.writing() as tx:
        establishments.change(tx, Actor(""), phone.commune.establishment(), {"status": "closed"})
    monkeypatch.setattr(people, "note_seen", full)
    monkeypatch.setattr("fieldapp.exchange.tell_scope", full)
    assert phone.call("GET", "status").status_code == 200
    body = next(c["body"] for c in put(phone.changes(), "establishment") if c["id"] == phone.commune.establishment())
    assert body["phone"] == ""


def test_a_locked_database_answers_503_with_a_time_to_wait(phone: WirePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldapp.database.BUSY_TIMEOUT_S", 0.05)
    blocker = sqlite3.connect(phone.commune.folder / "fieldapp.sqlite", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    answer = phone.push(phone.inspection())
    blocker.close()
    assert code(answer) == (503, "busy")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json["error"]["retry"] is True


def test_an_unexpected_failure_has_the_same_shape(phone: WirePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret details")

    monkeypatch.setattr("sync.receive.receive", broken)
    answer = phone.push(phone.inspection())
    assert code(answer) == (500, "unexpected")
    assert answer.json["error"]["retry"] is True
    assert "secret" not in answer.text


def test_what_is_malformed_stores_nothing(phone: WirePhone) -> None:
    data = phone.message(phone.inspection(), phone.commitment())
    for broken in (data[:-20], data[:100], b"", data.replace(b"team_178", b"team_179"), b"<html>Wi-Fi</html>"):
        answer = phone.call("POST", "push", data=broken)
        assert code(answer) == (400, "malformed")
        assert answer.json["error"]["retry"] is True
    packed = gzip.compress(data)
    for broken in (packed[:-5], packed + b"x", data):
        assert code(phone.call("POST", "push", data=broken, headers={"Content-Encoding": "gzip"})) == (400, "malformed")
    assert phone.commune.ask("SELECT count(*) FROM receipt") == [(0,)]


def test_too_large_a_push_tells_the_limits(phone: WirePhone) -> None:
    many = [wire_op("inspection", {"id": str(n)}) for n in range(201)]
    answer = phone.push(*many)
    assert (code(answer), answer.json["error"]["fields"]) == ((413, "push_too_large"), {"ops": 200})
    assert answer.json["error"]["retry"] is False
    answer = phone.push(wire_op("inspection", b"x" * (2**20 + 1)))
    assert (code(answer), answer.json["error"]["fields"]) == ((413, "push_too_large"), {"body_bytes": 2**20})
    big = [wire_op("inspection", b"x" * 2**20) for _ in range(2)]
    for packed in (False, True):
        answer = phone.push(*big, packed=packed)
        assert (code(answer), answer.json["error"]["fields"]) == ((413, "push_too_large"), {"bytes": 2**21})
    answer = phone.call("POST", "push", data=b"x" * 30_000_000)
    assert code(answer) == (413, "push_too_large")


def test_another_protocol_and_another_device_are_told(phone: WirePhone) -> None:
    answer = phone.push(v=2)
    assert (code(answer), answer.json["error"]["fields"]) == ((426, "protocol"), {"protocols": [1]})
    assert code(phone.pull(v=2)) == (426, "protocol")
    assert code(phone.push(device="another")) == (403, "device_mismatch")
    assert code(phone.pull(device="another")) == (403, "device_mismatch")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "push"), ("GET", "nothing/here"), ("DELETE", "status"), ("POST", "files")]
)
def test_what_is_not_on_the_wire_is_refused_in_the_same_shape(phone: WirePhone, method: str, path: str) -> None:
    assert code(phone.call(method, path)) == (404, "not_found")


def test_every_refusal_of_the_engine_is_in_the_catalogue() -> None:
    assert set(errors.CODES) <= CATALOGUE.keys()
    assert [CATALOGUE[c].status for c in ("malformed", "protocol", "push_too_large", "device_mismatch")] == [
        400,
        426,
        413,
        403,
    ]
    assert [CATALOGUE[c].status for c in ("file_too_large", "digest_mismatch", "file_type")] == [413, 422, 415]
    assert [CATALOGUE[c].status for c in ("sign_in", "sign_in_failed", "too_many_attempts")] == [401, 401, 429]
    assert [CATALOGUE[c].status for c in ("device_revoked", "busy", "storage_full")] == [403, 503, 507]


# ---- many at once ----


def test_two_phones_that_push_at_once_are_both_taken_in(commune: Commune) -> None:
    phones = [commune.phone("binh"), commune.phone("chi")]
    batches = {p.device: [[p.inspection() for _ in range(10)] for _ in range(3)] for p in phones}
    answers: list[int] = []

    def work(phone: WirePhone) -> None:
        answers.extend(phone.push(*batch).status_code for batch in batches[phone.device])

    threads = [threading.Thread(target=work, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6
    assert commune.ask("SELECT count(*), count(DISTINCT number) FROM inspection") == [(60, 60)]
    seqs = [row[0] for row in commune.ask("SELECT seq FROM commit_log ORDER BY seq")]
    assert seqs == list(range(1, len(seqs) + 1))


def test_the_wire_s_limits_are_those_of_the_contract() -> None:
    assert (wire.MAX_OPS, wire.MAX_PUSH_BYTES, wire.MAX_BODY_BYTES, MAX_FILE_BYTES) == (200, 2**21, 2**20, 2**22)
    assert history.CHANGES_A_POINT == 200
    assert NOW.tzinfo is not None


def test_a_new_establishment_of_the_office_is_told(phone: WirePhone) -> None:
    first = phone.pull().json
    phone.mark = first["mark"]
    with phone.commune.writing() as tx:
        place = add_establishment(tx, 3)
    assert [c["id"] for c in phone.changes(cursor=first["cursor"])] == [place.id]
