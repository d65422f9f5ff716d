"""What phones may send: the bodies of signed records and the fields of a patch (shapes: client/store/shapes.ts).

Only judged, never converted: the signed bytes are what counts. Keys that are not known are kept and not refused, so
that a newer phone may say more. A record is judged mildly (it was signed by hand and cannot be changed): what the
rules cannot count with is refused, a missing remark is not.

A field is a `Judged`, one function to a value. Repeated groups are judged by one hand-written function too: Nested
schemas for thirty answers would cost ten times what parsing the JSON did.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any, cast

from marshmallow import INCLUDE, Schema, ValidationError, fields, missing, validates_schema

from fieldapp import checklists, commitments, establishments, visits

Judge = Callable[[Any], "str | dict[str, Any] | None"]
"""A value -> what is wrong with it, None when nothing is; for groups by key."""

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
LARGEST_COUNT = establishments.LARGEST_COUNT
LONGEST_TEXT = 20_000
RECOMMENDATIONS = ("good", "remedy", "refer")
PHOTO_CLASSES = ("document", "premises")
SIGNERS = ("representative", "inspector")

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_SHA256 = re.compile(r"[0-9a-f]{64}").fullmatch
_DAY = re.compile(r"\d{4}-\d\d-\d\d").fullmatch
_ANSWERS = frozenset(checklists.ANSWERS)


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
        moment = datetime.fromisoformat(value)
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
        elif files and (wrong := files_of_answer(files)) is not None:
            found[item] = {"files": wrong}
        elif "due_on" in answer and (wrong := or_null(day)(answer["due_on"])) is not None:
            found[item] = {"due_on": wrong}
        elif not isinstance(files, list | tuple):
            found[item] = {"files": "must be a list"}
    return found or None


files_of_answer = list_of(sha256)
_notice = or_null(group({"version": text}, {"read_at": instant}))
_refusal = or_null(group({"reason": text}, {"witness_name": text, "witness_role": text}))
_person = group({"name": text}, {"capacity": one_of(commitments.CAPACITIES)})
_facts = or_null(
    group(
        {},
        {
            **dict.fromkeys(
                ("code", "name", "type", "address", "representative", "representative_role", "phone"), text
            ),
            **dict.fromkeys(("area", "entity"), text),
            **dict.fromkeys(("rooms", "employees", "employees_with_contract"), or_null(count)),
            "licences": list_of(
                group({}, {"kind": text, "number": text, "issued_on": or_null(day), "expires_on": or_null(day)})
            ),
        },
    )
)


class _Body(Schema):
    class Meta:
        unknown = INCLUDE


class InspectionBody(_Body):
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
    note = Judged(text)
    facts = Judged(_facts)
    notice = Judged(_notice)
    representative = Judged(or_null(_person))
    opinion = Judged(text)
    recommendation = Judged(or_null(one_of(RECOMMENDATIONS)))
    second_visit = Judged(or_null(group({"reason": text}, {"document_no": text})))
    signatures = Judged(list_of(group({"file": sha256}, {"who": one_of(SIGNERS), "name": text})))
    refusal = Judged(_refusal)
    commitment = Judged(or_null(filled))
    photos = Judged(keyed(sha256, group({"class": one_of(PHOTO_CLASSES)}, {"taken_at": instant})))
    amends = Judged(or_null(identifier))
    amend_reason = Judged(text)
    app = Judged(text)


class CommitmentBody(_Body):
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
    refusal = Judged(_refusal)
    facts = Judged(_facts)
    notice = Judged(_notice)
    app = Judged(text)

    @validates_schema(pass_original=True, skip_on_field_errors=True)
    def _holds_together(self, _loaded: Any, body: dict[str, Any], **_: Any) -> None:
        if body["valid_until"] < body["signed_on"]:
            raise ValidationError("must not be before signed_on", "valid_until")
        if not (body.get("signature") or body.get("scans") or body.get("refusal")):
            raise ValidationError("required without a scan or a refusal", "signature")


_short = establishments.LONGEST_TEXT


def _short_text(value: Any) -> str | None:
    return None if isinstance(value, str) and len(value) <= _short else f"must be text of at most {_short} characters"


class EstablishmentFields(_Body):
    """The values of an establishment's patch."""

    name = Judged(lambda value: _short_text(value) or filled(value))
    type = Judged(one_of(checklists.types()))
    address = Judged(_short_text)
    area = Judged(or_null(filled))
    representative = Judged(_short_text)
    representative_role = Judged(_short_text)
    phone = Judged(_short_text)
    rooms = Judged(or_null(count))
    employees = Judged(or_null(count))
    employees_with_contract = Judged(or_null(count))
    latitude = Judged(or_null(between(-90, 90)))
    longitude = Judged(or_null(between(-180, 180)))
    note = Judged(_short_text)


INSPECTION, COMMITMENT, ESTABLISHMENT_FIELDS = InspectionBody(), CommitmentBody(), EstablishmentFields()


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
