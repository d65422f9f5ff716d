"""Signing in and out of the office, and changing one's own password."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from fieldapp import people
from fieldapp.errors import Refusal
from fieldapp.forms import ChangePassword, SignIn, take_refusal
from fieldapp.views.limits import attempts_on, failed, limiter, sign_in_limit
from fieldapp.views.request import account, actor, asking, db, for_roles, start_session, writing

blueprint = Blueprint("session", __name__)


def _who_signs_in() -> str:
    return attempts_on(SignIn(meta={"csrf": False}).username.data or "")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(sign_in_limit, methods=["POST"], deduct_when=failed)
@limiter.limit(sign_in_limit, methods=["POST"], key_func=_who_signs_in, deduct_when=failed)
def sign_in() -> ResponseReturnValue:
    form = SignIn()
    if request.method == "GET" and asking():
        return redirect(_own_path(request.args.get("next")))
    if form.validate_on_submit():
        try:
            found = people.authenticate(db(), form.username.data or "", form.password.data or "")
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            start_session(found)
            return redirect(_own_path(request.args.get("next")))
    return render_template("session/sign_in.html", form=form), 401 if form.form_errors else 200


@blueprint.post("/sign-out")
@for_roles(*people.ROLES)
def sign_out() -> ResponseReturnValue:
    session.clear()
    flash("Anh/chị đã đăng xuất.")
    return redirect(url_for("session.sign_in"))


@blueprint.route("/password", methods=["GET", "POST"])
@for_roles(*people.ROLES)
@limiter.limit(sign_in_limit, methods=["POST"], deduct_when=failed)
def password() -> ResponseReturnValue:
    form = ChangePassword()
    if form.validate_on_submit():
        try:
            people.authenticate(db(), account().username, form.current.data or "")
            with writing() as tx:
                people.set_password(tx, actor(), account().id, form.password.data or "")
        except Refusal as refusal:
            if refusal.code != "sign_in_failed":
                raise
            form.current.errors = ["Mật khẩu hiện nay không đúng."]
        else:
            start_session(people.account_by_id(db(), account().id))
            flash("Đã đổi mật khẩu. Các máy khác đang mở văn phòng bằng tài khoản này phải đăng nhập lại.")
            return redirect(url_for("today.today_page"))
    return render_template("session/password.html", form=form), 401 if form.current.errors else 200


def _own_path(wanted: str | None) -> str:
    """Where to go after signing in: a path of this office, never another host's address."""
    parts = urlsplit(wanted or "")
    own = (
        wanted
        and wanted.startswith("/")
        and not wanted.startswith(("//", "/\\"))
        and not parts.scheme
        and not parts.netloc
    )
    return wanted if own and wanted else url_for("today.today_page")
