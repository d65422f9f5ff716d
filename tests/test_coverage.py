"""The rules of coverage: the worked examples, and every metric against the slow, obvious oracle (tests/oracle.py).

More than the suite's cases: `FIELDAPP_EXAMPLES=5000 python -m pytest tests/test_coverage.py -k oracle`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from fieldapp import coverage, plans
from fieldapp.coverage import Coverage, as_json, double_visits, pace, percent, yearly_target
from fieldapp.plans import Target
from tests import oracle
from tests.worlds import World, enter, worlds

ASKED = date(2026, 11, 21)
YEAR = yearly_target(2026)
EXAMPLES = int(os.environ.get("FIELDAPP_EXAMPLES", "200"))


def place(**facts: Any) -> dict[str, Any]:
    usual = {"type": "karaoke", "managed_since": None, "managed_until": None}
    return usual | facts


def visit(n: int, day: str, *bodies: str, **facts: str) -> dict[str, Any]:
    usual = {"kind": "planned", "mode": "on_site", "outcome": "conducted"}
    return usual | {"place": n, "day": date.fromisoformat(day), "bodies": bodies or ("team_178",)} | facts


def inspection(n: int, at: datetime, **facts: Any) -> dict[str, Any]:
    usual = {
        "kind": "planned", "mode": "on_site", "outcome": "conducted", "bodies": ("team_178",), "amends": None,
        "voided": False, "bad": False, "told": 0, "due_on": date(2026, 12, 1), "closed_on": None,
    }  # fmt: skip
    return usual | {"place": n, "started_at": at} | facts


class Asking:
    """Enters facts and asks a target of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, target: Target = YEAR, on: date = ASKED, **facts: Any) -> Coverage:
        return coverage.compute(enter(World(**facts), self.folder), target, on)


@pytest.fixture
def ask(tmp_path: Path) -> Asking:
    return Asking(tmp_path)


def figures(found: Coverage) -> tuple[int | None, int | None, int | None, bool | None]:
    return found.denominator, found.numerator, found.required, found.met


# ---- the worked examples, by their number ----


def test_1_one_of_two(ask: Asking) -> None:
    assert figures(ask(places=[place(), place()], visits=[visit(0, "2026-03-02")])) == (2, 1, 2, False)


def test_2_inspected_before_it_ceased(ask: Asking) -> None:
    e1 = place(managed_until=date(2026, 5, 1))
    assert figures(ask(places=[e1], visits=[visit(0, "2026-04-30")])) == (1, 1, 1, True)


def test_3_visited_on_the_day_it_ceased(ask: Asking) -> None:
    e1 = place(managed_until=date(2026, 5, 1))
    found = ask(places=[e1, place()], visits=[visit(0, "2026-05-01"), visit(1, "2026-01-01")])
    assert figures(found) == (1, 1, 1, True)
    assert [e.code for e in found.ceased_before_inspection] == ["P0"]


def test_4_not_yet_managed(ask: Asking) -> None:
    found = ask(places=[place(managed_since=date(2026, 12, 1))])
    assert (*figures(found), found.percent) == (0, 0, 0, None, None)


def test_5_a_closed_door_is_an_attempt(ask: Asking) -> None:
    found = ask(places=[place()], visits=[visit(0, "2026-02-02", outcome="closed_door")])
    assert figures(found) == (1, 0, 1, False)


@pytest.mark.parametrize(
    ("instant", "numerator"),
    [
        (datetime(2025, 12, 31, 16, 30, tzinfo=UTC), 0),  # 6: 23:30 local, still last year
        (datetime(2025, 12, 31, 17, 30, tzinfo=UTC), 1),  # 7: 00:30 local, the new year
    ],
)
def test_6_and_7_the_local_day_rules(ask: Asking, instant: datetime, numerator: int) -> None:
    assert figures(ask(places=[place()], inspections=[inspection(0, instant)])) == (1, numerator, 1, bool(numerator))


def test_8_a_percent_rounds_the_required_number_up(ask: Asking) -> None:
    found = ask(
        replace(YEAR, value=60), places=[place()] * 41, visits=[visit(n, "2026-03-02") for n in range(24)]
    )  # fmt: skip
    assert (*figures(found), found.remaining) == (41, 24, 25, False, 1)


def test_9_a_joint_visit_counts_for_every_body(ask: Asking) -> None:
    facts: dict[str, Any] = {"places": [place()], "visits": [visit(0, "2026-03-02", "team_178", "police")]}
    for body in ("team_178", "police", "joint"):
        assert figures(ask(replace(YEAR, by=(body,)), **facts)) == (1, 1, 1, True)
    assert ask(replace(YEAR, metric="inspection_visits"), **facts).numerator == 1


def test_10_an_amendment_stands_alone(ask: Asking) -> None:
    at = datetime(2026, 3, 1, 2, tzinfo=UTC)
    a, b = inspection(0, at), inspection(0, at, outcome="closed_door", amends=0)
    assert figures(ask(places=[place()], inspections=[a, b])) == (1, 0, 1, False)


# ---- the corners of the text ----


def test_before_the_window_every_figure_is_null(ask: Asking) -> None:
    found = ask(on=date(2025, 12, 31), places=[place()])
    assert (*figures(found), found.remaining, found.percent) == (None,) * 6
    assert found.counted == found.missing == []


def test_a_visit_before_it_was_managed_counts(ask: Asking) -> None:
    assert ask(places=[place(managed_since=date(2026, 6, 1))], visits=[visit(0, "2026-02-01")]).numerator == 1


def test_one_added_in_the_field_waits_for_the_office(ask: Asking) -> None:
    e1 = place(review_state="identified")
    assert ask(places=[e1], visits=[visit(0, "2026-02-01")]).denominator == 0
    assert ask(replace(YEAR, population="all_active"), places=[e1], visits=[visit(0, "2026-02-01")]).numerator == 1
    assert ask(replace(YEAR, metric="registry_managed", population="all_active"), places=[e1, place()]).percent == 50.0


def test_two_bodies_on_one_day_without_a_common_record_are_two_visits(ask: Asking) -> None:
    twice = replace(YEAR, min_times=2)
    ledger = [visit(0, "2026-03-02", "team_178"), visit(0, "2026-03-02", "police")]
    assert ask(twice, places=[place()], visits=ledger).numerator == 1
    ledger.append(visit(0, "2026-03-02", "team_178", "police"))  # the record that ties them
    assert ask(twice, places=[place()], visits=ledger).numerator == 0


def test_a_voided_inspection_does_not_count(ask: Asking) -> None:
    at = datetime(2026, 3, 1, 2, tzinfo=UTC)
    assert ask(places=[place()], inspections=[inspection(0, at, voided=True)]).numerator == 0


@pytest.mark.parametrize("facts", [{"kind": "follow_up"}, {"mode": "remote"}, {"outcome": "refused"}])
def test_what_is_no_inspection_does_not_count(ask: Asking, facts: dict[str, str]) -> None:
    assert ask(places=[place()], visits=[visit(0, "2026-03-02", **facts)]).numerator == 0


def test_an_absolute_count_is_judged_even_of_nothing(ask: Asking) -> None:
    found = ask(replace(YEAR, unit="count", value=3))
    assert (found.required, found.remaining, found.met) == (3, 3, False)


def test_a_ceiling_requires_nothing(ask: Asking) -> None:
    found = ask(replace(YEAR, comparator="<=", value=50), places=[place()], visits=[visit(0, "2026-03-02")])
    assert (found.required, found.remaining, found.met) == (None, None, False)


def test_progress_of_a_cumulative_target_carries_over_the_years(ask: Asking) -> None:
    period = (date(2026, 1, 1), date(2030, 12, 31))
    target = Target("t", "", period, value=95, window="year", cumulative=True)
    facts: dict[str, Any] = {"places": [place()] * 2, "visits": [visit(0, "2026-03-02"), visit(1, "2028-05-05")]}
    assert [ask(target, date(year, 12, 31), **facts).numerator for year in (2026, 2027, 2028)] == [1, 1, 2]
    assert ask(replace(target, cumulative=False), date(2028, 12, 31), **facts).numerator == 1


def test_of_a_percentage_and_an_allotted_number_the_larger_binds(tmp_path: Path) -> None:
    def target(name: str, **facts: Any) -> dict[str, Any]:
        return {"id": name, "metric": "distinct_inspected", "by": "team_178", "window": "year"} | facts

    listed = [target("share", value=60), target("allotted", value=30, unit="count", allotted_by="Thành phố"),
              target("police", by="police", value=10)]  # fmt: skip
    plan = {"id": "p", "window": list(plans.year_window(2026)), "targets": listed}
    for many, binding in ((45, "allotted"), (80, "share")):
        db = enter(World(places=[place()] * many, plan=plan), tmp_path)
        found = coverage.figures(db, plans.read(db, "p"), ASKED)
        assert {one.target.id: one.binds for one in found} == {
            "share": binding == "share", "allotted": binding == "allotted", "police": None,
        }  # fmt: skip


def decision(day: str, until: str = "2026-12-31", level: str = "complex") -> dict[str, Any]:
    days = {"classified_on": date.fromisoformat(day), "expires_on": date.fromisoformat(until)}
    return {"place": 0, "level": level, "voided": False} | days


@pytest.mark.parametrize(
    ("visited_on", "numerator"), [("2026-03-01", 0), ("2026-03-02", 1)], ids=["that very day", "the day after"]
)
def test_a_reinspection_comes_after_the_classification(ask: Asking, visited_on: str, numerator: int) -> None:
    target = replace(YEAR, metric="reinspected", population="complex")
    ledger = [visit(0, visited_on, kind="reinspection"), visit(0, "2026-05-05")]
    found = ask(target, places=[place(), place()], visits=ledger, complexity=[decision("2026-03-01")])
    assert figures(found)[:2] == (1, numerator)


@pytest.mark.parametrize(("day", "numerator"), [(4, 0), (5, 1)])
def test_or_after_the_visit_that_asked_for_it(ask: Asking, day: int, numerator: int) -> None:
    asked = inspection(0, datetime(2026, 2, 4, 2, tzinfo=UTC), bad=True)
    target = replace(YEAR, metric="reinspected", population="complex")
    again = [visit(0, f"2026-02-0{day}", "police", kind="reinspection")]
    found = ask(target, places=[place()], visits=again, inspections=[asked], complexity=[decision("2026-03-01")])
    assert figures(found)[:2] == (1, numerator)


@pytest.mark.parametrize(("ends", "members"), [("2025-12-31", 0), ("2026-01-01", 1)])
def test_complex_is_who_was_so_on_a_day_of_the_window(ask: Asking, ends: str, members: int) -> None:
    target = replace(YEAR, population="complex")
    assert ask(target, places=[place()], complexity=[decision("2025-06-01", ends)]).denominator == members
    lifted = [decision("2025-06-01"), decision(ends, level="normal")]  # it no longer is from that day on
    assert ask(target, places=[place()], complexity=lifted).denominator == 0


def test_whom_two_bodies_would_visit(tmp_path: Path) -> None:
    """Yên Nghĩa: 60% of all by the team, every conditional one by the police."""
    places = [place(security_conditional=n < 27) for n in range(45)]
    plan = {"id": "p", "window": list(plans.year_window(2026)), "targets": [
        {"id": "team", "metric": "distinct_inspected", "by": "team_178", "value": 60, "window": "year"},
        {"id": "police", "metric": "distinct_inspected", "by": "police", "value": 100, "window": "year",
         "denominator": {"population": "security_conditional"}},
    ]}  # fmt: skip
    ledger = [visit(0, "2026-02-02", "team_178", "police"), visit(1, "2026-02-02", "police"), visit(40, "2026-02-02")]
    db = enter(World(places=places, visits=ledger, plan=plan), tmp_path)
    (pair,) = double_visits(db, plans.read(db, "p"), ASKED)
    assert (pair.first.id, pair.second.id, len(pair.both)) == ("team", "police", 27)
    assert pair.unavoidable == 27 + 27 - 45
    assert [[e.code for e in of] for of in (pair.reached_by_both, pair.once)] == [["P0"], ["P1"]]


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown"),
    [(0, 0, None), (0, 9, 0.0), (1, 3000, 0.1), (2999, 3000, 99.9), (3000, 3000, 100.0), (24, 41, 58.5), (1, 8, 12.5),
     (1, 16, 6.3), (3, None, None)],  # 6.25 rounds half up
)  # fmt: skip
def test_percent(numerator: int, denominator: int | None, shown: float | None) -> None:
    assert percent(numerator, denominator) == shown


def test_pace_needs_what_remains_over_the_weeks_left(ask: Asking) -> None:
    on = date(2026, 12, 3)  # four weeks before the end
    found = pace(ask(on=on, places=[place()] * 12, visits=[visit(n, "2026-11-12") for n in range(8)]))
    assert found is not None
    assert (found.weeks_left, found.needed, found.recent, found.projected) == (4, 1, 1, 12)
    assert found.finishes_on == date(2026, 12, 31)


# ---- every metric, any register, any plan: as the oracle has it ----


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_equals_the_oracle(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = Path(tmp_path_factory.getbasetemp())
    db = enter(world, folder)
    found = coverage.figures(db, plans.read(db, "p"), world.asked)
    for one, expected in zip(found, oracle.answer(world), strict=True):
        note(f"{expected['id']} {one.target}")
        told = as_json(one)
        assert {key: told[key] for key in expected} == expected
    for year in range(2025, 2028):
        whole = coverage.compute(db, yearly_target(year), world.asked)
        wanted = None if whole.numerator is None else (whole.numerator, whole.denominator)
        assert coverage.tally(db, yearly_target(year), world.asked) == wanted
    db.close()


@settings(max_examples=EXAMPLES // 5, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(), data=st.data())
def test_the_tally_stays_right_whatever_changes(
    world: World, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:  # fmt: skip
    """Registers are edited, visits struck, moved to another day or establishment, or deleted, in any order."""
    db = enter(world, Path(tmp_path_factory.getbasetemp()))
    ids = [row[0] for row in db.execute("SELECT id FROM establishment")]
    records = [row[0] for row in db.execute("SELECT id FROM visit")]
    day = st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(date.isoformat)
    for _ in range(data.draw(st.integers(1, 6))):
        change, value = data.draw(st.one_of(
            st.tuples(st.sampled_from(["managed_since", "managed_until"]), st.none() | day),
            st.tuples(st.just("review_state"), st.sampled_from(["managed", "identified"])),
            st.tuples(st.just("counts"), st.integers(0, 1)), st.tuples(st.just("visited_on"), day),
            st.tuples(st.just("establishment"), st.sampled_from(ids)), st.just(("deleted", None)),
        ))  # fmt: skip
        if change in ("managed_since", "managed_until", "review_state"):
            edited = f"UPDATE establishment SET {change} = ? WHERE id = ?"  # noqa: S608  our own names
            db.execute(edited, [value, data.draw(st.sampled_from(ids))])
        elif records and change == "deleted":
            db.execute("DELETE FROM visit WHERE id = ?", [data.draw(st.sampled_from(records))])
        elif records:
            edited = f"UPDATE visit SET {change} = ? WHERE id = ?"  # noqa: S608  our own names
            db.execute(edited, [value, data.draw(st.sampled_from(records))])
    whole = coverage.compute(db, YEAR, world.asked)
    wanted = None if whole.numerator is None else (whole.numerator, whole.denominator)
    assert coverage.tally(db, YEAR, world.asked) == wanted
    db.close()
