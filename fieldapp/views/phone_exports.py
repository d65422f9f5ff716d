"""Tệp dự phòng: what a phone could not send comes in as a sealed file, and every part of it gets its receipt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from fieldapp.errors import Refusal
from fieldapp.forms import PhoneExport, take_refusal
from fieldapp.importing import phone_export
from fieldapp.views.causes import WHY
from fieldapp.views.request import OFFICE_ROLES, actor, db, for_roles

blueprint = Blueprint("phone_exports", __name__)
LARGEST_BYTES = 2**30
"""Some thousand photos: more than a phone lets an app hold."""
STATUSES = {
    "applied": ("ok", "yes", "đã ghi vào sổ"), "already_here": ("ok", "yes", "đã có từ trước"),
    "quarantined": ("due", "warn", "chờ văn phòng xem"), "erased": ("no", "off", "đã xóa theo quy định lưu trữ"),
}  # fmt: skip


@blueprint.url_value_preprocessor
def _larger_requests(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Set before anything reads the form, CSRF's check included."""
    request.max_content_length = LARGEST_BYTES


@blueprint.teardown_request
def _close_uploads(_problem: BaseException | None) -> None:
    request.close()


@blueprint.route("/import/phone", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def upload() -> ResponseReturnValue:
    form, taken = PhoneExport(), None
    if form.validate_on_submit():
        name = Path((form.file.data.filename or "").replace("\\", "/")).name[:120] or "tệp"
        try:
            taken = phone_export.take_in(
                db(), current_app.config["DATA_FOLDER"], form.file.data.stream, name,
                actor=actor(), clock=current_app.config["CLOCK"],
            )  # fmt: skip
        except Refusal as refusal:
            take_refusal(form, refusal)
    return render_template(
        "phone_exports/upload.html", form=form, taken=taken, kind_name=phone_export.kind_name, statuses=STATUSES,
        why=WHY,
    )  # fmt: skip
