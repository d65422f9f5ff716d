"""commitment: what an owner signed."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from fieldapp import commitments
from fieldapp.bodies.judging import (
    Body,
    Judged,
    count,
    day,
    filled,
    group,
    identifier,
    instant,
    list_of,
    one_of,
    or_null,
    sha256,
    text,
)  # fmt: skip
from fieldapp.bodies.parts import FACTS, NOTICE, REFUSAL


class CommitmentBody(Body):
    """commitment, version 1."""

    id = Judged(identifier, required=True)
    establishment = Judged(filled, required=True)
    template = Judged(filled, required=True)
    clauses = Judged(list_of(count, least=1), required=True)
    signer = Judged(group({"name": text, "capacity": one_of(commitments.CAPACITIES)}), required=True)
    signed_on = Judged(day, required=True)
    valid_until = Judged(day, required=True)
    author = Judged(or_null(filled))
    inspection = Judged(or_null(filled))
    signed_at = Judged(instant)
    signature = Judged(or_null(sha256))
    scans = Judged(list_of(sha256))
    refusal = Judged(REFUSAL)
    facts = Judged(FACTS)
    notice = Judged(NOTICE)
    app = Judged(text)

    @validates_schema(pass_original=True, skip_on_field_errors=True)
    def _holds_together(self, _loaded: Any, body: dict[str, Any], **_: Any) -> None:
        if body["valid_until"] < body["signed_on"]:
            raise ValidationError("must not be before signed_on", "valid_until")
        if not (body.get("signature") or body.get("scans") or body.get("refusal")):
            raise ValidationError("required without a scan or a refusal", "signature")


COMMITMENT = CommitmentBody()
