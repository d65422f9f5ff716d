"""Quản trị: accounts, phones, the unit's own words; and the trail, which the team leader may read too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import audit, people, units
from fieldapp.errors import Refusal
from fieldapp.forms import NewAccount, Reason, SetPassword, UnitWords, offered, take_refusal
from fieldapp.views import words
from fieldapp.views.request import account, actor, db, for_roles, number_in, start_session, unit, writing

blueprint = Blueprint("accounts", __name__)
TRAIL_ROWS = 100


@blueprint.route("/accounts", methods=["GET", "POST"])
@for_roles("admin")
def people_page() -> ResponseReturnValue:
    form = _new_account()
    if form.validate_on_submit():
        try:
            with writing() as tx:
                made = people.open_account(
                    tx, actor(), name=form.name.data or "", role=form.role.data, password=form.password.data or "",
                    username=form.username.data or None, body=form.body.data, position=form.position.data or "",
                )  # fmt: skip
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            flash(
                f"Đã lập tài khoản {made.username} cho {made.name}. Hãy đưa mật khẩu tận tay; người dùng nên đổi ngay."
            )
            return redirect(url_for(".people_page"))
    return render_template("accounts/people.html", form=form, accounts=people.accounts(db()), bodies=unit().bodies)


def _new_account() -> NewAccount:
    form = NewAccount()
    form.role.choices = offered(
        {role: words.ROLES[role] for role in ("inspector", "officer", "leader", "viewer", "admin")}
    )
    form.body.choices = offered({body.code: body.vi for body in unit().bodies.values()})
    return form


@blueprint.route("/accounts/<uuid:account_id>", methods=["GET", "POST"])
@for_roles("admin")
def one(account_id: object) -> ResponseReturnValue:
    """One account: set its password, or close it."""
    found = people.account_by_id(db(), str(account_id))
    form, reason = SetPassword(prefix="set"), Reason(prefix="close")
    if "close-reason" in request.form and reason.validate_on_submit():
        return _close(found, reason)
    if "set-password" in request.form and form.validate_on_submit():
        with writing() as tx:
            people.set_password(tx, actor(), found.id, form.password.data or "")
        if found.id == account().id:
            start_session(people.account_by_id(db(), found.id))
        flash(f"Đã đặt mật khẩu mới cho {found.username}. Các phiên đang mở của tài khoản này đã kết thúc.")
        return redirect(url_for(".people_page"))
    code = _issued_code(found) if "issue-code" in request.form else None
    phones = [phone for phone in people.devices(db()) if phone["account"] == found.id]
    return render_template(
        "accounts/one.html", who=found, form=form, reason=reason, phones=phones, bodies=unit().bodies, code=code
    )


def _issued_code(found: people.Account) -> dict[str, Any]:
    """A new one-time code as it is shown, this once: the letters, and a picture for the phone's camera.

    only_here: whether the address in it means this very machine, which no phone can open.
    """
    with writing() as tx:
        letters = people.issue_code(tx, actor(), found.id)
    address = f"{request.host_url}app#code={letters}"  # behind the #: never in a log
    picture = segno.make(address, micro=False).svg_inline(scale=5, dark="#000", light="#fff")
    only_here = request.host.split(":")[0] in ("127.0.0.1", "localhost")
    return {"letters": f"{letters[:4]} {letters[4:]}", "picture": picture, "only_here": only_here}


def _close(found: people.Account, reason: Reason) -> ResponseReturnValue:
    try:
        with writing() as tx:
            people.close_account(tx, actor(), found.id, reason=reason.reason.data or "")
    except Refusal as refusal:
        flash(refusal.message(), "warn")
        return redirect(url_for(".one", account_id=found.id))
    flash(f"Đã đóng tài khoản {found.username}. Những gì người này đã ký vẫn giữ tên.")
    return redirect(url_for(".people_page"))


@blueprint.get("/devices")
@for_roles("admin")
def phones() -> ResponseReturnValue:
    return render_template("accounts/phones.html", phones=people.devices(db()), reason=Reason())


@blueprint.post("/devices/<device>/revoke")
@for_roles("admin")
def revoke(device: str) -> ResponseReturnValue:
    form = Reason()
    known = {phone["id"]: phone for phone in people.devices(db())}
    if device not in known:
        raise Refusal("not_found")
    if not form.validate():
        return render_template("accounts/phones.html", phones=list(known.values()), reason=form, asked=device), 422
    with writing() as tx:
        people.revoke(tx, actor(), device, reason=form.reason.data or "")
    flash(f"Đã ngừng “{known[device]['name']}”. Máy chỉ còn gửi nốt được những gì chưa gửi, và tự xóa dữ liệu sau đó.")
    return redirect(url_for(".phones"))


@blueprint.route("/unit", methods=["GET", "POST"])
@for_roles("admin")
def words_page() -> ResponseReturnValue:
    stands = unit()
    form = UnitWords(
        data={
            "team_name": stands.team_name, "office_name": stands.office_name, "area_word": stands.area_word,
            "contact": stands.contact, "recipients": "\n".join(stands.recipients),
        }
    )  # fmt: skip
    if form.validate_on_submit():
        recipients = tuple(line.strip() for line in (form.recipients.data or "").splitlines() if line.strip())
        changed = replace(
            stands, team_name=(form.team_name.data or "").strip(), office_name=(form.office_name.data or "").strip(),
            area_word=(form.area_word.data or "").strip(), contact=" ".join((form.contact.data or "").split()),
            recipients=recipients,
        )  # fmt: skip
        with writing() as tx:
            units.settle(tx, changed, actor())
        flash("Đã lưu. Điện thoại nhận các chữ mới ở lần đồng bộ tới.")
        return redirect(url_for(".words_page"))
    return render_template("accounts/unit.html", form=form)


@blueprint.get("/audit")
@for_roles("admin", "leader")
def trail() -> ResponseReturnValue:
    before, who = number_in(request.args.get("before", "")), request.args.get("account", "")
    entries = audit.recent(db(), before=before, account=who, limit=TRAIL_ROWS)
    return render_template(
        "accounts/trail.html", entries=entries, more=len(entries) == TRAIL_ROWS, who=who, people=people.names(db()),
        accounts=people.accounts(db()), devices=people.device_names(db()),
        deeds=words.DEEDS, kinds=words.OBJECTS, broken=audit.first_broken(db()),
    )  # fmt: skip
