"""A finding's life: what happens to it is told by events in any order, from phones and from the office."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from fieldapp import checklists, findings, inspections
from fieldapp.audit import of_object
from fieldapp.clock import Clock
from fieldapp.database import write
from fieldapp.establishments import Establishment
from fieldapp.findings import Course, Event, Finding, course
from fieldapp.inspections import Inspection
from sync import signed
from sync.history import Transaction, instant
from tests import making
from tests.making import ACTOR

BAD = {"C04": {"a": "khong_dat", "note": "Hết hạn kiểm định", "files": [], "due_on": "2026-12-01"}}


@pytest.fixture
def tx(db: Database, clock: Clock) -> Iterator[Transaction]:
    with write(db, clock) as transaction:
        checklists.adopt(transaction, ACTOR, checklists.shipped())
        yield transaction


@pytest.fixture
def place(tx: Transaction) -> Establishment:
    return making.establishment(tx)


@pytest.fixture
def visit(tx: Transaction, place: Establishment) -> Inspection:
    return making.inspect(tx, place, answers=BAD)


def only(tx: Transaction, inspection: Inspection) -> Finding:
    (found,) = findings.of_inspection(tx.db, inspection.id)
    return found


def happens(tx: Transaction, finding: Finding, event: str, **facts: Any) -> Event:
    """Something a phone tells of a finding, a few minutes after the last."""
    body = {
        "id": str(uuid.uuid4()), "finding": finding.id, "inspection": finding.inspection, "event": event,
        "author": str(uuid.uuid4()), "at": instant(tx.now), **facts,
    }  # fmt: skip
    return findings.record_event(tx, body, ACTOR)


def test_evidence_waits_for_the_office_and_closing_ends_it(tx: Transaction, visit: Inspection) -> None:
    finding = only(tx, visit)
    assert [f.state for f in findings.still_open(tx.db)] == ["open"]
    happens(tx, finding, "evidence", conclusion="remedied", how="photo", at=instant(tx.now - timedelta(hours=1)))
    assert only(tx, visit).state == "submitted"
    closed = findings.note_event(tx, ACTOR, finding, "closed", note="Đã xem tem kiểm định mới")
    assert (only(tx, visit).state, only(tx, visit).closed_on) == ("closed", closed.happened_on)
    assert findings.still_open(tx.db) == []
    assert of_object(tx.db, "finding", finding.id)[0]["action"] == "finding_closed"
    kept = signed.read(tx.db, "finding_event", closed.id)
    assert kept is not None
    assert kept.content["note"] == "Đã xem tem kiểm định mới"


def test_an_extension_moves_the_deadline_and_keeps_the_first(tx: Transaction, visit: Inspection) -> None:
    findings.note_event(tx, ACTOR, only(tx, visit), "extended", due_on=date(2026, 12, 20), note="Chờ thợ")
    now = only(tx, visit)
    assert (now.state, now.due_on, now.first_due_on) == ("extended", date(2026, 12, 20), date(2026, 12, 1))
    assert not now.overdue(date(2026, 12, 20))
    happens(tx, now, "evidence", conclusion="partly")
    assert only(tx, visit).state == "extended"


def test_what_fell_due_in_a_window(tx: Transaction, place: Establishment, visit: Inspection) -> None:
    year_end = date(2026, 12, 31)
    assert [f.closed_on for f in findings.fell_due(tx.db, date(2026, 1, 1), year_end)] == [None]
    assert findings.fell_due(tx.db, date(2026, 1, 1), date(2026, 11, 30)) == []
    findings.note_event(tx, ACTOR, only(tx, visit), "closed")
    today = tx.now.date()
    assert [(f.establishment, f.closed_on) for f in findings.fell_due(tx.db, date(2026, 12, 1), year_end)] == [
        (place.id, today)
    ]
    findings.note_event(tx, ACTOR, only(tx, visit), "reopened", note="Tem bị bóc")
    findings.note_event(tx, ACTOR, only(tx, visit), "extended", due_on=date(2027, 1, 5), note="Chờ thợ")
    assert findings.fell_due(tx.db, date(2026, 1, 1), year_end) == []
    findings.note_event(tx, ACTOR, only(tx, visit), "referred", document_no="12/CV")
    assert findings.fell_due(tx.db, date(2026, 1, 1), date(2027, 12, 31)) == []


def test_an_amendment_takes_the_story_over_whatever_arrives_first(tx: Transaction, place: Establishment) -> None:
    """A ← B ← C: events on A's and B's finding stand on C's, in each of the six orders of arrival."""
    for order in itertools.permutations("ABC"):
        ids = {name: str(uuid.uuid4()) for name in "ABC"}
        amends = {"A": None, "B": ids["A"], "C": ids["B"]}
        for name in order:
            due = {"C04": {**BAD["C04"], "due_on": f"2026-12-0{'ABC'.index(name) + 1}"}}
            inspection = making.inspect(tx, place, id=ids[name], amends=amends[name], answers=due)
            if name == "A":
                happens(
                    tx, only(tx, inspection), "extended", due_on="2027-01-15", at=instant(tx.now - timedelta(hours=2))
                )
            if name == "B":
                happens(tx, only(tx, inspection), "evidence", at=instant(tx.now - timedelta(hours=1)))
        (stands,) = [f for f in findings.of_establishment(tx.db, place.id) if f.inspection in ids.values()]
        assert (stands.inspection, stands.state, stands.due_on) == (ids["C"], "submitted", date(2027, 1, 15)), order
        assert [e.event for e in findings.events(tx.db, stands)] == ["extended", "evidence"]


def test_an_event_reaches_the_amendment_even_past_one_that_dropped_the_item(
    tx: Transaction, place: Establishment, visit: Inspection
) -> None:
    old = only(tx, visit)
    without = making.inspect(tx, place, amends=visit.id)
    happens(tx, old, "evidence")
    assert findings.still_open(tx.db) == []
    again = making.inspect(tx, place, amends=without.id, answers=BAD)
    assert only(tx, again).state == "submitted"
    assert findings.standing(tx.db, old).id == only(tx, again).id


def test_a_voided_visit_asks_for_nothing_whatever_still_arrives(tx: Transaction, visit: Inspection) -> None:
    finding = only(tx, visit)
    inspections.void(tx, ACTOR, visit.id, "Nhầm cơ sở")
    happens(tx, finding, "reopened")
    assert only(tx, visit).state == "withdrawn"


def test_of_a_referred_item_no_remark_is_kept(tx: Transaction, place: Establishment) -> None:
    item = next(i["id"] for i in checklists.current(tx.db)["items"] if i["refer"])
    inspection = making.inspect(tx, place, answers={item: {"a": "khong_dat", "note": "x", "files": []}})
    event = happens(tx, only(tx, inspection), "referred", note="tên người", document_no="3/CV")
    assert (event.note, event.document_no, only(tx, inspection).state) == ("", "3/CV", "referred")


def test_phones_are_told_how_far_a_finding_has_come(tx: Transaction, visit: Inspection) -> None:
    happens(tx, only(tx, visit), "evidence")
    (told,) = findings.summaries(tx.db, [visit.establishment])[visit.establishment]
    assert (told["state"], told["inspection"], told["due_on"]) == ("submitted", visit.id, "2026-12-01")
    happens(tx, only(tx, visit), "closed")
    assert findings.summaries(tx.db, [visit.establishment]) == {}


DAY = date(2026, 12, 1)


def event_of(kind: str, conclusion: str, days: int) -> Event:
    due = DAY + timedelta(days=days) if kind == "extended" else None
    return Event("", "", "", kind, "", DAY + timedelta(days=days), "", conclusion, due, "", "", None, "", "")


@given(
    st.lists(
        st.builds(
            event_of, st.sampled_from(sorted(findings.EVENTS)), st.sampled_from(["", *findings.CONCLUSIONS]),
            st.integers(1, 300),
        )
    )
)  # fmt: skip
def test_whatever_happens_a_finding_is_closed_exactly_when_it_has_a_day_of_closing(story: list[Event]) -> None:
    now = course(Course("open", DAY), story)
    assert (now.state == "closed") == (now.closed_on is not None)
    assert now.due_on == DAY or now.due_on in {e.due_on for e in story}
    assert course(Course("open", DAY), [*story, event_of("closed", "", 1)]).state == "closed"
