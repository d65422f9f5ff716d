"""Thay đổi từ điện thoại: what could not be taken in at once. Read, mended and let in, or not taken, one or many."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import exchange, people
from fieldapp.errors import Refusal
from fieldapp.exchange import inbox
from fieldapp.forms import Reason
from fieldapp.views import held as reading
from fieldapp.views import mending
from fieldapp.views.causes import Cause, fault
from fieldapp.views.held import Reading
from fieldapp.views.request import OFFICE_ROLES, actor, db, for_roles, now, unit, writing
from sync import quarantine, stamps
from sync.kinds import CannotApply, Kinds
from sync.quarantine import Held

blueprint = Blueprint("changes", __name__)
_FAILURES = (CannotApply, Refusal, KeyError, TypeError, ValueError)


@dataclass(frozen=True)
class Group:
    """What waits for one cause and can be decided together."""

    cause: Cause
    readings: list[Reading]


@blueprint.get("/changes", endpoint="inbox")
@for_roles(*OFFICE_ROLES)
def waiting() -> ResponseReturnValue:
    return _list(Reason())


def _list(reason: Reason, about: str = "") -> str:
    groups: dict[str, Group] = {}
    for held in quarantine.waiting(db()):
        read = reading.read(held)
        groups.setdefault(read.cause.key, Group(read.cause, [])).readings.append(read)
    return render_template(
        "changes/inbox.html", groups=list(groups.values()), reason=reason, about=about,
        conflicts=stamps.count_open(db(), "establishment"), **_around(),
    )  # fmt: skip


@blueprint.get("/changes/<op>/<sha256>")
@for_roles(*OFFICE_ROLES)
def page(op: str, sha256: str) -> ResponseReturnValue:
    return _page(_held(op, sha256), Reason(), [])


def _page(held: Held, reason: Reason, problems: list[str]) -> str:
    there = inbox.record_there(db(), held) if held.why == "record_exists" else None
    return render_template(
        "changes/page.html", r=reading.read(held), parts=mending.parts(held), problems=problems, reason=reason,
        raw=reading.pretty(held), there=there, typed=request.form, **_around(),
    )  # fmt: skip


def _around() -> dict[str, object]:
    """What both pages say besides: who is who, which phone is which."""
    return {"people": people.names(db()), "phones": people.device_names(db())}


def _held(op: str, sha256: str) -> Held:
    (held,) = inbox.undecided(db(), [f"{op}/{sha256}"])
    return held


def _kinds() -> Kinds:
    return exchange.kinds(unit(), now())


@blueprint.post("/changes/<op>/<sha256>/take")
@for_roles(*OFFICE_ROLES)
def take(op: str, sha256: str) -> ResponseReturnValue:
    """Let an op in after all, as it came."""
    held = _held(op, sha256)
    problem = _take(held)
    if problem:
        return _page(held, Reason(), [problem]), 422
    flash("Đã ghi nhận.")
    return redirect(url_for(".inbox"))


def _take(held: Held) -> str:
    """Returns what stands in the way, '' when it was let in."""
    try:
        with writing() as tx:
            inbox.let_in(tx, actor(), held, kinds=_kinds())
    except _FAILURES as problem:
        return _told(problem)
    return ""


def _told(problem: Exception) -> str:
    """Why it still cannot be taken in."""
    if isinstance(problem, Refusal):
        return problem.message()
    if isinstance(problem, CannotApply) and problem.fields:
        said = {fault(mistake) for mistakes in problem.fields.values() for mistake in mistakes}
        return f"Chưa ghi nhận được: {', '.join(sorted(problem.fields))} {', '.join(sorted(said))}."
    return "Chưa ghi nhận được. Nội dung vẫn được giữ ở đây."


@blueprint.post("/changes/<op>/<sha256>/mend")
@for_roles(*OFFICE_ROLES)
def mend(op: str, sha256: str) -> ResponseReturnValue:
    """Set right what is wrong and let it in. The signed bytes stay; what was mended stands beside them."""
    held, reason = _held(op, sha256), Reason()
    problems: list[str] = []
    body = inbox.body_of(held)
    if "apart" in request.form:
        body["id"] = quarantine.apart(held)
    elif held.op.kind != "establishment":
        body, problems = mending.mended(held, request.form)
    if not reason.validate() or problems:
        return _page(held, reason, problems), 422
    try:
        with writing() as tx:
            said = reason.reason.data or ""
            if held.op.kind == "establishment":
                values = mending.patch_values(held, request.form)
                inbox.mend_patch(tx, actor(), held, values, said, kinds=_kinds())
            else:
                inbox.mend(tx, actor(), held, body, said, kinds=_kinds())
    except _FAILURES as problem:
        return _page(held, reason, [_told(problem)]), 422
    flash("Đã sửa và ghi nhận. Bản điện thoại gửi được giữ nguyên; người gửi sẽ thấy trên điện thoại.")
    return redirect(url_for(".inbox"))


@blueprint.post("/changes/<op>/<sha256>/dismiss")
@for_roles(*OFFICE_ROLES)
def dismiss(op: str, sha256: str) -> ResponseReturnValue:
    """Not to be taken in, with a reason. Its bytes stay."""
    held, reason = _held(op, sha256), Reason()
    if not reason.validate():
        return _page(held, reason, []), 422
    with writing() as tx:
        inbox.dismiss(tx, actor(), held, reason.reason.data or "")
    flash("Không ghi nhận. Nội dung điện thoại gửi vẫn được lưu; người gửi sẽ thấy lý do trên điện thoại.")
    return redirect(url_for(".inbox"))


@blueprint.post("/changes/many")
@for_roles(*OFFICE_ROLES)
def many() -> ResponseReturnValue:
    """Decide about several of one cause: let them in, give them their establishment, or take none of them."""
    chosen, deed, reason = inbox.undecided(db(), request.form.getlist("held")), request.form.get("deed"), Reason()
    if not chosen:
        flash("Chưa chọn mục nào.", "warn")
        return redirect(url_for(".inbox"))
    if deed == "take":
        problems = [problem for held in chosen if (problem := _take(held))]
        return _said_of_many(len(chosen), problems)
    place = mending.place_named(request.form.get("establishment", "").strip()) if deed == "place" else None
    if not reason.validate() or (deed == "place" and place is None):
        about = "" if place or deed != "place" else "Chọn một cơ sở trong danh sách."
        return _list(reason, about), 422
    said = reason.reason.data or ""
    if deed == "dismiss":
        with writing() as tx:
            for held in chosen:
                inbox.dismiss(tx, actor(), held, said)
        return _said_of_many(len(chosen), [])
    if place is None:
        raise Refusal("not_found")
    return _said_of_many(len(chosen), [p for held in chosen if (p := _give_place(held, place.id, said))])


def _give_place(held: Held, place: str, reason: str) -> str:
    try:
        with writing() as tx:
            body = {**inbox.body_of(held), "establishment": place}
            inbox.mend(tx, actor(), held, body, reason, kinds=_kinds())
    except _FAILURES as problem:
        return _told(problem)
    return ""


def _said_of_many(asked: int, problems: list[str]) -> ResponseReturnValue:
    if asked > len(problems):
        flash(f"Đã quyết định {asked - len(problems)} mục.")
    for problem in dict.fromkeys(problems):
        flash(problem, "warn")
    return redirect(url_for(".inbox"))
