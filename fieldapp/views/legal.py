"""Căn cứ pháp lý: references that the commune edits, and how it reads the rule of one check a year."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import legal
from fieldapp.errors import Refusal
from fieldapp.forms import Reason, take_refusal
from fieldapp.forms.planning import ReferenceForm, RuleForm, choices_of
from fieldapp.legal import Reference
from fieldapp.views.request import CASE_ROLES, OFFICE_ROLES, actor, db, for_roles, unit, writing

blueprint = Blueprint("legal", __name__)


@blueprint.get("/legal")
@for_roles(*CASE_ROLES)
def every() -> ResponseReturnValue:
    return render_template(
        "legal/list.html", found=legal.every(db()), rule=legal.overlap_rule(db()), statuses=legal.STATUSES,
        confidences=legal.CONFIDENCES,
    )  # fmt: skip


@blueprint.route("/legal/new", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def add() -> ResponseReturnValue:
    form = ReferenceForm(status="in_force", confidence="secondary")
    if form.validate_on_submit():
        if any(one.id.casefold() == (form.id.data or "").strip().casefold() for one in legal.every(db())):
            form.id.errors = ["Đã có căn cứ mang mã này."]
        elif (answer := _put(form, (form.id.data or "").strip())) is not None:
            return answer
    return render_template("legal/form.html", form=form, reference=None, drop=None), 422 if form.is_submitted() else 200


@blueprint.route("/legal/<reference_id>", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def edit(reference_id: str) -> ResponseReturnValue:
    found = legal.read(db(), reference_id)
    form = ReferenceForm(data=vars(found))
    form.id.data = found.id
    if form.validate_on_submit() and (answer := _put(form, found.id)) is not None:
        return answer
    drop = Reason(formdata=None, prefix="drop-")
    return render_template(
        "legal/form.html", form=form, reference=found, drop=drop
    ), 422 if form.is_submitted() else 200


def _put(form: ReferenceForm, reference_id: str) -> ResponseReturnValue | None:
    """Write what the form says; None where it was refused and the form says why."""
    names = {field.name for field in fields(Reference)} - {"id", "own", "dropped"}
    values: dict[str, Any] = {name: (form[name].data or "").strip() for name in names}
    try:
        with writing() as tx:
            legal.put(tx, actor(), Reference(reference_id, **values))
    except Refusal as refusal:
        take_refusal(form, refusal)
        return None
    flash("Đã lưu căn cứ.")
    return redirect(url_for(".every"))


@blueprint.post("/legal/<reference_id>/drop")
@for_roles(*OFFICE_ROLES)
def drop(reference_id: str) -> ResponseReturnValue:
    found = legal.read(db(), reference_id)
    form = Reason(prefix="drop-")
    if not form.validate_on_submit():
        return render_template("legal/form.html", form=ReferenceForm(formdata=None, data=vars(found)),
                               reference=found, drop=form), 422  # fmt: skip
    with writing() as tx:
        legal.drop(tx, actor(), found.id, form.reason.data or "")
    flash("Đã bỏ căn cứ khỏi danh mục.")
    return redirect(url_for(".every"))


@blueprint.route("/legal/overlap", methods=["GET", "POST"])
@for_roles("leader")
def rule() -> ResponseReturnValue:
    """How the commune reads the rule; the leader's to say, since he answers for every second visit."""
    before = legal.overlap_rule(db())
    given: dict[str, Any] = {**vars(before), "reasons": [vars(one) for one in before.reasons], "reason": ""}
    given |= {"kinds": list(before.kinds), "bodies": list(before.bodies)}
    form = RuleForm(data=given)
    form.bodies.choices = choices_of(unit().bodies)
    if form.validate_on_submit():
        texts = {row.form.code.data: row.form for row in form.reasons}
        reasons = tuple(
            replace(one, text=texts[one.code].text.data.strip(), leader=texts[one.code].leader.data)
            if one.code in texts else one for one in before.reasons
        )  # fmt: skip
        made = replace(
            before, by_entity=form.by_entity.data, kinds=tuple(form.kinds.data), bodies=tuple(form.bodies.data or ()),
            reasons=reasons,
        )  # fmt: skip
        try:
            with writing() as tx:
                legal.set_overlap_rule(tx, actor(), made, form.reason.data or "")
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            flash("Đã lưu. Điện thoại nhận quy tắc mới khi có mạng.")
            return redirect(url_for(".every"))
    return render_template("legal/rule.html", form=form), 422 if form.is_submitted() else 200
