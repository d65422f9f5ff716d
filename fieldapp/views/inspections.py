"""Kiểm tra: what waits to be read, a year's records, one record, the decision about it, and its printed sheet."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import areas, establishments, inspections, people
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.exporting import inspections as inspections_list
from fieldapp.exporting import record
from fieldapp.forms import Decision, SettledDay, take_refusal
from fieldapp.inspections import Inspection
from fieldapp.views import access, listing, records
from fieldapp.views.asked import asked_year
from fieldapp.views.listing import send
from fieldapp.views.narrowing import Narrowed, narrow
from fieldapp.views.request import CASE_ROLES, OFFICE_ROLES, account, actor, db, for_roles, now, writing

blueprint = Blueprint("inspections", __name__)
SAID = {
    "accepted": "Đã chấp nhận {number}.",
    "returned": "Đã trả lại {number} cho người lập. Biên bản vẫn được tính cho đến khi bị hủy hoặc được thay.",
    "voided": "Đã hủy {number}. Biên bản không được tính nữa, bản gốc vẫn đọc được.",
}
ONLY = {
    "received": "Chờ xem",
    "accepted": "Đã chấp nhận",
    "returned": "Đã trả lại",
    "voided": "Đã hủy",
    "noncompliant": "Có mục không đạt",
    "attempts": "Không tính",
    "skewed": "Đồng hồ lệch",
}


def _mine(found: list[Inspection]) -> list[Inspection]:
    """An inspector reads his or her own records here; everybody else the commune's."""
    return [i for i in found if account().role != "inspector" or i.author == account().id]


def _readable(inspection_id: Any) -> Inspection:
    found = inspections.read(db(), str(inspection_id))
    if not _mine([found]):
        raise Refusal("forbidden")
    return found


@blueprint.get("/inspections")
@for_roles(*CASE_ROLES)
def waiting() -> ResponseReturnValue:
    """The first of those that wait, or the whole year where none does or nobody here decides."""
    queue = _queue()
    if not queue:
        return redirect(url_for(".of_year"))
    return redirect(url_for(".page", inspection_id=queue[0].id))


@blueprint.get("/inspections/year")
@for_roles(*CASE_ROLES)
def of_year() -> ResponseReturnValue:
    year = asked_year()
    shown, places = _narrowed(year)
    return render_template(
        "inspections/year.html", year=year, list=shown, places=places, areas=areas.names(db()),
        people=people.names(db()),
    )  # fmt: skip


def _narrowed(year: int) -> tuple[Narrowed[Inspection], dict[str, Establishment]]:
    every = _mine(inspections.in_year(db(), year))
    places = {e.id: e for e in establishments.every(db(), {i.establishment for i in every})}

    def says(i: Inspection) -> str:
        return f"{i.number} {places[i.establishment].name}"

    return narrow("inspections.of_year", every, ONLY, _is, says, year=year), places


@blueprint.get("/inspections/export.<any(csv, xlsx):form>")
@for_roles(*OFFICE_ROLES)
def export(form: str) -> Response:
    """The records of a year that the list shows."""
    year = asked_year()
    ids = {i.id for i in _narrowed(year)[0].found}
    document = inspections_list.document(db(), year, by=account().name, now=now(), ids=ids)
    return send(document, form, rows=len(document.tables[0].rows))


def _is(i: Inspection, only: str) -> bool:
    match only:
        case "noncompliant":
            return i.noncompliant > 0 and i.stands
        case "attempts":
            return i.outcome != "conducted" or i.kind == "follow_up" or i.mode != "on_site"
        case "skewed":
            return i.skewed
        case "received":
            return i.state == "received" and i.amended_by is None
        case "accepted" | "returned" | "voided":
            return i.state == only
    return True


def _queue() -> list[Inspection]:
    """What waits for whoever decides here."""
    return inspections.waiting(db()) if account().role in OFFICE_ROLES else []


@blueprint.get("/inspections/<uuid:inspection_id>")
@for_roles(*CASE_ROLES)
def page(inspection_id: Any) -> ResponseReturnValue:
    found = _readable(inspection_id)
    access.note("record_opened", "inspection", found.id)
    return _page(found, Decision())


def _page(found: Inspection, form: Decision, settling: SettledDay | None = None) -> str:
    queue = _queue()
    places = {e.id: e for e in establishments.every(db(), {i.establishment for i in queue})}
    order = [i.id for i in queue]
    at = order.index(found.id) if found.id in order else -1
    return render_template(
        "inspections/page.html", s=records.sheet(found), form=form,
        settling=settling or SettledDay(day=found.inspected_on), queue=queue, places=places, areas=areas.names(db()),
        people=people.names(db()), tones=records.TONES, remedy_tones=records.REMEDY_TONES,
        following=order[at + 1] if 0 <= at + 1 < len(order) else None, preceding=order[at - 1] if at > 0 else None,
    )  # fmt: skip


@blueprint.post("/inspections/<uuid:inspection_id>/decision")
@for_roles(*OFFICE_ROLES)
def decide(inspection_id: Any) -> ResponseReturnValue:
    found = inspections.read(db(), str(inspection_id))
    form = Decision()
    state = request.form.get("decision", "")
    remark = (form.remark.data or "").strip()
    if state not in SAID:
        raise Refusal("not_found")
    valid = form.validate()
    if valid and state != "accepted" and not remark:
        form.remark.errors = ["Phải ghi điều cần bổ sung." if state == "returned" else "Phải ghi lý do hủy."]
        valid = False
    if not valid:
        return _page(found, form), 422
    after = _after(found)
    with writing() as tx:
        if state == "accepted":
            inspections.accept(tx, actor(), found.id)
        elif state == "returned":
            inspections.send_back(tx, actor(), found.id, remark)
        else:
            inspections.void(tx, actor(), found.id, remark)
    flash(SAID[state].format(number=found.number))
    return redirect(url_for(".page", inspection_id=after or found.id))


@blueprint.post("/inspections/<uuid:inspection_id>/day")
@for_roles(*OFFICE_ROLES)
def settle_day(inspection_id: Any) -> ResponseReturnValue:
    """The office holds on which day it took place, where the phone's clock was wrong."""
    found, form = inspections.read(db(), str(inspection_id)), SettledDay()
    day = form.day.data
    if form.validate() and day:
        try:
            with writing() as tx:
                inspections.settle_day(tx, actor(), found.id, day, form.reason.data or "")
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            flash(f"{found.number}: ngày kiểm tra là {day:%d/%m/%Y}. Bản đã ký không đổi.")
            return redirect(url_for(".page", inspection_id=found.id))
    return _page(found, Decision(), form), 422


def _after(found: Inspection) -> str | None:
    """The one to read next: that which followed in the queue, else the first."""
    order = [i.id for i in inspections.waiting(db())]
    if found.id not in order:
        return None
    rest = order[order.index(found.id) + 1 :] + order[: order.index(found.id)]
    return rest[0] if rest else None


@blueprint.get("/inspections/<uuid:inspection_id>/print")
@for_roles(*CASE_ROLES)
def paper(inspection_id: Any) -> ResponseReturnValue:
    found = _readable(inspection_id)
    access.note("record_printed", "inspection", found.id)
    return render_template(
        "inspections/paper.html", i=found, r=record.content(db(), found), mended=records.mended(found)
    )


@blueprint.get("/inspections/<uuid:inspection_id>/record.docx")
@for_roles(*CASE_ROLES)
def in_word(inspection_id: Any) -> ResponseReturnValue:
    found = _readable(inspection_id)
    data = record.docx(db(), found, templates=current_app.config["DATA_FOLDER"] / "templates")
    access.note("record_printed", "inspection", found.id)
    return listing.download(data, f"{found.number}.docx", listing.DOCX)
