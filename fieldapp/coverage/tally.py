"""Only the two figures of a plain yearly target, from counts that the database keeps by itself (migration m012).

The rule is inspected.distinct's; this says the same faster where no rows are asked for, and says nothing where a target
is not plain. Equality is tested on random registers, after voiding, amending, late arrivals and for past days.
"""

from __future__ import annotations

from datetime import date

from sqlite_utils import Database

from fieldapp import visits
from fieldapp.plans import Target

_PLAIN = {
    "metric": "distinct_inspected", "by": ("any",), "min_times": 1, "kinds": visits.COUNTED_KINDS,
    "population": "managed", "as_of": "ever_active_in_period",
}  # fmt: skip


def tally(db: Database, target: Target, on: date) -> tuple[int, int] | None:
    """Numerator and denominator of a target on a day; None before its window, or where they must be computed.

    Plain is: any body, once, every managed establishment that stood in a window beginning on a first of January.
    """
    start, end = target.window_on(on)
    plain = all(getattr(target, name) == value for name, value in _PLAIN.items())
    if not (plain and target.computed) or on < start or (start.month, start.day) != (1, 1) or start.year != end.year:
        return None
    days = {"start": start.isoformat(), "last": min(on, end).isoformat(), "year": start.year}
    active, gone = db.execute(
        "SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (WHERE until <= :last), 0) FROM register_tally "
        "WHERE managed = 1 AND until > :start AND since <= :last",
        days,
    ).fetchone()
    counted, counted_gone = db.execute(
        "SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (WHERE until <= :last), 0) FROM inspected_tally "
        "WHERE year = :year AND managed = 1 AND first_on <= :last AND first_on < until AND since <= :last",
        days,
    ).fetchone()
    return counted, active - (gone - counted_gone)
