"""The ledger of every body's visits: typed, told, joined, voided; and the second visits of a year."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from fieldapp import audit, coverage, entities, exchange, inspections, legal, overlap, units, visits
from fieldapp.audit import Actor
from fieldapp.database import write
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.visits import Visit
from sync.history import Transaction
from tests import making
from tests.cast import NOW, Clock

OFFICER, LEADER = Actor("alice"), Actor("dung")
MARCH, JUNE = date(2026, 3, 5), date(2026, 6, 9)
TODAY = NOW.date()


def writing(db: Database) -> AbstractContextManager[Transaction]:
    return write(db, Clock())


@pytest.fixture
def place(db: Database) -> Establishment:
    with writing(db) as tx:
        return making.establishment(tx)


def typed(db: Database, place: Establishment, day: date = MARCH, *bodies: str, **facts: Any) -> str:
    with writing(db) as tx:
        return visits.type_in(tx, OFFICER, Visit(place.id, day, bodies or ("police",), **facts))


def covered(db: Database, *by: str) -> int | None:
    target = coverage.yearly_target(2026)
    return coverage.compute(db, type(target)(**{**vars(target), "by": by or ("any",)}), TODAY).numerator


# ---- typed, voided ----


def test_a_typed_visit_counts_until_it_is_voided(db: Database, place: Establishment) -> None:
    made = typed(db, place, document_no="12/BB-CAX")
    assert covered(db, "police") == 1
    with pytest.raises(Refusal, match="reason"), writing(db) as tx:
        visits.void(tx, OFFICER, made, " ")
    with writing(db) as tx:
        visits.void(tx, OFFICER, made, "Nhập nhầm cơ sở")
    assert covered(db) == 0
    assert visits.read(db, made).struck == "Nhập nhầm cơ sở"
    assert [entry["action"] for entry in audit.of_object(db, "visit", made)] == ["visit_voided", "visit_typed"]


def test_an_inspections_own_row_is_not_voided_in_the_ledger(db: Database, place: Establishment) -> None:
    with writing(db) as tx:
        made = making.inspect(tx, place)
    with pytest.raises(Refusal, match="inspection"), writing(db) as tx:
        visits.void(tx, OFFICER, made.id, "Nhầm")
    assert visits.read(db, made.id).stands


# ---- told by the owner ----


def told(day: str | None, body: str = "police", number: str = "3/BB") -> dict[str, Any]:
    return {"body": body, "visited_on": day, "document_no": number}


def test_what_the_owner_told_stands_in_the_ledger_as_told(db: Database, place: Establishment) -> None:
    with writing(db) as tx:
        made = making.inspect(
            tx, place,
            told_visits=[told("2026-02-03"), told(None), told("2026-12-30"), told("2026-04-05", "army"), "nonsense"],
        )  # fmt: skip
    rows = [v for v in visits.of_establishment(db, place.id) if v.source == "as_told"]
    assert {(v.visited_on.isoformat(), v.bodies, v.document_no) for v in rows} == {
        ("2026-02-03", ("police",), "3/BB"),
        ("2026-04-05", ("other",), "3/BB"),
    }
    assert covered(db, "police") == 1
    with writing(db) as tx:
        inspections.void(tx, OFFICER, made.id, "Lập nhầm cơ sở")
    assert covered(db) == 0


def test_an_amendment_tells_it_anew_and_it_counts_once(db: Database, place: Establishment) -> None:
    with writing(db) as tx:
        first = making.inspect(tx, place, told_visits=[told("2026-02-03")])
        making.inspect(tx, place, told_visits=[told("2026-02-04")], amends=first.id)
    standing = [v.visited_on.isoformat() for v in visits.of_establishment(db, place.id) if v.stands]
    assert sorted(standing) == ["2026-02-04", TODAY.isoformat()]


# ---- were they together? ----


def test_two_bodies_on_a_day_are_asked_about_and_joined(db: Database, place: Establishment) -> None:
    one, two = typed(db, place, MARCH, "team_178"), typed(db, place, MARCH, "police")
    (question,) = visits.questions(db, 2026)
    assert question.key == tuple(sorted((one, two)))
    assert covered(db, "joint") == 0
    assert len(overlap.second_visits(db, 2026)) == 1
    with writing(db) as tx:
        visits.answer(tx, OFFICER, question.key, together=True)
    assert visits.questions(db, 2026) == []
    assert (covered(db, "team_178"), covered(db, "police"), covered(db, "joint")) == (1, 1, 1)
    assert overlap.second_visits(db, 2026) == []
    assert visits.summaries(db, [place.id], MARCH)[place.id][0]["bodies"] == ["police", "team_178"]
    with writing(db) as tx:  # answered anew
        visits.answer(tx, OFFICER, question.key, together=False)
    assert covered(db, "joint") == 0
    assert visits.questions(db, 2026) == []
    assert [v.bodies for v in visits.of_establishment(db, place.id)] == [("police",), ("team_178",)]


def test_a_third_body_is_a_new_question(db: Database, place: Establishment) -> None:
    one, two = typed(db, place, MARCH, "team_178"), typed(db, place, MARCH, "police")
    with writing(db) as tx:
        visits.answer(tx, OFFICER, [one, two], together=True)
    three = typed(db, place, MARCH, "fire")
    (question,) = visits.questions(db, 2026)
    assert set(question.key) == {one, two, three}
    assert len(question.visits) == 2


def test_a_voided_partner_leaves_the_other_as_it_was(db: Database, place: Establishment) -> None:
    one, two = typed(db, place, MARCH, "team_178"), typed(db, place, MARCH, "police")
    with writing(db) as tx:
        visits.answer(tx, OFFICER, [one, two], together=True)
        visits.void(tx, OFFICER, two, "Nhập nhầm")
    assert visits.read(db, one).bodies == ("team_178",)
    with pytest.raises(Refusal, match="changed"), writing(db) as tx:
        visits.answer(tx, OFFICER, [one, two], together=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.sampled_from(["team_178", "police", "fire"]), min_size=2, max_size=4),
    deeds=st.lists(
        st.tuples(st.sampled_from(["join", "part", "void"]), st.sets(st.integers(0, 3), min_size=2)), max_size=5
    ),
)
def test_whatever_is_joined_parted_and_voided_nothing_a_row_said_is_lost(
    db: Database, place: Establishment, rows: list[str], deeds: list[tuple[str, set[int]]]
) -> None:  # fmt: skip
    day = MARCH + timedelta(days=uuid.uuid4().int % 200)
    ids = [typed(db, place, day, body) for body in rows]
    for deed, chosen in deeds:
        picked = [ids[n] for n in chosen if n < len(ids)]
        try:
            with writing(db) as tx:
                if deed == "void":
                    visits.void(tx, OFFICER, picked[0], "Nhầm")
                else:
                    visits.answer(tx, OFFICER, picked, together=deed == "join")
        except (Refusal, IndexError):
            continue
    for visit_id, body in zip(ids, rows, strict=True):
        row = visits.read(db, visit_id)
        assert body in row.bodies
        assert row.joined or row.bodies == (body,)
        assert row.stands or not row.joined
    with writing(db) as tx:
        for visit_id in ids:
            visits.void(tx, OFFICER, visit_id, "Dọn")


# ---- second visits ----


def test_the_first_check_of_a_year_needs_no_reason(db: Database, place: Establishment) -> None:
    typed(db, place, date(2025, 12, 31))
    typed(db, place, MARCH)
    typed(db, place, JUNE, "fire", outcome="closed_door")
    typed(db, place, JUNE, "fire", mode="remote")
    assert overlap.second_visits(db, 2026) == []


def test_another_establishment_of_the_business_counts_too(db: Database, place: Establishment) -> None:
    with writing(db) as tx:
        owner = entities.entity_named(tx, "Công ty Mẫu").id
        one, two = making.establishment(tx, "Một", entity=owner), making.establishment(tx, "Hai", entity=owner)
    typed(db, one, MARCH)
    typed(db, place, MARCH)
    second = typed(db, two, JUNE, kind="follow_up")
    (found,) = overlap.second_visits(db, 2026)
    assert (found.visit.id, [v.establishment for v in found.earlier]) == (second, [one.id])
    assert [v.establishment for v in overlap.earlier(db, one.id, 2026)] == [one.id, two.id]
    with writing(db) as tx:
        rule = legal.overlap_rule(db)
        legal.set_overlap_rule(tx, LEADER, type(rule)(**{**vars(rule), "by_entity": False}), "Công văn 9/STP")
    assert overlap.second_visits(db, 2026) == []
    assert len(overlap.earlier(db, one.id, 2026)) == 1


def test_a_second_visit_is_listed_until_it_has_its_reason_and_the_leaders_word(
    db: Database, place: Establishment
) -> None:
    typed(db, place, MARCH)
    with writing(db) as tx:
        made = making.inspect(tx, place)  # signed without a reason: kept, and flagged
    state = lambda: overlap.second_visits(db, 2026)[0].state  # noqa: E731
    assert state() == "missing"
    with pytest.raises(Refusal, match="no reason"), writing(db) as tx:
        overlap.decide(tx, LEADER, made.id, "approved")
    for reason, number in (("target_shortfall", "1/KH"), ("clear_signs", " ")):
        with pytest.raises(Refusal), writing(db) as tx:
            overlap.explain(tx, OFFICER, made.id, reason, number)
    with writing(db) as tx:
        overlap.explain(tx, OFFICER, made.id, "clear_signs", "15/CV-CAX")
    assert state() == "waiting"
    with writing(db) as tx:
        overlap.decide(tx, LEADER, made.id, "approved")
    assert state() == "approved"
    with writing(db) as tx:  # another reason is another question
        overlap.explain(tx, OFFICER, made.id, "owner_request", "2/ĐN")
    assert state() == "waiting"
    with pytest.raises(Refusal, match="reason"), writing(db) as tx:
        overlap.decide(tx, LEADER, made.id, "noted")
    with writing(db) as tx:
        overlap.decide(tx, LEADER, made.id, "noted", "Cần chuyển sang hậu kiểm hồ sơ")
    assert state() == "noted"


def test_the_reason_that_was_signed_stands(db: Database, place: Establishment) -> None:
    typed(db, place, MARCH)
    with writing(db) as tx:
        making.inspect(tx, place, second_visit={"reason": "superior_order", "document_no": "8/CĐ-UBND"})
    (found,) = overlap.second_visits(db, 2026)
    assert (found.reason, found.document_no, found.state) == ("superior_order", "8/CĐ-UBND", "waiting")


def test_a_follow_up_says_why_by_itself(db: Database, place: Establishment) -> None:
    with writing(db) as tx:
        first = making.inspect(tx, place, started_at="2026-06-01T09:00:00+07:00")
        second = making.inspect(tx, place, kind="follow_up")
    (found,) = overlap.second_visits(db, 2026)
    assert (found.visit.id, found.reason, found.document_no, found.state) == (
        second.id, "verify_remediation", first.number, "waiting",
    )  # fmt: skip
    with writing(db) as tx:
        overlap.decide(tx, LEADER, second.id, "approved")
    assert overlap.second_visits(db, 2026)[0].state == "approved"


@pytest.mark.parametrize(
    ("told", "stands"),
    [
        ({"reason": "verify_remediation", "document_no": ""}, ("verify_remediation", "BB-2026-0001")),
        ({"reason": "verify_remediation", "document_no": "9/TB"}, ("verify_remediation", "9/TB")),
        ({"reason": "clear_signs", "document_no": ""}, ("clear_signs", "")),
    ],
)  # fmt: skip
def test_what_a_phone_says_of_its_follow_up_goes_before(
    told: dict[str, str], stands: tuple[str, str], db: Database, place: Establishment
) -> None:
    with writing(db) as tx:
        making.inspect(tx, place, started_at="2026-06-01T09:00:00+07:00")
        second = making.inspect(tx, place, kind="follow_up", second_visit=told)
    (found,) = overlap.second_visits(db, 2026)
    assert (found.reason, found.document_no) == stands
    assert overlap.second(db, second.id) == found


# ---- references that the commune edits ----


def test_a_reference_is_changed_added_and_dropped_with_audit(db: Database) -> None:
    shipped = {reference.id for reference in legal.every(db)}
    assert {"NQ198-2025", "ND282-2025"} <= shipped
    known = legal.read(db, "NQ198-2025")
    assert not known.own
    with writing(db) as tx:
        assert legal.put(tx, OFFICER, type(known)(**{**vars(known), "confidence": "page"}))
        assert not legal.put(tx, OFFICER, legal.read(db, "NQ198-2025"))
        legal.put(tx, OFFICER, legal.Reference("QD-12-2026", "12/QĐ-UBND", "Quy chế Đội kiểm tra của tỉnh"))
        legal.drop(tx, OFFICER, "CT20-2017", "Không còn áp dụng")
    assert legal.read(db, "NQ198-2025").confidence == "page"
    assert {r.id for r in legal.every(db)} == shipped - {"CT20-2017"} | {"QD-12-2026"}
    with pytest.raises(Refusal, match="no such"):
        legal.read(db, "CT20-2017")
    for wrong in (legal.Reference("x", "", "Tên"), legal.Reference("TEN-1", "", " "),
                  legal.Reference("TEN-1", "", "Tên", status="maybe")):  # fmt: skip
        with pytest.raises(Refusal), writing(db) as tx:
            legal.put(tx, OFFICER, wrong)


def test_phones_know_the_rule_as_the_commune_reads_it(db: Database) -> None:
    rule = legal.overlap_rule(db)
    with pytest.raises(Refusal, match="reason"), writing(db) as tx:
        legal.set_overlap_rule(tx, LEADER, rule, " ")
    with writing(db) as tx:
        kinds = tuple(kind for kind in rule.kinds if kind != "follow_up")
        legal.set_overlap_rule(tx, LEADER, type(rule)(**{**vars(rule), "kinds": kinds}), "Công văn 9/STP")
    body = exchange.unit_body(db, TODAY)["overlap"]
    assert body["kinds"] == ["planned", "unscheduled", "reinspection"]
    assert [reason["code"] for reason in body["reasons"]] == [
        "clear_signs", "verify_remediation", "superior_order", "owner_request",
    ]  # fmt: skip
    assert units.read(db).code in exchange.unit_body(db, TODAY)["id"]
