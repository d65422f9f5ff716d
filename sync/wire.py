"""The messages of PROTOCOL.md as schemas: what comes in is read here and nowhere else.

Unknown keys of messages are ignored, so that a newer device can talk to an older server; bodies are each kind's own.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from sync.errors import WireRefusal
from sync.history import NOTHING, Point

VERSION = 1
MAX_OPS = 200
MAX_PUSH_BYTES = 2 * 2**20
MAX_BODY_BYTES = 2**20
MAX_MESSAGE_BYTES = 256 * 2**10
MAX_PAGE = 1000
MAX_ASKED_FILES = 2000
STREAMS = ("essentials", "history")

# anchored at both ends: marshmallow's Regexp looks at the beginning only; never "..", which no address could name
_NAME = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z")
_KIND = re.compile(r"\A[a-z_]{1,40}\Z")
_SHA256 = re.compile(r"\A[0-9a-f]{64}\Z")
_TRAIL = 64
_DEEPEST = 200
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Op:
    """One op of a push: its header and the exact bytes of its body. eff: field -> time that replaces `at`."""

    op: str
    kind: str
    ver: int
    sha256: str
    files: tuple[str, ...]
    eff: Mapping[str, datetime]
    line: bytes


@dataclass(frozen=True)
class Push:
    """sent: the device's raw clock. mark, trail: what it has seen of the server's history."""

    device: str
    app: str
    sent: datetime
    mark: Point
    trail: tuple[Point, ...]
    ops: tuple[Op, ...]


@dataclass(frozen=True)
class Pull:
    device: str
    stream: str
    cursor: Point
    mark: Point
    trail: tuple[Point, ...]
    limit: int


class PointField(fields.Field[Point]):
    """`[seq, tag]`; null means that nothing was seen yet."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Point:
        return _point(value)


class TrailField(fields.Field[tuple[Point, ...]]):
    """Older points, in any order."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[Point, ...]:  # fmt: skip
        if not isinstance(value, list) or len(value) > _TRAIL:
            raise ValidationError(f"a list of at most {_TRAIL} points")
        return tuple(_point(entry) for entry in value)


class HeadersField(fields.Field[list[dict[str, Any]]]):
    """The headers of a push's ops. By hand: a schema for each of 50 ops would cost more than storing them."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[dict[str, Any]]:  # fmt: skip
        if not isinstance(value, list):
            raise ValidationError("a list of ops")
        for place, header in enumerate(value):
            wrong = _wrong_in_header(header)
            if wrong:
                raise ValidationError({str(place): [wrong]})
        return value


class PushEnvelope(Schema):
    class Meta:
        unknown = EXCLUDE

    device = fields.String(required=True, validate=validate.Regexp(_NAME))
    app = fields.String(load_default="", validate=validate.Length(max=64))
    sent = fields.AwareDateTime(required=True, format="iso")
    mark = PointField(required=True, allow_none=True)
    trail = TrailField(load_default=())
    ops = HeadersField(required=True)


class PullRequest(Schema):
    class Meta:
        unknown = EXCLUDE

    device = fields.String(required=True, validate=validate.Regexp(_NAME))
    stream = fields.String(required=True, validate=validate.OneOf(STREAMS))
    cursor = PointField(load_default=NOTHING, allow_none=True)
    mark = PointField(required=True, allow_none=True)
    trail = TrailField(load_default=())
    limit = fields.Integer(load_default=500, strict=True, validate=validate.Range(1))


class HaveRequest(Schema):
    class Meta:
        unknown = EXCLUDE

    sha256 = fields.List(
        fields.String(validate=validate.Regexp(_SHA256)), required=True, validate=validate.Length(max=MAX_ASKED_FILES)
    )


class EnrolRequest(Schema):
    """Either username and password, or a one-time code of the office."""

    class Meta:
        unknown = EXCLUDE

    username = fields.String(validate=validate.Length(1, 80))
    password = fields.String(validate=validate.Length(1, 200))
    code = fields.String(validate=validate.Length(1, 200))
    device = fields.String(required=True, validate=validate.Regexp(_NAME))
    device_name = fields.String(load_default="", validate=validate.Length(max=80))
    app = fields.String(load_default="", validate=validate.Length(max=64))


_push, _pull, _have, _enrol = PushEnvelope(), PullRequest(), HaveRequest(), EnrolRequest()


def read_push(data: bytes, device: str) -> Push:
    """A push, every digest and length verified.

    data: the plain body, cut one byte past the limit (see packing.unpack). device: whom the token speaks for.
    Raises WireRefusal malformed, protocol, device_mismatch, push_too_large.
    """
    _within("bytes", len(data), MAX_PUSH_BYTES)
    first, *lines = data.split(b"\n")
    envelope = _envelope(first)
    _speaks_for(envelope, device)
    if isinstance(envelope.get("ops"), list):
        _within("ops", len(envelope["ops"]), MAX_OPS)
    message = _load(_push, envelope)
    if lines and not lines[-1]:
        lines.pop()  # the end of the last line
    if len(lines) != len(message["ops"]):
        raise WireRefusal("malformed", lines=f"{len(lines)} for {len(message['ops'])} ops")
    ops = tuple(_op(header, line) for header, line in zip(message["ops"], lines, strict=True))
    return Push(message["device"], message["app"], message["sent"], _seen(message["mark"]), message["trail"], ops)


def read_pull(data: bytes, device: str) -> Pull:
    """Raises WireRefusal malformed, protocol, device_mismatch."""
    envelope = _envelope(data)
    _speaks_for(envelope, device)
    message = _load(_pull, envelope)
    return Pull(
        message["device"], message["stream"], _seen(message["cursor"]), _seen(message["mark"]), message["trail"],
        min(message["limit"], MAX_PAGE),
    )  # fmt: skip


def read_have(data: bytes) -> list[str]:
    """The files asked for, by sha256. Raises WireRefusal malformed."""
    return cast(list[str], _load(_have, _object(data))["sha256"])


def read_mark(header: str) -> Point:
    """The device's mark as the header Sync-Mark tells it, `[seq, tag]`. Raises WireRefusal malformed."""
    try:
        return _point(json.loads(header))
    except (ValueError, RecursionError):
        raise WireRefusal("malformed", mark=["a point: [seq, tag]"]) from None


def read_enrol(data: bytes) -> dict[str, str]:
    """The keys of EnrolRequest. Raises WireRefusal malformed."""
    message = _load(_enrol, _object(data))
    if "code" not in message and not {"username", "password"} <= message.keys():
        raise WireRefusal("malformed", username=["required, with password; or code"])
    return cast(dict[str, str], message)


def read_op(header: Any, line: bytes) -> Op:
    """One op with its exact bytes, digest and length verified. Raises WireRefusal malformed, push_too_large."""
    wrong = _wrong_in_header(header)
    if wrong:
        raise WireRefusal("malformed", ops=[wrong])
    return _op(header, line)


def is_sha256(text: str) -> bool:
    return _SHA256.fullmatch(text) is not None


def read_object(line: bytes) -> dict[str, Any] | None:
    """A JSON object in strict UTF-8 and strict JSON (no NaN, no infinity, no lone surrogates), or None."""
    try:
        parsed = orjson.loads(line)
        if line.count(b"{") + line.count(b"[") > _DEEPEST:
            orjson.dumps(parsed)  # what no answer could tell again, as it is too deep, would stop every phone's pull
    except (ValueError, TypeError):
        return None
    return parsed if isinstance(parsed, dict) else None


def write_object(answer: Mapping[str, Any]) -> bytes:
    """An answer as it is sent."""
    try:
        return orjson.dumps(answer)
    except TypeError:  # a body as deep as may be, with the answer around it
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def _object(data: bytes) -> dict[str, Any]:
    _within("bytes", len(data), MAX_MESSAGE_BYTES)
    found = read_object(data)
    if found is None:
        raise WireRefusal("malformed", body="not a JSON object")
    return found


def _envelope(line: bytes) -> dict[str, Any]:
    envelope = _object(line)
    if "v" not in envelope:
        raise WireRefusal("malformed", v=["required"])
    if envelope["v"] != VERSION or isinstance(envelope["v"], bool):
        raise WireRefusal("protocol", protocols=[VERSION])
    return envelope


def _speaks_for(envelope: dict[str, Any], device: str) -> None:
    named = envelope.get("device")
    if isinstance(named, str) and named != device:
        raise WireRefusal("device_mismatch")


def _load(schema: Schema, message: dict[str, Any]) -> dict[str, Any]:
    try:
        return cast(dict[str, Any], schema.load(message))
    except ValidationError as problem:
        raise WireRefusal("malformed", **problem.messages_dict) from None


def _within(what: str, size: int, limit: int) -> None:
    if size > limit:
        raise WireRefusal("push_too_large", **{what: limit})


def _op(header: dict[str, Any], line: bytes) -> Op:
    _within("body_bytes", len(line), MAX_BODY_BYTES)
    if len(line) != header["bytes"] or hashlib.sha256(line).hexdigest() != header["sha256"]:
        raise WireRefusal("malformed", op=header["op"], sha256=["digest or length differ"])
    eff = {name: datetime.fromisoformat(at) for name, at in (header.get("eff") or {}).items()}
    return Op(
        header["op"], header["kind"], header["ver"], header["sha256"], tuple(header.get("files") or ()), eff, line
    )


def _wrong_in_header(header: Any) -> str | None:
    """The name of the first key of an op's header that is missing or not what it must be."""
    if not isinstance(header, dict):
        return "not an object"
    for key, is_right in _HEADER.items():
        if not is_right(header.get(key)):
            return key
    return None


def _is_text(pattern: re.Pattern[str]) -> Any:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_count(least: int) -> Any:
    return lambda value: type(value) is int and least <= value <= _LARGEST


def _are_files(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(f, str) and is_sha256(f) for f in value))


def _are_times(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict):
        return False
    try:
        return all(datetime.fromisoformat(at).tzinfo is not None for at in value.values())
    except (TypeError, ValueError):
        return False


_HEADER = {
    "op": _is_text(_NAME), "kind": _is_text(_KIND), "ver": _is_count(1), "sha256": _is_text(_SHA256),
    "bytes": _is_count(0), "files": _are_files, "eff": _are_times,
}  # fmt: skip


def _point(value: Any) -> Point:
    if (
        isinstance(value, list) and len(value) == 2 and type(value[0]) is int and 0 <= value[0] <= _LARGEST
        and isinstance(value[1], str) and len(value[1]) <= 64 and value[1].isascii()
    ):  # fmt: skip
        return (value[0], value[1])
    raise ValidationError("a point: [seq, tag]")


def _seen(point: Point | None) -> Point:
    return point or NOTHING
