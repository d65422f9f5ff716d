"""The rules of coverage: the worked examples, and the module against a slow, obvious reading of the same rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.clock import local_day
from fieldapp.coverage import Coverage, Target, cover, pace, percent, yearly_target
from fieldapp.establishments import Establishment
from fieldapp.visits import COUNTED_KINDS, Visit

ASKED = date(2026, 11, 21)
YEAR = yearly_target(2026)


def place(name: str, **facts: object) -> Establishment:
    return Establishment(id=name, code=name, name=name, type="karaoke", **facts)  # type: ignore[arg-type]


def visit(name: str, day: str, *bodies: str, **facts: str) -> Visit:
    return Visit(name, date.fromisoformat(day), bodies or ("team_178",), **facts)  # type: ignore[arg-type]


def ask(register: list[Establishment], ledger: Iterable[Visit], target: Target = YEAR, on: date = ASKED) -> Coverage:
    last = min(on, target.window[1])
    rows = [
        (v.establishment, v.visited_on.isoformat(), frozenset(v.bodies), v.kind)
        for v in ledger
        if v.counts and target.window[0] <= v.visited_on <= last
    ]
    return cover(register, rows, target, on)


def figures(coverage: Coverage) -> tuple[int | None, int | None, int | None, bool | None]:
    return coverage.denominator, coverage.numerator, coverage.required, coverage.met


# ---- the worked examples, by their number ----


def test_1_one_of_two() -> None:
    assert figures(ask([place("e1"), place("e2")], [visit("e1", "2026-03-02")])) == (2, 1, 2, False)


def test_2_inspected_before_it_ceased() -> None:
    e1 = place("e1", managed_until=date(2026, 5, 1))
    assert figures(ask([e1], [visit("e1", "2026-04-30")])) == (1, 1, 1, True)


def test_3_visited_on_the_day_it_ceased() -> None:
    e1 = place("e1", managed_until=date(2026, 5, 1))
    coverage = ask([e1, place("e2")], [visit("e1", "2026-05-01"), visit("e2", "2026-01-01")])
    assert figures(coverage) == (1, 1, 1, True)
    assert [e.code for e in coverage.ceased_before_inspection] == ["e1"]


def test_4_not_yet_managed() -> None:
    coverage = ask([place("e1", managed_since=date(2026, 12, 1))], [])
    assert figures(coverage) == (0, 0, 0, None)
    assert coverage.percent is None


def test_5_a_closed_door_is_an_attempt() -> None:
    assert figures(ask([place("e1")], [visit("e1", "2026-02-02", outcome="closed_door")])) == (1, 0, 1, False)


@pytest.mark.parametrize(
    ("instant", "numerator"),
    [
        (datetime(2025, 12, 31, 16, 30, tzinfo=UTC), 0),  # 6: 23:30 local, still last year
        (datetime(2025, 12, 31, 17, 30, tzinfo=UTC), 1),  # 7: 00:30 local, the new year
    ],
)
def test_6_and_7_the_local_day_rules(instant: datetime, numerator: int) -> None:
    day = local_day(instant, "Asia/Ho_Chi_Minh").isoformat()
    assert ask([place("e1")], [visit("e1", day)]).numerator == numerator


def test_8_a_percent_rounds_the_required_number_up() -> None:
    register = [place(f"e{n:02}") for n in range(41)]
    coverage = ask(register, [visit(f"e{n:02}", "2026-03-02") for n in range(24)], replace(YEAR, value=60))
    assert figures(coverage) == (41, 24, 25, False)
    assert coverage.remaining == 1


def test_9_a_joint_visit_counts_for_every_body() -> None:
    ledger = [visit("e1", "2026-03-02", "team_178", "police")]
    for body in ("team_178", "police", "joint"):
        assert figures(ask([place("e1")], ledger, replace(YEAR, by=(body,)))) == (1, 1, 1, True)
    assert ask([place("e1")], ledger, replace(YEAR, min_times=2)).numerator == 0


def test_10_an_amendment_stands_alone() -> None:
    a = replace(visit("e1", "2026-03-01"), stands=False)
    b = visit("e1", "2026-03-01", outcome="closed_door")
    assert figures(ask([place("e1")], [a, b])) == (1, 0, 1, False)


# ---- the corners of the text ----


def test_before_the_window_every_figure_is_null() -> None:
    coverage = ask([place("e1")], [], on=date(2025, 12, 31))
    assert (coverage.numerator, coverage.denominator, coverage.required, coverage.remaining) == (None,) * 4
    assert coverage.met is None
    assert coverage.percent is None
    assert coverage.counted == coverage.missing == []


def test_a_visit_before_it_was_managed_counts() -> None:
    e1 = place("e1", managed_since=date(2026, 6, 1))
    assert ask([e1], [visit("e1", "2026-02-01")]).numerator == 1


def test_one_added_in_the_field_waits_for_the_office() -> None:
    assert ask([place("e1", review_state="identified")], [visit("e1", "2026-02-01")]).denominator == 0


def test_two_bodies_on_one_day_without_a_common_record_are_two_visits() -> None:
    ledger = [visit("e1", "2026-03-02", "team_178"), visit("e1", "2026-03-02", "police")]
    assert ask([place("e1")], ledger, replace(YEAR, min_times=2)).numerator == 1
    ledger.append(visit("e1", "2026-03-02", "team_178", "police"))  # the record that ties them
    assert ask([place("e1")], ledger, replace(YEAR, min_times=2)).numerator == 0


def test_a_follow_up_does_not_count() -> None:
    assert ask([place("e1")], [visit("e1", "2026-03-02", kind="follow_up")]).numerator == 0


def test_an_absolute_count_is_judged_even_of_nothing() -> None:
    coverage = ask([], [], replace(YEAR, unit="count", value=3))
    assert (coverage.required, coverage.remaining, coverage.met) == (3, 3, False)


def test_a_ceiling_requires_nothing() -> None:
    coverage = ask([place("e1")], [visit("e1", "2026-03-02")], replace(YEAR, comparator="<=", value=50))
    assert (coverage.required, coverage.remaining, coverage.met) == (None, None, False)


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown"),
    [(0, 0, None), (0, 9, 0.0), (1, 3000, 0.1), (2999, 3000, 99.9), (3000, 3000, 100.0), (24, 41, 58.5), (1, 8, 12.5),
     (1, 16, 6.3)],  # 6.25 rounds half up
)  # fmt: skip
def test_percent(numerator: int, denominator: int, shown: float | None) -> None:
    assert percent(numerator, denominator) == shown


def test_pace_needs_what_remains_over_the_weeks_left() -> None:
    register = [place(f"e{n}") for n in range(12)]
    on = date(2026, 12, 3)  # four weeks before the end
    found = pace(ask(register, [visit(f"e{n}", "2026-11-12") for n in range(8)], on=on))
    assert found is not None
    assert (found.weeks_left, found.needed, found.recent, found.projected) == (4, 1, 1, 12)
    assert found.finishes_on == date(2026, 12, 31)


# ---- against a slow, obvious version written from the text alone ----

DAYS = st.dates(date(2025, 11, 1), date(2027, 2, 1))
BODIES = st.sets(st.sampled_from(["team_178", "police", "health"]), min_size=1)


@st.composite
def registers(draw: st.DrawFn) -> list[Establishment]:
    made = []
    for n in range(draw(st.integers(0, 5))):
        since = draw(st.none() | DAYS)
        until = draw(st.none() | DAYS)
        if since and until and until <= since:
            until = since + timedelta(days=1)
        made.append(
            replace(
                place(f"e{n}", managed_since=since, managed_until=until),
                type=draw(st.sampled_from(["karaoke", "hotel"])),
                review_state=draw(st.sampled_from(["managed", "managed", "managed", "identified"])),
                security_conditional=draw(st.booleans()),
            )
        )
    return made


VISITS = st.builds(
    Visit,
    establishment=st.sampled_from([f"e{n}" for n in range(5)]),
    visited_on=st.sampled_from([date(2026, 1, 1), date(2026, 5, 5), date(2026, 12, 31)]) | DAYS,
    bodies=BODIES.map(tuple),
    kind=st.sampled_from(["planned", "unscheduled", "reinspection", "follow_up"]),
    mode=st.sampled_from(["on_site", "on_site", "remote"]),
    outcome=st.sampled_from(["conducted", "conducted", "closed_door", "refused"]),
    stands=st.booleans(),
)
TARGETS = st.builds(
    Target,
    id=st.just("t"),
    text=st.just(""),
    window=st.sampled_from([(date(2026, 1, 1), date(2026, 12, 31)), (date(2026, 3, 1), date(2026, 9, 30))]),
    by=st.sampled_from([("any",), ("team_178",), ("police", "health"), ("joint",)]),
    min_times=st.integers(1, 3),
    kinds=st.sampled_from([COUNTED_KINDS, frozenset({"reinspection"})]),
    population=st.sampled_from(["managed", "security_conditional"]),
    as_of=st.sampled_from(["ever_active_in_period", "period_start", "period_end", "fixed_date"]),
    fixed_on=st.just(date(2026, 6, 30)),
    comparator=st.sampled_from([">=", ">=", "<=", "none"]),
    value=st.sampled_from([0, 20, 60, Decimal("62.5"), 95, 100]),
    unit=st.sampled_from(["percent", "percent", "count"]),
)


@dataclass
class Slow:
    """The text of the rules, day by day and pair by pair."""

    register: list[Establishment]
    ledger: list[Visit]
    target: Target
    on: date

    def managed(self, e: Establishment, day: date) -> bool:
        if e.review_state != "managed":
            return False
        if e.managed_since is not None and day < e.managed_since:
            return False
        return e.managed_until is None or day < e.managed_until

    def visits_of(self, e: Establishment) -> int:
        start, end = self.target.window
        total = 0
        day = start
        while day <= min(self.on, end):
            if e.managed_until is None or day < e.managed_until:
                total += sum(self.fits(*group) for group in self.groups(e, day))
            day += timedelta(days=1)
        return total

    def groups(self, e: Establishment, day: date) -> list[tuple[set[str], set[str]]]:
        records = [
            v for v in self.ledger
            if v.establishment == e.id and v.visited_on == day
            and v.stands and v.outcome == "conducted" and v.mode == "on_site"
        ]  # fmt: skip
        label = list(range(len(records)))
        for _ in records:
            for i, j in combinations(range(len(records)), 2):
                if set(records[i].bodies) & set(records[j].bodies):
                    label[i] = label[j] = min(label[i], label[j])
        groups = []
        for root in sorted(set(label)):
            of_group = [r for r, tag in zip(records, label, strict=True) if tag == root]
            groups.append(({b for r in of_group for b in r.bodies}, {r.kind for r in of_group}))
        return groups

    def fits(self, bodies: set[str], kinds: set[str]) -> bool:
        if not kinds & self.target.kinds:
            return False
        if self.target.by == ("any",):
            return True
        return len(bodies) >= 2 if self.target.by == ("joint",) else bool(bodies & set(self.target.by))

    def denominator(self) -> tuple[list[str], list[str]]:
        start, end = self.target.window
        last = min(self.on, end)
        wanted = [e for e in self.register if self.target.population == "managed" or e.security_conditional]
        if self.target.as_of != "ever_active_in_period":
            day = {"period_start": start, "period_end": last, "fixed_date": date(2026, 6, 30)}[self.target.as_of]
            return [e.code for e in wanted if self.managed(e, day)], []
        days = [start + timedelta(days=n) for n in range((last - start).days + 1)]
        active = [e for e in wanted if any(self.managed(e, day) for day in days)]
        ceased = [
            e.code for e in active
            if e.managed_until is not None and e.managed_until <= last and self.visits_of(e) < self.target.min_times
        ]  # fmt: skip
        return [e.code for e in active if e.code not in ceased], ceased

    def judged(self, n: int, d: int) -> tuple[int | None, int | None, bool | None]:
        value = Decimal(self.target.value)
        if self.target.comparator == "none":
            return None, None, None
        if self.target.comparator == "<=":
            if self.target.unit == "count":
                return None, None, n <= value
            return None, None, n * 100 <= value * d if d else None
        required = 0
        while (required < value) if self.target.unit == "count" else (required * 100 < value * d):
            required += 1
        met = None if d == 0 and self.target.unit == "percent" else n >= required
        return required, max(0, required - n), met


@settings(max_examples=400, deadline=None)
@given(registers(), st.lists(VISITS, max_size=12), TARGETS, DAYS)
def test_equals_the_slow_obvious_version(
    register: list[Establishment], ledger: list[Visit], target: Target, on: date
) -> None:  # fmt: skip
    coverage = ask(register, ledger, target, on)
    if on < target.window[0]:
        assert coverage.denominator is None
        return
    slow = Slow(register, ledger, target, on)
    members, ceased = slow.denominator()
    by_code = {e.code: e for e in register}
    counted = [code for code in members if slow.visits_of(by_code[code]) >= target.min_times]
    assert [e.code for e in coverage.counted] == counted
    assert [e.code for e in coverage.missing] == [code for code in members if code not in counted]
    assert [e.code for e in coverage.ceased_before_inspection] == ceased
    assert (coverage.numerator, coverage.denominator) == (len(counted), len(members))
    assert (coverage.required, coverage.remaining, coverage.met) == slow.judged(len(counted), len(members))
    assert sum(share.denominator for share in coverage.by_type) == len(members)
    assert sum(share.numerator for share in coverage.by_area) == len(counted)
