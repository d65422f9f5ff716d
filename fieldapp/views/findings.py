"""Tồn tại: shortcomings that wait for the owner, overdue first, by establishment."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from wtforms import SelectField

from fieldapp import areas, establishments, evidence, findings, inspections, people, standing
from fieldapp.errors import Refusal
from fieldapp.exporting import findings as findings_list
from fieldapp.findings import Finding
from fieldapp.forms import FindingEvent
from fieldapp.standing import Standing
from fieldapp.views import access
from fieldapp.views.listing import send
from fieldapp.views.narrowing import Narrowed, narrow
from fieldapp.views.request import CASE_ROLES, OFFICE_ROLES, account, actor, db, for_roles, now, today, writing
from sync import signed, stamps
from sync.errors import WireRefusal
from sync.files import MAX_FILE_BYTES
from sync.kinds import Carrier

blueprint = Blueprint("findings", __name__)
ONLY = {
    "overdue": "Quá hạn", "due_soon": "Đến hạn trong 7 ngày", "submitted": "Chờ xác nhận", "urgent": "Khẩn",
    "later": "Chưa đến hạn",
}  # fmt: skip
SAID = {
    "evidence": "Đã ghi minh chứng.", "closed": "Đã xác nhận khắc phục xong.", "extended": "Đã gia hạn.",
    "referred": "Đã ghi là chuyển cơ quan có thẩm quyền.", "reopened": "Đã mở lại.",
}  # fmt: skip


@blueprint.url_value_preprocessor
def _room_for_photos(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A camera's own photos are larger than what is kept of them. Set before anything reads the form."""
    if endpoint == "findings.note_event":
        request.max_content_length = 8 * MAX_FILE_BYTES


@blueprint.teardown_request
def _close_uploads(_problem: BaseException | None) -> None:
    request.close()


@blueprint.get("/findings")
@for_roles(*CASE_ROLES)
def still_open() -> ResponseReturnValue:
    shown = _narrowed()
    groups = [
        (pairs[0][0], [finding for _, finding in pairs])
        for pairs in (list(of) for _, of in groupby(shown.rows, key=lambda pair: pair[0].establishment.id))
    ]
    places = len({finding.establishment for _, finding in shown.every})
    return render_template("findings/open.html", list=shown, groups=groups, places=places)


def _narrowed() -> Narrowed[tuple[Standing, Finding]]:
    """What waits, with its establishment: those of one establishment together, the soonest due first."""
    standings = standing.every(db(), today(), sorted({finding.establishment for finding in findings.still_open(db())}))
    standings.sort(key=lambda row: (row.open[0].due_on, row.establishment.code))
    every = [(row, finding) for row in standings for finding in row.open]
    return narrow("findings.still_open", every, ONLY, lambda pair, only: _is(*pair, only), lambda pair: _says(*pair))


def _says(row: Standing, finding: Finding) -> str:
    e = row.establishment
    return f"{e.code} {e.name} {e.address} {row.area} {finding.item} {finding.text} {finding.note}"


@blueprint.get("/findings/export.<any(csv, xlsx):form>")
@for_roles(*OFFICE_ROLES)
def export(form: str) -> Response:
    """What the list shows; where nothing narrows it, this year's closed ones too."""
    shown = _narrowed()
    ids = {finding.id for _, finding in shown.found} if shown.only or shown.text else None
    document = findings_list.document(db(), today().year, today(), by=account().name, now=now(), ids=ids)
    return send(document, form, rows=len(document.tables[0].rows))


def _is(row: Standing, finding: Finding, only: str) -> bool:
    match only:
        case "overdue":
            return finding.overdue(row.today)
        case "due_soon":
            return finding in row.due_soon
        case "urgent":
            return finding.urgent
        case "submitted":
            return finding.state == "submitted"
        case _:
            return not finding.overdue(row.today) and finding not in row.due_soon


@blueprint.get("/findings/<uuid:finding_id>")
@for_roles(*CASE_ROLES)
def page(finding_id: Any) -> ResponseReturnValue:
    return _page(findings.read(db(), str(finding_id)), FindingEvent())


def _page(finding: Finding, form: FindingEvent) -> str:
    finding = findings.standing(db(), finding)
    inspection = inspections.read(db(), finding.inspection)
    if account().role == "inspector" and finding.refer:
        raise Refusal("forbidden")
    story = [
        (event, _files(event.id), signed.read(db(), findings.KIND, event.id))
        for event in findings.events(db(), finding)
    ]
    return render_template(
        "findings/page.html", f=finding, place=establishments.read(db(), finding.establishment), inspection=inspection,
        opens_record=account().role != "inspector" or inspection.author == account().id, story=story,
        people=people.names(db()), form=form,
    )  # fmt: skip


def _files(event_id: str) -> dict[str, bool]:
    return evidence.arrived(db(), current_app.config["DATA_FOLDER"], findings.KIND, event_id)


@blueprint.post("/findings/<uuid:finding_id>/event")
@for_roles(*OFFICE_ROLES)
def note_event(finding_id: Any) -> ResponseReturnValue:
    """Evidence, closing, an extension, a referral or reopening: one more event, none is ever changed."""
    finding, form = findings.standing(db(), findings.read(db(), str(finding_id))), FindingEvent()
    event = form.event.data
    if not form.validate():
        return _page(finding, form), 422
    try:
        photos = {_taken(file): _known(form.kind, "document") for file in form.files.data or [] if file}
    except (Refusal, WireRefusal) as problem:
        form.files.errors = [Refusal(problem.code).message()]
        return _page(finding, form), 422
    with writing() as tx:
        findings.note_event(
            tx, actor(), finding, event, how=_known(form.how), conclusion=_known(form.conclusion),
            due_on=form.due_on.data if event == "extended" else None, note=(form.note.data or "").strip(),
            document_no=(form.document_no.data or "").strip(), photos=photos,
        )  # fmt: skip
    flash(SAID[event])
    return redirect(url_for(".page", finding_id=finding.id))


def _known(field: SelectField, otherwise: str = "") -> str:
    """What was chosen; a form for another event does not ask."""
    return field.data if field.data in {choice.value for choice in field.choices} else otherwise


def _taken(file: FileStorage) -> str:
    """Keep an uploaded file. Returns its name. Raises Refusal, WireRefusal file_too_large, file_type."""
    data = evidence.cleaned(file.read())
    shelf = evidence.shelf(current_app.config["DATA_FOLDER"])
    name = evidence.name_of(data)
    shelf.take(db(), name, data[: MAX_FILE_BYTES + 1], Carrier(account().id, stamps.OFFICE), now())
    return name


@blueprint.get("/findings/notice/<uuid:establishment_id>")
@for_roles(*CASE_ROLES)
def notice(establishment_id: Any) -> ResponseReturnValue:
    """For paper: what an establishment has still to remedy, and the sheet on which the follow-up is written."""
    place = establishments.read(db(), str(establishment_id))
    asked = [finding for finding in findings.still_open(db(), [place.id]) if not finding.refer]
    access.note("record_printed", "establishment", place.id)
    return render_template(
        "findings/notice.html", place=place, asked=asked, area=areas.names(db()).get(place.area or "", ""),
        records={finding.inspection: inspections.read(db(), finding.inspection) for finding in asked},
    )  # fmt: skip
