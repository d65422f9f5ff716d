"""Which value of a field stands when several writers wrote it. Pure: no clock, no database.

A writer that had seen the current value wins. Else the highest (at, device, op) wins, on every server in the same way,
and the value that lost is handed back so that a person can choose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

LEAD = timedelta(minutes=5)
"""How far in the future a writer's time may lie before it is cut (invariant S7)."""
TICK = timedelta(milliseconds=1)
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Edit:
    """One writer's value of one field.

    at: UTC, whole milliseconds. base: the op whose value the writer had seen, None for a value that no op wrote.
    """

    value: Any
    at: datetime
    device: str
    op: str
    base: str | None

    @property
    def rank(self) -> tuple[datetime, str, str]:
        return self.at, self.device, self.op


@dataclass(frozen=True)
class Outcome:
    """stands: the edit that stands now. lost: a concurrent edit with another value that does not. at: the effective
    time of the edit that came in."""

    stands: Edit
    lost: Edit | None
    at: datetime


def merge(current: Edit | None, incoming: Edit) -> Outcome:
    """Decide between the edit that stands and one that comes in."""
    if current is None:
        return Outcome(incoming, None, incoming.at)
    if incoming.base == current.op:
        # made on top of it, so later than it, whatever the writer's clock said
        later = replace(incoming, at=max(incoming.at, current.at + TICK))
        return Outcome(later, None, later.at)
    if current.base == incoming.op:
        return Outcome(current, None, incoming.at)  # arrives after an edit made on top of it: nothing was lost
    stands, lost = (incoming, current) if incoming.rank > current.rank else (current, incoming)
    return Outcome(stands, lost if lost.value != stands.value else None, incoming.at)


@dataclass(frozen=True)
class Version:
    """A whole version of something that is overwritten. over: the ops it was made from, as far as it remembers."""

    op: str
    over: tuple[str, ...]


def succession(standing: Version, incoming: Version) -> Literal["takes_over", "is_contained", "stands_beside"]:
    """Which of two versions had seen the other; `stands_beside` when neither had.

    Ops are random, never counted, so that a device restored from an old copy of itself cannot pass for a later one. A
    version older than what the other still remembers stands beside it: one copy too many, never one too few.
    """
    if incoming.op == standing.op or incoming.op in standing.over:
        return "is_contained"
    return "takes_over" if standing.op in incoming.over else "stands_beside"


def clamp(at: datetime, now: datetime) -> tuple[datetime, int | None]:
    """A writer's time in whole milliseconds of UTC, at most LEAD after now; and by how many seconds it was ahead
    when it had to be cut, else None."""
    moment = in_calendar(at)
    latest = now.astimezone(UTC) + LEAD
    skew_s = int((moment - now).total_seconds()) if moment > latest else None
    moment = min(moment, latest)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000), skew_s


def in_calendar(at: datetime) -> datetime:
    """An instant in UTC, a day away from either end of the calendar, so that every zone can show it: a phone's clock
    may say anything."""
    try:
        moment = at.astimezone(UTC)
    except OverflowError:
        moment = at.replace(tzinfo=UTC)
    return min(max(moment, _FIRST), _LAST)
