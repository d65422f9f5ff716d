"""What phones tell of a finding after the visit: offline, in any order, whoever decides what."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from fieldapp import findings
from fieldapp.audit import Actor
from tests.phones import WireOp, WirePhone, wire_op
from tests.wire.reading import put, verdict

BAD = {"A01": {"a": "khong_dat", "note": "Hết hạn", "files": []}}


def event_of(phone: WirePhone, inspection: str, event: str = "evidence", **facts: Any) -> WireOp:
    body = {
        "id": str(uuid.uuid4()), "finding": findings.id_of(inspection, "A01"), "inspection": inspection,
        "establishment": phone.commune.establishment(), "author": phone.account, "event": event,
        "at": "2026-11-21T09:10:00+07:00", "how": "dossier", "conclusion": "remedied", "note": "", "photos": {},
    }  # fmt: skip
    return wire_op("finding_event", {**body, **facts})


def state(phone: WirePhone, inspection: str) -> Any:
    found = phone.commune.ask("SELECT state FROM finding WHERE inspection = ?", inspection)
    return found[0][0] if found else None


def told(phone: WirePhone) -> Any:
    """The findings of the first establishment as the phone's essentials have them: (item, state)."""
    body = next(
        c["body"] for c in put(phone.changes(), "establishment") if c["id"] == phone.commune.establishment()
    )  # fmt: skip
    return [(f["item"], f["state"]) for f in body["summary"]["findings"]]


def test_evidence_is_recorded_and_every_phone_learns_it(phone: WirePhone, other: WirePhone) -> None:
    visit = phone.inspection(answers=BAD)
    event = event_of(phone, visit.id)
    assert [verdict(r) for r in phone.receipts(visit, event)] == [("applied", None)] * 2
    assert told(other) == [("A01", "submitted")]
    (change,) = put(other.changes("history"), "finding_event")
    assert change["raw"] == event.line.decode()


def test_a_follow_up_that_comes_before_its_inspection_waits_for_it(phone: WirePhone, other: WirePhone) -> None:
    visit = phone.inspection(answers=BAD)
    receipt = other.receipts(event_of(other, visit.id))[0]
    assert (verdict(receipt), list(receipt["fields"])) == (("quarantined", "invalid_body"), ["inspection"])
    phone.receipts(visit)
    assert state(phone, visit.id) == "submitted"


def test_a_finding_that_the_inspection_does_not_have_is_refused(phone: WirePhone) -> None:
    visit = phone.inspection()
    phone.receipts(visit)
    receipt = phone.receipts(event_of(phone, visit.id))[0]
    assert (verdict(receipt), list(receipt["fields"])) == (("quarantined", "invalid_body"), ["finding"])


@pytest.mark.parametrize(("event", "more"), [("closed", {}), ("extended", {"due_on": "2026-12-31"}), ("referred", {})])
def test_closing_is_for_the_office_by_phone_too(event: str, more: Any, phone: WirePhone) -> None:
    visit = phone.inspection(answers=BAD)
    refused = phone.receipts(visit, event_of(phone, visit.id, event, **more))[1]
    assert (verdict(refused), list(refused["fields"])) == (("quarantined", "not_allowed"), ["event"])
    assert state(phone, visit.id) == "open"
    officer = phone.commune.phone("alice")
    assert verdict(officer.receipts(event_of(officer, visit.id, event, **more))[0]) == ("applied", None)
    assert state(phone, visit.id) == event


@pytest.mark.parametrize(
    "facts",
    [{"event": "gone"}, {"event": "extended"}, {"at": "yesterday"}, {"finding": "x"}, {"photos": {"x": {}}}],
)
def test_what_cannot_be_counted_with_is_quarantined(facts: Any, phone: WirePhone) -> None:
    visit = phone.inspection(answers=BAD)
    assert verdict(phone.receipts(visit, event_of(phone, visit.id, **facts))[1]) == ("quarantined", "invalid_body")


def test_the_follow_up_of_an_amended_visit_reaches_the_amendment(phone: WirePhone, other: WirePhone) -> None:
    visit = phone.inspection(answers=BAD)
    amendment = phone.inspection(answers=BAD, amends=visit.id, amend_reason="Ghi nhầm hạn")
    phone.receipts(visit, amendment)
    other.receipts(event_of(other, visit.id))
    assert (state(phone, visit.id), state(phone, amendment.id)) == ("withdrawn", "submitted")
    assert told(phone) == [("A01", "submitted")]


def test_the_office_s_own_event_travels_as_a_signed_record_does(phone: WirePhone) -> None:
    visit = phone.inspection(answers=BAD)
    phone.receipts(visit)
    with phone.commune.writing() as tx:
        finding = findings.of_inspection(tx.db, visit.id)[0]
        made = findings.note_event(tx, Actor(phone.commune.account("alice")), finding, "closed", note="Xong")
    (change,) = put(phone.changes("history"), "finding_event")
    assert change["id"] == made.id
    assert told(phone) == []
    # after a restore a phone offers it again, byte for byte, and it is what it was
    again = wire_op("finding_event", change["raw"].encode())
    assert verdict(phone.receipts(again)[0]) == ("applied", None)
    assert phone.commune.ask("SELECT count(*) FROM finding_event") == [(1,)]
