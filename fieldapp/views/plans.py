"""Kế hoạch: the plans, their targets, which one is active, figures that are typed. Written by officer and leader."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import coverage, people, plans
from fieldapp.errors import Refusal, invalid
from fieldapp.forms import Reason, take_refusal
from fieldapp.importing import plans as plan_files
from fieldapp.plans import Manual, Plan, Target, Window
from fieldapp.views import planning
from fieldapp.views.coverage import READERS, sentence
from fieldapp.views.request import OFFICE_ROLES, actor, db, for_roles, today, writing

blueprint = Blueprint("plans", __name__)


@blueprint.get("/plans")
@for_roles(*READERS)
def overview() -> ResponseReturnValue:
    kept = plans.every(db())
    taken = {plan.id for plan in kept}
    offered = {name: title for name, title in plans.shipped_titles().items() if name not in taken}
    today_of = {plan.id: _today(plan) for plan in kept}
    return render_template("plans/overview.html", plans=kept, offered=offered, today_of=today_of)


def _today(plan: Plan) -> tuple[int | None, int | None]:
    """Numerator and denominator of the first target that is computed, as of today."""
    first = next((target for target in plan.targets if target.computed), None)
    if first is None:
        return None, None
    found = coverage.tally(db(), first, today())
    if found is None:
        whole = coverage.compute(db(), first, today())
        return whole.numerator, whole.denominator
    return found


@blueprint.post("/plans/shipped")
@for_roles(*OFFICE_ROLES)
def take_shipped() -> ResponseReturnValue:
    """Enter one of the plans that come with the software, to be edited."""
    source = plans.shipped().get(request.form.get("name", ""))
    if source is None:
        raise Refusal("not_found")
    found = plan_files.read(db(), source)
    if found.problems:
        raise Refusal("plan_invalid", reason=found.problems[0])
    with writing() as tx:
        plan_files.apply(tx, actor(), found)
    flash("Đã lấy kế hoạch mẫu. Hãy sửa thời gian, con số theo kế hoạch của đơn vị.")
    return redirect(url_for(".page", plan_id=found.plans[0].id))


@blueprint.get("/plans/<plan_id>")
@for_roles(*READERS)
def page(plan_id: str) -> ResponseReturnValue:
    plan = plans.read(db(), plan_id)
    found = coverage.figures(db(), plan, today())
    return render_template(
        "plans/page.html", plan=plan, found=found, sentence=sentence, people=people.names(db()), reason=Reason(),
        typed=plans.manual_figures(db(), plan.id),
    )  # fmt: skip


@blueprint.route("/plans/new", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def add() -> ResponseReturnValue:
    form = planning.PlanForm()
    if form.validate_on_submit():
        try:
            if plans.find(db(), form.id.data.strip()):
                raise invalid({"id": "Đã có kế hoạch mang mã này."})
            plan = _filled(form, Plan("", (today(), today())))
            _keep(plan)
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            flash("Đã lập kế hoạch. Tiếp theo, thêm từng chỉ tiêu.")
            return redirect(url_for(".page", plan_id=plan.id))
    return render_template("plans/form.html", form=form, plan=None)


@blueprint.route("/plans/<plan_id>/edit", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def edit(plan_id: str) -> ResponseReturnValue:
    plan = plans.read(db(), plan_id)
    form = planning.PlanForm(data={**vars(plan), "starts_on": plan.period[0], "ends_on": plan.period[1]})
    if form.validate_on_submit():
        try:
            changed = _keep(replace(_filled(form, plan), id=plan.id))
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            flash("Đã lưu kế hoạch." if changed else "Không có gì thay đổi.")
            return redirect(url_for(".page", plan_id=plan.id))
    return render_template("plans/form.html", form=form, plan=plan)


def _filled(form: planning.PlanForm, plan: Plan) -> Plan:
    """Raises Refusal field_invalid where the days are not in order."""
    period: Window = (form.starts_on.data, form.ends_on.data)  # type: ignore[assignment]  # both are needed
    if period[0] > period[1]:
        raise invalid({"ends_on": "Ngày cuối trước ngày đầu."})
    text: dict[str, Any] = {
        name: (form[name].data or "").strip() for name in ("id", "title", "number", "level", "note")
    }
    return replace(plan, **text, period=period, targets=planning.moved(plan, period))


def _keep(plan: Plan) -> bool:
    with writing() as tx:
        return plans.put(tx, actor(), plan)


@blueprint.post("/plans/<plan_id>/activate")
@for_roles(*OFFICE_ROLES)
def activate(plan_id: str) -> ResponseReturnValue:
    with writing() as tx:
        plans.activate(tx, actor(), plan_id)
    flash("Từ nay trang Chỉ tiêu tính theo kế hoạch này.")
    return redirect(url_for(".page", plan_id=plan_id))


@blueprint.route("/plans/<plan_id>/targets", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def target(plan_id: str) -> ResponseReturnValue:
    """Write a target, or with ?id=… edit one. The button "Xem thử" shows it in a sentence with today's figure."""
    plan, before = plans.read(db(), plan_id), request.args.get("id")
    old = plan.target(before) if before is not None else None
    form = planning.form_for(old)
    shown = old
    if form.validate_on_submit():
        shown = planning.target_of(form, plan.period)
        try:
            planning.refuse_taken(plan, shown, before)
            if planning.wrong(form, shown):
                shown = None
            elif "preview" not in request.form:
                _keep(planning.with_target(plan, shown, before))
                flash("Đã lưu chỉ tiêu.")
                return redirect(url_for(".page", plan_id=plan.id))
        except Refusal as refusal:
            take_refusal(form, refusal)
    elif request.method == "POST":
        shown = None
    return render_template("plans/target.html", form=form, plan=plan, old=old, **_preview(shown))


def _preview(shown: Target | None) -> dict[str, object]:
    if shown is None or not shown.id:
        return {"shown": None}
    return {"shown": shown, "said": sentence(shown), "figure": coverage.compute(db(), shown, today())}


@blueprint.post("/plans/<plan_id>/targets/drop")
@for_roles(*OFFICE_ROLES)
def drop_target(plan_id: str) -> ResponseReturnValue:
    plan = plans.read(db(), plan_id)
    gone = plan.target(request.args.get("id", ""))
    _keep(replace(plan, targets=tuple(target for target in plan.targets if target.id != gone.id)))
    flash(f"Đã bỏ chỉ tiêu {gone.id} khỏi kế hoạch; các lần sửa còn trong nhật ký.")
    return redirect(url_for(".page", plan_id=plan.id))


@blueprint.route("/plans/<plan_id>/figures", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def figure(plan_id: str) -> ResponseReturnValue:
    """Type the figure of a target that nothing here can count (?id=…)."""
    plan = plans.read(db(), plan_id)
    of = plan.target(request.args.get("id", ""))
    form = planning.FigureForm(data={"figure_on": today()})
    if form.validate_on_submit():
        day: Any = form.figure_on.data  # needed, so there
        number: Any = form.numerator.data
        told = Manual(plan.id, of.id, day, number, form.denominator.data, form.source.data or "", "")
        try:
            with writing() as tx:
                plans.type_figure(tx, actor(), told)
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            flash("Đã ghi số liệu.")
            return redirect(url_for(".page", plan_id=plan.id))
    return render_template("plans/figure.html", form=form, plan=plan, target=of)
