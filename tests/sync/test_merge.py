"""Which value stands: the rules one by one, and then in any order of arrival."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from sync.merge import LEAD, TICK, Edit, clamp, merge

NINE = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def edit(op: str, minute: int, base: str | None = None, device: str = "d1", value: object = None) -> Edit:
    return Edit(op if value is None else value, NINE + timedelta(minutes=minute), device, op, base)


def arrive(*edits: Edit) -> tuple[Edit, set[str]]:
    """What stands after these arrived in this order, and the ops whose values were kept as lost."""
    current: Edit | None = None
    lost = set()
    for incoming in edits:
        outcome = merge(current, incoming)
        current = outcome.stands
        if outcome.lost:
            lost.add(outcome.lost.op)
    assert current
    return current, lost


def test_the_first_edit_stands() -> None:
    assert arrive(edit("a", 1)) == (edit("a", 1), set())


def test_who_had_seen_the_value_wins_and_nothing_is_lost() -> None:
    assert arrive(edit("a", 5), edit("b", 6, base="a"))[0].op == "b"
    assert arrive(edit("a", 5), edit("b", 6, base="a"))[1] == set()


def test_who_had_seen_the_value_wins_even_with_a_slow_clock_and_is_dated_after_it() -> None:
    stands, lost = arrive(edit("a", 50), edit("b", 6, base="a"))
    assert (stands.op, stands.at, lost) == ("b", NINE + timedelta(minutes=50) + TICK, set())


def test_of_two_that_had_not_seen_each_other_the_later_stands_and_the_other_is_kept() -> None:
    for order in permutations([edit("a", 1), edit("b", 2)]):
        stands, lost = arrive(*order)
        assert (stands.op, lost) == ("b", {"a"})


def test_at_the_same_instant_the_device_and_then_the_op_decide() -> None:
    assert arrive(edit("x", 1, device="d1"), edit("a", 1, device="d2"))[0].op == "a"
    assert arrive(edit("a", 1), edit("b", 1))[0].op == "b"


def test_an_edit_that_arrives_after_one_made_on_top_of_it_loses_quietly() -> None:
    stands, lost = arrive(edit("b", 6, base="a"), edit("a", 5))
    assert (stands.op, lost) == ("b", set())


def test_it_loses_even_when_its_own_clock_ran_ahead() -> None:
    stands, lost = arrive(edit("b", 6, base="a"), edit("a", 500))
    assert (stands.op, lost) == ("b", set())


def test_the_same_value_from_two_writers_is_no_conflict() -> None:
    stands, lost = arrive(edit("a", 1, value="như nhau"), edit("b", 2, value="như nhau"))
    assert (stands.op, lost) == ("b", set())


@st.composite
def histories(draw: st.DrawFn) -> list[Edit]:
    """Edits of one field as honest devices make them: each on top of an earlier one or of the imported value, and
    dated after what its writer saw."""
    edits: list[Edit] = []
    for n in range(draw(st.integers(1, 6))):
        base = draw(st.sampled_from([None, *edits]))
        at = (base.at if base else NINE) + timedelta(minutes=draw(st.integers(1, 30)))
        edits.append(Edit(f"v{n}", at, draw(st.sampled_from("de")), f"op{n}", base.op if base else None))
    return edits


def ancestors(edits: list[Edit], of: Edit) -> set[str]:
    by_op = {e.op: e for e in edits}
    found: set[str] = set()
    while of.base:
        found.add(of.base)
        of = by_op[of.base]
    return found


@given(histories(), st.randoms())
def test_in_any_order_the_same_value_stands(edits: list[Edit], dice: random.Random) -> None:
    wanted = max(edits, key=lambda e: e.rank)
    shuffled = list(edits)
    dice.shuffle(shuffled)
    assert arrive(*shuffled)[0] == wanted


@given(histories(), st.randoms())
def test_in_any_order_every_value_stands_or_was_seen_or_is_kept(edits: list[Edit], dice: random.Random) -> None:
    shuffled = list(edits)
    dice.shuffle(shuffled)
    stands, lost = arrive(*shuffled)
    seen_by_somebody = {e.base for e in edits}
    for e in edits:
        assert e.op == stands.op or e.op in lost or e.op in seen_by_somebody
    assert stands.op not in lost


@given(histories())
def test_in_the_order_they_were_made_nothing_that_the_winner_had_seen_is_called_lost(edits: list[Edit]) -> None:
    """Where nobody else wrote meanwhile: a chain of edits, each on top of the one before, loses nothing."""
    chain = [
        Edit(e.value, NINE + timedelta(minutes=n), e.device, e.op, edits[n - 1].op if n else None)
        for n, e in enumerate(edits)
    ]
    assert arrive(*chain) == (chain[-1], set())


@given(histories(), st.randoms())
def test_offered_twice_changes_nothing(edits: list[Edit], dice: random.Random) -> None:
    again = [*edits, dice.choice(edits)]
    once, lost_once = arrive(*edits)
    twice, lost_twice = arrive(*again)
    assert once.op == twice.op
    assert lost_once | {again[-1].op} >= lost_twice


def test_a_time_in_the_future_is_cut_and_the_skew_is_told() -> None:
    at, skew_s = clamp(NINE + timedelta(days=365), NINE)
    assert (at, skew_s) == (NINE + LEAD, 365 * 86400)


def test_a_time_within_five_minutes_stands_as_it_is() -> None:
    assert clamp(NINE + LEAD, NINE) == (NINE + LEAD, None)


def test_times_are_compared_as_instants_in_whole_milliseconds() -> None:
    at, _ = clamp(datetime(2026, 11, 21, 16, 0, 0, 123999, tzinfo=timezone(timedelta(hours=7))), NINE)
    assert at == NINE.replace(microsecond=123000)
    assert at.tzinfo is UTC


def test_the_ends_of_the_calendar_are_no_error() -> None:
    west, east = timezone(-timedelta(hours=12)), timezone(timedelta(hours=14))
    assert clamp(datetime.max.replace(tzinfo=west), NINE)[0] == NINE + LEAD
    first, _ = clamp(datetime.min.replace(tzinfo=east), NINE)
    assert first == first.astimezone(west) == datetime(1, 1, 2, tzinfo=UTC)  # any zone can show it
