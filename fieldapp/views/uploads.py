"""A file that comes in by two presses: read and shown first, taken in by the second.

Between the two it waits in the data folder; it is gone afterwards, when somebody thinks better of it, and in an hour.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from flask import current_app, session
from werkzeug.datastructures import FileStorage

FOLDER = "uploads"
KEPT_S = 3600
LONGEST_NAME = 120


def keep(key: str, file: FileStorage, **about: str) -> dict[str, str]:
    """Let a file wait. key: which press it waits for. about: what is remembered beside it.

    Returns {"token", "name", **about}; name: the file's own, for messages.
    """
    _drop_old()
    token = secrets.token_hex(16)
    file.save(_folder() / token)
    name = Path((file.filename or "").replace("\\", "/")).name or "tệp"
    told = {"token": token, "name": name[:LONGEST_NAME], **about}
    session[key] = told
    return told


def waiting(key: str) -> dict[str, str] | None:
    """What waits for this press in this browser, or None."""
    told: dict[str, str] | None = session.get(key)
    return told if told and path(told).is_file() else None


def tell(key: str, **about: str) -> None:
    """Remember more beside the file that waits."""
    session[key] = {**session[key], **about}


def path(told: dict[str, str]) -> Path:
    return _folder() / told["token"]


def drop(key: str) -> None:
    told = session.pop(key, None)
    if told:
        path(told).unlink(missing_ok=True)


def _folder() -> Path:
    folder = Path(current_app.config["DATA_FOLDER"]) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _drop_old() -> None:
    for file in _folder().iterdir():
        if file.stat().st_mtime < time.time() - KEPT_S:
            file.unlink(missing_ok=True)
