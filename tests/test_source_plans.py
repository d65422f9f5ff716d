"""The five source plans on the two demo communes: each target by figures worked out by hand.

Xã Kim Mẫu, asked on 21/11/2026, read off its register: 36 establishments, of which CS-021 (karaoke, conditional) left
management on 12/06/2026 uninspected and CS-022 (café, 3 workers) came on 19/10/2026, so 35 stand in the year's
denominator; 20 are conditional, 19 without CS-021; 137 workers; 12 areas. Counted visits of 2026: 25 at 22
establishments; 19 of them the team went to. Phường Yên Mẫu likewise: 45, 44, 27, 26; 235 workers; 20 areas.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from fieldapp import activities, areas, complexity, coverage, database, demo, establishments, plans, visits
from fieldapp.coverage import Coverage
from fieldapp.database import write
from fieldapp.importing import plans as plan_files
from fieldapp.plans import Manual
from fieldapp.visits import Visit
from tests.making import ACTOR

NOW = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
ON = date(2026, 11, 21)
Figures = tuple[int | None, int | None, int | None, int | None, bool | None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    for unit in demo.UNITS:
        demo.prepare(folder / unit, unit, clock=lambda: NOW)
    return folder


def opened(made: Path, folder: Path, unit: str) -> Database:
    """A copy of a demo commune with every source plan in it."""
    shutil.copytree(made / unit, folder / unit)
    db = database.connect(folder / unit)
    with write(db, lambda: NOW) as tx:
        for path in plans.shipped().values():
            plan_files.apply(tx, ACTOR, plan_files.read(tx.db, path))
    return db


@pytest.fixture
def commune(made: Path, tmp_path: Path) -> Iterator[Database]:
    db = opened(made, tmp_path, "kim-mau")
    yield db
    db.close()


@pytest.fixture
def ward(made: Path, tmp_path: Path) -> Iterator[Database]:
    db = opened(made, tmp_path, "yen-mau")
    yield db
    db.close()


def ask(db: Database, plan: str, on: date = ON) -> dict[str, Coverage]:
    return {one.target.id: one for one in coverage.figures(db, plans.read(db, plan), on)}


def figures(found: Coverage) -> Figures:
    return found.numerator, found.denominator, found.required, found.remaining, found.met


def kept_as_text(found: Coverage) -> bool:
    return not found.target.computed and figures(found) == (None,) * 5 and bool(found.target.text)


def test_kim_tan_2026(commune: Database) -> None:
    """Seed 000 (KT): line 68 (100% once a year; complex ones again), 252-254 (commitments), 64 and 90-92 (persons)."""
    found = ask(commune, "kim-tan-2026")
    assert figures(found["KT1"]) == (22, 35, 35, 13, False)  # 36 - CS-021, which left uninspected
    assert [e.code for e in found["KT1"].ceased_before_inspection] == ["CS-021"]
    assert found["KT1"].percent == 62.9  # 22 / 35 = 62.857
    assert figures(found["KT2"]) == (0, 0, None, None, None)  # nobody is classified complex yet
    assert figures(found["KT3"]) == (24, 35, None, None, None)  # no share of owners is asked for
    assert kept_as_text(found["KT4"])
    assert kept_as_text(found["KT5"])
    first = found["KT1"].counted[0]
    with write(commune, lambda: NOW) as tx:
        complexity.classify(tx, ACTOR, first.id, level="complex", authority="Công an", document_no="1/QĐ",
                            classified_on=ON - timedelta(days=9), expires_on=date(2027, 1, 1))  # fmt: skip
    assert figures(ask(commune, "kim-tan-2026")["KT2"])[:2] == (0, 1)
    with write(commune, lambda: NOW) as tx:
        visits.enter(tx, Visit(first.id, ON - timedelta(days=2), ("police",), kind="reinspection"))
    assert figures(ask(commune, "kim-tan-2026")["KT2"])[:2] == (1, 1)


def test_hong_phong_2023(commune: Database) -> None:
    """Seed 001 (HP): line 67 (80%), 31 (all workers), 27 (every thôn), 29 (once a month), 49 (typed)."""
    end = date(2023, 12, 31)
    # 2023: CS-022 was not managed yet, CS-021 still was: 35 establishments, 137 - 3 = 134 workers
    assert figures(ask(commune, "hong-phong-2023", end)["HP1"]) == (0, 35, 28, 28, False)  # 80% of 35 is 28
    register, parts = establishments.every(commune), areas.every(commune)
    with write(commune, lambda: NOW) as tx:
        for e in register[:27]:
            if e.code not in ("CS-022",):
                visits.enter(tx, Visit(e.id, date(2023, 4, 4), ("police",)))
        for area in parts[:11]:
            activities.record_activity(tx, ACTOR, held_on=date(2023, 5, 5), form="meeting", area=area.id, headcount=9)
        for month in (1, 2, 3, 7):
            activities.record_activity(tx, ACTOR, held_on=date(2023, month, 28), form="website")
        activities.record_activity(
            tx, ACTOR, held_on=date(2023, 6, 6), form="at_establishment", headcount=200,
            reached={register[0].id: 100, register[1].id: 1},
        )  # fmt: skip
        told = Manual("hong-phong-2023", "HP5", end, 9, 10, "Báo cáo cuối năm", "")
        plans.type_figure(tx, ACTOR, told)
    found = ask(commune, "hong-phong-2023", end)
    assert figures(found["HP1"]) == (26, 35, 28, 2, False)
    reached = (register[0].employees or 0) + 1  # never more than an establishment has
    assert figures(found["HP2"]) == (reached, 134, 134, 134 - reached, False)
    assert figures(found["HP3"]) == (11, 12, 12, 1, False)
    assert figures(found["HP4"]) == (4, 12, 12, 8, False)  # a meeting is no post
    assert figures(ask(commune, "hong-phong-2023", date(2023, 3, 31))["HP4"])[:3] == (3, 3, 3)  # months so far
    assert figures(found["HP5"]) == (9, 10, 10, 1, False)
    assert not found["HP5"].target.computed


def test_thanh_nam_2025(commune: Database) -> None:
    """Seed 002 (TN): lines 47-49 (20% of workers), 97-99 (the team inspects, no share given), 51-52 (persons)."""
    end = date(2025, 12, 31)
    found = ask(commune, "thanh-nam-2025", end)
    assert figures(found["TN1"]) == (0, 134, 27, 27, False)  # 20% of 134 is 26.8
    # last year's visits stand from March to November, nine of them from 16/07 on
    later = [v for v in visits.in_year(commune, 2025) if v.visited_on >= date(2025, 7, 16)]
    assert figures(found["TN2"]) == (len({v.establishment for v in later}), 35, None, None, None)
    assert kept_as_text(found["TN3"])


def test_tuyen_quang_2026_2030(commune: Database) -> None:
    """Seed 003 (TQ): line 59 (95% by 2030, cumulative), 49, 47 and 57, 61 (province and typed), 51 and 53 (persons)."""
    found = ask(commune, "tuyen-quang-2026-2030")
    # managed on the day asked: 36 - CS-021 = 35; 95% of 35 is 33.25
    assert figures(found["TQ1"]) == (22, 35, 34, 12, False)
    left = found["TQ1"].missing[0]
    with write(commune, lambda: NOW) as tx:
        visits.enter(tx, Visit(left.id, date(2029, 5, 5), ("team_178",)))
    later = ask(commune, "tuyen-quang-2026-2030", date(2029, 12, 31))
    assert figures(later["TQ1"]) == (23, 35, 34, 11, False)  # what 2026 reached still counts
    assert [figures(found[key])[0] for key in ("TQ2", "TQ3", "TQ4a", "TQ4b")] == [None] * 4
    assert kept_as_text(found["TQ5"])


def test_yen_nghia_2026(ward: Database) -> None:
    """Seed 004 (YN): lines 72-74 (team 60%), 68-70 (police, conditional), 274-277, 321-324, 65-66 (persons)."""
    found = ask(ward, "yen-nghia-2026")
    assert figures(found["YN1"]) == (23, 44, 27, 4, False)  # 60% of 44 is 26.4
    assert figures(found["YN2"]) == (12, 26, 26, 14, False)
    assert figures(found["YN3"]) == (2, 6, None, None, None)  # five shortcomings and a decision; one of each is done
    assert figures(found["YN4"]) == (28, 44, None, None, None)
    assert kept_as_text(found["YN5"])
    (pair,) = coverage.double_visits(ward, plans.read(ward, "yen-nghia-2026"), ON)
    assert (len(pair.both), pair.unavoidable) == (26, 27 + 26 - 44)


def test_the_demo_works_by_a_plan_of_its_own_year(commune: Database, ward: Database) -> None:
    for db, first in ((commune, "KT1"), (ward, "YN1")):
        plan = plans.active(db)
        assert plan
        assert (plan.id, plan.targets[0].id, plan.period) == ("ke-hoach-2026", first, plans.year_window(2026))
