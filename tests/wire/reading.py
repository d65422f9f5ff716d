"""What an answer of the wire says, and two small files to send."""

from __future__ import annotations

import hashlib
from typing import Any

from werkzeug.test import TestResponse

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 500
JPEG_NAME = hashlib.sha256(JPEG).hexdigest()
PNG = b"\x89PNG\r\n\x1a\n" + b"1" * 300
PNG_NAME = hashlib.sha256(PNG).hexdigest()


def code(answer: TestResponse) -> tuple[int, str]:
    """Status and error code of a failure, in the one shape that every failure has."""
    assert answer.mimetype == "application/json", answer.text
    error = answer.json["error"]
    assert error.keys() == {"code", "message", "retry", "fields"}
    assert isinstance(error["retry"], bool)
    assert isinstance(error["fields"], dict)
    assert error["message"]
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, error["code"]


def verdict(receipt: dict[str, Any]) -> tuple[str, str | None]:
    return receipt["status"], receipt["why"]


def put(changes: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [change for change in changes if change["kind"] == kind and change["type"] == "put"]
