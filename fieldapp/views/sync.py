"""The wire under /sync/v1: reads a message, asks the engine, sends its answer. The contract: sync/PROTOCOL.md.

Bearer tokens instead of cookies, so there is no form token that could grow stale in an outbox. Every failure is the one
JSON shape (views/failures.py).
"""

from __future__ import annotations

import json
import logging
import sqlite3
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import BadRequest

from fieldapp import drafts, evidence, exchange, people
from fieldapp.errors import Refusal
from fieldapp.exchange import inbox
from fieldapp.views import failures
from fieldapp.views.limits import attempts_on, failed, limiter, sign_in_limit
from fieldapp.views.request import db, now, today, unit, writing
from sync import feed, history, packing, wire
from sync import receive as receiving
from sync.errors import WireRefusal
from sync.files import MAX_FILE_BYTES, Shelf, may_open
from sync.history import Point, Transaction
from sync.kinds import Carrier, Kind

log = logging.getLogger("fieldapp")
blueprint = Blueprint("sync", __name__, url_prefix="/sync/v1")

NOTED_EVERY = timedelta(minutes=5)
_WORTH_PACKING = 1000
_PACKING_SLACK = 2**16  # what cannot be compressed grows a little when packed
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


# ---- the calls ----


def _who_enrols() -> str:
    return attempts_on(_enrolment().get("username", ""))


def _enrolment() -> dict[str, str]:
    """What is asked, read once for the limit and once for the answer. Raises WireRefusal malformed."""
    return wire.read_enrol(_unpacked(request.get_data(), wire.MAX_MESSAGE_BYTES))


@blueprint.post("/devices")
@limiter.limit(sign_in_limit, deduct_when=failed)
@limiter.limit(sign_in_limit, key_func=_who_enrols, deduct_when=failed)
def enrol() -> ResponseReturnValue:
    """Sign in on a phone: a token for this device and person."""
    asked = _enrolment()
    by_password = "code" not in asked
    account = people.authenticate(db(), asked["username"], asked["password"]) if by_password else None
    with writing() as tx:
        account = account or people.redeem_code(tx, asked["code"])
        token = people.enrol(
            tx, account, device=asked["device"], device_name=asked["device_name"], app=asked["app"]
        )  # fmt: skip
    user = {name: getattr(account, name) for name in ("id", "username", "name", "role", "body", "position")}
    answer = {"device": asked["device"], "token": token, "user": user, "unit": exchange.unit_body(db(), today())}
    return _json(answer), 201


@blueprint.post("/push")
def push() -> ResponseReturnValue:
    carrier = _carrier()
    message = wire.read_push(_body(wire.MAX_PUSH_BYTES), carrier.device)
    return _json(receiving.receive(db(), message, carrier, kinds=_kinds(), shelf=_files(), now=now()))


@blueprint.post("/pull")
def pull() -> ResponseReturnValue:
    carrier = _not_revoked(_carrier())
    message = wire.read_pull(_body(wire.MAX_MESSAGE_BYTES), carrier.device)
    if exchange.scope_moved(db(), today()):
        _beside(lambda tx: exchange.tell_scope(tx, today()))
    _tidy_daily()
    if request.accept_encodings["gzip"]:
        page = feed.packed_page(
            db(), message, carrier, kinds=_kinds(), now=now(), scope=exchange.scope(carrier, today()),
            remembered=current_app.extensions.setdefault("fieldapp_pages", feed.Remembered()),
        )  # fmt: skip
        answer, more = Response(page.data, mimetype="application/json"), page.more
        answer.headers["Content-Encoding"] = "gzip"
    else:
        plain = feed.page(db(), message, carrier, kinds=_kinds(), now=now())
        answer, more = _json(plain), plain if plain.get("more") else None
    if more:  # the phone can ask for the next page while this one is still on its way
        answer.headers["Sync-Next"] = json.dumps({"cursor": more["cursor"], "mark": more["mark"]})
    return answer


@blueprint.post("/files/have")
def files_wanted() -> ResponseReturnValue:
    _carrier()
    asked = wire.read_have(_body(wire.MAX_MESSAGE_BYTES))
    missing = _files().missing(db(), asked)
    wanted = [sha256 for sha256 in dict.fromkeys(asked) if sha256 in missing]
    return _json({"missing": wanted, "seq": history.head(db())[0], "mark": _head_beyond_mark()})


@blueprint.put("/files/<sha256>")
def take_file(sha256: str) -> ResponseReturnValue:
    carrier = _carrier()
    if not wire.is_sha256(sha256):
        raise Refusal("not_found")
    stored, is_new = _files().take(db(), sha256, _body(MAX_FILE_BYTES), carrier, now())
    answer = {
        "sha256": sha256, "seq": stored.seq, "mark": _head_beyond_mark(), "safe": history.safe(db()),
        "now": history.instant(now()),
    }  # fmt: skip
    return _json(answer | ({"revoked": True} if carrier.revoked else {})), 201 if is_new else 200


@blueprint.get("/files/<sha256>")
def show_file(sha256: str) -> ResponseReturnValue:
    carrier = _not_revoked(_carrier())
    stored = _files().find(db(), sha256) if wire.is_sha256(sha256) else None
    if stored is None:
        raise Refusal("not_found")
    if not may_open(db(), sha256, carrier, _kinds()):
        raise Refusal("forbidden")
    return Response(_files().path(sha256).read_bytes(), mimetype=stored.media_type)


@blueprint.get("/status")
def status() -> ResponseReturnValue:
    carrier = _carrier()
    answer = {
        "protocols": [wire.VERSION], "now": history.instant(now()), "mark": list(history.head(db())),
        "safe": history.safe(db()),
    }  # fmt: skip
    return _json(answer | ({"revoked": True} if carrier.revoked else {}))


@blueprint.route("/<path:rest>", methods=_METHODS)
def nothing_here(rest: str) -> ResponseReturnValue:
    raise Refusal("not_found")


# ---- what every call needs ----


def _carrier() -> Carrier:
    """Whom the token speaks for. Raises Refusal sign_in."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    bearer = people.bearer_of(db(), token.strip()) if scheme.lower() == "bearer" else None
    if bearer is None:
        raise Refusal("sign_in")
    _note_seen(bearer.device)
    return Carrier(bearer.account.id, bearer.device, bearer.account.role, bearer.revoked)


def _head_beyond_mark() -> Point | None:
    """With what is said of files: the head, or None where the device's mark is of another history (invariant S3)."""
    return history.head_beyond(db(), wire.read_mark(request.headers.get("Sync-Mark", '[0, ""]')))


def _not_revoked(carrier: Carrier) -> Carrier:
    if carrier.revoked:
        raise Refusal("device_revoked")
    return carrier


def _note_seen(device: str) -> None:
    """The office sees when a phone last came by; to the minute is enough and spares a commit for each call."""
    noted: dict[str, datetime] = current_app.extensions.setdefault("fieldapp_seen", {})
    moment = now()
    if device not in noted or abs(moment - noted[device]) >= NOTED_EVERY:
        _beside(lambda tx: people.note_seen(tx, device))
        noted[device] = moment


def _tidy_daily() -> None:
    """What the retention rules erase by time alone goes on the first pull of a day."""
    done: dict[str, date] = current_app.extensions.setdefault("fieldapp_tidied", {})
    if done.get("on") != today():
        done["on"] = today()
        _beside(_tidy)


def _tidy(tx: Transaction) -> None:
    before = drafts.outlived(tx)
    inbox.forget_drafts(tx, before)
    drafts.tidy(tx, _files(), before)


def _beside(write: Callable[[Transaction], None]) -> None:
    """Write something that the answer does not depend on: a full disk must not keep phones from reading."""
    try:
        with writing() as tx:
            write(tx)
    except sqlite3.OperationalError as problem:
        log.warning("not written: %s", problem)


def _kinds() -> dict[str, Kind]:
    return exchange.kinds(unit(), now())


def _files() -> Shelf:
    return evidence.shelf(current_app.config["DATA_FOLDER"])


def _body(limit: int) -> bytes:
    """The request's body, unpacked, cut one byte past the limit."""
    request.max_content_length = sys.maxsize  # bounded here, so that the refusal is the wire's own
    most = limit + _PACKING_SLACK
    if request.content_length is not None:  # then no more room is made than there is to read
        most = min(most, request.content_length)
    pieces, left = [], most
    while left and (piece := request.stream.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return _unpacked(b"".join(pieces), limit)


def _unpacked(packed: bytes, limit: int) -> bytes:
    return packing.unpack(packed, request.headers.get("Content-Encoding", "").strip().lower(), limit)


def _json(answer: dict[str, Any]) -> Response:
    return Response(wire.write_object(answer), mimetype="application/json")


@blueprint.after_request
def _finish(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if response.mimetype == "application/json":
        response.vary.add("Accept-Encoding")
        packed = "Content-Encoding" in response.headers
        if not packed and request.accept_encodings["gzip"] and len(response.get_data()) >= _WORTH_PACKING:
            response.set_data(packing.pack(response.get_data()))
            response.headers["Content-Encoding"] = "gzip"
    return response


# ---- failures ----


@blueprint.errorhandler(WireRefusal)
def _refused(problem: WireRefusal) -> ResponseReturnValue:
    return failures.refused(Refusal(problem.code, problem.fields))


@blueprint.errorhandler(BadRequest)
def _cut_off(_problem: BadRequest) -> ResponseReturnValue:
    return failures.refused(Refusal("malformed"))


@blueprint.errorhandler(RateLimitExceeded)
def _too_many(_problem: RateLimitExceeded) -> ResponseReturnValue:
    limit = limiter.current_limit
    wait_s = max(1, int(limit.reset_at - time.time())) if limit else 60
    response = current_app.make_response(failures.refused(Refusal("too_many_attempts", wait=f"{wait_s} s")))
    response.headers["Retry-After"] = str(wait_s)
    return response
