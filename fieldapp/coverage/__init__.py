"""Targets computed: numerator, denominator, and what stands behind each figure. Nothing else decides what counts.

    figures(db, plan, on)       every target of a plan on a day, in its order, with the rows behind it
    compute(db, target, on)     one target; yearly_target(year) is the one without a plan

    figures.py         a figure: its shape, how it is judged, as JSON
    sources.py         what figures are made of, each part read once
    members.py         who makes up a denominator
    inspected.py       distinct establishments, visits, re-inspections
    communication.py   workers reached, areas, months with posts
    duties.py          follow-ups, commitments, the register itself
    asking.py          which rule answers which metric
    pace.py            how fast the rest must go
    tally.py           only the two figures of a plain yearly target, from counts the database keeps
    overlap.py         whom a plan's targets would send two bodies to

Days are local days of the commune; a past day is answered from today's register and the ledger up to that day.
"""

from __future__ import annotations

from fieldapp.coverage.asking import compute, figures
from fieldapp.coverage.figures import Coverage, Part, Share, as_json, percent
from fieldapp.coverage.inspected import days_within, visit_days
from fieldapp.coverage.overlap import Overlap, double_visits, overlaps
from fieldapp.coverage.pace import PACE_WEEKS, Pace, pace
from fieldapp.coverage.sources import Sources
from fieldapp.coverage.tally import tally
from fieldapp.plans import yearly_target

__all__ = [
    "PACE_WEEKS", "Coverage", "Overlap", "Pace", "Part", "Share", "Sources", "as_json", "compute", "days_within",
    "double_visits", "figures", "overlaps", "pace", "percent", "tally", "visit_days", "yearly_target",
]  # fmt: skip
