"""Nhập từ tệp: a spreadsheet is read, its report shown row by row, and only a second press changes the register."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp.errors import Refusal
from fieldapp.forms import Upload
from fieldapp.importing import Options, Report, establishments, visits
from fieldapp.importing import words as import_words
from fieldapp.views import uploads, words
from fieldapp.views.request import OFFICE_ROLES, actor, db, for_roles, today, unit, writing
from fieldapp.views.uploads import Kept

blueprint = Blueprint("imports", __name__)
SHOWN = 200
SUBJECTS: dict[str, Any] = {"establishments": establishments, "visits": visits}
NAMES = {"establishments": "danh sách cơ sở", "visits": "các lượt kiểm tra"}
COLUMNS = {"establishments": import_words.ESTABLISHMENT_COLUMNS, "visits": import_words.VISIT_COLUMNS}
AFTERWARDS = {"establishments": "establishments.register", "visits": "ledger.year"}
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
    about = {"subject": form.subject.data, "sheet": (form.sheet.data or "").strip(), "mapping": "{}"}
    if form.validate_on_submit() and uploads.keep_readable(KEY, form, _read, **about):
        return redirect(url_for(".report"))
    limit = current_app.config["UPLOAD_BYTES"] // 2**20
    return render_template("imports/upload.html", form=form, limit=limit)


@blueprint.get("/import/report")
@for_roles(*OFFICE_ROLES)
@uploads.of_waiting(KEY)
def report(kept: Kept) -> ResponseReturnValue:
    """What the import would do. Nothing has changed yet."""
    found = _read(kept)
    return render_template(
        "imports/report.html", r=found, subject=NAMES[kept["subject"]], shown=SHOWN, fields=_fields(kept),
        strange=[header for header in found.ignored_columns if not import_words.numbers_rows(header)],
    )  # fmt: skip


def _fields(kept: Kept) -> dict[str, str]:
    """Field -> what it is called, in the order of the subject."""
    called = {name: phrases[0] for name, phrases in COLUMNS[kept["subject"]].items()}
    return {name: words.capital(unit().area_word if name == "area" else said) for name, said in called.items()}


@blueprint.post("/import/columns")
@for_roles(*OFFICE_ROLES)
@uploads.of_waiting(KEY)
def columns(kept: Kept) -> ResponseReturnValue:
    """Which column is which field, where the reading was wrong or gave up. The file is read again."""
    understood, known = _read(kept).columns, _fields(kept)
    said = zip(request.form.getlist("column"), request.form.getlist("field"), strict=False)
    changed = {header: name for header, name in said if name in {"", *known} and name != understood.get(header, "")}
    mapping = json.loads(kept["mapping"])
    for header, name in changed.items():  # a field has one column: the one that was told last
        mapping |= {other: "" for other, was in {**understood, **mapping}.items() if name and was == name}
        mapping[header] = name
    try:
        _read({**kept, "mapping": json.dumps(mapping)})
    except Refusal as refusal:
        flash(refusal.message(), "warn")
    else:
        uploads.tell(KEY, mapping=json.dumps(mapping, ensure_ascii=False))
    return redirect(url_for(".report"))


@blueprint.post("/import/confirm")
@for_roles(*OFFICE_ROLES)
@uploads.of_waiting(KEY)
def confirm(kept: Kept) -> ResponseReturnValue:
    read = _read(kept)
    with writing() as tx:
        done: Report = SUBJECTS[kept["subject"]].apply(tx, actor(), read)
    uploads.drop(KEY)
    flash(
        f"Đã nhập {NAMES[kept['subject']]} từ {done.file}: thêm {done.created}, cập nhật {done.updated}, "
        f"giữ nguyên {done.unchanged}."
    )
    return redirect(url_for(AFTERWARDS[kept["subject"]]))


@blueprint.post("/import/drop")
@for_roles(*OFFICE_ROLES)
def drop() -> ResponseReturnValue:
    return uploads.let_go(KEY)


def _read(kept: Kept) -> Report:
    with uploads.path(kept).open("rb") as source:
        found: Report = SUBJECTS[kept["subject"]].read(
            db(),
            source,
            kept["name"],
            today=today(),
            options=Options(kept["sheet"], mapping=json.loads(kept["mapping"])),
        )
    return found
