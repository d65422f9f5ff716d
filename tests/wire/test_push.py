"""Pushing records: verdicts, neighbours, amendments, authors, clocks."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from tests.phones import Commune, WirePhone, wire_op
from tests.wire.reading import verdict


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
    receipts = phone.receipts(good, bad, wire_op("dance", {"id": "x"}), phone.patch(rooms=9))
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


@pytest.mark.parametrize("username", ["quan", "em"])
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
