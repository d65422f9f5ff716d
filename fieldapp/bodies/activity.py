"""activity: a communication session or a post, in counts."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from fieldapp import activities
from fieldapp.bodies.judging import (
    Body,
    Judged,
    count,
    day,
    filled,
    identifier,
    instant,
    keyed,
    one_of,
    or_null,
    text,
)  # fmt: skip


class ActivityBody(Body):
    """activity, version 1."""

    id = Judged(identifier, required=True)
    form = Judged(one_of(activities.FORMS), required=True)
    held_on = Judged(day, required=True)
    author = Judged(or_null(filled))
    made_at = Judged(instant)
    area = Judged(or_null(filled))
    topic = Judged(text)
    headcount = Judged(or_null(count))
    reached = Judged(keyed(filled, count))
    app = Judged(text)

    @validates_schema(pass_original=True, skip_on_field_errors=True)
    def _holds_together(self, _loaded: Any, body: dict[str, Any], **_: Any) -> None:
        headcount, reached = body.get("headcount"), body.get("reached") or {}
        if activities.kind_of(body["form"]) == "session" and headcount is None:
            raise ValidationError("required with a session", "headcount")
        if sum(reached.values()) > (headcount or 0):
            raise ValidationError("together more than headcount", "reached")


ACTIVITY = ActivityBody()
