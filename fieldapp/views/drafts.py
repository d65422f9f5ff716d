"""Bản nháp: who has something unfinished about which establishment since when. What is in a draft is its author's own;
the office may hand it to a colleague."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import drafts, establishments, people
from fieldapp.errors import Refusal
from fieldapp.forms import HandOver, offered, take_refusal
from fieldapp.views.request import OFFICE_ROLES, actor, db, for_roles, now, writing

blueprint = Blueprint("drafts", __name__)
KINDS = {"inspection": "Biên bản kiểm tra", "commitment": "Bản cam kết"}


@blueprint.get("/drafts")
@for_roles(*OFFICE_ROLES)
def unfinished() -> ResponseReturnValue:
    return _page()


def _page(form: HandOver | None = None, asked: str = "") -> str:
    found = drafts.unfinished(db())
    return render_template(
        "drafts/unfinished.html", drafts=found, names=people.names(db()), kinds=KINDS, asked=asked,
        forms={draft.id: form if form and draft.id == asked else _form(draft.account) for draft in found},
        places={place.id: place for place in establishments.every(db(), [draft.establishment for draft in found])},
        phones=people.device_names(db()), expires_days=drafts.EXPIRES.days, now=now(),
    )  # fmt: skip


def _form(author: str) -> HandOver:
    form = HandOver()
    receivers = {
        one.id: f"{one.name} ({one.username})" for one in people.accounts(db())
        if one.closed_at is None and one.role in people.FIELD_ROLES and one.id != author
    }  # fmt: skip
    form.to.choices = offered({"": "Chọn người nhận…", **receivers})
    return form


@blueprint.post("/drafts/<uuid:draft_id>/hand-over")
@for_roles(*OFFICE_ROLES)
def hand_over(draft_id: object) -> ResponseReturnValue:
    """The draft leaves its author's phones and comes to the colleague's with the next exchange."""
    draft = drafts.find(db(), str(draft_id))
    if draft is None or draft.state != drafts.OPEN:
        raise Refusal("draft_unknown")
    form = _form(draft.account)
    if not form.validate():
        return _page(form, draft.id), 422
    try:
        with writing() as tx:
            drafts.hand_over(tx, actor(), draft.id, to=form.to.data, reason=form.reason.data or "")
    except Refusal as refusal:
        take_refusal(form, refusal)
        return _page(form, draft.id), 422
    names = people.names(db())
    flash(
        f"Đã giao bản nháp của {names.get(draft.account, '')} cho {names.get(form.to.data, '')}. "
        "Bản nháp sang máy người nhận ở lần đồng bộ tới."
    )
    return redirect(url_for(".unfinished"))
