"""Nhập từ tệp: a spreadsheet is read, its report shown row by row, and only a second press changes the register."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp.errors import Refusal
from fieldapp.forms import Upload, take_refusal
from fieldapp.importing import Options, Report, establishments, visits
from fieldapp.views import uploads
from fieldapp.views.request import OFFICE_ROLES, actor, db, for_roles, today, writing

blueprint = Blueprint("imports", __name__)
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
        kept = uploads.keep(KEY, form.file.data, subject=form.subject.data, sheet=(form.sheet.data or "").strip())
        try:
            _read(kept)
        except Refusal as refusal:
            uploads.drop(KEY)
            take_refusal(form, refusal)
        else:
            return redirect(url_for(".report"))
    limit = current_app.config["UPLOAD_BYTES"] // 2**20
    return render_template("imports/upload.html", form=form, limit=limit)


@blueprint.get("/import/report")
@for_roles(*OFFICE_ROLES)
def report() -> ResponseReturnValue:
    """What the import would do. Nothing has changed yet."""
    kept = uploads.waiting(KEY)
    if kept is None:
        flash("Tệp chờ xác nhận không còn. Hãy chọn lại tệp.", "warn")
        return redirect(url_for(".upload"))
    return render_template("imports/report.html", r=_read(kept), subject=NAMES[kept["subject"]], shown=SHOWN)


@blueprint.post("/import/confirm")
@for_roles(*OFFICE_ROLES)
def confirm() -> ResponseReturnValue:
    kept = uploads.waiting(KEY)
    if kept is None:
        flash("Tệp chờ xác nhận không còn. Hãy chọn lại tệp.", "warn")
        return redirect(url_for(".upload"))
    read = _read(kept)
    with writing() as tx:
        done: Report = SUBJECTS[kept["subject"]].apply(tx, actor(), read)
    uploads.drop(KEY)
    flash(
        f"Đã nhập {NAMES[kept['subject']]} từ {done.file}: thêm {done.created}, cập nhật {done.updated}, "
        f"giữ nguyên {done.unchanged}."
    )
    return redirect(url_for("establishments.register"))


@blueprint.post("/import/drop")
@for_roles(*OFFICE_ROLES)
def drop() -> ResponseReturnValue:
    uploads.drop(KEY)
    flash("Đã bỏ tệp, không nhập gì.")
    return redirect(url_for(".upload"))


def _read(kept: dict[str, str]) -> Report:
    with uploads.path(kept).open("rb") as source:
        found: Report = SUBJECTS[kept["subject"]].read(
            db(), source, kept["name"], today=today(), options=Options(sheet=kept["sheet"])
        )
    return found
