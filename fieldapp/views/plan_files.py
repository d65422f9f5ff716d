"""Tệp kế hoạch: a file of plans is read and shown in plain sentences first, and entered by a second press."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import coverage, plans
from fieldapp.forms import PlanFile
from fieldapp.importing import plans as plan_files
from fieldapp.importing.yaml_files import LARGEST_BYTES
from fieldapp.plans import Plan
from fieldapp.views import uploads
from fieldapp.views.coverage import sentence
from fieldapp.views.request import OFFICE_ROLES, actor, db, for_roles, today, writing
from fieldapp.views.uploads import Kept

blueprint = Blueprint("plan_files", __name__)
KEY = "plan_file"
SHOWN = 200


@blueprint.route("/plans/file", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def upload() -> ResponseReturnValue:
    form = PlanFile()
    if form.validate_on_submit() and uploads.keep_readable(KEY, form, _read):
        return redirect(url_for(".report"))
    return render_template("plans/upload.html", form=form, limit=LARGEST_BYTES // 10**6)


@blueprint.get("/plans/file/report")
@for_roles(*OFFICE_ROLES)
@uploads.of_waiting(KEY)
def report(kept: Kept) -> ResponseReturnValue:
    """What the file would enter. Nothing has changed yet."""
    found = _read(kept)
    shown = [] if found.problems else [_beside(plan) for plan in found.plans]
    news = sum(not one.same for one in shown)
    return render_template("plans/report.html", found=found, plans=shown, news=news, shown=SHOWN, sentence=sentence)


@dataclass(frozen=True)
class Beside:
    """A plan of the file beside the one that has its id already, if any. changes: see plans.compared.

    figures: each target as it stands today.
    """

    plan: Plan
    before: Plan | None
    same: bool
    changes: dict[str, list[str]]
    figures: list[coverage.Coverage]


def _beside(plan: Plan) -> Beside:
    before = plans.find(db(), plan.id)
    figures = coverage.figures(db(), plan, today())
    return Beside(plan, before, plans.same(before, plan), plans.compared(before, plan), figures)


@blueprint.post("/plans/file/confirm")
@for_roles(*OFFICE_ROLES)
@uploads.of_waiting(KEY)
def confirm(kept: Kept) -> ResponseReturnValue:
    found = _read(kept)
    if found.problems:
        return redirect(url_for(".report"))
    with writing() as tx:
        plan_files.apply(tx, actor(), found)
    uploads.drop(KEY)
    flash(f"Đã nhập {len(found.changed)} kế hoạch từ {found.file}." if found.changed else "Không có gì thay đổi.")
    one = found.changed[0] if len(found.changed) == 1 else None
    return redirect(url_for("plans.page", plan_id=one) if one else url_for("plans.overview"))


@blueprint.post("/plans/file/drop")
@for_roles(*OFFICE_ROLES)
def drop() -> ResponseReturnValue:
    return uploads.let_go(KEY)


def _read(kept: Kept) -> plan_files.Found:
    return plan_files.read(db(), uploads.path(kept), kept["name"])
