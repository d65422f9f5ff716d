"""Kế hoạch: a year's coverage, its pace, and the establishments behind every figure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from fieldapp import areas, coverage, inspections, standing
from fieldapp.coverage import Coverage, Share
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.exporting import coverage as paper
from fieldapp.forms import read_day
from fieldapp.standing import Standing
from fieldapp.views import drawings, listing, words
from fieldapp.views.establishments import may_see_contacts, render_list
from fieldapp.views.request import OFFICE_ROLES, account, db, for_roles, now, today, unit

blueprint = Blueprint("coverage", __name__)
READERS = ("officer", "leader", "viewer")
FIRST_YEAR, LAST_YEAR = 2000, 2100


def asked_year() -> int:
    """The year asked for, by default this one. Raises Refusal year_invalid."""
    text = request.args.get("year", str(today().year))
    if not (text.isdigit() and FIRST_YEAR <= int(text) <= LAST_YEAR):
        raise Refusal("year_invalid")
    return int(text)


def asked_day() -> date:
    """The day asked for, by default today; typed as 20/11/2026 or ISO. Raises Refusal day_invalid."""
    text = request.args.get("as_of", "").strip()
    try:
        return read_day(text) if text else today()
    except ValueError:
        raise Refusal("day_invalid", value=text) from None


def asked() -> Coverage:
    return coverage.compute(db(), coverage.yearly_target(asked_year()), asked_day())


@blueprint.get("/coverage")
@for_roles(*READERS)
def year() -> ResponseReturnValue:
    found = asked()
    pace = coverage.pace(found)
    waiting = {i.establishment for i in inspections.waiting(db())}
    border = {area.name for area in areas.every(db()) if area.is_border_area}
    return render_template(
        "coverage/year.html",
        c=found, pace=pace, year=found.window[0].year, is_today=found.as_of == today(),
        plot=drawings.plot(found, pace), months=drawings.months(found), by_type=_by_remaining(found.by_type),
        by_area=_by_remaining(found.by_area), border=border, recent=len(SETS["recent"](found)),
        waiting=sum(e.id in waiting for e in found.counted), headline=_headline(found, pace),
    )  # fmt: skip


def _by_remaining(shares: list[Share]) -> list[Share]:
    return sorted(shares, key=lambda s: (s.numerator - (s.denominator or 0), -(s.denominator or 0), s.key))


def _headline(found: Coverage, pace: coverage.Pace | None) -> str:
    """What the chart says, as a sentence."""
    n, total = found.numerator or 0, found.denominator or 0
    if pace is None:
        return f"Cả năm đã kiểm tra {words.number(n)}/{words.number(total)} cơ sở"
    if not found.remaining:
        return f"Đã kiểm tra đủ {words.number(total)} cơ sở"
    end = words.day_month(found.window[1])
    if pace.projected >= (found.required or 0):
        return f"cần {words.number(pace.needed, 1)} cơ sở mỗi tuần; giữ nhịp hiện nay thì đủ trước {end}"
    return (
        f"cần {words.number(pace.needed, 1)} cơ sở mỗi tuần; giữ nhịp hiện nay thì đến {end} mới được "
        f"{words.number(pace.projected)}/{words.number(total)}"
    )


def _all_members(found: Coverage) -> list[Establishment]:
    return sorted([*found.counted, *found.missing], key=lambda e: e.code)


def _recent(found: Coverage) -> list[Establishment]:
    since = found.as_of - timedelta(weeks=coverage.PACE_WEEKS)
    return [e for e in found.counted if since < found.reached_on[e.id] <= found.as_of]


SETS: dict[str, Callable[[Coverage], list[Establishment]]] = {
    "denominator": _all_members,
    "counted": lambda found: found.counted,
    "missing": lambda found: found.missing,
    "ceased": lambda found: found.ceased_before_inspection,
    "recent": _recent,
}
SET_NAMES = {
    "denominator": "Tất cả cơ sở trong mẫu số", "counted": "Đã kiểm tra", "missing": "Chưa kiểm tra",
    "ceased": "Chấm dứt trước khi được kiểm tra", "recent": "Kiểm tra trong 8 tuần gần nhất",
}  # fmt: skip


def _rows() -> tuple[Coverage, listing.Listing, str]:
    """The establishments behind one figure.

    Query: set (a key of SETS), and to narrow it by_type (code), by_area (name, '' = unknown), month, until (1..12).
    """
    found = asked()
    name = request.args.get("set", "denominator")
    if name not in SETS:
        raise Refusal("not_found")
    names = areas.names(db())
    members = [e for e in SETS[name](found) if _narrow(found, e, names)]
    fixed: dict[str, Any] = {
        key: request.args[key] for key in ("set", "by_type", "by_area", "month", "until") if key in request.args
    }
    fixed |= {"year": found.window[0].year, "as_of": found.as_of.isoformat()}
    rows = _standing([e.id for e in members], found.as_of)
    return found, listing.of(rows, "coverage.rows", contacts=may_see_contacts(), **fixed), _title(name)


def _standing(ids: list[str], on: date) -> list[Standing]:
    """The establishments of a figure as they stood on the day asked."""
    if on < today():
        return standing.every(db(), on, ids)
    wanted = set(ids)
    return [row for row in listing.whole_register() if row.establishment.id in wanted]


def _narrow(found: Coverage, e: Establishment, names: dict[str, str]) -> bool:
    wanted = request.args
    reached = found.reached_on.get(e.id)
    if "by_type" in wanted and e.type != wanted["by_type"]:
        return False
    if "by_area" in wanted and names.get(e.area or "", "") != wanted["by_area"]:
        return False
    if "month" in wanted and (reached is None or str(reached.month) != wanted["month"]):
        return False
    return "until" not in wanted or (reached is not None and str(reached.month).zfill(2) <= wanted["until"].zfill(2))


def _title(name: str) -> str:
    wanted = request.args
    parts = [SET_NAMES[name]]
    if "by_type" in wanted:
        parts.append(words.type_name(wanted["by_type"]))
    if "by_area" in wanted:
        parts.append(wanted["by_area"] or f"chưa rõ {unit().area_word}")
    if "month" in wanted:
        parts.append(f"tháng {wanted['month']}")
    if "until" in wanted:
        parts.append(f"đến hết tháng {wanted['until']}")
    return ", ".join(parts)


@blueprint.get("/coverage/rows")
@for_roles(*READERS)
def rows() -> ResponseReturnValue:
    found, shown, title = _rows()
    year = found.window[0].year
    return render_list("coverage/rows.html", shown, exports="coverage.export_rows", c=found, title=title, year=year)


@blueprint.get("/coverage/rows/export.<any(csv, xlsx):form>")
@for_roles(*READERS)
def export_rows(form: str) -> Response:
    found, shown, title = _rows()
    year = found.window[0].year
    return listing.as_file(shown, form, "do-bao-phu", f"{title}, năm {year}, tính đến {words.day(found.as_of)}")


@blueprint.get("/coverage/export.<any(csv, xlsx):form>")
@for_roles(*OFFICE_ROLES)
def export(form: str) -> Response:
    """The coverage list of the year with its figures and how they came about; it holds contacts."""
    return listing.send(paper.document(db(), asked_year(), asked_day(), by=account().name, now=now()), form)
