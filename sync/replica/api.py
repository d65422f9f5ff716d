"""One call to the office's server, and what its answer means: an answer, try again later, or sign in again.

Nothing else ever happens to an outbox. An answer counts only if it is JSON of the expected kind, so that a captive
portal's 200 or a gateway's page changes nothing (invariant C2).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar

import requests

from sync import packing
from sync.history import Point

ROOT = "/sync/v1/"
TIMEOUT_S = 90.0
"""Long enough for a full batch on a poor signal."""


class Response(Protocol):
    """What is asked of an answer. content: unpacked."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def content(self) -> bytes: ...


class Session(Protocol):
    """What is asked of the network: a requests.Session, or whatever stands in for one."""

    def request(
        self, method: str, url: str, *, data: bytes | None, headers: Mapping[str, str], timeout: float,
        allow_redirects: bool,
    ) -> Response: ...  # fmt: skip


@dataclass(frozen=True)
class Answer:
    body: Any


@dataclass(frozen=True)
class Retry:
    """code: of the refusal, or unreachable, timeout, not_our_server, bad_answer. after_s: the patience that the server
    asked for. fields: what an error says about its reason."""

    code: str
    status: int = 0
    after_s: float | None = None
    fields: Any = None


@dataclass(frozen=True)
class SignIn:
    """The server does not know this token, or no longer. What the device holds stays as it is."""


Outcome = Answer | Retry | SignIn
T = TypeVar("T")
Steps = Generator["Request", Outcome, T]
"""A part of the exchange: it yields each call it needs and is sent what came of it. So the same code runs over a
network (`Replica.sync`) and, with anything happening between two steps, in a simulation."""


@dataclass(frozen=True)
class Request:
    """expected: judges the body of an answer. packed: send the body as gzip. raw: the answer is bytes, not JSON. mark:
    of the device, where the body does not tell it."""

    method: str
    path: str
    expected: Callable[[Any], bool]
    token: str | None = None
    body: bytes | None = field(default=None, repr=False)
    content_type: str = "application/json"
    packed: bool = False
    raw: bool = False
    mark: Point | None = None


def call(session: Session, url: str, request: Request) -> Outcome:
    """Call the server at `url`. Never raises for what network and server do."""
    headers = {"Accept": "application/json"}
    if request.token is not None:
        headers["Authorization"] = f"Bearer {request.token}"
    if request.mark is not None:
        headers["Sync-Mark"] = json.dumps(request.mark)
    data = request.body
    if data is not None:
        headers["Content-Type"] = request.content_type
        if request.packed:
            data, headers["Content-Encoding"] = packing.pack(data), "gzip"
    try:
        # a redirect would hand signed records to whoever answered; the server never redirects the wire
        response = session.request(
            request.method, url.rstrip("/") + ROOT + request.path, data=data, headers=headers, timeout=TIMEOUT_S,
            allow_redirects=False,
        )  # fmt: skip
        return judge(request, response.status_code, response.headers, response.content)
    except requests.Timeout:
        return Retry("timeout")
    except (requests.RequestException, OSError):
        return Retry("unreachable")


def judge(request: Request, status: int, headers: Mapping[str, str], content: bytes) -> Outcome:
    """What an answer means."""
    succeeded = 200 <= status < 300
    if succeeded and request.raw:
        return Answer(content) if request.expected(content) else Retry("bad_answer", status)
    body = _read(headers, content)
    if succeeded and body is not _NONE and request.expected(body):
        return Answer(body)
    error = body.get("error") if isinstance(body, dict) else None
    if succeeded or not isinstance(error, dict) or not isinstance(error.get("code"), str):
        return Retry("not_our_server" if body is _NONE else "bad_answer", status, _patience(headers))
    if status == 401 and error["code"] == "sign_in":
        return SignIn()
    return Retry(error["code"], status, _patience(headers), error.get("fields"))


_NONE = object()


def _read(headers: Mapping[str, str], content: bytes) -> Any:
    """The answer's JSON, or _NONE when it is none."""
    if not headers.get("Content-Type", "").startswith("application/json"):
        return _NONE
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return _NONE


def _patience(headers: Mapping[str, str]) -> float | None:
    """Seconds. A date counts from the answer's own, because the device's clock may be years off."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())


# ---- shapes that several answers share ----


def is_point(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and is_count(value[0]) and isinstance(value[1], str)


def is_count(value: Any) -> bool:
    return type(value) is int


def is_instant(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def is_rewind(body: Any, kind: str) -> bool:
    return (
        isinstance(body, dict)
        and body.get("kind") == kind
        and is_point(body.get("rewind"))
        and is_instant(body.get("now"))
    )


def clock_offset_ms(told: str, started: datetime, ended: datetime) -> int:
    """The server's clock minus the device's: its `now` against the middle of the call."""
    between = started + (ended - started) / 2
    return round((datetime.fromisoformat(told) - between.astimezone(UTC)).total_seconds() * 1000)


def points(*some: Point | None) -> list[Any]:
    return [None if one is None else list(one) for one in some]
