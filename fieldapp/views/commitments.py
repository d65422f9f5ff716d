"""Cam kết: in force, running out, missing; one commitment; and the blank one for paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from fieldapp import areas, commitments, entities, establishments, evidence, people, units
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.standing import Standing
from fieldapp.views import access, held, listing, words
from fieldapp.views.establishments import render_list
from fieldapp.views.request import CASE_ROLES, OFFICE_ROLES, account, db, for_roles, today, unit
from sync import signed

blueprint = Blueprint("commitments", __name__)
SOON_DAYS = 30
MOST_SHEETS = 200
SETS = {"missing": "Chưa có cam kết", "soon": "Hết hạn trong 30 ngày", "in_force": "Đang có hiệu lực"}


@blueprint.get("/commitments")
@for_roles(*CASE_ROLES)
def overview() -> ResponseReturnValue:
    shown, chosen, counts, managed = _asked_list()
    exports = "commitments.export" if account().role in (*OFFICE_ROLES, "viewer") else None
    return render_list(
        "commitments/overview.html",
        shown,
        exports=exports,
        sets=SETS,
        set_counts=counts,
        chosen=chosen,
        managed=managed,
    )


@blueprint.get("/commitments/export.<any(csv, xlsx):form>")
@for_roles(*OFFICE_ROLES, "viewer")
def export(form: str) -> Response:
    shown, chosen = _asked_list()[:2]
    return listing.as_file(shown, form, "cam-ket", f"{SETS[chosen]}, ngày {words.day(today())}")


def _asked_list() -> tuple[listing.Listing, str, dict[str, int], int]:
    """The list asked for, its set, how many belong to each set, and how many establishments are under management."""
    managed = [row for row in listing.whole_register() if row.managed]
    sets = {name: [row for row in managed if _belongs(row, name)] for name in SETS}
    chosen = request.args.get("set", "missing")
    if chosen not in SETS:
        raise Refusal("not_found")
    shown = listing.of(sets[chosen], "commitments.overview", contacts=listing.may_see_contacts(), set=chosen)
    return shown, chosen, {name: len(rows) for name, rows in sets.items()}, len(managed)


def _belongs(row: Standing, name: str) -> bool:
    if name == "missing" or row.commitment is None:
        return name == "missing" and row.commitment is None
    return name == "in_force" or row.commitment.valid_until <= today() + timedelta(days=SOON_DAYS)


@blueprint.get("/commitments/<uuid:commitment_id>")
@for_roles(*CASE_ROLES)
def page(commitment_id: Any) -> ResponseReturnValue:
    found = commitments.read(db(), str(commitment_id))
    if account().role == "inspector" and found.author != account().id:
        raise Refusal("forbidden")
    access.note("record_opened", "commitment", found.id)
    record = signed.read(db(), "commitment", found.id)
    if record is None:
        raise Refusal("commitment_unknown")
    body = record.content
    text = units.commitment_text()
    agreed = [c for c in text["clauses"] if c["number"] in body["clauses"]]
    return render_template(
        "commitments/page.html", c=found, body=body, record=record, mended=held.mended(record), clauses=agreed,
        about=text["about"],
        same_text=text["version"] == found.template, place=establishments.read(db(), found.establishment),
        scans=[(sha, "Ảnh bản đã ký trên giấy") for sha in body.get("scans") or []], people=people.names(db()),
        arrived=evidence.arrived(db(), current_app.config["DATA_FOLDER"], "commitment", found.id),
    )  # fmt: skip


@blueprint.get("/commitments/blank")
@for_roles(*CASE_ROLES)
def blank() -> ResponseReturnValue:
    """For paper: one for each establishment asked for (id = codes), or an empty one. Clauses follow the type."""
    codes = {code.upper() for code in request.args.getlist("id")}
    chosen = [e for e in establishments.every(db()) if e.code.upper() in codes][:MOST_SHEETS]
    owners, names = entities.every(db()), areas.names(db())
    sheets: list[dict[str, Any]] = [
        {
            "place": e,
            "area": names.get(e.area or "", ""),
            "entity": owners.get(e.entity or ""),
            "contacts": listing.may_see_contacts(e),
            "clauses": _clauses(e),
        }
        for e in chosen
    ]
    text = units.commitment_text()
    sheets = sheets or [{"place": None, "area": "", "entity": None, "contacts": False, "clauses": text["clauses"]}]
    return render_template(
        "commitments/paper.html", sheets=sheets, text=text, year=today().year, kind_word=unit().kind, asked=len(codes)
    )


def _clauses(place: Establishment) -> list[dict[str, Any]]:
    return [c for c in units.commitment_text()["clauses"] if c["types"] is None or place.type in c["types"]]
