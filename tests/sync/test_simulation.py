"""Random schedules with faults, and planted bugs that the same schedules find: as much as fits into a suite.

`make soak` runs tens of thousands of them, and every planted bug (tests/sync/README.md).
"""

from __future__ import annotations

import time
from collections import Counter

import pytest

from tests.sync import invariants, planted, simulation

TOY_S, REAL_S = 6.0, 5.0
"""For so long schedules run here; a soak runs for hours."""
AT_LEAST = {"toy": 20, "real": 4}


@pytest.mark.parametrize(("office", "seconds"), [("toy", TOY_S), ("real", REAL_S)])
def test_nothing_is_lost_doubled_changed_or_stuck(office: str, seconds: float) -> None:
    """A schedule that fails is run alone with `make soak ARGS="schedules --office toy --seed 17"`."""
    faults: Counter[str] = Counter()
    until, seed = time.monotonic() + seconds, 0
    while time.monotonic() < until or seed < AT_LEAST[office]:
        with simulation.schedule(seed, office) as world:
            wrong = invariants.violations(world)
            assert wrong == [], f"make soak ARGS='schedules --office {office} --seed {seed}'"
            faults += world.faults
        seed += 1
    if seed > AT_LEAST["toy"]:  # a machine that does little in the time may not meet every fault
        assert {*simulation.CALL_FAULTS, "server_restored", "rewind", "app_killed", "clock_jump"} <= faults.keys()


FOUND_AT_ONCE = (
    "forgets_receipts", "keeps_no_receipt_of_what_it_refused", "takes_another_content_for_a_resend",
    "takes_another_content_for_the_same_record", "ignores_tags", "checks_no_mark_at_a_push",
    "refuses_a_batch_with_a_bad_op", "drops_what_it_cannot_apply", "cuts_no_future_times", "forgets_who_saw_what",
    "drops_losers", "skips_to_the_head", "shows_a_remembered_page_for_ever", "tells_nobody_of_a_patch",
    "keeps_other_bytes", "drops_what_it_sends", "trusts_any_200", "takes_a_batch_for_applied",
    "drops_what_was_refused", "prunes_what_is_acknowledged", "moves_the_cursor_first", "offers_nothing_again",
    "keeps_its_cursors_at_a_rewind", "empties_itself_when_signed_out",
)  # fmt: skip


@pytest.mark.parametrize("bug", FOUND_AT_ONCE)
def test_a_planted_bug_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    planted.BUGS[bug](monkeypatch)
    assert any(planted.found_in(seed) for seed in range(30)), "30 schedules did not find it"


@pytest.mark.parametrize("office", simulation.OFFICES)
def test_a_schedule_is_the_same_again(office: str) -> None:
    """Or a seed that failed could not be looked at."""

    def run() -> tuple[Counter[str], list[tuple[str, str]]]:
        with simulation.schedule(3, office) as world:
            return world.faults, [(made.op, made.id) for made in world.made]

    assert run() == run()
