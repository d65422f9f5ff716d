"""Decisions on establishments: sanctions that are followed up, and classification by an authority."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlite_utils import Database

from fieldapp import complexity, sanctions
from fieldapp.audit import Actor
from fieldapp.database import write
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.sanctions import Event, Sanction
from tests import making

OFFICE = Actor("alice")


@pytest.fixture
def place(db: Database) -> Establishment:
    with write(db) as tx:
        return making.establishment(tx)


def decided(db: Database, place: Establishment, **facts: Any) -> Sanction:
    given = {
        "number": "05/QĐ-XPHC", "decided_on": date(2026, 3, 1), "authority": "Chủ tịch UBND",
        "measures": ["fine", "remedy"], "due_on": date(2026, 4, 1), **facts,
    }  # fmt: skip
    with write(db) as tx:
        return sanctions.enter(tx, OFFICE, establishment=place.id, **given)


def told(db: Database, sanction: Sanction, kind: str, on: date, **facts: Any) -> Sanction:
    with write(db) as tx:
        return sanctions.tell(tx, OFFICE, sanction.id, Event(kind, on, **facts))


def test_a_decision_waits_for_its_follow_up(db: Database, place: Establishment) -> None:
    made = decided(db, place)
    assert (made.state, made.open, made.measures) == ("pending", True, ("fine", "remedy"))
    assert not made.overdue(date(2026, 4, 1))
    assert made.overdue(date(2026, 4, 2))
    assert sanctions.every(db) == [made]


def test_what_becomes_of_it_is_told_by_events(db: Database, place: Establishment) -> None:
    made = decided(db, place)
    moved = told(db, made, "extended", date(2026, 3, 20), due_on=date(2026, 5, 1), reason="Chủ cơ sở xin gia hạn")
    assert (moved.state, moved.due_on) == ("pending", date(2026, 5, 1))
    again = told(db, made, "not_complied", date(2026, 4, 28), due_on=date(2026, 6, 1))
    assert (again.state, again.followed_up_on, again.due_on) == ("not_complied", date(2026, 4, 28), date(2026, 6, 1))
    ended = told(db, made, "complied", date(2026, 5, 30))
    assert (ended.state, ended.closed_on, ended.overdue(date(2027, 1, 1))) == ("complied", date(2026, 5, 30), False)
    assert [event.kind for event in ended.events] == ["extended", "not_complied", "complied"]
    with pytest.raises(Refusal, match="ended"):
        told(db, made, "extended", date(2026, 6, 1), due_on=date(2026, 7, 1), reason="Muộn")


def test_a_mistake_is_voided_and_stays_readable(db: Database, place: Establishment) -> None:
    made = decided(db, place)
    told(db, made, "voided", date(2026, 3, 2), reason="Nhập nhầm cơ sở")
    assert sanctions.every(db) == []
    assert [s.state for s in sanctions.entered(db)] == ["voided"]
    assert decided(db, place).state == "pending"  # so that it can be entered again


@pytest.mark.parametrize(
    ("kind", "facts", "code"),
    [
        ("extended", {"due_on": date(2026, 5, 1)}, "reason_required"),
        ("voided", {}, "reason_required"),
        ("not_complied", {}, "field_invalid"),
        ("complied", {"happened_on": date(2026, 2, 28)}, "field_invalid"),
    ],
)
def test_an_event_that_does_not_fit_is_refused(
    db: Database, place: Establishment, kind: str, facts: dict[str, Any], code: str
) -> None:  # fmt: skip
    made = decided(db, place)
    day = facts.pop("happened_on", date(2026, 3, 5))
    with pytest.raises(Refusal) as refused:
        told(db, made, kind, day, **facts)
    assert refused.value.code == code
    assert sanctions.read(db, made.id) == made


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"number": ""}, "number"),
        ({"authority": "x" * 201}, "authority"),
        ({"measures": []}, "measures"),
        ({"measures": ["12.000.000 đồng"]}, "measures"),
        ({"due_on": date(2026, 2, 1)}, "due_on"),
    ],
)
def test_a_decision_that_does_not_hold_together_is_refused(
    db: Database, place: Establishment, facts: dict[str, Any], field: str
) -> None:  # fmt: skip
    with pytest.raises(Refusal) as refused:
        decided(db, place, **facts)
    assert field in refused.value.fields
    decided(db, place)
    with pytest.raises(Refusal) as refused:
        decided(db, place, number="05/qđ-xphc")
    assert "number" in refused.value.fields


def classified(db: Database, place: Establishment, level: str, on: date, until: date) -> complexity.Classification:
    with write(db) as tx:
        return complexity.classify(
            tx, OFFICE, place.id, level=level, authority="Công an xã", document_no="7/CAX", classified_on=on,
            expires_on=until,
        )  # fmt: skip


def test_a_classification_holds_from_its_day_to_its_last(db: Database, place: Establishment) -> None:
    made = classified(db, place, "complex", date(2026, 3, 1), date(2027, 2, 28))
    assert complexity.in_force(db, date(2026, 2, 28)) == {}
    assert complexity.in_force(db, date(2027, 2, 28)) == {place.id: made}
    assert complexity.in_force(db, date(2027, 3, 1)) == {}
    assert complexity.complex_on(db, date(2026, 6, 1)) == {place.id: date(2026, 3, 1)}


def test_the_last_decision_stands_and_a_mistake_gives_way(db: Database, place: Establishment) -> None:
    first = classified(db, place, "complex", date(2026, 3, 1), date(2027, 2, 28))
    lifted = classified(db, place, "normal", date(2026, 6, 1), date(2027, 5, 31))
    assert complexity.in_force(db, date(2026, 7, 1)) == {}
    with write(db) as tx:
        complexity.void(tx, OFFICE, lifted.id, "Nhập nhầm cơ sở")
    assert complexity.in_force(db, date(2026, 7, 1)) == {place.id: first}
    renewed = classified(db, place, "complex", date(2026, 9, 1), date(2027, 8, 31))
    assert complexity.complex_on(db, date(2027, 3, 5)) == {place.id: date(2026, 3, 1)}
    assert complexity.of_establishment(db, place.id)[0] == renewed
    with pytest.raises(Refusal, match="no such"), write(db) as tx:
        complexity.void(tx, OFFICE, lifted.id, "Lần nữa")


def test_a_classification_needs_its_document_and_an_end(db: Database, place: Establishment) -> None:
    for facts, field in (({"document_no": " "}, "document_no"), ({"expires_on": date(2026, 3, 1)}, "expires_on"),
                         ({"level": "hot"}, "level")):  # fmt: skip
        given = {"level": "watch", "authority": "Công an xã", "document_no": "7/CAX",
                 "classified_on": date(2026, 3, 1), "expires_on": date(2027, 3, 1), **facts}  # fmt: skip
        with pytest.raises(Refusal) as refused, write(db) as tx:
            complexity.classify(tx, OFFICE, place.id, **given)  # type: ignore[arg-type]
        assert field in refused.value.fields
    assert complexity.every(db) == []
