"""Every failure answered in words: pages for the office, the one JSON shape for the wire; never a traceback."""

from __future__ import annotations

import logging
import sqlite3

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from fieldapp.errors import CATALOGUE, Refusal, is_full, spoken
from fieldapp.views.request import drop_database

log = logging.getLogger("fieldapp")
_BY_STATUS = {403: "forbidden", 404: "not_found", 405: "not_found", 413: "upload_too_large", 429: "too_many_attempts"}


def install(app: Flask) -> None:
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(sqlite3.OperationalError, _database)
    app.register_error_handler(OSError, _disk)
    app.register_error_handler(Exception, _unexpected)


def on_the_wire() -> bool:
    return request.path.startswith("/sync/")


def refused(refusal: Refusal) -> tuple[str | Response, int]:
    """A refusal as JSON on the wire, as a page in the office."""
    if on_the_wire():
        return jsonify(refusal.on_the_wire()), refusal.entry.status
    return _page(refusal.entry.status, refusal.message(), refusal.entry.retry)


def _http(problem: HTTPException) -> ResponseReturnValue:
    if isinstance(problem.get_response(), Response) and problem.code is not None and problem.code < 400:
        return problem
    code = _BY_STATUS.get(problem.code or 500)
    if code is None:
        said = problem.description or problem.name
        vi = "Máy chủ không hiểu yêu cầu này. Hãy quay lại, tải lại trang rồi làm lại."
        return _in_words(problem.code or 500, "bad_request", said if on_the_wire() else vi, retry=False)
    limit = f"{(request.max_content_length or 0) // 2**20} MiB"
    answer = refused(Refusal(code, limit=limit, wait="5 phút" if spoken() == "vi" else "5 minutes"))
    if retry_after := problem.get_response().headers.get("Retry-After"):
        return *answer, {"Retry-After": retry_after}
    return answer


def _stale_form(problem: CSRFError) -> ResponseReturnValue:
    log.info("form refused: %s", problem.description)
    return _page(400, "Trang đã mở quá lâu nên chưa gửi được. Hãy quay lại, tải lại trang rồi gửi lại.", retry=True)


def _database(problem: sqlite3.OperationalError) -> ResponseReturnValue:
    log.warning("database: %s", problem)
    drop_database()
    answer = refused(Refusal("storage_full" if is_full(problem) else "busy"))
    return *answer, {"Retry-After": "30"}


def _disk(problem: OSError) -> ResponseReturnValue:
    if not is_full(problem):
        return _unexpected(problem)
    log.warning("disk: %s", problem)
    return *refused(Refusal("storage_full")), {"Retry-After": "30"}


def _unexpected(problem: Exception) -> ResponseReturnValue:
    log.exception("unexpected: %s %s", request.method, request.path)
    drop_database()
    return refused(Refusal("unexpected"))


def _in_words(status: int, code: str, message: str, *, retry: bool) -> ResponseReturnValue:
    if on_the_wire():
        return jsonify({"error": {"code": code, "message": message, "retry": retry, "fields": {}}}), status
    return _page(status, message, retry)


def _page(status: int, message: str, retry: bool) -> tuple[str, int]:
    return render_template("failure.html", status=status, message=message, retry=retry), status


assert set(_BY_STATUS.values()) <= set(CATALOGUE)  # noqa: S101  a typo here must not wait for the failure itself
