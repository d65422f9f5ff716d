"""What the plans count, on the wire: activities handed in, the schedule and the rule told to phones."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from fieldapp import activities, overlap, schedule, visits
from fieldapp.audit import Actor
from fieldapp.schedule import Entry
from fieldapp.visits import Visit
from tests.phones import Commune, WirePhone, wire_op
from tests.wire.reading import put

OFFICER = Actor("alice")


def activity(phone: WirePhone, **facts: Any) -> Any:
    body = {
        "id": str(uuid.uuid4()), "author": phone.account, "form": "meeting", "held_on": "2026-11-20",
        "made_at": "2026-11-20T15:00:00+07:00", "area": None, "topic": "Phổ biến Pháp lệnh", "headcount": 30,
        "reached": {}, "app": "1.0.0",
    }  # fmt: skip
    return wire_op("activity", {**body, **facts})


def test_a_session_is_handed_in_once_and_goes_to_nobody(phone: WirePhone, other: WirePhone) -> None:
    place = phone.commune.establishment()
    op = activity(phone, reached={place: 8})
    assert [receipt["status"] for receipt in phone.receipts(op)] == ["applied"]
    assert [receipt["status"] for receipt in phone.receipts(op)] == ["applied"]  # sent again: its first receipt
    (made,) = activities.in_year(phone.commune.db, 2026)
    assert (made.headcount, dict(made.reached), made.source, made.author) == (30, {place: 8}, "phone", phone.account)
    for one in (phone, other):
        assert put(one.changes("history"), "activity") == []


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"form": "rally"}, "form"),
        ({"held_on": "20/11/2026"}, "held_on"),
        ({"headcount": None}, "headcount"),
        ({"headcount": "ba mươi"}, "headcount"),
        ({"area": str(uuid.UUID(int=1))}, "area"),
        ({"topic": "x" * 301}, "topic"),
    ],
)
def test_what_cannot_be_counted_with_goes_to_the_inbox(phone: WirePhone, facts: dict[str, Any], field: str) -> None:
    (receipt,) = phone.receipts(activity(phone, **facts))
    assert (receipt["status"], receipt["why"]) == ("quarantined", "invalid_body")
    assert field in receipt["fields"]


def test_more_workers_than_listeners_goes_to_the_inbox(phone: WirePhone) -> None:
    (receipt,) = phone.receipts(activity(phone, headcount=5, reached={phone.commune.establishment(): 6}))
    assert "reached" in receipt["fields"]


def test_a_place_found_in_the_field_may_come_after_it(phone: WirePhone, other: WirePhone) -> None:
    place = str(uuid.uuid4())
    (receipt,) = phone.receipts(activity(phone, reached={place: 3}))
    assert receipt["status"] == "quarantined"
    at = "2026-11-20T08:00:00.000Z"
    fields = {name: {"v": v, "at": at, "base": None} for name, v in (("name", "Quán Mới"), ("type", "cafe"))}
    other.receipts(wire_op("establishment", {"id": place, "fields": fields}))
    assert dict(activities.in_year(phone.commune.db, 2026)[0].reached) == {place: 3}


def test_a_role_that_signs_nothing_hands_in_no_session(commune: Commune) -> None:
    (receipt,) = commune.phone("em").receipts(activity(commune.phone("em")))
    assert receipt["why"] == "not_allowed"


def test_the_schedule_comes_when_it_is_approved_and_leaves_when_it_is_dropped(phone: WirePhone) -> None:
    commune = phone.commune
    with commune.writing() as tx:
        made = schedule.draw_up(tx, OFFICER, name="Năm 2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
        (entry,) = schedule.plan(tx, OFFICER, [Entry("", made.id, commune.establishment(), "2026-12", note="Nội bộ")])
    assert put(phone.changes(), "schedule_entry") == []
    with commune.writing() as tx:
        schedule.approve(tx, Actor("dung"), made.id)
    answer = phone.pull()
    (change,) = put(answer.json["changes"], "schedule_entry")
    assert (change["id"], change["body"]["month"]) == (entry.id, "2026-12")
    assert "Nội bộ" not in answer.text
    with commune.writing() as tx:
        schedule.cancel(tx, OFFICER, entry.id, "Cơ sở nghỉ")
    left = [c for c in phone.changes(cursor=answer.json["cursor"]) if c["kind"] == "schedule_entry"]
    assert [c["type"] for c in left] == ["leave"]
    assert put(commune.phone("quan").changes(), "schedule_entry") == []  # an administrator sees no case


def test_a_second_visit_without_a_reason_is_kept_and_flagged(phone: WirePhone) -> None:
    with phone.commune.writing() as tx:
        visits.type_in(tx, OFFICER, Visit(phone.commune.establishment(), date(2026, 3, 5), ("police",)))
    told = [{"body": "fire", "visited_on": "2026-02-01", "document_no": "7/BB"}]
    (receipt,) = phone.receipts(phone.inspection(told_visits=told))
    assert receipt["status"] == "applied"
    found = overlap.second_visits(phone.commune.db, 2026)
    assert [(one.visit.source, one.state) for one in found] == [("inspection", "missing"), ("typed", "missing")]
    place = next(c for c in put(phone.changes(), "establishment") if c["id"] == phone.commune.establishment())
    assert ["fire"] in [visit["bodies"] for visit in place["body"]["summary"]["visits"]]
