"""What phones may send: judged as plain nested schemas would judge it, at a fraction of their cost."""

from __future__ import annotations

import copy
import json
import random
import time
import uuid
from typing import Any

import pytest
from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

from fieldapp import bodies, checklists, commitments, inspections, visits
from fieldapp.bodies import inspection as signed_inspection
from fieldapp.bodies import judging

SHA = "a" * 64
RECOMMENDATIONS = tuple(inspections.RECOMMENDATIONS)


def inspection() -> dict[str, Any]:
    """A full inspection, as a phone signs it."""
    return {
        "id": str(uuid.uuid4()), "establishment": str(uuid.uuid4()), "author": str(uuid.uuid4()), "kind": "planned",
        "mode": "on_site", "outcome": "conducted", "bodies": ["team_178", "police"],
        "members": [{"name": "Nguyễn Văn An", "position": "Thành viên"}],
        "started_at": "2026-11-21T09:15:00+07:00", "ended_at": "2026-11-21T09:55:00.123Z", "checklist": SHA,
        "answers": {
            f"A{n:02d}": {"a": "khong_dat", "note": "Chưa có", "files": [SHA], "due_on": "2026-12-01"} if n % 7 == 0
            else {"a": "dat", "note": "", "files": []} for n in range(30)
        },
        "figures": {"N01": 12, "N02": 0, "N07": "Công an, 12/3/2026"}, "note": "",
        "facts": {
            "code": "CS-001", "name": "Karaoke Mẫu", "type": "karaoke", "address": "Số 1", "area": "Thôn 1",
            "entity": "",
            "representative": "Trần Văn Mẫu", "representative_role": "Chủ cơ sở", "phone": "0900000000", "rooms": 9,
            "employees": None, "employees_with_contract": 10,
            "licences": [{"kind": "ANTT", "number": "12/GCN", "issued_on": "2024-01-01", "expires_on": None}],
        },
        "notice": {"version": "1", "read_at": "2026-11-21T09:16:00+07:00"},
        "representative": {"name": "Trần Văn Mẫu", "capacity": "owner"}, "opinion": "", "recommendation": "remedy",
        "second_visit": {"reason": "clear_signs", "document_no": "12/KH"},
        "signatures": [{"who": "representative", "name": "Trần Văn Mẫu", "file": SHA}],
        "refusal": {"reason": "đi vắng", "witness_name": "Lê Văn Mẫu", "witness_role": "Trưởng thôn"},
        "commitment": str(uuid.uuid4()), "photos": {SHA: {"class": "document", "taken_at": "2026-11-21T09:20:00Z"}},
        "amends": None, "amend_reason": "", "app": "1.0.0",
    }  # fmt: skip


def commitment() -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()), "establishment": str(uuid.uuid4()), "author": str(uuid.uuid4()), "inspection": None,
        "template": "1", "clauses": [1, 2], "signer": {"name": "Trần Văn Mẫu", "capacity": "owner"},
        "signed_at": "2026-11-21T09:30:00+07:00", "signed_on": "2026-11-21", "valid_until": "2026-12-31",
        "signature": SHA, "scans": [], "refusal": None, "facts": {}, "notice": None, "app": "1.0.0",
    }  # fmt: skip


# ---- the same rules as ordinary nested schemas ----


class Kept(Schema):
    class Meta:
        unknown = INCLUDE


class Text(fields.String):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(max=judging.LONGEST_TEXT), **kwargs)


class Filled(Text):
    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        found = super()._deserialize(value, *args, **kwargs)
        if not found.strip():
            raise ValidationError("blank")
        return found


class Instant(fields.AwareDateTime):
    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("text")
        found = super()._deserialize(value, *args, **kwargs)
        if not judging.EARLIEST <= found < judging.LATEST:
            raise ValidationError("implausible")
        return found


class Day(fields.Date):
    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        found = super()._deserialize(value, *args, **kwargs)
        if not (isinstance(value, str) and len(value) == 10 and 2000 <= found.year <= 2100):
            raise ValidationError("implausible")
        return found


def sha(**kwargs: Any) -> fields.String:
    return fields.String(validate=validate.Regexp("[0-9a-f]{64}$"), **kwargs)


def one_of(known: Any, **kwargs: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(list(known)), **kwargs)


def count(**kwargs: Any) -> fields.Integer:
    return StrictCount(strict=True, validate=validate.Range(0, judging.LARGEST_COUNT), **kwargs)


class StrictCount(fields.Integer):
    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if type(value) is not int:
            raise ValidationError("integer")
        return super()._deserialize(value, *args, **kwargs)


class CountOrText(fields.Field[Any]):
    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return (Text() if isinstance(value, str) else count()).deserialize(value)


class AnswerRow(Kept):
    a = one_of(checklists.ANSWERS, required=True)
    note = Text()
    files = fields.List(sha())
    due_on = Day(allow_none=True)


class LicenceRow(Kept):
    kind = Text()
    number = Text()
    issued_on = Day(allow_none=True)
    expires_on = Day(allow_none=True)


class Facts(Kept):
    code = Text()
    name = Text()
    type = Text()
    address = Text()
    area = Text()
    entity = Text()
    representative = Text()
    representative_role = Text()
    phone = Text()
    rooms = count(allow_none=True)
    employees = count(allow_none=True)
    employees_with_contract = count(allow_none=True)
    licences = fields.List(fields.Nested(LicenceRow))


class Notice(Kept):
    version = Text(required=True)
    read_at = Instant()


class Refusal(Kept):
    reason = Text(required=True)
    witness_name = Text()
    witness_role = Text()


class Person(Kept):
    name = Text(required=True)
    capacity = one_of(commitments.CAPACITIES)


class Member(Kept):
    name = Text(required=True)
    position = Text()


class SecondVisit(Kept):
    reason = Text(required=True)
    document_no = Text()


class Signature(Kept):
    file = sha(required=True)
    who = one_of(signed_inspection.SIGNERS)
    name = Text()


class PhotoRow(Kept):
    class_ = one_of(signed_inspection.PHOTO_CLASSES, required=True, data_key="class")
    taken_at = Instant()


def identifier(**kwargs: Any) -> fields.String:
    pattern = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
    return fields.String(validate=validate.Regexp(pattern), **kwargs)


class NestedInspection(Kept):
    id = identifier(required=True)
    establishment = Filled(required=True)
    outcome = one_of(visits.OUTCOMES, required=True)
    bodies = fields.List(Filled(), required=True, validate=validate.Length(1))
    started_at = Instant(required=True)
    author = Filled(allow_none=True)
    kind = one_of(visits.KINDS)
    mode = one_of(visits.MODES)
    members = fields.List(fields.Nested(Member))
    ended_at = Instant(allow_none=True)
    checklist = Filled(allow_none=True)
    answers = fields.Dict(fields.String(), fields.Nested(AnswerRow))
    figures = fields.Dict(Filled(), CountOrText())
    note = Text()
    facts = fields.Nested(Facts, allow_none=True)
    notice = fields.Nested(Notice, allow_none=True)
    representative = fields.Nested(Person, allow_none=True)
    opinion = Text()
    recommendation = one_of(RECOMMENDATIONS, allow_none=True)
    second_visit = fields.Nested(SecondVisit, allow_none=True)
    signatures = fields.List(fields.Nested(Signature))
    refusal = fields.Nested(Refusal, allow_none=True)
    commitment = Filled(allow_none=True)
    photos = fields.Dict(sha(), fields.Nested(PhotoRow))
    amends = identifier(allow_none=True)
    amend_reason = Text()
    app = Text()


# ---- mutants ----

ODD: list[Any] = [
    None, True, 0, -1, 1, 1.5, 10**6, 10**30, "", " ", "x", "x" * 20_001, [], ["x"], [None], {}, {"x": 1}, "2026-11-21",
    "2026-13-45",
    "1999-12-31T23:59:59Z", "2026-11-21T09:00:00", "2026-11-21T09:00:00Z", "2101-01-01T00:00:00Z", SHA,
    SHA.upper(), "dat", "owner", "planned", "document", [SHA], [SHA, "x"], {"a": "dat"}, [{"name": "x"}],
    [{"file": SHA}],
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body, the groups and what is in them."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            found += places(value[key], (*path, key))
    return found


def mutant(dice: random.Random) -> dict[str, Any]:
    body = copy.deepcopy(inspection())
    for _ in range(dice.choice([1, 1, 1, 2])):
        *way, last = dice.choice(places(body))
        inner: Any = body
        for key in way:
            inner = inner[key]
        deed = dice.random()
        if deed < 0.25:
            del inner[last]
        elif deed < 0.35 and isinstance(inner, dict):
            inner[dice.choice(["mới", "x", SHA])] = dice.choice(ODD)
        else:
            inner[last] = dice.choice(ODD)
    return body


def test_a_thousand_mutants_are_judged_as_nested_schemas_judge_them() -> None:
    dice, nested = random.Random(178), NestedInspection()
    refused = 0
    for _ in range(1000):
        body = mutant(dice)
        ours, theirs = bodies.mistakes(bodies.INSPECTION, body), nested.validate(body)
        assert bool(ours) == bool(theirs), (ours, theirs)
        assert {path.split(".")[0] for path in ours} == set(theirs)
        refused += bool(ours)
    assert 300 < refused < 900


@pytest.mark.parametrize(
    "body", [inspection(), {**inspection(), "weather": "mưa", "answers": {"A01": {"a": "dat", "x": 1}}}]
)
def test_a_signed_inspection_passes_with_whatever_else_it_says(body: dict[str, Any]) -> None:
    assert bodies.mistakes(bodies.INSPECTION, body) == {}
    assert bodies.mistakes(bodies.INSPECTION, json.loads(json.dumps(body))) == {}


def test_only_five_keys_are_required_of_an_inspection() -> None:
    assert bodies.mistakes(bodies.INSPECTION, {}).keys() == {"id", "establishment", "outcome", "bodies", "started_at"}


def test_mistakes_are_told_by_their_path() -> None:
    wrong = inspection() | {"figures": {"N01": -1}, "signatures": [{"file": "x"}], "kind": "sudden"}
    wrong["answers"]["A03"] = {"a": "maybe"}
    wrong["facts"]["licences"][0]["issued_on"] = "hôm qua"
    assert bodies.mistakes(bodies.INSPECTION, wrong).keys() == {
        "figures.N01", "signatures.0.file", "kind", "answers.A03.a", "facts.licences.0.issued_on",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({}, set()),
        ({"signature": None, "scans": [SHA]}, set()),
        ({"signature": None, "refusal": {"reason": "đi vắng"}}, set()),
        ({"signature": None}, {"signature"}),
        ({"valid_until": "2026-11-20"}, {"valid_until"}),
        ({"signed_on": "21/11/2026"}, {"signed_on"}),
        ({"clauses": []}, {"clauses"}),
        ({"signer": {"name": "x", "capacity": "friend"}}, {"signer.capacity"}),
        ({"signer": {"name": "x"}}, {"signer.capacity"}),
        ({"template": ""}, {"template"}),
    ],
)
def test_a_commitment_is_signed_by_somebody_and_holds_for_some_time(facts: dict[str, Any], wrong: set[str]) -> None:
    assert bodies.mistakes(bodies.COMMITMENT, commitment() | facts).keys() == wrong


def test_required_keys_of_a_commitment() -> None:
    assert bodies.mistakes(bodies.COMMITMENT, {}).keys() == {
        "id", "establishment", "template", "clauses", "signer", "signed_on", "valid_until",
    }  # fmt: skip


def test_judging_costs_little_beside_parsing() -> None:
    """Measured at 2.0 times json.loads, and Nested at ten times that; the bound leaves room for a busy machine."""
    body = inspection()
    line = json.dumps(body, ensure_ascii=False).encode()
    parsing = fastest(lambda: json.loads(line))
    judging = fastest(lambda: bodies.mistakes(bodies.INSPECTION, body))
    nested = NestedInspection()
    assert judging < 4 * parsing
    assert judging < 0.4 * fastest(lambda: nested.validate(body))


def fastest(work: Any) -> float:
    """Seconds of the fastest of several rounds."""
    rounds = []
    for _ in range(7):
        begun = time.perf_counter()
        for _ in range(30):
            work()
        rounds.append(time.perf_counter() - begun)
    return min(rounds)
