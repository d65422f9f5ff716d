"""What judges a value, a group or a whole body. Only judged, never converted: the signed bytes are what counts.

A field is a `Judged`, one function to a value. Repeated groups are judged by one hand-written function too: Nested
schemas for thirty answers would cost ten times what parsing the JSON did.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any, cast

from marshmallow import INCLUDE, Schema, ValidationError, fields, missing

from fieldapp import establishments

Judge = Callable[[Any], "str | dict[str, Any] | None"]
"""A value -> what is wrong with it, None when nothing is; for groups by key."""

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
LARGEST_COUNT = establishments.LARGEST_COUNT
LONGEST_TEXT = 20_000

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_SHA256 = re.compile(r"[0-9a-f]{64}").fullmatch
# of all that ISO 8601 allows, what phones can read too: no weeks, no days without hyphens
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)", re.ASCII).fullmatch
_DAY = re.compile(r"\d{4}-\d\d-\d\d").fullmatch


class Judged(fields.Field[Any]):
    """A field that one function judges. Missing is fine unless required; null is the judge's to refuse."""

    def __init__(self, judge: Judge, *, required: bool = False) -> None:
        super().__init__(required=required, allow_none=True)
        self.judge = judge

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """Straight to the judge: what Field.deserialize does besides is not needed here, fifty times a record."""
        if value is missing:
            if self.required:
                raise self.make_error("required")
            return missing
        wrong = self.judge(value)
        if wrong is not None:
            raise ValidationError(cast(Any, wrong if isinstance(wrong, dict) else [wrong]))
        return missing  # nobody reads what was loaded


def text(value: Any) -> str | None:
    return None if isinstance(value, str) and len(value) <= LONGEST_TEXT else "must be text"


def filled(value: Any) -> str | None:
    return (
        None if isinstance(value, str) and value.strip() and len(value) <= LONGEST_TEXT else "must be text, not blank"
    )


def identifier(value: Any) -> str | None:
    return None if isinstance(value, str) and _UUID(value) else "must be a UUID in lower case"


def sha256(value: Any) -> str | None:
    return None if isinstance(value, str) and _SHA256(value) else "must be a SHA-256 in lower-case hex"


def instant(value: Any) -> str | None:
    try:
        moment = datetime.fromisoformat(value) if _INSTANT(value) else None
        if moment is None:
            return "must be an instant with an offset"
        return None if EARLIEST <= moment < LATEST else "must be an instant between 2000 and 2100"
    except (TypeError, ValueError):  # not text, not a time, or without an offset
        return "must be an instant with an offset"


def day(value: Any) -> str | None:
    try:
        moment = date.fromisoformat(value) if _DAY(value) else None
    except (TypeError, ValueError):
        moment = None
    return None if moment and 2000 <= moment.year <= 2100 else "must be a day, YYYY-MM-DD, between 2000 and 2100"


def count(value: Any) -> str | None:
    return (
        None if type(value) is int and 0 <= value <= LARGEST_COUNT else f"must be an integer from 0 to {LARGEST_COUNT}"
    )


def count_or_text(value: Any) -> str | None:
    return text(value) if isinstance(value, str) else count(value)


def one_of(known: Collection[str]) -> Judge:
    wrong = f"must be one of: {', '.join(known)}"
    allowed = frozenset(known)
    return lambda value: None if isinstance(value, str) and value in allowed else wrong


def or_null(judge: Judge) -> Judge:
    return lambda value: None if value is None else judge(value)


def between(least: float, most: float) -> Judge:
    wrong = f"must be a number from {least} to {most}"
    return lambda value: None if type(value) in {int, float} and least <= value <= most else wrong


def list_of(judge: Judge, *, least: int = 0) -> Judge:
    def judged(value: Any) -> str | dict[str, Any] | None:
        if not isinstance(value, list) or len(value) < least:
            return f"must be a list of at least {least}" if least else "must be a list"
        found = {str(place): wrong for place, entry in enumerate(value) if (wrong := judge(entry)) is not None}
        return found or None

    return judged


def keyed(key: Judge, judge: Judge) -> Judge:
    """An object whose keys and values are all alike."""

    def judged(value: Any) -> str | dict[str, Any] | None:
        if not isinstance(value, dict):
            return "must be an object"
        found = {name: wrong for name, entry in value.items() if (wrong := key(name) or judge(entry)) is not None}
        return found or None

    return judged


def group(required: Mapping[str, Judge], optional: Mapping[str, Judge] | None = None) -> Judge:
    """An object with keys of its own. Unknown keys are kept."""
    known = {**required, **(optional or {})}

    def judged(value: Any) -> str | dict[str, Any] | None:
        if not isinstance(value, dict):
            return "must be an object"
        found: dict[str, Any] = {name: "required" for name in required if name not in value}
        for name, judge in known.items():
            if name in value and (wrong := judge(value[name])) is not None:
                found[name] = wrong
        return found or None

    return judged


class Body(Schema):
    class Meta:
        unknown = INCLUDE


def mistakes(schema: Schema, body: Mapping[str, Any]) -> dict[str, list[str]]:
    """Field, as a path with dots -> what is wrong with it; empty when nothing is."""
    found = schema.validate(body)
    return dict(_paths("", found)) if found else {}


def _paths(prefix: str, found: Any) -> list[tuple[str, list[str]]]:
    if isinstance(found, dict):
        return [
            path for name, inner in found.items() for path in _paths(f"{prefix}.{name}" if prefix else str(name), inner)
        ]
    return [(prefix, found if isinstance(found, list) else [found])]
