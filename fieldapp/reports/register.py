"""Chapter I and annex PL1: the register at both ends of the period, and what moved between them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from fieldapp import checklists
from fieldapp.establishments import Establishment

TOTAL = "Tổng cộng"
"""What the row under the others is called."""


def movement(register: Iterable[Establishment], start: date, end: date) -> dict[str, int]:
    """How many stood under management on both days and what moved between: at_start + increase - decrease = at_end.

    Establishments that the office has not taken under management yet are in none of them. taken_on: put under
    management on a known day within the period, its first day included. Workers are those of the establishments at_end,
    as the register has them today.
    """
    known = [e for e in register if e.review_state == "managed"]
    standing = [e for e in known if e.managed_on(end)]
    came = [e for e in known if e.managed_since and start < e.managed_since <= end]
    return {
        "at_start": sum(e.managed_on(start) for e in known),
        "increase": len(came),
        "decrease": sum(_left(e, start, end) for e in known),
        "at_end": len(standing),
        "taken_on": sum(bool(e.managed_since and start <= e.managed_since <= end) for e in known),
        "security_conditional": sum(e.security_conditional for e in standing),
        "employees": sum(e.employees or 0 for e in standing),
        "with_contract": sum(e.employees_with_contract or 0 for e in standing),
    }


def _left(e: Establishment, start: date, end: date) -> bool:
    """It was under management at the beginning, or came within the period, and left within it."""
    until = e.managed_until
    return until is not None and start < until <= end and (e.managed_since is None or e.managed_since < until)


def by_type(register: Iterable[Establishment], start: date, end: date) -> list[dict[str, Any]]:
    """PL1: a row for each type that has anything to tell, in the checklist's order, and the sum."""
    known = list(register)
    of_type: dict[str, list[Establishment]] = {code: [] for code in checklists.types()}
    for e in known:
        of_type.setdefault(e.type, []).append(e)
    rows = [{"type": checklists.types().get(code, code), **movement(of_type[code], start, end)} for code in of_type]
    rows = [row for row in rows if any(value for key, value in row.items() if key != "type")]
    return [*rows, {"type": TOTAL, "is_total": True, **movement(known, start, end)}]
