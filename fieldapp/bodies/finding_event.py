"""finding_event: something that happened to a finding after the visit."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from fieldapp import findings
from fieldapp.bodies.judging import (
    Body,
    Judged,
    day,
    filled,
    group,
    identifier,
    instant,
    keyed,
    one_of,
    or_null,
    sha256,
    text,
)  # fmt: skip
from fieldapp.bodies.parts import PHOTO_CLASSES


class FindingEventBody(Body):
    """finding_event, version 1."""

    id = Judged(identifier, required=True)
    finding = Judged(identifier, required=True)
    inspection = Judged(identifier, required=True)
    establishment = Judged(filled, required=True)
    event = Judged(one_of(findings.EVENTS), required=True)
    at = Judged(instant, required=True)
    author = Judged(or_null(filled))
    how = Judged(or_null(one_of(findings.FOLLOW_UPS)))
    conclusion = Judged(or_null(one_of(findings.CONCLUSIONS)))
    due_on = Judged(or_null(day))
    note = Judged(text)
    document_no = Judged(text)
    visit = Judged(or_null(identifier))
    photos = Judged(keyed(sha256, group({"class": one_of(PHOTO_CLASSES)}, {"taken_at": instant})))
    app = Judged(text)

    @validates_schema(pass_original=True, skip_on_field_errors=True)
    def _holds_together(self, _loaded: Any, body: dict[str, Any], **_: Any) -> None:
        if body["event"] == "extended" and not body.get("due_on"):
            raise ValidationError("required with an extension", "due_on")


FINDING_EVENT = FindingEventBody()
