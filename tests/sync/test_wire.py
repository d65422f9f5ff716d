"""Messages: read whole or not at all. What was cut, changed or too large is refused before anything is stored."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import packing, wire
from sync.errors import WireRefusal
from sync.history import NOTHING
from tests.sync.toys import Phone, Sent, sent, slip

PHONE = Phone()
SLIPS = [slip(text="một"), slip(text="hai", header={"files": ["a" * 64], "eff": {"x": "2026-11-21T02:15:00.000Z"}})]
MESSAGE = PHONE.message(*SLIPS)


def refusal(data: bytes, device: str = PHONE.device) -> WireRefusal:
    with pytest.raises(WireRefusal) as caught:
        wire.read_push(data, device)
    return caught.value


def test_a_push_is_read_with_the_exact_bytes_of_each_body() -> None:
    push = wire.read_push(MESSAGE, PHONE.device)
    assert [op.line for op in push.ops] == [op.line for op in SLIPS]
    assert (push.device, push.app, push.mark, push.trail) == ("phone-1", "1.0.0", NOTHING, ())
    assert push.ops[1].files == ("a" * 64,)
    assert push.ops[1].eff == {"x": datetime(2026, 11, 21, 2, 15, tzinfo=UTC)}


def test_the_last_line_end_may_be_missing_and_a_carriage_return_is_part_of_the_body() -> None:
    assert wire.read_push(MESSAGE[:-1], PHONE.device).ops[1].line == SLIPS[1].line
    windows = sent("slip", b'{"id":"a"}\r')
    assert wire.read_push(PHONE.message(windows), PHONE.device).ops[0].line == b'{"id":"a"}\r'


def test_a_null_mark_means_nothing_was_seen() -> None:
    assert wire.read_push(PHONE.message(mark=None), PHONE.device).mark == NOTHING


def test_unknown_keys_are_ignored() -> None:
    op = Sent({**SLIPS[0].header, "mood": "good"}, SLIPS[0].line)
    assert wire.read_push(PHONE.message(op, weather="rain"), PHONE.device).ops[0].op == op.op


def test_a_push_cut_off_anywhere_is_refused() -> None:
    for length in range(len(MESSAGE) - 1):
        assert refusal(MESSAGE[:length]).code == "malformed"


@given(st.integers(0, len(MESSAGE) - 2), st.integers(1, 255))
def test_one_changed_byte_never_changes_a_body(place: int, change: int) -> None:
    changed = bytearray(MESSAGE)
    changed[place] ^= change
    try:
        push = wire.read_push(bytes(changed), PHONE.device)
    except WireRefusal:
        return
    assert [op.line for op in push.ops] == [op.line for op in SLIPS]


@pytest.mark.parametrize(
    "envelope",
    [
        {"ops": [SLIPS[0].header]},
        {"ops": "none"},
        {"ops": [5]},
        {"mark": [1]},
        {"mark": [-1, ""]},
        {"mark": [2**63, ""]},
        {"mark": [1.0, ""]},
        {"trail": [[0, ""]] * 65},
        {"sent": "2026-11-21T09:15:00"},
        {"sent": "yesterday"},
        {"device": None},
        {"app": "x" * 65},
    ],
)
def test_an_envelope_that_is_not_as_the_contract_says_is_refused(envelope: dict[str, Any]) -> None:
    assert refusal(PHONE.message(*SLIPS, **envelope)).code == "malformed"


@pytest.mark.parametrize(
    "header",
    [
        {"op": ""}, {"op": None}, {"op": "x" * 65}, {"op": ".."}, {"kind": "Kind!"}, {"ver": 0}, {"ver": "1"},
        {"ver": True}, {"sha256": "0" * 64}, {"sha256": "XYZ"}, {"bytes": 1}, {"files": ["short"]}, {"files": "x"},
        {"eff": {"x": "2026-11-21"}}, {"eff": []},
    ],
)  # fmt: skip
def test_a_header_that_is_not_as_the_contract_says_is_refused(header: dict[str, Any]) -> None:
    assert refusal(PHONE.message(Sent({**SLIPS[0].header, **header}, SLIPS[0].line))).code == "malformed"


@pytest.mark.parametrize("data", [b"", b"\n", b"[]", b"{}", b"null", b"\xff", b'{"v":1}', b"PK\x03\x04"])
def test_what_has_no_envelope_is_refused(data: bytes) -> None:
    assert refusal(data).code == "malformed"


def test_another_protocol_is_told_before_its_shape_is_judged() -> None:
    problem = refusal(b'{"v":2,"anything":[]}')
    assert (problem.code, problem.fields) == ("protocol", {"protocols": [1]})


def test_a_message_of_another_device_than_the_token_s_is_refused() -> None:
    assert refusal(MESSAGE, "phone-9").code == "device_mismatch"


def test_too_many_ops_are_refused_with_the_limit() -> None:
    ops = [slip() for _ in range(wire.MAX_OPS + 1)]
    problem = refusal(PHONE.message(*ops))
    assert (problem.code, problem.fields) == ("push_too_large", {"ops": 200})
    assert len(wire.read_push(PHONE.message(*ops[1:]), PHONE.device).ops) == 200


def test_too_many_bytes_are_refused_with_the_limit() -> None:
    big = [slip(text="x" * 1_000_000), slip(text="x" * 1_000_000), slip(text="x" * 100_000)]
    problem = refusal(PHONE.message(*big)[: wire.MAX_PUSH_BYTES + 1])
    assert (problem.code, problem.fields) == ("push_too_large", {"bytes": 2 * 2**20})


def test_a_body_of_more_than_a_mebibyte_is_refused_with_the_limit() -> None:
    problem = refusal(PHONE.message(slip(text="x" * 2**20)))
    assert (problem.code, problem.fields) == ("push_too_large", {"body_bytes": 2**20})


def test_a_pull_has_defaults_and_bounds() -> None:
    told = {"v": 1, "device": "phone-1", "stream": "history", "cursor": None, "mark": None}
    pull = wire.read_pull(json.dumps(told).encode(), "phone-1")
    assert (pull.cursor, pull.limit, pull.trail) == (NOTHING, 500, ())
    assert wire.read_pull(json.dumps({**told, "limit": 10**6}).encode(), "phone-1").limit == wire.MAX_PAGE
    for wrong in ({"stream": "everything"}, {"limit": 0}, {"limit": "5"}, {"cursor": "x"}, {"mark": [1, 2]}):
        with pytest.raises(WireRefusal, match="malformed"):
            wire.read_pull(json.dumps({**told, **wrong}).encode(), "phone-1")


def test_enrolment_needs_a_password_or_a_code() -> None:
    told = {"device": "d", "username": "b", "password": "p", "device_name": "Máy 1"}
    assert wire.read_enrol(json.dumps(told).encode())["device_name"] == "Máy 1"
    assert wire.read_enrol(b'{"device":"d","code":"123"}')["code"] == "123"
    for wrong in (b'{"device":"d","username":"b"}', b'{"username":"b","password":"p"}', b"{}"):
        with pytest.raises(WireRefusal, match="malformed"):
            wire.read_enrol(wrong)


def test_files_are_asked_for_by_their_digests() -> None:
    assert wire.read_have(json.dumps({"sha256": ["a" * 64]}).encode()) == ["a" * 64]
    with pytest.raises(WireRefusal, match="malformed"):
        wire.read_have(b'{"sha256":["../../etc/passwd"]}')


# ---- packing ----


def test_what_was_packed_is_unpacked() -> None:
    assert packing.unpack(packing.pack(MESSAGE), "gzip", len(MESSAGE)) == MESSAGE
    assert packing.unpack(MESSAGE, "", len(MESSAGE)) == packing.unpack(MESSAGE, "identity", len(MESSAGE)) == MESSAGE


def test_a_small_bomb_is_unpacked_one_byte_past_the_limit_and_no_further() -> None:
    bomb = packing.pack(b"0" * 50_000_000)
    assert len(packing.unpack(bomb, "gzip", 1000)) == 1001


def test_a_packed_body_that_was_cut_off_anywhere_is_refused() -> None:
    packed = packing.pack(MESSAGE)
    for length in range(len(packed)):
        with pytest.raises(WireRefusal, match="malformed"):
            packing.unpack(packed[:length], "gzip", len(MESSAGE))


def test_a_packed_body_with_anything_behind_it_is_refused() -> None:
    with pytest.raises(WireRefusal, match="malformed"):
        packing.unpack(packing.pack(MESSAGE) + b"more", "gzip", len(MESSAGE))


@given(st.binary(), st.binary(), st.binary())
def test_a_beginning_packed_once_is_finished_in_several_ways(beginning: bytes, one: bytes, other: bytes) -> None:
    begun = packing.begin(beginning * 50)
    for rest in (one, other):
        assert packing.unpack(packing.finish(begun, rest), "gzip", 10**6) == beginning * 50 + rest
        assert gzip.decompress(packing.finish(begun, rest)) == beginning * 50 + rest


@pytest.mark.parametrize(("encoding", "data"), [("br", b"x"), ("gzip", b"not gzip"), ("gzip", zlib.compress(b"x"))])
def test_an_unknown_packing_is_refused(encoding: str, data: bytes) -> None:
    with pytest.raises(WireRefusal, match="malformed"):
        packing.unpack(data, encoding, 1000)
