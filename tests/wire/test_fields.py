"""Which fields a phone may write, and two writers at one field."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from fieldapp import establishments
from fieldapp.audit import Actor
from tests.phones import WirePhone
from tests.wire.reading import put, verdict


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
