"""Communication in counts, the team by decision."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlite_utils import Database

from fieldapp import activities, areas, audit, people, teams
from fieldapp.audit import Actor
from fieldapp.database import write
from fieldapp.errors import Refusal
from fieldapp.teams import Member
from tests import making

OFFICE = Actor("alice")
MARCH = date(2026, 3, 5)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def session(db: Database, **facts: Any) -> activities.Activity:
    given = {"held_on": MARCH, "form": "meeting", "headcount": 30, **facts}
    with write(db) as tx:
        return activities.record_activity(tx, OFFICE, **given)


def test_a_session_is_counts_and_nothing_else(db: Database) -> None:
    with write(db) as tx:
        place = making.establishment(tx)
        area, _ = areas.area_named(tx, "Thôn Mẫu 1")
    made = session(db, area=area.id, topic="Phổ biến Pháp lệnh", reached={place.id: 8})
    (found,) = activities.every(db, *YEAR)
    assert found == made
    assert (found.kind, found.headcount, dict(found.reached)) == ("session", 30, {place.id: 8})
    assert activities.every(db, date(2026, 3, 6), YEAR[1]) == []


def test_a_post_has_no_headcount(db: Database) -> None:
    assert session(db, form="website", headcount=None).kind == "post"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"form": "rally"}, "form"),
        ({"headcount": None}, "headcount"),
        ({"headcount": -1}, "headcount"),
        ({"area": "nowhere"}, "area"),
        ({"reached": {"nobody": 3}}, "reached"),
        ({"topic": "x" * 301}, "topic"),
    ],
)
def test_what_cannot_be_counted_with_is_refused(db: Database, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        session(db, **facts)
    assert field in refused.value.fields
    assert activities.in_year(db, 2026) == []


def test_more_workers_than_listeners_is_refused(db: Database) -> None:
    with write(db) as tx:
        one, two = making.establishment(tx, "Một"), making.establishment(tx, "Hai")
    with pytest.raises(Refusal) as refused:
        session(db, headcount=10, reached={one.id: 6, two.id: 5})
    assert "reached" in refused.value.fields
    assert session(db, headcount=11, reached={one.id: 6, two.id: 5}).headcount == 11


def test_a_voided_session_counts_no_more_and_stays_readable(db: Database) -> None:
    made = session(db)
    with pytest.raises(Refusal, match="reason"), write(db) as tx:
        activities.void(tx, OFFICE, made.id, " ")
    with write(db) as tx:
        activities.void(tx, OFFICE, made.id, "Nhập hai lần")
    assert activities.every(db, *YEAR) == []
    assert [a.void_reason for a in activities.in_year(db, 2026)] == ["Nhập hai lần"]
    assert [entry["action"] for entry in audit.of_object(db, "activity", made.id)] == [
        "activity_voided",
        "activity_recorded",
    ]
    with pytest.raises(Refusal, match="voided"), write(db) as tx:
        activities.void(tx, OFFICE, made.id, "Lần nữa")


def appointed(db: Database, number: str, valid_from: date, until: date | None = None, **facts: Any) -> teams.Team:
    given = {"members": [Member("Vũ Dũng", "Phó Chủ tịch", "UBND", "leader")], **facts}
    with write(db) as tx:
        return teams.appoint(
            tx, OFFICE, decision_no=number, decided_on=valid_from, valid_from=valid_from, valid_until=until, **given
        )


def test_the_newest_decision_in_force_is_the_team_of_a_day(db: Database) -> None:
    first = appointed(db, "12/QĐ-UBND", date(2026, 1, 10))
    second = appointed(db, "40/QĐ-UBND", date(2026, 7, 1), date(2026, 12, 31))
    days = {date(2026, 1, 9): None, date(2026, 6, 30): first, date(2026, 7, 1): second, date(2027, 1, 1): first}
    for day, team in days.items():
        assert teams.in_force(db, day) == team, day


def test_a_decision_typed_wrongly_is_corrected_with_a_reason(db: Database) -> None:
    team = appointed(db, "21/QĐ-UBND", date(2026, 1, 10))
    account = people.accounts(db)[0].id
    members = (*team.members, Member("Lê Thị Alice", "Công chức", "Phòng VH-XH", "secretary", account))
    with pytest.raises(Refusal, match="reason"), write(db) as tx:
        teams.correct(tx, OFFICE, team.id, "", decision_no="12/QĐ-UBND")
    with write(db) as tx:
        teams.correct(tx, OFFICE, team.id, "Gõ nhầm số", decision_no="12/QĐ-UBND", members=members)
    found = teams.read(db, team.id)
    assert (found.decision_no, [m.name for m in found.members]) == ("12/QĐ-UBND", ["Vũ Dũng", "Lê Thị Alice"])
    assert audit.of_object(db, "team", team.id)[0]["reason"] == "Gõ nhầm số"
    with write(db) as tx:
        teams.void(tx, OFFICE, team.id, "Nhập nhầm đơn vị")
    assert teams.in_force(db, date(2026, 2, 1)) is None


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"number": " "}, "decision_no"),
        ({"until": date(2025, 12, 31)}, "valid_until"),
        ({"members": []}, "members"),
        ({"members": [Member(" ")]}, "members"),
        ({"members": [Member("Vũ Dũng", role="boss")]}, "members"),
        ({"members": [Member("Vũ Dũng", account="nobody")]}, "members"),
    ],
)
def test_a_team_that_does_not_hold_together_is_refused(db: Database, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        appointed(db, facts.pop("number", "12/QĐ-UBND"), date(2026, 1, 10), **facts)
    assert field in refused.value.fields
    assert teams.every(db) == []
