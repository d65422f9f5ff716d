"""Whatever a phone hands in: the server answers in words, the office can open it and decide, nothing breaks."""

from __future__ import annotations

import copy
import json
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.phones import Commune, WireOp, WirePhone, wire_op
from tests.wire.reading import verdict

ENDS = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
"""Instants that leave the calendar in another zone."""
TEXTS = [
    "", "2026-11-21", "2026-11-21T09:00:00+07:00", *ENDS, "khong_dat", "team_178", "f" * 64, "{{ 7 * 7 }}", "<b>\"'&",
    "\x00\x01\ufffe", "=1+1", "x" * 30_000, "../../x",
]  # fmt: skip
JUNK = st.recursive(
    st.none() | st.booleans() | st.sampled_from([0, -1, 10**30, 0.5, 1e300]) | st.sampled_from(TEXTS),
    lambda one: st.lists(one, max_size=2) | st.dictionaries(st.sampled_from(["A01", "a", "v", "file", "<b>"]), one),
    max_leaves=5,
)


def bodies(phone: WirePhone) -> dict[str, dict[str, Any]]:
    """A sound body of each kind, with every group filled."""
    inspection = phone.inspection(
        signatures=[{"file": "0" * 64, "who": "representative", "name": "Mẫu"}], members=[{"name": "B"}], facts={},
        told_visits=[{"body": "police", "visited_on": None}], second_visit={"reason": "clear_signs"}, photos={},
        representative={"name": "Mẫu"}, opinion="", recommendation="remedy", notice={"version": "1"}, remedies={},
    )  # fmt: skip
    place = phone.commune.establishment()
    event = {
        "id": str(uuid.uuid4()), "finding": str(uuid.uuid4()), "inspection": str(uuid.uuid4()), "establishment": place,
        "event": "evidence", "at": "2026-11-21T09:00:00+07:00", "photos": {},
    }  # fmt: skip
    session = {"id": str(uuid.uuid4()), "form": "meeting", "held_on": "2026-11-21", "headcount": 3, "reached": {}}
    patch = phone.patch(rooms=3, name="Quán Mẫu", type="karaoke", area=None, latitude=1.5)
    sound = {"inspection": inspection, "commitment": phone.commitment(), "establishment": patch}
    sound["draft"] = phone.draft(str(uuid.uuid4()))
    return {kind: json.loads(op.line) for kind, op in sound.items()} | {"finding_event": event, "activity": session}


def page_of(op: WireOp) -> str:
    """Where the office reads it, once it waits in the inbox."""
    return f"/changes/{op.op}/{op.header['sha256']}"


def places(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, one in inner for path in ((*before, key), *places(one, (*before, key)))]


def spoil(draw: st.DrawFn, body: dict[str, Any]) -> None:
    """Put anything at one place of a body, or leave it out."""
    *way, last = draw(st.sampled_from(places(body)))
    at: Any = body
    for key in way:
        at = at[key]
    if draw(st.integers(0, 4)) or isinstance(at, list):
        at[last] = draw(JUNK)
    else:
        del at[last]


@st.composite
def spoilt(draw: st.DrawFn, sound: dict[str, dict[str, Any]]) -> WireOp:
    kind = draw(st.sampled_from(sorted(sound)))
    body = copy.deepcopy(sound[kind])
    if kind != "establishment":
        body["id"] = str(uuid.uuid4())
    for _ in range(draw(st.integers(1, 3))):
        if places(body):
            spoil(draw, body)
    return wire_op(kind, body)


def test_whatever_is_pushed_the_office_can_open_and_decide(commune: Commune) -> None:
    phone, office = commune.phone(), commune.office("alice")
    sound = bodies(phone)

    @settings(max_examples=80, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @example(op=wire_op("inspection", sound["inspection"] | {"bodies": True}), sent=ENDS[0], deed=0)
    @given(op=spoilt(sound), sent=st.sampled_from([*ENDS, "1970-01-01T00:00:00Z"]), deed=st.integers(0, 3))
    def whatever(op: WireOp, sent: str, deed: int) -> None:
        answer = phone.push(op, sent=sent)
        assert answer.status_code == 200, answer.text
        (receipt,) = answer.json["receipts"]
        assert "not recorded" not in str(receipt["fields"]), receipt
        assert phone.receipts(op, sent=sent) == [receipt]
        if receipt["status"] == "quarantined":
            page = f"/changes/{op.op}/{op.header['sha256']}"
            assert office.get(page).status_code == 200
            body = json.loads(op.line)
            fields = body.get("fields")
            said = {
                "reason": "Đã hỏi", "establishment": "CS-001", "bodies": ["team_178"], "outcome": "conducted",
                "author": phone.account, "field": list(fields) if isinstance(fields, dict) else [],
            }  # fmt: skip
            done = office.post(f"{page}/{['take', 'dismiss', 'mend', 'mend'][deed]}", data=said)
            assert done.status_code in {302, 422}, done.text
        elif op.header["kind"] == "inspection":
            assert office.get(f"/inspections/{json.loads(op.line)['id']}").status_code == 200
            assert office.get(f"/inspections/{json.loads(op.line)['id']}/print").status_code == 200

    whatever()
    for page in ("/changes", "/", "/inspections/year", "/ledger", "/findings", "/drafts", "/commitments"):
        assert office.get(page).status_code == 200, page
    for stream in ("essentials", "history"):
        json.loads(phone.pull(stream).text, parse_constant=pytest.fail)


@pytest.mark.parametrize("line", [
    b'{"id": "x", "y": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", b'{"id": "\\ud800"}', b'{"id": NaN}', b"\xff", b"",
    b'{"id": 1' + b"0" * 5000 + b"}", b'{"id": "x", "fields": {"latitude": {"v": 1e999}}}', b"[]", b'"x"',
])  # fmt: skip
def test_what_is_no_json_waits_in_an_inbox_that_opens(commune: Commune, line: bytes) -> None:
    phone, office = commune.phone(), commune.office("alice")
    for kind in ("inspection", "establishment", "draft"):
        op = wire_op(kind, line)
        assert verdict(phone.receipts(op)[0]) == ("quarantined", "invalid_body")
        assert office.get("/changes").status_code == 200
        assert office.get(f"/changes/{op.op}/{op.header['sha256']}").status_code == 200


def test_a_number_that_no_answer_can_tell_again_is_taken_in_nowhere(commune: Commune) -> None:
    """1e999 reads as infinity, which JSON has no word for: one such record would stop every phone's pull."""
    phone = commune.phone()
    for kind, body in bodies(phone).items():
        line = json.dumps({**body, "draft": {"more": 0.5}, "facts": {"more": 0.5}}).encode().replace(b"0.5", b"-1e999")
        assert verdict(phone.receipts(wire_op(kind, line))[0]) == ("quarantined", "invalid_body"), kind
    for stream in ("essentials", "history"):
        json.loads(phone.pull(stream).text, parse_constant=pytest.fail)


@pytest.mark.parametrize("sent", ENDS)
def test_a_clock_at_the_end_of_time_sticks_nothing(phone: WirePhone, sent: str) -> None:
    unknown = phone.receipts(wire_op("visit", {"id": "x"}, eff={"name": sent}), sent=sent)
    assert verdict(unknown[0]) == ("quarantined", "unknown_kind")
    fields = {"rooms": {"v": 7, "at": sent, "base": None}}
    patch = phone.receipts(wire_op("establishment", {"id": phone.commune.establishment(), "fields": fields}), sent=sent)
    assert patch[0]["status"] == "applied"


def test_the_same_bytes_under_two_ops_are_mended_once(commune: Commune) -> None:
    phone, office = commune.phone(), commune.office("alice")
    body = json.loads(phone.inspection(outcome="nothing").line)
    ops = [wire_op("inspection", body), wire_op("inspection", body)]
    for op in ops:
        assert verdict(phone.receipts(op)[0]) == ("quarantined", "invalid_body")
    said = {
        "reason": "Đã hỏi", "establishment": "CS-001", "bodies": ["team_178"], "author": phone.account,
        "outcome": "conducted", "started_at": "21/11/2026", "started_at-time": "09:00",
    }  # fmt: skip
    for op in ops:
        done = office.post(f"/changes/{op.op}/{op.header['sha256']}/mend", data=said)
        assert done.status_code == 302, done.text
    assert len(commune.ask("SELECT id FROM inspection")) == 1
    assert [receipt["decision"] for receipt in phone.receipts(*ops)] == ["applied", "applied"]


def test_a_second_amendment_waits_and_the_office_says_what_it_replaces(commune: Commune) -> None:
    phone, office = commune.phone(), commune.office("alice")
    first = phone.inspection()
    amendments = [phone.inspection(amends=first.id) for _ in range(3)]
    assert [r["status"] for r in phone.receipts(first, *amendments)] == ["applied", "applied", *["quarantined"] * 2]
    for op, replaces in zip(amendments[1:], (amendments[0].id, "-"), strict=True):
        done = office.post(f"{page_of(op)}/mend", data={
            "reason": "Hai máy cùng sửa", "amends": replaces, "establishment": "CS-001", "started_at": "21/11/2026",
            "started_at-time": "09:00", "author": phone.account, "bodies": ["team_178"],
        })  # fmt: skip
        assert done.status_code == 302, done.text
    standing = commune.ask("SELECT id FROM inspection WHERE amended_by IS NULL")
    assert {row[0] for row in standing} == {amendments[1].id, amendments[2].id}
