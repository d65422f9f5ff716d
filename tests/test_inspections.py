"""An inspection's life: recorded and numbered, its findings, review, amendment in whatever order things arrive."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date

import pytest
import yaml
from sqlite_utils import Database

from fieldapp import bodies, checklists, findings, inspections, visits
from fieldapp.audit import of_object
from fieldapp.clock import Clock
from fieldapp.coverage import compute, yearly_target
from fieldapp.database import write
from fieldapp.errors import Refusal
from sync.history import Transaction
from tests import making
from tests.making import ACTOR


@pytest.fixture
def tx(db: Database, clock: Clock) -> Iterator[Transaction]:
    with write(db, clock) as transaction:
        checklists.adopt(transaction, ACTOR, checklists.shipped())
        yield transaction


def counted(tx: Transaction) -> int | None:
    return compute(tx.db, yearly_target(tx.now.year), tx.now.date()).numerator


def test_it_gets_the_next_number_of_its_year(tx: Transaction) -> None:
    place = making.establishment(tx)
    year = tx.now.year
    assert [making.inspect(tx, place).number for _ in range(2)] == [f"BB-{year}-0001", f"BB-{year}-0002"]
    assert making.inspect(tx, place, started_at="2025-12-31T17:30:00+00:00").number == f"BB-{year}-0003"
    assert making.inspect(tx, place, started_at="2025-12-31T16:30:00+00:00").number == "BB-2025-0001"


def test_it_stands_in_the_ledger_and_counts(tx: Transaction) -> None:
    place = making.establishment(tx)
    made = making.inspect(tx, place, bodies=["team_178", "police"])
    (row,) = visits.of_establishment(tx.db, place.id)
    assert (row.inspection, row.document_no, set(row.bodies)) == (made.id, made.number, {"team_178", "police"})
    assert counted(tx) == 1


@pytest.mark.parametrize(
    "facts", [{"outcome": "closed_door"}, {"outcome": "refused"}, {"mode": "remote"}, {"kind": "follow_up"}]
)
def test_attempts_and_follow_ups_do_not_count(tx: Transaction, facts: dict[str, str]) -> None:
    making.inspect(tx, making.establishment(tx), **facts)
    assert counted(tx) == 0


def test_each_khong_dat_makes_a_finding_with_the_items_deadline(tx: Transaction) -> None:
    place = making.establishment(tx)
    answers = {
        "C04": {"a": "khong_dat", "note": "02 bình hết hạn.", "files": []},
        "A03": {"a": "khong_dat", "note": "Thiếu tên.", "files": [], "due_on": "2026-12-24"},
        "D03": {"a": "khong_dat", "note": "không ghi lại", "files": []},
        "A01": {"a": "dat", "note": "", "files": []},
    }
    made = making.inspect(tx, place, answers=answers, started_at="2026-03-12T09:00:00+07:00")
    by_item = {finding.item: finding for finding in findings.of_inspection(tx.db, made.id)}
    assert set(by_item) == {"A03", "C04", "D03"}
    assert by_item["C04"].due_on == date(2026, 3, 19)
    assert by_item["C04"].id == str(uuid.uuid5(uuid.UUID(made.id), "C04"))
    assert by_item["A03"].due_on == date(2026, 12, 24)
    assert (by_item["D03"].state, by_item["D03"].note) == ("referred", "")  # handed over; nothing about persons kept
    assert (made.compliant, made.noncompliant) == (1, 3)
    assert [f.item for f in findings.overdue_findings(tx.db, date(2026, 3, 19))] == []
    assert [f.item for f in findings.overdue_findings(tx.db, date(2026, 3, 20))] == ["C04"]


def test_returned_still_counts_until_it_is_voided(tx: Transaction) -> None:
    made = making.inspect(tx, making.establishment(tx))
    inspections.send_back(tx, ACTOR, made.id, "Thiếu ảnh biển hiệu.")
    assert counted(tx) == 1
    inspections.void(tx, ACTOR, made.id, "Nhập nhầm cơ sở.")
    assert counted(tx) == 0
    assert inspections.read(tx.db, made.id).remark == "Nhập nhầm cơ sở."
    assert [entry["action"] for entry in of_object(tx.db, "inspection", made.id)] == [
        "inspection_voided", "inspection_returned", "inspection_recorded",
    ]  # fmt: skip


@pytest.mark.parametrize("decide", [inspections.send_back, inspections.void])
def test_a_decision_against_it_needs_a_reason(tx: Transaction, decide: object) -> None:
    made = making.inspect(tx, making.establishment(tx))
    with pytest.raises(Refusal, match="reason"):
        decide(tx, ACTOR, made.id, "  ")  # type: ignore[operator]
    assert inspections.read(tx.db, made.id).state == "received"


@pytest.mark.parametrize("order", ["original first", "amendment first"])
def test_an_amendment_takes_its_place_whichever_arrives_first(tx: Transaction, order: str) -> None:
    """Worked example 10, through records: A conducted, amended by B, a closed door."""
    place = making.establishment(tx)
    short = {"C04": {"a": "khong_dat", "note": "hết hạn", "files": []}}
    a = making.inspection_body(tx, place, answers=short)
    b = making.inspection_body(tx, place, outcome="closed_door", answers={}, amends=a["id"])
    for body in (a, b) if order == "original first" else (b, a):
        making.keep(tx, "inspection", body)
        inspections.record_inspection(tx, body, ACTOR)
    assert counted(tx) == 0
    assert inspections.read(tx.db, a["id"]).amended_by == b["id"]
    assert findings.still_open(tx.db) == []
    assert inspections.content(tx.db, a["id"]) == a  # still readable
    with pytest.raises(Refusal):
        inspections.accept(tx, ACTOR, a["id"])


@pytest.mark.parametrize("order", ["original first", "amendment first"])
def test_of_two_that_amend_one_record_only_the_first_to_arrive_counts(tx: Transaction, order: str) -> None:
    """Two phones of one person amended the same record: the second waits for the office, nothing counts twice."""
    place = making.establishment(tx)
    a = making.inspection_body(tx, place)
    b, c = (making.inspection_body(tx, place, amends=a["id"]) for _ in range(2))
    for body in (a, b) if order == "original first" else (b, a):
        making.keep(tx, "inspection", body)
        inspections.record_inspection(tx, body, ACTOR)
    with pytest.raises(Refusal, match="amended already"):
        inspections.record_inspection(tx, c, ACTOR)
    assert counted(tx) == 1
    inspections.void(tx, ACTOR, b["id"], "Nhầm")
    making.keep(tx, "inspection", c)
    inspections.record_inspection(tx, c, ACTOR)
    assert inspections.read(tx.db, a["id"]).amended_by == c["id"]
    assert counted(tx) == 1


def test_records_that_amend_each_other_in_a_ring_leave_one_standing(tx: Transaction) -> None:
    place = making.establishment(tx)
    ids = [str(uuid.uuid4()) for _ in range(3)]
    ring = [making.inspection_body(tx, place, id=ids[n], amends=ids[(n + 1) % 3]) for n in range(3)]
    for body in ring[:2]:
        making.keep(tx, "inspection", body)
        inspections.record_inspection(tx, body, ACTOR)
    with pytest.raises(Refusal, match="goes round"):
        inspections.record_inspection(tx, ring[2], ACTOR)
    assert inspections.read(tx.db, ids[0]).stands
    assert bodies.mistakes(bodies.INSPECTION, {**ring[0], "amends": ids[0]}) == {
        "amends": ["must be another inspection"]
    }


def test_what_waits_is_what_nobody_decided(tx: Transaction) -> None:
    place = making.establishment(tx)
    first, second = making.inspect(tx, place), making.inspect(tx, place)
    inspections.accept(tx, ACTOR, first.id)
    assert [i.id for i in inspections.waiting(tx.db)] == [second.id]
    assert inspections.numbered(tx.db, second.number.lower()).id == second.id
    with pytest.raises(Refusal):
        inspections.numbered(tx.db, "BB-1999-0001")


def test_a_checklist_says_where_a_figure_is_asked_and_when_an_item_is_not() -> None:
    """Skip logic is data: the item names a figure, the figure a section, and either must be there."""
    source = yaml.safe_load(checklists.SHIPPED.read_text(encoding="utf-8"))
    content = checklists.resolve(source)
    by_id = {entry["id"]: entry for entry in (*content["items"], *content["figures"])}
    assert (by_id["D05"]["only_if_over_0"], by_id["N01"]["section"], by_id["N07"]["value"]) == ("N01", "D", "visits")
    assert by_id["H01"]["about_last"]
    assert "only_if_over_0" not in by_id["D03"]  # whether somebody under age works there is asked always
    for key, value in (("only_if_over_0", "N99"), ("section", "Z")):
        broken = {**source, "items": [{**source["items"][0], key: value}]}
        with pytest.raises(Refusal, match=f"A01: {value}"):
            checklists.resolve(broken)


def test_the_office_settles_the_day_of_a_wrong_clock_and_coverage_follows(tx: Transaction) -> None:
    """The phone said 2025; the year it counts in is the true one's. The signed record stays as it is."""
    place = making.establishment(tx)
    visit = making.inspect(tx, place, started_at="2025-11-21T09:00:00+07:00")
    assert counted(tx) == 0
    with pytest.raises(Refusal) as refused:
        inspections.settle_day(tx, ACTOR, visit.id, date(2026, 11, 22), "Mai")
    assert refused.value.code == "field_invalid"
    with pytest.raises(Refusal):
        inspections.settle_day(tx, ACTOR, visit.id, date(2026, 11, 20), " ")
    inspections.settle_day(tx, ACTOR, visit.id, date(2026, 11, 20), "Lịch của Đội")
    now = inspections.read(tx.db, visit.id)
    assert (now.inspected_on, now.day_as_signed, now.number) == (date(2026, 11, 20), date(2025, 11, 21), visit.number)
    assert counted(tx) == 1
    assert inspections.content(tx.db, visit.id)["started_at"].startswith("2025-11-21")
    assert of_object(tx.db, "inspection", visit.id)[0]["action"] == "inspection_day_settled"
    # an amendment is a copy and says the wrong day again; what was settled holds on
    amendment = making.inspect(tx, place, started_at="2025-11-21T09:00:00+07:00", amends=visit.id)
    assert inspections.read(tx.db, amendment.id).inspected_on == date(2026, 11, 20)
    assert counted(tx) == 1
    with pytest.raises(Refusal):
        inspections.settle_day(tx, ACTOR, visit.id, date(2026, 11, 20), "bản cũ")
