"""Tồn tại: shortcomings that wait for the owner, overdue first, by establishment."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from fieldapp import areas, findings, standing
from fieldapp.findings import Finding
from fieldapp.folding import fold
from fieldapp.standing import Standing
from fieldapp.views.request import CASE_ROLES, db, for_roles, today

blueprint = Blueprint("findings", __name__)
ONLY = {"overdue": "Quá hạn", "due_soon": "Đến hạn trong 7 ngày", "urgent": "Khẩn", "later": "Chưa đến hạn"}


@blueprint.get("/findings")
@for_roles(*CASE_ROLES)
def still_open() -> ResponseReturnValue:
    every = findings.still_open(db())
    rows = standing.every(db(), today(), sorted({finding.establishment for finding in every}))
    only, text = request.args.get("only", ""), request.args.get("q", "").strip()
    groups = [(row, _shown(row, only, text)) for row in rows]
    groups = sorted(
        ((row, shown) for row, shown in groups if shown),
        key=lambda pair: (pair[1][0].due_on, pair[0].establishment.code),
    )
    counts = {name: sum(len([f for f in row.open if _is(row, f, name)]) for row in rows) for name in ONLY}
    return render_template(
        "findings/open.html", groups=groups, total=len(every), counts=counts, only=only, text=text, kinds=ONLY,
        areas=areas.names(db()),
    )  # fmt: skip


def _shown(row: Standing, only: str, text: str) -> list[Finding]:
    words = fold(text).split()
    place = fold(f"{row.establishment.code} {row.establishment.name} {row.establishment.address} {row.area}")
    found = [f for f in row.open if only not in ONLY or _is(row, f, only)]
    return [f for f in found if all(w in place for w in words) or findings.matches(f, text)]


def _is(row: Standing, finding: Finding, only: str) -> bool:
    match only:
        case "overdue":
            return finding.overdue(row.today)
        case "due_soon":
            return finding in row.due_soon
        case "urgent":
            return finding.urgent
        case _:
            return not finding.overdue(row.today) and finding not in row.due_soon
