"""Whom the office is offered for a schedule, and in which month."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from fieldapp import areas, complexity, entities, proposals, schedule, visits
from fieldapp.database import write
from fieldapp.establishments import Establishment
from fieldapp.proposals import Proposal
from fieldapp.schedule import Entry, Schedule
from fieldapp.visits import Visit
from tests import making
from tests.making import ACTOR

TODAY = date(2026, 9, 10)


def year(db: Database) -> Schedule:
    with write(db) as tx:
        return schedule.draw_up(tx, ACTOR, name="Năm 2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))


def proposed(db: Database, made: Schedule) -> dict[str, Proposal]:
    found = proposals.propose(db, made, TODAY, proposals.wanted(db, 2026, TODAY))
    return {p.establishment.name: p for p in found}


def placed(db: Database, name: str, area: str = "Thôn Mẫu 1", **facts: Any) -> Establishment:
    with write(db) as tx:
        return making.establishment(tx, name, area=areas.area_named(tx, area)[0].id, **facts)


def visited(db: Database, place: Establishment, day: date = date(2026, 3, 5), **facts: Any) -> None:
    with write(db) as tx:
        visits.enter(tx, Visit(place.id, day, ("police",), **facts))


def test_who_was_not_inspected_is_proposed_and_who_waits_already_is_not(db: Database) -> None:
    made = year(db)
    done, left, planned = (placed(db, name) for name in ("Đã", "Chưa", "Đã xếp"))
    placed(db, "Thôi quản lý", managed_until=date(2026, 9, 1))
    placed(db, "Mới thấy", review_state="identified")
    visited(db, done)
    with write(db) as tx:
        schedule.plan(tx, ACTOR, [Entry("", made.id, planned.id, "2026-11")])
    found = proposed(db, made)
    assert set(found) == {left.name}
    assert (found["Chưa"].reasons, found["Chưa"].second, found["Chưa"].month) == (("target",), False, "2026-09")


def test_what_is_urgent_comes_first_and_says_that_it_would_be_the_second_visit(db: Database) -> None:
    made = year(db)
    place = placed(db, "Karaoke Quá Hạn")
    answers = {"A01": {"a": "khong_dat", "note": "", "files": [], "due_on": "2026-08-01"}}
    with write(db) as tx:
        making.inspect(tx, place, answers=answers, started_at="2026-07-01T09:00:00+07:00")
    classified = placed(db, "Phức Tạp")
    visited(db, classified)
    with write(db) as tx:
        complexity.classify(
            tx, ACTOR, classified.id, level="complex", authority="Công an xã", document_no="7/CAX",
            classified_on=date(2026, 5, 1), expires_on=date(2027, 5, 1),
        )  # fmt: skip
    for name in ("A", "B", "C"):
        placed(db, name)
    found = proposed(db, made)
    urgent, again = found["Karaoke Quá Hạn"], found["Phức Tạp"]
    assert (urgent.reasons, urgent.kind, urgent.month, urgent.second) == (("finding",), "follow_up", "2026-09", True)
    assert (again.reasons, again.kind, again.second) == (("complex",), "reinspection", True)
    visited(db, classified, date(2026, 6, 1), kind="reinspection")
    assert "Phức Tạp" not in proposed(db, made)


def test_another_establishment_of_the_business_makes_it_a_second_visit(db: Database) -> None:
    made = year(db)
    with write(db) as tx:
        owner = entities.entity_named(tx, "Công ty Mẫu").id
    one, two = placed(db, "Một", entity=owner), placed(db, "Hai", entity=owner)
    visited(db, one)
    assert [check.establishment for check in proposed(db, made)["Hai"].checks] == [one.id]
    assert two.name in proposed(db, made)


MONTHS = ["2026-09", "2026-10", "2026-11", "2026-12"]


@given(
    rows=st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([None, "x", "y"]), st.booleans()), max_size=40),
    months=st.integers(1, 4),
)
def test_months_are_even_neighbours_together_and_nobody_is_lost(
    rows: list[tuple[str, str | None, bool]], months: int
) -> None:
    found = [
        Proposal(
            Establishment(str(n), f"CS-{n:03d}", "", "karaoke", area=area, entity=owner), "", "planned", ("team_178",),
            ("finding",) if urgent else ("target",),
        ) for n, (area, owner, urgent) in enumerate(rows)
    ]  # fmt: skip
    spread = proposals.spread(found, MONTHS[:months], lambda e: e.area or "")
    assert sorted(p.establishment.id for p in spread) == sorted(p.establishment.id for p in found)
    assert [p.month for p in spread] == sorted(p.month for p in spread)
    assert all(p.month == MONTHS[0] for p in spread if "finding" in p.reasons)
    calm = Counter(p.month for p in spread if "finding" not in p.reasons and p.month != MONTHS[0])
    assert not calm or max(calm.values()) - min(calm[m] for m in MONTHS[1:months]) <= 1
    in_order = [p.establishment.area or "" for p in spread if "finding" not in p.reasons and not p.establishment.entity]
    assert in_order == sorted(in_order)
