"""Quyết định đối với cơ sở: sanction decisions and their follow-up; and classification, which is restricted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import areas, complexity, establishments, people, sanctions
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.exporting import sanctions as paper
from fieldapp.forms import Reason, take_refusal
from fieldapp.forms.planning import ComplexityForm, SanctionEventForm, SanctionForm, picked
from fieldapp.sanctions import Event, Sanction
from fieldapp.views import access
from fieldapp.views.choosing import places_to_choose
from fieldapp.views.coverage import READERS
from fieldapp.views.listing import send
from fieldapp.views.narrowing import Narrowed, narrow
from fieldapp.views.request import OFFICE_ROLES, account, actor, db, for_roles, now, today, writing

blueprint = Blueprint("sanctions", __name__)
ONLY = {"open": "Chờ hậu kiểm", "overdue": "Quá hạn", "complied": "Đã chấp hành", "ended": "Hủy bỏ, nhập nhầm"}
SOON = timedelta(days=30)


@blueprint.get("/sanctions")
@for_roles(*READERS)
def every() -> ResponseReturnValue:
    shown, places = _narrowed()
    return render_template(
        "sanctions/list.html", list=shown, areas=areas.names(db()), measures=sanctions.MEASURES, places=places,
        states=sanctions.STATES,
    )  # fmt: skip


def _narrowed() -> tuple[Narrowed[Sanction], dict[str, Establishment]]:
    entered = sanctions.entered(db())
    places = {e.id: e for e in establishments.every(db(), {s.establishment for s in entered})}

    def says(s: Sanction) -> str:
        return f"{places[s.establishment].code} {places[s.establishment].name} {s.number} {s.authority}"

    return narrow("sanctions.every", entered, ONLY, _is, says), places


@blueprint.get("/sanctions/export.<any(csv, xlsx):form>")
@for_roles(*OFFICE_ROLES)
def export(form: str) -> Response:
    """The decisions that the list shows."""
    document = paper.document(db(), _narrowed()[0].found, today(), by=account().name, now=now())
    return send(document, form, rows=len(document.tables[0].rows))


def _is(sanction: Sanction, only: str) -> bool:
    match only:
        case "open":
            return sanction.open
        case "overdue":
            return sanction.overdue(today())
        case "complied":
            return sanction.state == "complied"
        case "ended":
            return sanction.state in ("revoked", "voided")
    return True


@blueprint.route("/sanctions/new", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def add() -> ResponseReturnValue:
    form = SanctionForm(due_on=today() + SOON)
    form.establishment.places = places_to_choose()
    if form.validate_on_submit():
        try:
            with writing() as tx:
                made = sanctions.enter(
                    tx, actor(), establishment=form.establishment.chosen or "", number=form.number.data or "",
                    decided_on=picked(form.decided_on), authority=form.authority.data or "",
                    measures=form.measures.data, due_on=picked(form.due_on),
                )  # fmt: skip
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            flash("Đã ghi quyết định.")
            return redirect(url_for(".page", sanction_id=made.id))
    return render_template("sanctions/form.html", form=form), 422 if form.is_submitted() else 200


@blueprint.get("/sanctions/<uuid:sanction_id>")
@for_roles(*READERS)
def page(sanction_id: Any) -> ResponseReturnValue:
    return _page(sanctions.read(db(), str(sanction_id)), SanctionEventForm(formdata=None, happened_on=today()))


def _page(found: Sanction, form: SanctionEventForm) -> str:
    access.note("record_opened", "sanction", found.id)
    return render_template(
        "sanctions/page.html", s=found, form=form, place=establishments.read(db(), found.establishment),
        measures=sanctions.MEASURES, states=sanctions.STATES, events=sanctions.EVENTS, people=people.names(db()),
    )  # fmt: skip


@blueprint.post("/sanctions/<uuid:sanction_id>/event")
@for_roles(*OFFICE_ROLES)
def tell(sanction_id: Any) -> ResponseReturnValue:
    found = sanctions.read(db(), str(sanction_id))
    form = SanctionEventForm()
    if form.validate():
        event = Event(
            form.kind.data,
            picked(form.happened_on),
            form.due_on.data,
            form.document_no.data or "",
            form.reason.data or "",
        )
        try:
            with writing() as tx:
                sanctions.tell(tx, actor(), found.id, event)
        except Refusal as refusal:
            take_refusal(form, refusal, needs={"reason": "Phải ghi lý do."})
        else:
            flash("Đã ghi.")
            return redirect(url_for(".page", sanction_id=found.id))
    return _page(found, form), 422


# ---- classification: leader and officer only ----


@blueprint.get("/complexity")
@for_roles(*OFFICE_ROLES)
def classified() -> ResponseReturnValue:
    found = sorted(complexity.in_force(db(), today()).values(), key=lambda one: one.expires_on)
    access.note("complexity_opened", "list", "complexity")
    return render_template(
        "sanctions/classified.html", found=found, levels=complexity.LEVELS, areas=areas.names(db()),
        places={e.id: e for e in establishments.every(db(), {one.establishment for one in found})},
    )  # fmt: skip


@blueprint.route("/establishments/<uuid:establishment_id>/complexity", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def classify(establishment_id: Any) -> ResponseReturnValue:
    place = establishments.read(db(), str(establishment_id))
    form = ComplexityForm(level="complex", classified_on=today(), expires_on=_in_a_year(today()))
    if form.validate_on_submit():
        try:
            with writing() as tx:
                complexity.classify(
                    tx, actor(), place.id, level=form.level.data, authority=form.authority.data or "",
                    document_no=form.document_no.data or "", classified_on=picked(form.classified_on),
                    expires_on=picked(form.expires_on),
                )  # fmt: skip
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            flash("Đã ghi phân loại.")
            return redirect(url_for(".classify", establishment_id=place.id))
    return _classify_page(place, form), 422 if form.is_submitted() else 200


def _in_a_year(day: date) -> date:
    """The day before the same day next year."""
    same_day = day.replace(year=day.year + 1, day=min(day.day, 28) if day.month == 2 else day.day)
    return same_day - timedelta(days=1)


def _classify_page(place: Establishment, form: ComplexityForm, voids: Mapping[str, Reason] | None = None) -> str:
    """voids: classification id -> the form that voids it, as it was posted."""
    access.note("complexity_opened", "establishment", place.id)
    return render_template(
        "sanctions/classify.html", place=place, form=form, levels=complexity.LEVELS,
        found=complexity.of_establishment(db(), place.id),
        void_form=lambda one: (voids or {}).get(one) or Reason(formdata=None, prefix=f"void-{one}"),
    )  # fmt: skip


@blueprint.post("/establishments/<uuid:establishment_id>/complexity/<uuid:classification_id>/void")
@for_roles(*OFFICE_ROLES)
def unclassify(establishment_id: Any, classification_id: Any) -> ResponseReturnValue:
    place = establishments.read(db(), str(establishment_id))
    form = Reason(prefix=f"void-{classification_id}")
    if not form.validate_on_submit():
        empty = ComplexityForm(formdata=None, classified_on=today(), expires_on=_in_a_year(today()))
        return _classify_page(place, empty, {str(classification_id): form}), 422
    with writing() as tx:
        complexity.void(tx, actor(), str(classification_id), form.reason.data or "")
    flash("Đã hủy phân loại nhập nhầm.")
    return redirect(url_for(".classify", establishment_id=place.id))
