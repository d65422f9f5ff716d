"""Thay đổi từ điện thoại: values that lost against another writer's, what could not be taken in; the office decides."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import areas, audit, establishments, exchange, inspections, people
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.forms import Reason
from fieldapp.views import words
from fieldapp.views.request import OFFICE_ROLES, account, actor, db, for_roles, now, unit, writing
from sync import quarantine, receive, stamps
from sync.kinds import CannotApply
from sync.quarantine import Held
from sync.stamps import Conflict

blueprint = Blueprint("changes", __name__)
WHY = {
    "invalid_body": "Có chỗ ghi chưa đúng mẫu.",
    "unknown_kind": "Máy chủ chưa biết loại bản ghi này; cần cập nhật máy chủ.",
    "version_too_new": "Ứng dụng trên điện thoại mới hơn máy chủ; cần cập nhật máy chủ.",
    "not_allowed": "Điện thoại không được sửa các mục này; văn phòng quyết định.",
    "record_exists": "Đã có bản ghi cùng mã với nội dung khác.",
    "op_reused": "Máy gửi hai nội dung khác nhau dưới một mã.",
    "device_revoked": "Máy đã bị ngừng; giữ lại để xem.",
}
KIND_NAMES = {"inspection": "Biên bản kiểm tra", "commitment": "Bản cam kết", "establishment": "Sửa thông tin cơ sở"}


@dataclass(frozen=True)
class Waiting:
    """One op of the inbox as the page shows it. values: (field's name, offered, standing) of a patch."""

    held: Held
    place: Establishment | None
    what: str
    why: str
    values: list[tuple[str, str, str]]


@blueprint.get("/changes")
@for_roles(*OFFICE_ROLES)
def inbox() -> ResponseReturnValue:
    return _page(Reason())


def _page(reason: Reason) -> str:
    return render_template(
        "changes/inbox.html",
        conflicts=[_conflict(one) for one in stamps.open_conflicts(db(), "establishment")],
        waiting=[_waiting(one) for one in quarantine.waiting(db())],
        people=people.names(db()), queue=inspections.waiting(db()), reason=reason,
    )  # fmt: skip


def _conflict(one: Conflict) -> dict[str, Any]:
    place = establishments.read(db(), one.id)
    return {
        "lost": one, "place": place, "field": words.said(one.field, "field"),
        "value": _shown(one.field, one.value), "stands": _shown(one.field, getattr(place, one.field)),
    }  # fmt: skip


def _shown(name: str, value: Any) -> str:
    if value in (None, ""):
        return "(trống)"
    if name == "type":
        return words.type_name(value)
    if name == "area":
        return areas.names(db()).get(value, str(value))
    if isinstance(value, bool):
        return "có" if value else "không"
    return words.number(value, 6) if isinstance(value, float) else str(value)


def _body(held: Held) -> dict[str, Any]:
    try:
        body = json.loads(held.text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _place(held: Held) -> Establishment | None:
    body = _body(held)
    found = body.get("id") if held.op.kind == "establishment" else body.get("establishment")
    return next(iter(establishments.every(db(), [str(found)])), None)


def _waiting(held: Held) -> Waiting:
    place = _place(held)
    values = []
    if held.op.kind == "establishment":
        for name, edit in (_body(held).get("fields") or {}).items():
            offered = edit.get("v") if isinstance(edit, dict) else edit
            stands = _shown(name, getattr(place, name)) if place and hasattr(place, name) else words.NOTHING
            values.append((words.said(name, "field"), _shown(name, offered), stands))
    return Waiting(
        held, place, KIND_NAMES.get(held.op.kind, held.op.kind), WHY.get(held.why, "Chưa nhận được."), values
    )


@blueprint.post("/changes/conflicts/<op>/<field>")
@for_roles(*OFFICE_ROLES)
def choose(op: str, field: str) -> ResponseReturnValue:
    """Between two values of one field: take the one that lost, or leave what stands."""
    lost = next((c for c in stamps.open_conflicts(db(), "establishment") if c.op == op and c.field == field), None)
    if lost is None:
        raise Refusal("not_found")
    taken = request.form.get("take") == "lost"
    with writing() as tx:
        if taken:
            establishments.change(tx, actor(), lost.id, {field: _typed(field, lost.value)})
        stamps.settle(tx, lost, "taken" if taken else "left", by=account().id)
        audit.record(tx, actor(), "conflict_settled", "establishment", lost.id, field=field, taken=taken)
    flash(f"Đã {'lấy giá trị từ điện thoại' if taken else 'giữ giá trị đang có'} cho {words.said(field, 'field')}.")
    return redirect(url_for(".inbox"))


def _typed(name: str, value: Any) -> Any:
    """A value off the wire as the register holds it."""
    return date.fromisoformat(value) if value and name in ("managed_since", "managed_until") else value


def _held(op: str, sha256: str) -> Held:
    held = quarantine.read(db(), op, sha256)
    if held is None or held.decision:
        raise Refusal("not_found")
    return held


@blueprint.post("/changes/<op>/<sha256>/take")
@for_roles(*OFFICE_ROLES)
def take(op: str, sha256: str) -> ResponseReturnValue:
    """Let an op in after all: a patch as an edit of the office, a record as its author signed it."""
    held = _held(op, sha256)
    place = _place(held)
    try:
        with writing() as tx:
            if held.op.kind == "establishment" and place and held.why == "not_allowed":
                offered = {n: _typed(n, e["v"]) for n, e in _body(held)["fields"].items() if n in words.FIELDS}
                establishments.change(tx, actor(), place.id, offered)
                quarantine.decide(tx, held, "applied", by=account().id)
            else:
                receive.release(tx, held, kinds=exchange.kinds(unit(), now()), by=account().id)
            audit.record(tx, actor(), "change_taken", held.op.kind, place.id if place else op, why=held.why)
    except (CannotApply, Refusal, KeyError, TypeError) as problem:
        why = problem.message() if isinstance(problem, Refusal) else WHY.get(getattr(problem, "why", held.why), "")
        flash(f"Chưa nhận vào sổ được. {why} Nội dung vẫn được giữ ở đây.", "warn")
    else:
        flash("Đã nhận vào sổ.")
    return redirect(url_for(".inbox"))


@blueprint.post("/changes/<op>/<sha256>/dismiss")
@for_roles(*OFFICE_ROLES)
def dismiss(op: str, sha256: str) -> ResponseReturnValue:
    """Not to be taken in, with a reason. Its bytes stay."""
    held = _held(op, sha256)
    form = Reason()
    if not form.validate():
        return _page(form), 422
    with writing() as tx:
        quarantine.decide(tx, held, "dismissed", by=account().id, reason=form.reason.data)
        audit.record(tx, actor(), "change_dismissed", held.op.kind, op, reason=form.reason.data, why=held.why)
    flash("Đã đóng mục này. Nội dung điện thoại gửi vẫn được lưu.")
    return redirect(url_for(".inbox"))
