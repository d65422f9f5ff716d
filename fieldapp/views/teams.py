"""Đội kiểm tra: the decisions that set the team up, and its members."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import people, teams
from fieldapp.errors import Refusal
from fieldapp.forms import Reason, offered, take_refusal
from fieldapp.forms.planning import TeamForm
from fieldapp.teams import Member, Team
from fieldapp.views.request import CASE_ROLES, OFFICE_ROLES, actor, db, for_roles, today, writing

blueprint = Blueprint("teams", __name__)
FEWEST_ROWS = 8
SPARE_ROWS = 3


@blueprint.get("/team")
@for_roles(*CASE_ROLES)
def every() -> ResponseReturnValue:
    return render_template(
        "teams/list.html", teams=teams.every(db()), now=teams.in_force(db(), today()), roles=teams.ROLES,
        usernames={a.id: a.username for a in people.accounts(db())},
    )  # fmt: skip


@blueprint.route("/team/new", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def add() -> ResponseReturnValue:
    """Begins with the members of the team in force: most of them stay."""
    now = teams.in_force(db(), today())
    form = _form(None, members=now.members if now else ())
    if form.validate_on_submit():
        try:
            with writing() as tx:
                teams.appoint(tx, actor(), **_values(form))
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            flash("Đã ghi quyết định. Điện thoại nhận danh sách Đội khi có mạng.")
            return redirect(url_for(".every"))
    return render_template("teams/form.html", form=form, team=None, void=None), 422 if form.is_submitted() else 200


@blueprint.route("/team/<uuid:team_id>", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def edit(team_id: Any) -> ResponseReturnValue:
    found = teams.read(db(), str(team_id))
    form = _form(found, members=found.members)
    if form.validate_on_submit():
        try:
            with writing() as tx:
                teams.correct(tx, actor(), found.id, form.reason.data or "", **_values(form))
        except Refusal as refusal:
            take_refusal(form, refusal, needs={"reason": "Phải ghi lý do sửa."})
        else:
            flash("Đã sửa quyết định.")
            return redirect(url_for(".every"))
    void = Reason(formdata=None, prefix="void-")
    return render_template("teams/form.html", form=form, team=found, void=void), 422 if form.is_submitted() else 200


@blueprint.post("/team/<uuid:team_id>/void")
@for_roles(*OFFICE_ROLES)
def void(team_id: Any) -> ResponseReturnValue:
    found = teams.read(db(), str(team_id))
    form = Reason(prefix="void-")
    if not form.validate_on_submit():
        shown = _form(found, members=found.members)
        return render_template("teams/form.html", form=shown, team=found, void=form), 422
    with writing() as tx:
        teams.void(tx, actor(), found.id, form.reason.data or "")
    flash("Đã hủy quyết định nhập nhầm.")
    return redirect(url_for(".every"))


def _form(team: Team | None, *, members: tuple[Member, ...]) -> TeamForm:
    rows = [vars(member) for member in members]
    rows += [{} for _ in range(max(SPARE_ROWS, FEWEST_ROWS - len(rows)))]
    form = TeamForm(data={**(vars(team) if team else {}), "members": rows})
    known = {a.id: a.name for a in people.accounts(db()) if a.closed_at is None and a.role in people.FIELD_ROLES}
    for row in form.members:
        row.form.account.choices = offered({"": "Không có tài khoản", **known})
    return form


def _values(form: TeamForm) -> dict[str, Any]:
    members = [
        Member(*((row.form[name].data or "").strip() for name in ("name", "position", "agency", "role", "account")))
        for row in form.members if any((row.form[name].data or "").strip() for name in ("name", "position", "agency"))
    ]  # fmt: skip
    return {
        "decision_no": (form.decision_no.data or "").strip(), "decided_on": form.decided_on.data,
        "valid_from": form.valid_from.data, "valid_until": form.valid_until.data, "members": tuple(members),
    }  # fmt: skip
