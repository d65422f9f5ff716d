"""Cơ sở: the register, one establishment's page, adding and editing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import (
    areas,
    audit,
    commitments,
    entities,
    establishments,
    findings,
    inspections,
    people,
    standing,
    visits,
)
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.forms import Reason, take_refusal
from fieldapp.views import editing, listing, words
from fieldapp.views.request import CASE_ROLES, OFFICE_ROLES, account, actor, db, for_roles, today, writing
from sync import stamps

blueprint = Blueprint("establishments", __name__)


@blueprint.get("/establishments")
@for_roles(*CASE_ROLES)
def register() -> ResponseReturnValue:
    shown = listing.of(listing.whole_register(), "establishments.register", contacts=listing.may_see_contacts())
    exports = "establishments.export" if account().role in OFFICE_ROLES else None
    return render_list("establishments/register.html", shown, exports=exports)


@blueprint.get("/establishments/export.<any(csv, xlsx):form>")
@for_roles(*OFFICE_ROLES)
def export(form: str) -> Response:
    shown = listing.of(listing.whole_register(), "establishments.register", contacts=True)
    return listing.as_file(shown, form, "co-so", "Sổ cơ sở")


@blueprint.get("/establishments/choose")
@for_roles(*OFFICE_ROLES)
def choose() -> ResponseReturnValue:
    """What a form offers while one types an establishment: ["CS-001 · Nhà nghỉ Ví Dụ"], at most 20."""
    text = request.args.get("q", "").strip()
    found = establishments.matching(db(), text, limit=20) if text else []
    return jsonify([f"{place.code} · {place.name}" for place in found])


SHAPES = {
    "not_inspected": "none", "overdue": "late", "due_soon": "due", "licence": "later", "twice": "two",
    "identified": "add", "no_commitment": "pledge", "ceased": "off",
}  # fmt: skip


def render_list(template: str, shown: listing.Listing, *, exports: str | None, **context: Any) -> str:
    """A whole page, or only its rows where the page itself asks while one types or scrolls.

    exports: the endpoint that makes a file of the list; None where the account may take none.
    """
    if request.headers.get("X-Part") == "rows":
        template = "establishments/_rows.html"
    return render_template(template, list=shown, exports=exports, quick=standing.QUICK, shapes=SHAPES, **context)


@blueprint.get("/establishments/<uuid:establishment_id>")
@for_roles(*CASE_ROLES)
def page(establishment_id: Any) -> ResponseReturnValue:
    place = establishments.read(db(), str(establishment_id))
    row = standing.every(db(), today(), [place.id])[0]
    own = account().role == "inspector"
    return render_template(
        "establishments/page.html",
        place=place,
        row=row,
        entity=entities.read(db(), place.entity) if place.entity else None,
        siblings=_siblings(place),
        licences=establishments.licences(db(), [place.id]).get(place.id, []),
        visits=visits.of_establishment(db(), place.id),
        inspections={
            i.id: i for i in inspections.of_establishment(db(), place.id) if not own or i.author == account().id
        },
        findings=findings.of_establishment(db(), place.id),
        commitments=commitments.of_establishment(db(), place.id),
        history=[] if own else audit.of_object(db(), "establishment", place.id),
        conflicts=[] if own else stamps.open_conflicts(db(), "establishment", place.id),
        people=people.names(db()),
        deeds=words.DEEDS,
        reason=Reason(),
    )


def _siblings(place: Establishment) -> list[Establishment]:
    """Other establishments of the same business: the one-check-a-year rule counts them together."""
    return [e for e in establishments.of_entity(db(), place.entity) if e.id != place.id] if place.entity else []


@blueprint.route("/establishments/new", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def add() -> ResponseReturnValue:
    form = editing.form_for(None)
    if form.validate_on_submit():
        try:
            with writing() as tx:
                place = establishments.add(tx, actor(), editing.values(tx, form))
                editing.set_licence(tx, form, place.id)
                audit.record(tx, actor(), "establishment_added", "establishment", place.id, code=place.code)
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            flash(f"Đã thêm {place.name}, mã {place.code}.")
            return redirect(url_for(".page", establishment_id=place.id))
    return render_template("establishments/form.html", form=form, place=None, areas=areas.every(db()))


@blueprint.route("/establishments/<uuid:establishment_id>/edit", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def edit(establishment_id: Any) -> ResponseReturnValue:
    place = establishments.read(db(), str(establishment_id))
    form = editing.form_for(place)
    if form.validate_on_submit() and not editing.changed_meanwhile(form, place):
        try:
            with writing() as tx:
                changed = establishments.change(tx, actor(), place.id, editing.touched(form, editing.values(tx, form)))
                licence = editing.set_licence(tx, form, place.id)
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            flash("Đã lưu thay đổi." if changed or licence else "Không có gì thay đổi.")
            return redirect(url_for(".page", establishment_id=place.id))
    return render_template(
        "establishments/form.html", form=form, place=place, areas=areas.every(db()),
        licences=establishments.licences(db(), [place.id]).get(place.id, []),
    )  # fmt: skip


@blueprint.post("/establishments/<uuid:establishment_id>/decide")
@for_roles(*OFFICE_ROLES)
def decide(establishment_id: Any) -> ResponseReturnValue:
    """About one that was found in the field: under management from today, or not (with a reason)."""
    place = establishments.read(db(), str(establishment_id))
    if request.form.get("decision") == "managed":
        values: dict[str, Any] = {"review_state": "managed", "managed_since": place.managed_since or today()}
        reason, said = "", f"Đã đưa {place.name} vào diện quản lý từ hôm nay."
    else:
        form = Reason()
        if not form.validate():
            flash(" ".join(form.reason.errors), "warn")
            return redirect(url_for(".page", establishment_id=place.id, _anchor="decide"))
        values = {"review_state": "reviewed"}
        reason, said = form.reason.data, f"Đã ghi: {place.name} không thuộc diện quản lý."
    with writing() as tx:
        establishments.change(tx, actor(), place.id, values)
        audit.record(tx, actor(), "establishment_decided", "establishment", place.id, reason=reason, **_plain(values))
    flash(said)
    return redirect(url_for(".page", establishment_id=place.id))


def _plain(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


@blueprint.post("/establishments/<uuid:establishment_id>/licences/drop")
@for_roles(*OFFICE_ROLES)
def drop_licence(establishment_id: Any) -> ResponseReturnValue:
    place = establishments.read(db(), str(establishment_id))
    kind, number = request.form.get("kind", ""), request.form.get("number", "")
    with writing() as tx:
        if establishments.drop_licence(tx, place.id, kind, number):
            audit.record(tx, actor(), "licence_dropped", "establishment", place.id, licence=kind, number=number)
    flash(f"Đã bỏ giấy tờ “{kind} {number}” khỏi sổ. Muốn lấy lại, hãy nhập lại ở trang sửa.")
    return redirect(url_for(".page", establishment_id=place.id))
