"""Tuyên truyền: sessions and posts of a year in counts, entered and voided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import activities, areas, establishments, people
from fieldapp.activities import Activity
from fieldapp.errors import Refusal
from fieldapp.exporting import activities as paper
from fieldapp.forms import Reason, offered, take_refusal
from fieldapp.forms.planning import ActivityForm, picked
from fieldapp.views import words
from fieldapp.views.asked import asked_year
from fieldapp.views.choosing import places_to_choose
from fieldapp.views.listing import send
from fieldapp.views.narrowing import Narrowed, narrow
from fieldapp.views.request import CASE_ROLES, OFFICE_ROLES, account, actor, db, for_roles, now, today, unit, writing

blueprint = Blueprint("activities", __name__)
ONLY = {**activities.KINDS, "phone": "Ghi trên điện thoại", "void": "Đã hủy"}


@blueprint.get("/activities")
@for_roles(*CASE_ROLES)
def year() -> ResponseReturnValue:
    asked = asked_year()
    every = activities.in_year(db(), asked)
    standing = [a for a in every if a.void_reason is None]
    sessions = [a for a in standing if a.kind == "session"]
    return render_template(
        "activities/year.html", year=asked, list=_narrowed(every, asked), areas=areas.names(db()),
        people=people.names(db()), sessions=sessions, posts=[a for a in standing if a.kind == "post"],
        listeners=sum(a.headcount or 0 for a in sessions), workers=sum(sum(a.reached.values()) for a in sessions),
        active={a.area for a in standing if a.area},
    )  # fmt: skip


def _narrowed(every: Sequence[Activity], year: int) -> Narrowed[Activity]:
    names = areas.names(db())

    def says(a: Activity) -> str:
        return f"{a.topic} {activities.FORMS[a.form]} {names.get(a.area or '', '')}"

    return narrow("activities.year", every, ONLY, _is, says, year=year)


def _is(activity: Activity, only: str) -> bool:
    if only == "void":
        return activity.void_reason is not None
    if only == "phone":
        return activity.source == "phone"
    return activity.kind == only and activity.void_reason is None


@blueprint.get("/activities/export.<any(csv, xlsx):form>")
@for_roles(*OFFICE_ROLES)
def export(form: str) -> Response:
    """The sessions and posts of a year that the list shows."""
    asked = asked_year()
    shown = _narrowed(activities.in_year(db(), asked), asked)
    document = paper.document(db(), asked, shown.found, by=account().name, now=now())
    return send(document, form, rows=len(document.tables[0].rows))


@blueprint.route("/activities/new", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def add() -> ResponseReturnValue:
    form = ActivityForm(form="meeting", held_on=today())
    form.area.label.text = words.capital(unit().area_word)
    form.area.choices = offered({"": f"Toàn {unit().kind}", **areas.names(db())})
    for row in form.reached:
        row.form.establishment.places = places_to_choose()
    if form.validate_on_submit():
        if picked(form.held_on) > today():
            form.held_on.errors = ["Ngày này chưa đến."]
        else:
            try:
                made = _record(form)
            except Refusal as refusal:
                take_refusal(form, refusal)
            else:
                flash("Đã ghi buổi tuyên truyền." if made.kind == "session" else "Đã ghi tin, bài.")
                return redirect(url_for(".year", year=made.held_on.year))
    return render_template("activities/form.html", form=form), 422 if form.is_submitted() else 200


def _record(form: ActivityForm) -> Activity:
    reached: dict[str, int] = {}
    for row in form.reached:
        place, workers = row.form.establishment.chosen, row.form.workers.data
        if place and workers:
            reached[place] = reached.get(place, 0) + workers
    post = form.form.data in activities.POSTED_FORMS
    with writing() as tx:
        return activities.record_activity(
            tx, actor(), held_on=picked(form.held_on), form=form.form.data, area=form.area.data or None,
            topic=form.topic.data or "", headcount=None if post else form.headcount.data, reached=reached,
        )  # fmt: skip


@blueprint.route("/activities/<uuid:activity_id>/void", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def void(activity_id: Any) -> ResponseReturnValue:
    found = activities.read(db(), str(activity_id))
    form = Reason()
    if form.validate_on_submit():
        with writing() as tx:
            activities.void(tx, actor(), found.id, form.reason.data or "")
        flash("Đã hủy; bản ghi vẫn đọc được và không tính nữa.")
        return redirect(url_for(".year", year=found.held_on.year))
    places = establishments.every(db(), found.reached)
    return render_template(
        "activities/void.html", a=found, form=form, places=places, areas=areas.names(db()), forms=activities.FORMS
    ), 422 if request.method == "POST" else 200
