"""What phones learn of the office's deeds without sending anything again: decisions, repairs, reviews, lost values."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from fieldapp import establishments, exchange, inspections, units
from fieldapp.audit import Actor, of_object
from fieldapp.errors import Refusal
from fieldapp.exchange import inbox
from sync import quarantine, signed, stamps
from sync.history import Transaction
from sync.kinds import CannotApply, Kinds
from sync.quarantine import Held
from tests.phones import WireOp, WirePhone, wire_op
from tests.wire.reading import put, verdict


def alice(phone: WirePhone) -> Actor:
    return Actor(phone.commune.account("alice"))


def kinds(tx: Transaction) -> Kinds:
    return exchange.kinds(units.read(tx.db), tx.now)


def only(tx: Transaction) -> Held:
    (held,) = quarantine.waiting(tx.db)
    return held


def nowhere(phone: WirePhone, **facts: Any) -> WireOp:
    """An inspection of an establishment that nobody knows."""
    return phone.inspection(establishment=str(uuid.uuid4()), note="Bản đã ký", **facts)


def told(phone: WirePhone, kind: str) -> list[dict[str, Any]]:
    return [change["body"] for change in put(phone.changes(), kind)]


def test_a_decision_reaches_the_phone_that_handed_in_and_no_other(phone: WirePhone, other: WirePhone) -> None:
    op = phone.patch(status="closed")
    assert verdict(phone.receipts(op)[0]) == ("quarantined", "not_allowed")
    assert told(phone, "decision") == []
    with phone.commune.writing() as tx:
        inbox.dismiss(tx, alice(phone), only(tx), "Cơ sở vẫn hoạt động")
    (decision,) = told(phone, "decision")
    assert (decision["op"], decision["decision"], decision["reason"]) == (op.op, "dismissed", "Cơ sở vẫn hoạt động")
    assert decision["by"] == "Lê Thị Alice"
    assert told(other, "decision") == []
    # the page that a phone of the same scope was given before is not given to this one
    packed = {"headers": {"Accept-Encoding": "gzip"}}
    body = {"v": 1, "device": other.device, "stream": "essentials", "cursor": None, "mark": None, "trail": []}
    assert b"decision" not in other.call("POST", "pull", json=body, **packed).data
    assert phone.receipts(op)[0]["decision"] == "dismissed"


def test_what_arrives_by_itself_is_told_too(phone: WirePhone, other: WirePhone) -> None:
    place = str(uuid.uuid4())
    op = phone.inspection(establishment=place)
    phone.receipts(op)
    other.receipts(other.patch(place, name="Quán Mới"))
    assert [(d["op"], d["decision"], d["by"]) for d in told(phone, "decision")] == [(op.op, "applied", "")]


def test_a_record_is_mended_beside_its_signed_bytes(phone: WirePhone, other: WirePhone) -> None:
    op = nowhere(phone, started_at="1970-01-01T00:00:00+07:00")
    phone.receipts(op)
    right = {"establishment": phone.commune.establishment(), "started_at": "2026-11-21T09:00:00+07:00"}
    with phone.commune.writing() as tx:
        body = inbox.body_of(only(tx)) | right
        del body["figures"]
        inbox.mend(tx, alice(phone), only(tx), body, "Máy chưa đặt ngày", kinds=kinds(tx))
        record = signed.read(tx.db, "inspection", op.id)
        assert record is not None
        assert record.body.encode() == op.line
        assert record.original["started_at"] == "1970-01-01T00:00:00+07:00"
        assert record.content["started_at"] == right["started_at"]
        assert inspections.content(tx.db, op.id)["establishment"] == right["establishment"]
        assert inspections.read(tx.db, op.id).inspected_on == date(2026, 11, 21)
        entry = of_object(tx.db, "inspection", op.id)[0]
        assert (entry["action"], entry["reason"]) == ("change_mended", "Máy chưa đặt ngày")
        assert entry["details"]["fields"] == ["establishment", "figures", "started_at"]
    (decision,) = told(phone, "decision")
    assert (decision["decision"], decision["mended"], decision["reason"]) == ("applied", True, "Máy chưa đặt ngày")
    (change,) = put(other.changes("history"), "inspection")
    assert change["raw"].encode() == op.line
    assert change["repair"] == {
        "fields": right, "dropped": ["figures"], "reason": "Máy chưa đặt ngày", "at": "2026-11-21T02:15:00.000Z",
    }  # fmt: skip
    # whoever offers the same bytes after a restore is told what was decided, and nothing is entered twice
    again = phone.receipts(op)[0]
    assert (again["status"], again["decision"]) == ("quarantined", "applied")
    assert phone.commune.ask("SELECT count(*) FROM inspection") == [(1,)]


def test_a_repair_that_is_still_wrong_changes_nothing(phone: WirePhone) -> None:
    phone.receipts(nowhere(phone))
    with phone.commune.writing() as tx:
        wrong = inbox.body_of(only(tx)) | {"establishment": phone.commune.establishment(), "outcome": "gone"}
        with pytest.raises(CannotApply):
            inbox.mend(tx, alice(phone), only(tx), wrong, "Sửa", kinds=kinds(tx))
        with pytest.raises(Refusal) as refused:
            inbox.mend(tx, alice(phone), only(tx), wrong, "  ", kinds=kinds(tx))
        assert refused.value.code == "reason_required"
        assert only(tx).decision is None
    assert phone.commune.ask("SELECT count(*) FROM repair") == [(0,)]


def test_another_content_under_one_id_becomes_a_record_of_its_own(phone: WirePhone, other: WirePhone) -> None:
    first = phone.inspection()
    second = wire_op("inspection", {**json.loads(first.line), "note": "bản thứ hai"})
    phone.receipts(first)
    assert verdict(other.receipts(second)[0]) == ("quarantined", "record_exists")
    with phone.commune.writing() as tx:
        held = only(tx)
        inbox.mend(
            tx, alice(phone), held, {**inbox.body_of(held), "id": quarantine.apart(held)}, "Hai lần kiểm tra khác nhau",
            kinds=kinds(tx),
        )  # fmt: skip
    assert phone.commune.ask("SELECT count(*) FROM inspection") == [(2,)]
    assert not quarantine.waiting(phone.commune.db), "it is decided, not only done"
    assert other.receipts(second)[0]["decision"] == "applied"
    assert [(d["op"], d["mended"]) for d in told(other, "decision")] == [(second.op, True)]
    assert {c["raw"].encode() for c in put(phone.changes("history"), "inspection")} == {first.line, second.line}


def test_a_patch_is_mended_into_an_edit_of_the_office(phone: WirePhone) -> None:
    place = phone.commune.establishment()
    phone.receipts(phone.patch(place, rooms=9, address="Số 99", status="closed"))
    with phone.commune.writing() as tx:
        inbox.mend_patch(
            tx, alice(phone), only(tx), {"rooms": 9, "address": "Số 99"}, "Chưa đóng cửa", kinds=kinds(tx)
        )  # fmt: skip
        after = establishments.read(tx.db, place)
    assert (after.rooms, after.address, after.status) == (9, "Số 99", "operating")
    change = next(c for c in put(phone.changes(), "establishment") if c["id"] == place)
    assert change["stamps"]["rooms"][1] == "office"
    assert told(phone, "decision")[0]["mended"]


def test_a_new_establishment_in_an_unknown_area_is_let_in_without_it_and_what_waited_for_it_too(
    phone: WirePhone,
) -> None:
    place = str(uuid.uuid4())
    made = phone.patch(place, name="Quán Mới", type="cafe", area=str(uuid.uuid4()))
    visit = phone.inspection(establishment=place)
    assert [r["status"] for r in phone.receipts(made, visit)] == ["quarantined"] * 2
    with phone.commune.writing() as tx:
        held = next(held for held in quarantine.waiting(tx.db) if held.op.kind == "establishment")
        values = {"name": "Quán Mới", "type": "cafe"}
        inbox.mend_patch(tx, alice(phone), held, values, "Chưa có khu vực này", kinds=kinds(tx))
        assert quarantine.waiting(tx.db) == []
        assert establishments.creator(tx.db, place) == phone.account
    assert phone.commune.ask("SELECT establishment FROM inspection") == [(place,)]


def test_the_office_s_review_stands_beside_the_bytes(phone: WirePhone) -> None:
    visit = phone.inspection()
    phone.receipts(visit)
    cursor = phone.pull("history").json["cursor"]
    assert phone.changes("history", cursor) == []
    with phone.commune.writing() as tx:
        inspections.send_back(tx, alice(phone), visit.id, "Thiếu ảnh giấy phép")
    (change,) = phone.changes("history", cursor)
    assert change["raw"].encode() == visit.line
    assert (change["review"]["state"], change["review"]["remark"]) == ("returned", "Thiếu ảnh giấy phép")
    amendment = phone.inspection(amends=visit.id, amend_reason="Bổ sung ảnh")
    phone.receipts(amendment)
    reviews = {c["id"]: c["review"] for c in put(phone.changes("history"), "inspection")}
    assert reviews[visit.id]["amended_by"] == amendment.id
    assert reviews[amendment.id]["state"] == "received"


def test_whose_value_was_not_kept_is_told_and_what_the_office_chose(phone: WirePhone, other: WirePhone) -> None:
    place = phone.commune.establishment()
    with phone.commune.writing() as tx:
        establishments.change(tx, alice(phone), place, {"rooms": 4})
    base = next(c for c in put(phone.changes(), "establishment") if c["id"] == place)["stamps"]["rooms"][2]
    mine = phone.patch(rooms=5, base=base)
    phone.receipts(mine)
    phone.commune.clock.now += timedelta(minutes=1)
    other.receipts(other.patch(rooms=6, base=base))
    (lost,) = told(phone, "conflict")
    assert (lost["op"], lost["field"], lost["value"], lost["by"], lost["decision"]) == (
        mine.op, "rooms", 5, "Bùi Hoa", None,
    )  # fmt: skip
    assert told(other, "conflict") == []
    with phone.commune.writing() as tx:
        (conflict,) = stamps.open_conflicts(tx.db, "establishment")
        assert (conflict.before, conflict.value, conflict.stands) == (4, 5, 6)
        assert (conflict.stands_account, conflict.stands_device) == (other.account, other.device)
        stamps.settle(tx, conflict, "left", by=alice(phone).account)
    assert told(phone, "conflict")[0]["decision"] == "left"
