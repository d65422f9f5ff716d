"""Owners' commitments: the last signed stands, a refusal supersedes nothing, validity ends with the year."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from sqlite_utils import Database

from fieldapp import commitments
from fieldapp.clock import Clock
from fieldapp.database import write
from fieldapp.errors import Refusal
from tests import making


@pytest.mark.parametrize("order", list(permutations(["2026-01-20", "2026-03-02", "2026-08-01"])))
def test_the_last_signed_stands_in_whatever_order_they_arrive(
    db: Database, clock: Clock, order: tuple[str, ...]
) -> None:
    with write(db, clock) as tx:
        place = making.establishment(tx)
        for day in order:
            making.commit(tx, place, signed_on=day)
    states = {c.signed_on.isoformat(): c.state for c in commitments.of_establishment(db, place.id)}
    assert states == {"2026-01-20": "superseded", "2026-03-02": "superseded", "2026-08-01": "in_force"}


def test_a_refusal_is_kept_and_supersedes_nothing(db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        place = making.establishment(tx)
        making.commit(tx, place, signed_on="2026-01-20")
        refusal = {"reason": "Chờ ý kiến.", "witness_name": "Hà Văn Nháp", "witness_role": "Trưởng thôn"}
        refused = making.commit(tx, place, signed_on="2026-05-01", refusal=refusal)
    assert refused.state == "refused"
    assert commitments.in_force(db, date(2026, 5, 2))[place.id].signed_on == date(2026, 1, 20)


def test_it_holds_from_the_day_of_signing_to_the_end_of_the_year(db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        place = making.establishment(tx)
        making.commit(tx, place, signed_on="2026-03-02", valid_until="2026-12-31")
    held = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 12, 31), date(2027, 1, 1)]
    assert [place.id in commitments.in_force(db, day) for day in held] == [False, True, True, False]


def test_an_unknown_one_is_refused_in_words(db: Database) -> None:
    with pytest.raises(Refusal, match="no such commitment"):
        commitments.read(db, "nothing")
