"""Nhập từ tệp: a spreadsheet is read, its report shown row by row, and only a second press changes the register.

Between the two presses the file waits in the data folder; it is gone after the import, when somebody thinks better of
it, and after an hour.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from fieldapp.errors import Refusal
from fieldapp.forms import Upload, take_refusal
from fieldapp.importing import Options, Report, establishments, visits
from fieldapp.views.request import OFFICE_ROLES, actor, db, for_roles, today, writing

blueprint = Blueprint("imports", __name__)
FOLDER = "uploads"
KEPT_S = 3600
SHOWN = 200
SUBJECTS: dict[str, Any] = {"establishments": establishments, "visits": visits}
NAMES = {"establishments": "danh sách cơ sở", "visits": "các lượt kiểm tra"}
KEY = "upload"


@blueprint.url_value_preprocessor
def _larger_requests(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Set before anything reads the form, CSRF's check included."""
    request.max_content_length = current_app.config["UPLOAD_BYTES"]


@blueprint.teardown_request
def _close_uploads(_problem: BaseException | None) -> None:
    request.close()


@blueprint.route("/import", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def upload() -> ResponseReturnValue:
    form = Upload()
    if request.method == "GET" and request.args.get("subject") in SUBJECTS:
        form.subject.data = request.args["subject"]
    if form.validate_on_submit():
        _drop_old()
        kept = _keep(form.file.data, form)
        try:
            _read(kept)
        except Refusal as refusal:
            _drop(kept)
            take_refusal(form, refusal)
        else:
            session[KEY] = kept
            return redirect(url_for(".report"))
    limit = current_app.config["UPLOAD_BYTES"] // 2**20
    return render_template("imports/upload.html", form=form, limit=limit)


@blueprint.get("/import/report")
@for_roles(*OFFICE_ROLES)
def report() -> ResponseReturnValue:
    """What the import would do. Nothing has changed yet."""
    kept = _kept()
    if kept is None:
        flash("Tệp chờ xác nhận không còn. Hãy chọn lại tệp.", "warn")
        return redirect(url_for(".upload"))
    return render_template("imports/report.html", r=_read(kept), subject=NAMES[kept["subject"]], shown=SHOWN)


@blueprint.post("/import/confirm")
@for_roles(*OFFICE_ROLES)
def confirm() -> ResponseReturnValue:
    kept = _kept()
    if kept is None:
        flash("Tệp chờ xác nhận không còn. Hãy chọn lại tệp.", "warn")
        return redirect(url_for(".upload"))
    read = _read(kept)
    with writing() as tx:
        done: Report = SUBJECTS[kept["subject"]].apply(tx, actor(), read)
    _drop(kept)
    flash(
        f"Đã nhập {NAMES[kept['subject']]} từ {done.file}: thêm {done.created}, cập nhật {done.updated}, "
        f"giữ nguyên {done.unchanged}."
    )
    return redirect(url_for("establishments.register"))


@blueprint.post("/import/drop")
@for_roles(*OFFICE_ROLES)
def drop() -> ResponseReturnValue:
    kept = _kept()
    if kept:
        _drop(kept)
    flash("Đã bỏ tệp, không nhập gì.")
    return redirect(url_for(".upload"))


def _folder() -> Path:
    folder = Path(current_app.config["DATA_FOLDER"]) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _keep(file: FileStorage, form: Upload) -> dict[str, str]:
    token = secrets.token_hex(16)
    file.save(_folder() / token)
    name = Path((file.filename or "").replace("\\", "/")).name or "tệp"
    return {"token": token, "name": name[:120], "subject": form.subject.data, "sheet": (form.sheet.data or "").strip()}


def _kept() -> dict[str, str] | None:
    kept: dict[str, str] | None = session.get(KEY)
    return kept if kept and (_folder() / kept["token"]).is_file() else None


def _read(kept: dict[str, str]) -> Report:
    with (_folder() / kept["token"]).open("rb") as source:
        found: Report = SUBJECTS[kept["subject"]].read(
            db(), source, kept["name"], today=today(), options=Options(sheet=kept["sheet"])
        )
    return found


def _drop(kept: dict[str, str]) -> None:
    (_folder() / kept["token"]).unlink(missing_ok=True)
    session.pop(KEY, None)


def _drop_old() -> None:
    for file in _folder().iterdir():
        if file.stat().st_mtime < time.time() - KEPT_S:
            file.unlink(missing_ok=True)
