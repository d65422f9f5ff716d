"""A file that comes in by two presses: read and shown first, taken in by the second.

Between the two it waits in the data folder; it is gone afterwards, when somebody thinks better of it, and in an hour.
A blueprint that takes one in calls its pages `upload` (choose a file) and `report` (what it would do).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from flask import current_app, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage

from fieldapp.errors import Refusal
from fieldapp.forms import take_refusal

FOLDER = "uploads"
KEPT_S = 3600
LONGEST_NAME = 120

Kept = dict[str, str]
"""What is remembered of a file that waits: "token", "name" (the file's own, for messages), and what was kept beside."""
View = Callable[[], ResponseReturnValue]


def keep_readable(key: str, form: FlaskForm, read: Callable[[Kept], object], **about: str) -> bool:
    """Let the form's file wait, if it can be read; else the form says why it cannot.

    key: which press it waits for. read: raises Refusal. about: what is remembered beside it.
    """
    kept = _keep(key, form["file"].data, about)
    try:
        read(kept)
    except Refusal as refusal:
        drop(key)
        take_refusal(form, refusal)
        return False
    return True


def of_waiting(key: str) -> Callable[[Callable[[Kept], ResponseReturnValue]], View]:
    """A page about the file that waits in this browser; where it waits no longer, it is to be chosen again."""

    def decorate(page: Callable[[Kept], ResponseReturnValue]) -> View:
        @wraps(page)
        def found() -> ResponseReturnValue:
            kept: Kept | None = session.get(key)
            if kept and path(kept).is_file():
                return page(kept)
            flash("Tệp chờ xác nhận không còn. Hãy chọn lại tệp.", "warn")
            return redirect(url_for(".upload"))

        return found

    return decorate


def tell(key: str, **about: str) -> None:
    """Remember more beside the file that waits."""
    session[key] = {**session[key], **about}


def path(kept: Kept) -> Path:
    return _folder() / kept["token"]


def drop(key: str) -> None:
    kept = session.pop(key, None)
    if kept:
        path(kept).unlink(missing_ok=True)


def let_go(key: str) -> ResponseReturnValue:
    """Somebody thought better of it."""
    drop(key)
    flash("Đã bỏ tệp, không nhập gì.")
    return redirect(url_for(".upload"))


def _keep(key: str, file: FileStorage, about: dict[str, str]) -> Kept:
    _drop_old()
    token = secrets.token_hex(16)
    file.save(_folder() / token)
    name = Path((file.filename or "").replace("\\", "/")).name or "tệp"
    kept = {"token": token, "name": name[:LONGEST_NAME], **about}
    session[key] = kept
    return kept


def _folder() -> Path:
    folder = Path(current_app.config["DATA_FOLDER"]) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _drop_old() -> None:
    for file in _folder().iterdir():
        if file.stat().st_mtime < time.time() - KEPT_S:
            file.unlink(missing_ok=True)
