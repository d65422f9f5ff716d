"""Sổ lượt kiểm tra: every body's visits of a year, those typed here, those that were one; and the second visits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import areas, establishments, inspections, legal, overlap, people, visits
from fieldapp.errors import Refusal
from fieldapp.exporting import visits as paper
from fieldapp.forms import Reason, offered, take_refusal
from fieldapp.forms.planning import SecondDecision, SecondReason, VisitForm, choices_of, picked
from fieldapp.views.asked import asked_year
from fieldapp.views.choosing import places_to_choose
from fieldapp.views.coverage import READERS
from fieldapp.views.listing import send
from fieldapp.views.narrowing import Narrowed, narrow
from fieldapp.views.request import OFFICE_ROLES, account, actor, db, for_roles, now, today, unit, writing
from fieldapp.visits import Visit

blueprint = Blueprint("ledger", __name__)
ONLY = {**visits.SOURCES, "joint": "Kiểm tra chung", "struck": "Đã hủy, được thay", "attempts": "Không tính"}
SHOWN_QUESTIONS, SECONDS_A_PAGE = 20, 25
STATES = ("missing", "waiting", "approved", "noted")


@blueprint.get("/ledger")
@for_roles(*READERS)
def year() -> ResponseReturnValue:
    asked = asked_year()
    every = visits.in_year(db(), asked)
    shown = _narrowed(every, asked)
    questions = visits.questions(db(), asked) if account().role in OFFICE_ROLES else []
    seen = {v.establishment for v in shown.rows} | {q.establishment for q in questions[:SHOWN_QUESTIONS]}
    return render_template(
        "ledger/year.html", year=asked, list=shown, by_body=_by_body(every), questions=questions,
        shown_questions=SHOWN_QUESTIONS, areas=areas.names(db()),
        places={e.id: e for e in establishments.every(db(), seen)},
    )  # fmt: skip


def _narrowed(every: list[Visit], year: int) -> Narrowed[Visit]:
    names = {place: f"{code} {name}" for place, code, name in places_to_choose()}
    return narrow("ledger.year", every, ONLY, _is, lambda v: f"{names[v.establishment]} {v.document_no}", year=year)


def _is(v: Visit, only: str) -> bool:
    match only:
        case "joint":
            return v.stands and len(v.bodies) > 1
        case "struck":
            return not v.stands
        case "attempts":
            return v.stands and not v.counts
        case "":
            return True
    return v.source == only


def _by_body(every: list[Visit]) -> list[tuple[str, int]]:
    """Body -> the visits it took part in; a joint one counts for each, and records of one visit once."""
    by_place: dict[tuple[str, date], list[Visit]] = {}
    for visit in every:
        if visit.counts:
            by_place.setdefault((visit.establishment, visit.visited_on), []).append(visit)
    groups = [group for rows in by_place.values() for group in visits.as_visits(rows)]
    counted = Counter(body for group in groups for body in {code for visit in group for code in visit.bodies})
    return [("all", len(groups)), *((code, counted[code]) for code in unit().bodies if counted[code])]


@blueprint.get("/ledger/export.<any(csv, xlsx):form>")
@for_roles(*OFFICE_ROLES)
def export(form: str) -> Response:
    """The ledger of a year as far as the list shows it."""
    asked = asked_year()
    ids = {v.id for v in _narrowed(visits.in_year(db(), asked), asked).found}
    document = paper.document(db(), asked, by=account().name, now=now(), ids=ids)
    return send(document, form, rows=len(document.tables[0].rows))


# ---- typed here ----


@blueprint.route("/ledger/new", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def add() -> ResponseReturnValue:
    """Warns before a visit that would be the second of its year; what happened is entered all the same."""
    rule = legal.overlap_rule(db())
    form = VisitForm(kind="planned", mode="on_site", outcome="conducted")
    form.establishment.places = places_to_choose()
    form.bodies.choices = choices_of(unit().bodies)
    form.reason.choices = offered({"": "Chưa rõ, sẽ bổ sung", **{r.code: r.text for r in rule.reasons}})
    checks: list[Visit] = []
    if form.validate_on_submit():
        visit = _typed(form)
        checks = _checks_before(visit, rule)
        if visit.visited_on > today():
            form.visited_on.errors = ["Ngày này chưa đến."]
        elif checks and form.seen.data != visit.establishment:
            form.seen.data = visit.establishment  # warned once; the second save enters it
        else:
            return _enter(visit, form, second=bool(checks))
    places = {e.id: e for e in establishments.every(db(), {v.establishment for v in checks})}
    status = 422 if form.is_submitted() else 200
    return render_template("ledger/form.html", form=form, checks=checks, places=places, rule=rule), status


def _typed(form: VisitForm) -> Visit:
    return Visit(
        form.establishment.chosen or "", picked(form.visited_on), tuple(form.bodies.data), form.kind.data,
        form.mode.data, form.outcome.data, (form.document_no.data or "").strip(), (form.note.data or "").strip(),
    )  # fmt: skip


def _checks_before(visit: Visit, rule: legal.Rule) -> list[Visit]:
    """The checks of that year which, with this one, would be more than allowed."""
    if not overlap.counts(visit, rule):
        return []
    seen = overlap.beside(db(), visit)
    return seen if len(seen) >= rule.most else []


def _enter(visit: Visit, form: VisitForm, *, second: bool) -> ResponseReturnValue:
    reason, number = form.reason.data or "", (form.reason_document.data or "").strip()
    with writing() as tx:
        visit_id = visits.type_in(tx, actor(), visit)
        if second and reason and number:
            overlap.explain(tx, actor(), visit_id, reason, number)
    if second:
        flash("Đã ghi vào sổ và vào danh sách lượt thứ hai trong năm.", "warn" if not (reason and number) else "ok")
        return redirect(url_for(".second", year=visit.visited_on.year))
    flash("Đã ghi vào sổ lượt kiểm tra.")
    return redirect(url_for(".year", year=visit.visited_on.year))


@blueprint.route("/ledger/<uuid:visit_id>/void", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def void(visit_id: Any) -> ResponseReturnValue:
    found = visits.read(db(), str(visit_id))
    form = Reason()
    if form.validate_on_submit():
        with writing() as tx:
            visits.void(tx, actor(), found.id, form.reason.data or "")
        flash("Đã hủy lượt này; dòng ghi vẫn đọc được và không tính nữa.")
        return redirect(url_for(".year", year=found.visited_on.year))
    place = establishments.read(db(), found.establishment)
    return render_template("ledger/void.html", v=found, place=place, form=form), 422 if form.is_submitted() else 200


@blueprint.post("/ledger/answer")
@for_roles(*OFFICE_ROLES)
def answer() -> ResponseReturnValue:
    """Whether bodies that came on one day came together."""
    ids, said = request.form.getlist("visit"), request.form.get("answer")
    if said not in ("together", "apart"):
        raise Refusal("not_found")
    with writing() as tx:
        visits.answer(tx, actor(), ids, together=said == "together")
    flash("Đã ghép thành một lượt kiểm tra chung." if said == "together" else "Đã ghi là các lượt riêng.")
    return redirect(url_for(".year", year=visits.read(db(), ids[0]).visited_on.year))


# ---- second visits ----


@blueprint.get("/ledger/second")
@for_roles(*READERS)
def second() -> ResponseReturnValue:
    return _second_page(asked_year())


def _second_page(asked: int, forms: dict[str, Any] | None = None) -> str:
    names = {place: f"{code} {name}" for place, code, name in places_to_choose()}
    shown = narrow(
        "ledger.second", overlap.second_visits(db(), asked), overlap.STATES, lambda one, state: one.state == state,
        lambda one: f"{names[one.visit.establishment]} {one.visit.document_no} {one.document_no}",
        most=SECONDS_A_PAGE, year=asked,
    )  # fmt: skip
    if forms:  # what was typed wrongly stands alone, wherever in the list it is
        shown = replace(shown, found=[one for one in shown.every if one.visit.id in forms])
    mentioned = {v.establishment for one in shown.rows for v in (one.visit, *one.earlier)}
    rule = legal.overlap_rule(db())
    return render_template(
        "ledger/second.html", year=asked, list=shown, rule=rule, people=people.names(db()), forms=forms or {},
        places={e.id: e for e in establishments.every(db(), mentioned)}, states=overlap.STATES,
        reason_form=_reason_form, decision_form=_decision_form,
        records={i.id: i for i in inspections.in_year(db(), asked)},
    )  # fmt: skip


def _reason_form(visit_id: str, one: overlap.Second | None = None) -> SecondReason:
    """Filled with what is known of a second visit, or with what was posted; each visit has a form of its own."""
    known = {"formdata": None, "data": {"reason": one.reason, "document_no": one.document_no}} if one else {}
    form = SecondReason(prefix=f"reason-{visit_id}", **known)
    form.reason.choices = offered({r.code: r.text for r in legal.overlap_rule(db()).reasons})
    return form


def _decision_form(visit_id: str) -> SecondDecision:
    return SecondDecision(formdata=None, prefix=f"decision-{visit_id}")


@blueprint.post("/ledger/second/<uuid:visit_id>/reason")
@for_roles(*OFFICE_ROLES)
def explain(visit_id: Any) -> ResponseReturnValue:
    found = visits.read(db(), str(visit_id))
    form = _reason_form(found.id)
    if not form.validate():
        return _second_page(found.visited_on.year, {found.id: form}), 422
    with writing() as tx:
        overlap.explain(tx, actor(), found.id, form.reason.data, form.document_no.data or "")
    flash("Đã ghi lý do. Chờ Đội trưởng xem.")
    return _back(found)


@blueprint.post("/ledger/second/<uuid:visit_id>/decision")
@for_roles("leader")
def decide(visit_id: Any) -> ResponseReturnValue:
    found = visits.read(db(), str(visit_id))
    form = SecondDecision(prefix=f"decision-{found.id}")
    if not form.validate():
        return _second_page(found.visited_on.year, {found.id: form}), 422
    try:
        with writing() as tx:
            overlap.decide(tx, actor(), found.id, request.form.get("decision", ""), form.remark.data or "")
    except Refusal as refusal:
        take_refusal(form, refusal, needs={"remark": "Phải ghi ý kiến khi không phê duyệt."})
        return _second_page(found.visited_on.year, {found.id: form}), 422
    flash("Đã ghi quyết định của Đội trưởng.")
    return _back(found)


def _back(decided: Visit) -> ResponseReturnValue:
    """To the list as it was narrowed before."""
    asked: dict[str, Any] = {key: request.args[key] for key in ("q", "only", "page") if key in request.args}
    return redirect(url_for(".second", year=decided.visited_on.year, **asked))
