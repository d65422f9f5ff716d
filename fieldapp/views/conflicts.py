"""Hai người cùng sửa một ô: both values with who, when and on which phone; the office chooses one, or types a third."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import areas, audit, checklists, establishments, people
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.views import mending, words
from fieldapp.views.held import value_text
from fieldapp.views.request import OFFICE_ROLES, account, actor, db, for_roles, writing
from sync import stamps
from sync.history import Transaction
from sync.stamps import Conflict

blueprint = Blueprint("conflicts", __name__)


@dataclass(frozen=True)
class Choice:
    """A value that lost, as the page shows it. options: what a third value may be, where it is chosen from a list."""

    lost: Conflict
    place: Establishment
    field: str
    value: str
    stands: str
    before: str
    now: str
    options: dict[str, str]


@blueprint.get("/changes/conflicts")
@for_roles(*OFFICE_ROLES)
def waiting() -> ResponseReturnValue:
    return render_template(
        "changes/conflicts.html",
        choices=[_choice(one) for one in stamps.open_conflicts(db(), "establishment")],
        people=people.names(db()), phones=people.device_names(db()),
    )  # fmt: skip


def _choice(lost: Conflict) -> Choice:
    place = establishments.read(db(), lost.id)
    options = {"type": checklists.types(), "area": areas.names(db())}.get(lost.field, {})
    now = value_text(lost.field, getattr(place, lost.field, None))
    return Choice(
        lost, place, words.said(lost.field, "field"), value_text(lost.field, lost.value),
        value_text(lost.field, lost.stands) if lost.stands_at else now,
        value_text(lost.field, lost.before) if lost.before is not None else "", now, options,
    )  # fmt: skip


@blueprint.post("/changes/conflicts/<op>/<field>")
@for_roles(*OFFICE_ROLES)
def choose(op: str, field: str) -> ResponseReturnValue:
    """Take the value that lost, leave what stands, or write a third."""
    lost = _open(op, field)
    take = request.form.get("take")
    with writing() as tx:
        if take == "typed":
            _write(tx, lost, _typed(lost, request.form.get("typed", "").strip()), "typed")
        elif take == "lost":
            _write(tx, lost, mending.register_value(field, lost.value), "taken")
        else:
            _write(tx, lost, None, "left")
    flash(f"{words.capital(words.said(field, 'field'))}: {_SAID.get(take or '', _SAID['stands'])}")
    return redirect(url_for(".waiting"))


_SAID = {
    "lost": "đã lấy giá trị từ điện thoại.", "stands": "giữ giá trị đang có.", "typed": "đã ghi giá trị mới.",
}  # fmt: skip


@blueprint.post("/changes/conflicts/many")
@for_roles(*OFFICE_ROLES)
def many() -> ResponseReturnValue:
    """The same choice for several: leave what stands, or take what lost."""
    chosen = [_open(*key.split("/", 1)) for key in request.form.getlist("lost") if "/" in key]
    take = request.form.get("take") == "lost"
    with writing() as tx:
        for lost in chosen:
            _write(tx, lost, mending.register_value(lost.field, lost.value), "taken" if take else "left")
    flash(f"Đã chọn cho {len(chosen)} ô." if chosen else "Chưa chọn ô nào.", "message" if chosen else "warn")
    return redirect(url_for(".waiting"))


def _open(op: str, field: str) -> Conflict:
    lost = stamps.conflict(db(), op, field)
    if lost is None or lost.decision or lost.kind != "establishment":
        raise Refusal("not_found")
    return lost


def _write(tx: Transaction, lost: Conflict, value: Any, decision: str) -> None:
    if decision != "left":
        establishments.change(tx, actor(), lost.id, {lost.field: value})
    stamps.settle(tx, lost, decision, by=account().id)
    audit.record(tx, actor(), "conflict_settled", "establishment", lost.id, fields=[lost.field], decision=decision)


def _typed(lost: Conflict, text: str) -> Any:
    """What was typed as the register holds it. Raises Refusal field_invalid."""
    if isinstance(lost.value, str):
        return text
    if not text:
        return None
    try:
        return float(text.replace(",", ".")) if lost.field in ("latitude", "longitude") else int(text.replace(".", ""))
    except ValueError:
        raise Refusal("field_invalid", field=words.said(lost.field, "field"), reason="chỉ ghi chữ số") from None
