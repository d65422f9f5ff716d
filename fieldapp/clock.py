"""Now and today. Everything that depends on time asks a Clock, so that a test can be any day it likes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns the present instant with its zone (UTC)."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def local_day(moment: datetime, time_zone: str) -> date:
    """The calendar day of an instant in the commune's time zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with an offset. Raises ValueError without one."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"instant without an offset: {text}")
    return moment
