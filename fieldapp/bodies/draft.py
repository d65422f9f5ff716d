"""draft: an unfinished record as its author's phone holds it, or the word that it is finished or thrown away."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from fieldapp import drafts
from fieldapp.bodies.judging import Body, Judged, filled, identifier, instant, list_of, one_of

_REQUIRED = ("kind", "establishment", "begun_at", "saved_at", "draft")


def _whole(value: Any) -> str | None:
    """What is in it is its author's own business."""
    return None if isinstance(value, dict) else "must be an object"


class DraftBody(Body):
    """draft, version 1."""

    id = Judged(identifier, required=True)
    over = Judged(list_of(identifier), required=True)
    kind = Judged(filled)
    establishment = Judged(filled)
    begun_at = Judged(instant)
    saved_at = Judged(instant)
    draft = Judged(_whole)
    end = Judged(one_of(drafts.ENDS))

    @validates_schema(pass_original=True, skip_on_field_errors=True)
    def _is_whole_or_ends(self, _loaded: Any, body: dict[str, Any], **_: Any) -> None:
        lacking = [] if "end" in body else [name for name in _REQUIRED if name not in body]
        if lacking:
            raise ValidationError({name: ["required"] for name in lacking})


DRAFT = DraftBody()
