"""The schedule: planned by the officer, approved by the leader, done by what the ledger says."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlite_utils import Database

from fieldapp import audit, exchange, people, schedule, teams, units, visits
from fieldapp.audit import Actor
from fieldapp.database import write
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.schedule import Entry, Schedule
from fieldapp.teams import Member
from fieldapp.visits import Visit
from sync.kinds import Carrier, ServedKind
from tests import making
from tests.cast import NOW, Clock

OFFICER, LEADER = Actor("alice"), Actor("dung")
MARCH = Clock(datetime(2026, 3, 10, 3, 0, tzinfo=UTC))
TODAY = date(2026, 11, 21)


@pytest.fixture
def place(db: Database) -> Establishment:
    with write(db) as tx:
        return making.establishment(tx)


@pytest.fixture
def year(db: Database) -> Schedule:
    with write(db, MARCH) as tx:
        return schedule.draw_up(
            tx, OFFICER, name="Lịch kiểm tra năm 2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)
        )


def planned(db: Database, year: Schedule, place: Establishment, month: str = "2026-11", **facts: Any) -> Entry:
    with write(db, MARCH) as tx:
        return schedule.plan(tx, OFFICER, [Entry("", year.id, place.id, month, **facts)])[0]


def state(db: Database, entry: Entry, on: date = TODAY) -> str:
    asked = schedule.entries(db, year=2026)
    return schedule.standings(db, asked, on)[entry.id].state


def on_phones(db: Database, role: str = "inspector") -> dict[str, Any]:
    kind = exchange.kinds(units.read(db), NOW)["schedule_entry"]
    assert isinstance(kind, ServedKind)
    ids = [entry.id for entry in schedule.entries(db)]
    return dict(kind.bodies(db, ids, Carrier("binh", "phone", role)))


def test_months_of_a_schedule() -> None:
    made = Schedule("", "Đợt cao điểm", date(2026, 11, 15), date(2027, 1, 31))
    assert made.months == ["2026-11", "2026-12", "2027-01"]


def test_phones_hold_what_the_leader_has_approved(db: Database, year: Schedule, place: Establishment) -> None:
    binh = next(a.id for a in people.accounts(db) if a.username == "binh")
    entry = planned(db, year, place, inspectors=(binh,), day=date(2026, 11, 24), note="Đi cùng Công an")
    assert on_phones(db) == {}
    with write(db) as tx:
        assert schedule.approve(tx, LEADER, year.id) == 1
        assert schedule.approve(tx, LEADER, year.id) == 0
    assert on_phones(db) == {
        entry.id: {
            "id": entry.id, "establishment": place.id, "month": "2026-11", "day": "2026-11-24", "kind": "planned",
            "bodies": ["team_178"], "inspectors": [binh], "campaign": "", "postponed": False, "since": "2026-03-10",
        }
    }  # fmt: skip
    assert on_phones(db, "admin") == {}


def test_other_bodies_or_another_kind_wait_for_the_leader_again(
    db: Database, year: Schedule, place: Establishment
) -> None:
    entry = planned(db, year, place)
    with write(db) as tx:
        schedule.approve(tx, LEADER, year.id)
        assert schedule.change(tx, OFFICER, entry.id, day=date(2026, 11, 30)).approved
        assert not schedule.change(tx, OFFICER, entry.id, bodies=("team_178", "police")).approved
    assert on_phones(db) == {}


def test_a_month_passes_and_a_visit_settles_it(db: Database, year: Schedule, place: Establishment) -> None:
    entry = planned(db, year, place, "2026-10")
    assert state(db, entry, date(2026, 10, 31)) == "planned"
    assert state(db, entry, date(2026, 11, 1)) == "overdue"
    with write(db) as tx:
        visits.enter(tx, Visit(place.id, date(2026, 11, 2), ("team_178", "police")))
    assert state(db, entry, date(2026, 11, 1)) == "overdue"  # on that day nobody had been there
    assert schedule.standings(db, [entry], TODAY)[entry.id].done_on == date(2026, 11, 2)


def test_it_is_postponed_or_dropped_only_with_a_reason(db: Database, year: Schedule, place: Establishment) -> None:
    entry = planned(db, year, place, "2026-10", day=date(2026, 10, 5))
    with write(db) as tx:
        schedule.approve(tx, LEADER, year.id)
    for deed in (
        lambda tx: schedule.postpone(tx, OFFICER, entry.id, "2026-12", " "),
        lambda tx: schedule.cancel(tx, OFFICER, entry.id, ""),
        lambda tx: schedule.change(tx, OFFICER, entry.id, month="2026-12", day=None),
    ):
        with pytest.raises(Refusal, match="reason"), write(db) as tx:
            deed(tx)
    with write(db) as tx:
        moved = schedule.postpone(tx, OFFICER, entry.id, "2026-12", "Bão số 9")
    assert (moved.state, moved.first_month, moved.month, moved.day, moved.approved) == (
        "postponed", "2026-10", "2026-12", None, True
    )  # fmt: skip
    assert on_phones(db)[entry.id]["postponed"]
    with write(db) as tx:
        schedule.cancel(tx, OFFICER, entry.id, "Cơ sở đã đóng cửa")
    assert (state(db, entry), on_phones(db)) == ("cancelled", {})
    with pytest.raises(Refusal, match="cancelled"), write(db) as tx:
        schedule.postpone(tx, OFFICER, entry.id, "2026-12", "Thôi")
    assert [e["reason"] for e in audit.of_object(db, "schedule_entry", entry.id)] == ["Cơ sở đã đóng cửa", "Bão số 9"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"month": "2026-13"}, "month"),
        ({"day": date(2026, 12, 1)}, "day"),
        ({"kind": "raid"}, "kind"),
        ({"bodies": ()}, "bodies"),
        ({"bodies": ("army",)}, "bodies"),
        ({"inspectors": ("nobody",)}, "inspectors"),
        ({"note": "x" * 201}, "note"),
    ],
)
def test_what_does_not_hold_together_is_refused(
    db: Database, year: Schedule, place: Establishment, facts: dict[str, Any], field: str
) -> None:  # fmt: skip
    with pytest.raises(Refusal) as refused:
        planned(db, year, place, **facts)
    assert field in refused.value.fields
    assert schedule.entries(db, year=2026) == []


def test_a_schedule_has_a_name_and_two_days_in_order(db: Database) -> None:
    for name, ends_on, field in ((" ", TODAY, "name"), ("Đợt", date(2026, 1, 1), "ends_on"),
                                 ("Đợt", date(2029, 1, 1), "ends_on")):  # fmt: skip
        with pytest.raises(Refusal) as refused, write(db) as tx:
            schedule.draw_up(tx, OFFICER, name=name, starts_on=date(2026, 11, 1), ends_on=ends_on)
        assert field in refused.value.fields


def test_phones_know_the_team_of_today_and_of_later(db: Database) -> None:
    with write(db) as tx:
        for number, first, last in (("12/QĐ", date(2025, 1, 1), date(2025, 12, 31)), ("3/QĐ", date(2026, 1, 1), None),
                                    ("9/QĐ", date(2027, 1, 1), None)):  # fmt: skip
            teams.appoint(
                tx, OFFICER, decision_no=number, decided_on=first, valid_from=first, valid_until=last,
                members=[Member("Vũ Dũng", "Phó Chủ tịch", "UBND", "leader")],
            )  # fmt: skip
    body = exchange.unit_body(db, TODAY)
    assert [team["decision_no"] for team in body["teams"]] == ["9/QĐ", "3/QĐ"]
    assert body["teams"][1]["members"][0] == {
        "name": "Vũ Dũng", "position": "Phó Chủ tịch", "agency": "UBND", "role": "leader", "account": ""
    }  # fmt: skip
