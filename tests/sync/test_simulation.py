"""Random schedules with faults, and planted bugs that the same schedules must find."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from sync import feed, history, receive, signed, stamps, wire
from sync.merge import Edit, Outcome
from tests.sync import simulation

SCHEDULES = int(os.environ.get("SCHEDULES", "60"))


def test_nothing_is_lost_doubled_changed_or_stuck() -> None:
    faults: Counter[str] = Counter()
    for seed in range(SCHEDULES):
        world = simulation.run(seed)
        assert world.violations() == [], f"seed {seed}"
        faults += world.faults
        world.server.db.close()
    assert {*simulation.FAULTS, "server restored", "phone restored", "rewind"} <= faults.keys()


# ---- planted bugs ----

Plant = Callable[[pytest.MonkeyPatch], None]


def forgets_receipts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(receive, "_receipts", lambda db, ops: {})
    patch.setattr(receive, "_keep_receipts", lambda tx, receipts, carrier: None)
    patch.setattr(receive, "_told", lambda receipt, files, missing, decided: vars(receipt) | {"files_missing": []})


def ignores_tags(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(history, "common_point", lambda db, mark, trail: None)


def checks_no_digest(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(wire, "hashlib", _Agreeable())


class _Agreeable:
    """Every digest is whatever was told."""

    def sha256(self, line: bytes) -> Any:
        class Digest:
            def hexdigest(self) -> Any:
                return _Anything()

        return Digest()


class _Anything:
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def cuts_no_future_times(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(stamps, "clamp", lambda at, now: (at.replace(microsecond=0), None))


def forgets_who_saw_what(patch: pytest.MonkeyPatch) -> None:
    def by_clock_alone(current: Edit | None, incoming: Edit) -> Outcome:
        if current is None or incoming.rank > current.rank:
            return Outcome(incoming, current, incoming.at)
        return Outcome(current, incoming, incoming.at)

    patch.setattr(stamps, "merge", by_clock_alone)


def drops_losers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(stamps, "_keep_lost", lambda *args, **kwargs: None)


def splits_commits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(feed, "groupby", lambda changes, key: ((change.seq, [change]) for change in changes))


def stops_at_a_bad_op(patch: pytest.MonkeyPatch) -> None:
    def raising(*args: Any, **kwargs: Any) -> None:
        raise simulation.Crash

    patch.setattr("sync.quarantine.hold", raising)


def commits_what_failed(patch: pytest.MonkeyPatch) -> None:
    real = history.write

    class Careless:
        def __init__(self, db: Any, now: Any) -> None:
            self.db, self.inner = db, real(db, now)

        def __enter__(self) -> Any:
            return self.inner.__enter__()

        def __exit__(self, *problem: Any) -> Any:
            if problem[0]:
                self.db.conn.commit()
            return self.inner.__exit__(*problem)

    patch.setattr(history, "write", Careless)


def keeps_other_bytes(patch: pytest.MonkeyPatch) -> None:
    real = signed.keep

    def tidied(tx: Any, *, body: str, **rest: Any) -> Any:
        return real(tx, body=body.replace('": ', '":'), **rest)

    patch.setattr(signed, "keep", tidied)


def calls_its_head_safe(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(history, "safe", lambda db: history.head(db)[0])


@pytest.mark.parametrize(
    "plant",
    [
        forgets_receipts, ignores_tags, checks_no_digest, cuts_no_future_times, forgets_who_saw_what, drops_losers,
        splits_commits, stops_at_a_bad_op, commits_what_failed, keeps_other_bytes,
        calls_its_head_safe,
    ],
)  # fmt: skip
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    for seed in range(200):
        try:
            world = simulation.run(seed)
            if world.violations():
                return
        except Exception:  # noqa: BLE001  a bug that makes the server fail is found too
            return
    pytest.fail("200 schedules did not find it")
