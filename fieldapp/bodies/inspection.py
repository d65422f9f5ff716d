"""inspection: one visit, signed. Judged mildly: it cannot be changed any more; a missing remark is no mistake."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from fieldapp import checklists, commitments, findings, inspections, visits
from fieldapp.bodies.judging import (
    LONGEST_TEXT,
    Body,
    Judged,
    count_or_text,
    day,
    filled,
    group,
    identifier,
    instant,
    keyed,
    list_of,
    one_of,
    or_null,
    sha256,
    text,
)  # fmt: skip
from fieldapp.bodies.parts import FACTS, NOTICE, PHOTO_CLASSES, REFUSAL

SIGNERS = ("representative", "inspector")

_ANSWERS = frozenset(checklists.ANSWERS)
_TOLD = group({"body": text}, {"visited_on": or_null(day), "document_no": text})
_REMEDY = group(
    {"result": one_of(findings.CONCLUSIONS)},
    {"item": text, "finding": text, "due_on": or_null(day), "note": text, "files": list_of(sha256)},
)


def answers(value: Any) -> str | dict[str, Any] | None:
    """Item -> {"a", "note", "files", "due_on"}; only "a" is required. The most repeated group, so written out."""
    if not isinstance(value, dict):
        return "must be an object"
    found: dict[str, Any] = {}
    for item, answer in value.items():
        if not isinstance(answer, dict):
            found[item] = "must be an object"
            continue
        a, note, files = answer.get("a"), answer.get("note", ""), answer.get("files", ())
        if not (isinstance(a, str) and a in _ANSWERS):
            found[item] = {"a": f"must be one of: {', '.join(checklists.ANSWERS)}"}
        elif not isinstance(note, str) or len(note) > LONGEST_TEXT:
            found[item] = {"note": "must be text"}
        elif files and (wrong := _files_of_answer(files)) is not None:
            found[item] = {"files": wrong}
        elif "due_on" in answer and (wrong := or_null(day)(answer["due_on"])) is not None:
            found[item] = {"due_on": wrong}
        elif not isinstance(files, list | tuple):
            found[item] = {"files": "must be a list"}
    return found or None


_files_of_answer = list_of(sha256)
_person = group({"name": text}, {"capacity": one_of(commitments.CAPACITIES)})


class InspectionBody(Body):
    """inspection, version 1."""

    id = Judged(identifier, required=True)
    establishment = Judged(filled, required=True)
    outcome = Judged(one_of(visits.OUTCOMES), required=True)
    bodies = Judged(list_of(filled, least=1), required=True)
    started_at = Judged(instant, required=True)
    author = Judged(or_null(filled))
    kind = Judged(one_of(visits.KINDS))
    mode = Judged(one_of(visits.MODES))
    members = Judged(list_of(group({"name": text}, {"position": text})))
    ended_at = Judged(or_null(instant))
    checklist = Judged(or_null(filled))
    answers = Judged(answers)
    figures = Judged(keyed(filled, count_or_text))
    told_visits = Judged(list_of(_TOLD))
    remedies = Judged(keyed(identifier, _REMEDY))
    note = Judged(text)
    facts = Judged(FACTS)
    notice = Judged(NOTICE)
    representative = Judged(or_null(_person))
    opinion = Judged(text)
    recommendation = Judged(or_null(one_of(inspections.RECOMMENDATIONS)))
    second_visit = Judged(or_null(group({"reason": text}, {"document_no": text})))
    signatures = Judged(list_of(group({"file": sha256}, {"who": one_of(SIGNERS), "name": text})))
    refusal = Judged(REFUSAL)
    commitment = Judged(or_null(filled))
    photos = Judged(keyed(sha256, group({"class": one_of(PHOTO_CLASSES)}, {"taken_at": instant})))
    amends = Judged(or_null(identifier))
    amend_reason = Judged(text)
    app = Judged(text)

    @validates_schema(pass_original=True, skip_on_field_errors=True)
    def _amends_another(self, _loaded: Any, body: dict[str, Any], **_: Any) -> None:
        if body.get("amends") == body["id"]:
            raise ValidationError("must be another inspection", "amends")


INSPECTION = InspectionBody()
