"""What waits where: counted once a page, for the rail, the tabs and Hôm nay."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from flask import current_app, g

from fieldapp import audit, findings, inspections, overlap, schedule, visits
from fieldapp.views.request import OFFICE_ROLES, account, db, today
from sync import quarantine, stamps


@dataclass(frozen=True)
class Waits:
    """inspections: to be read. changes: of phones, not applied. conflicts: two values of one field. overdue: findings.

    unapproved: entries of schedules. What somebody does not decide about is 0 for him or her; overdue is for all.
    """

    overdue: int
    inspections: int = 0
    changes: int = 0
    conflicts: int = 0
    unapproved: int = 0

    @property
    def arrived(self) -> int:
        """Everything under Kiểm tra that the office decides about."""
        return self.inspections + self.changes + self.conflicts


def waits() -> Waits:
    """For the signed-in account, who sees cases."""
    if "waits" not in g:
        overdue = findings.count_overdue(db(), today())
        if account().role in OFFICE_ROLES:
            g.waits = Waits(
                overdue, inspections.count_waiting(db()), quarantine.count_waiting(db()),
                stamps.count_open(db(), "establishment"), schedule.count_unapproved(db()),
            )  # fmt: skip
        else:
            g.waits = Waits(overdue)
    found: Waits = g.waits
    return found


_newest: tuple[tuple[Path, tuple[int, str], int], Counter[str]] | None = None


def second_visits() -> Counter[str]:
    """How many second visits of this year stand in each of overlap.STATES, and under "questions" how many days on which
    two bodies may have been one visit. Kept until something is written down, for a long ledger takes its time."""
    global _newest  # noqa: PLW0603  one count for the process; whoever comes second replaces it by the same
    year = today().year
    key = (Path(current_app.config["DATA_FOLDER"]), audit.last(db()), year)
    kept = _newest
    if kept is None or kept[0] != key:
        counted = Counter(second.state for second in overlap.second_visits(db(), year))
        counted["questions"] = len(visits.questions(db(), year))
        kept = _newest = (key, counted)
    return kept[1]
