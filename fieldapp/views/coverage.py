"""Kế hoạch: the targets of a plan or a year, their pace, and what stands behind every figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from fieldapp import areas, coverage, inspections, plans, standing
from fieldapp.coverage import Coverage, Share
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.exporting import Column, Document, Table
from fieldapp.exporting import coverage as year_paper
from fieldapp.exporting import plan as plan_paper
from fieldapp.folding import natural
from fieldapp.forms import read_day
from fieldapp.plans import wording
from fieldapp.standing import Standing
from fieldapp.views import drawings, listing, words
from fieldapp.views.asked import Asked, asked, restricted, year_before
from fieldapp.views.establishments import render_list
from fieldapp.views.request import OFFICE_ROLES, account, db, for_roles, now, today, unit

blueprint = Blueprint("coverage", __name__)
READERS = ("officer", "leader", "viewer")
SHOWN_PARTS = 60


def sentence(target: plans.Target) -> str:
    """A target in our own words: the plan's stand on no page that names establishments."""
    return wording.sentence(target, unit().bodies, unit().area_word)


@dataclass(frozen=True)
class Line:
    """One target in the table at the top. behind: how far below an even pace, 0 where it keeps up."""

    found: Coverage
    said: str
    pace: coverage.Pace | None
    behind: float

    @property
    def note(self) -> str:
        target = self.found.target
        parts = [wording.over(self.found.window)]
        if target.allotted_by:
            parts.append(f"{target.allotted_by} giao")
        if self.found.binds is not None:
            parts.append("mức phải theo" if self.found.binds else "mức thấp hơn trong hai mức")
        if self.found.typed:
            parts.append(f"nhập tay ngày {words.day(self.found.typed.figure_on)}, {self.found.typed.source}")
        elif target.owner_level != "commune":
            parts.append("cấp tỉnh tổng hợp, không tính ở đơn vị")
        return " · ".join(parts)


def _line(found: Coverage) -> Line:
    pace = coverage.pace(found)
    start, end = found.window
    even = (found.required or 0) * ((found.last - start).days + 1) / ((end - start).days + 1)
    return Line(found, sentence(found.target), pace, even - (found.numerator or 0) if pace and found.remaining else 0)


@blueprint.get("/coverage")
@for_roles(*READERS)
def year() -> ResponseReturnValue:
    wanted = asked()
    found, pace = wanted.one, coverage.pace(wanted.one)
    waiting = {i.establishment for i in inspections.waiting(db())}
    border = {area.name for area in areas.every(db()) if area.is_border_area}
    before = year_before(found, wanted.sources) if found.numerator is not None else None
    return render_template(
        "coverage/year.html",
        asked=wanted, lines=[_line(one) for one in wanted.every], c=found, pace=pace, year=wanted.year,
        is_today=wanted.on == today(), plot=drawings.plot(found, pace, before), periods=drawings.periods(found, before),
        by_type=_by_remaining(found.by_type), by_area=_by_remaining(found.by_area), border=border,
        recent=len(SETS["recent"](found)), waiting=sum(e.id in waiting for e in found.counted), before=before,
        said=sentence(found.target), headline=_headline(found, pace), hidden=restricted(found),
        kept=sum(one.target.metric == "out_of_scope" for one in wanted.every), overlaps=coverage.overlaps(wanted.every),
        denominator=wording.denominator(found.target), parts=found.parts[:SHOWN_PARTS],
    )  # fmt: skip


def _by_remaining(shares: list[Share]) -> list[Share]:
    return sorted(shares, key=lambda s: (s.numerator - (s.denominator or 0), -(s.denominator or 0), natural(s.key)))


def _headline(found: Coverage, pace: coverage.Pace | None) -> str:
    """What the chart says, as a sentence."""
    n, total = found.numerator or 0, found.denominator or 0
    if pace is None:
        whole = "Cả năm" if (found.window[1] - found.window[0]).days > 363 else "Cả kỳ"
        return f"{whole} đã kiểm tra {words.number(n)}/{words.number(total)} cơ sở"
    if not found.remaining:
        return f"Đã kiểm tra đủ {words.number(found.required)} cơ sở"
    end = words.day_month(found.window[1])
    if pace.projected >= (found.required or 0):
        return f"cần {words.number(pace.needed, 1)} cơ sở mỗi tuần; giữ nhịp hiện nay thì đủ trước {end}"
    return (
        f"cần {words.number(pace.needed, 1)} cơ sở mỗi tuần; giữ nhịp hiện nay thì đến {end} mới được "
        f"{words.number(pace.projected)}/{words.number(found.required)}"
    )


def _all_members(found: Coverage) -> list[Establishment]:
    return sorted([*found.counted, *found.missing], key=lambda e: e.code)


def _recent(found: Coverage) -> list[Establishment]:
    since = found.as_of - timedelta(weeks=coverage.PACE_WEEKS)
    return [e for e in found.counted if since < found.reached_on.get(e.id, date.min) <= found.as_of]


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


def _one() -> Coverage:
    """The target whose rows are asked for. Raises Refusal forbidden, target_unknown."""
    found = asked().one
    if restricted(found):
        raise Refusal("forbidden")
    return found


def _rows(found: Coverage) -> tuple[listing.Listing, str]:
    """The establishments behind one figure.

    Query: set (a key of SETS), and to narrow it by_type (code), by_area (name, '' = unknown), since, until (days on
    which the target was reached).
    """
    name = request.args.get("set", "denominator")
    if name not in SETS:
        raise Refusal("not_found")
    names, between = areas.names(db()), (_day("since"), _day("until"))
    members = [e for e in SETS[name](found) if _narrow(found, e, names, between)]
    keys = ("set", "by_type", "by_area", "since", "until", "plan", "year", "target")
    fixed: dict[str, Any] = {key: request.args[key] for key in keys if key in request.args}
    fixed |= asked().target_of(found)
    rows = _standing([e.id for e in members], found.as_of)
    return listing.of(rows, "coverage.rows", contacts=listing.may_see_contacts(), **fixed), _title(name)


def _day(name: str) -> date | None:
    text = request.args.get(name, "")
    try:
        return read_day(text) if text else None
    except ValueError:
        raise Refusal("day_invalid", value=text) from None


def _standing(ids: list[str], on: date) -> list[Standing]:
    """The establishments of a figure as they stood on the day asked."""
    if on < today():
        return standing.every(db(), on, ids)
    wanted = set(ids)
    return [row for row in listing.whole_register() if row.establishment.id in wanted]


def _narrow(
    found: Coverage, e: Establishment, names: dict[str, str], between: tuple[date | None, date | None]
) -> bool:  # fmt: skip
    wanted, reached = request.args, found.reached_on.get(e.id)
    if "by_type" in wanted and e.type != wanted["by_type"]:
        return False
    if "by_area" in wanted and names.get(e.area or "", "") != wanted["by_area"]:
        return False
    since, until = between
    if since is None and until is None:
        return True
    return reached is not None and (since or date.min) <= reached <= (until or date.max)


def _title(name: str) -> str:
    wanted = request.args
    parts = [SET_NAMES[name]]
    if "by_type" in wanted:
        parts.append(words.type_name(wanted["by_type"]))
    if "by_area" in wanted:
        parts.append(wanted["by_area"] or f"chưa rõ {unit().area_word}")
    if "since" in wanted:
        parts.append(f"từ {words.day(_day('since'))}")
    if "until" in wanted:
        parts.append(f"đến {words.day(_day('until'))}")
    return ", ".join(parts)


@blueprint.get("/coverage/rows")
@for_roles(*READERS)
def rows() -> ResponseReturnValue:
    found, back = _one(), asked().address
    if found.parts:
        said = sentence(found.target)
        return render_template("coverage/parts.html", c=found, parts=_parts(found), said=said, back=back, asked=asked())
    shown, title = _rows(found)
    return render_list("coverage/rows.html", shown, exports="coverage.export_rows", c=found, title=title, back=back,
                       said=sentence(found.target))  # fmt: skip


def _parts(found: Coverage) -> list[coverage.Part]:
    """What is counted where it is not establishments; with set=counted or missing only those."""
    wanted = {"counted": True, "missing": False}.get(request.args.get("set", ""))
    return [part for part in found.parts if wanted is None or part.counted == wanted]


@blueprint.get("/coverage/rows/export.<any(csv, xlsx):form>")
@for_roles(*READERS)
def export_rows(form: str) -> Response:
    found = _one()
    if found.parts:
        return listing.send(_parts_paper(found), form)
    shown, title = _rows(found)
    about = f"{title}, {wording.over(found.window)}, tính đến {words.day(found.as_of)}"
    return listing.as_file(shown, form, "do-bao-phu", about)


def _parts_paper(found: Coverage) -> Document:
    columns = [Column("Mã", 16), Column("Nội dung", 60), Column("Đến ngày", 12), Column("Kết quả", 12)]
    rows = [[part.key, part.title, part.day, "● Đạt" if part.counted else "○ Chưa"] for part in _parts(found)]
    made = f"Lập từ phần mềm lúc {words.moment_text(now())}, người xuất: {account().name}"
    title = f"{sentence(found.target)}, tính đến {words.day(found.as_of)}"
    table = Table("Danh sách", columns, rows, [title, unit().committee], [made])
    return Document(f"chi-tieu-{found.target.id}", title, [table], made, unit().is_demo)


@blueprint.get("/coverage/export.<any(csv, xlsx):form>")
@for_roles(*OFFICE_ROLES)
def export(form: str) -> Response:
    """The coverage list with its figures and how they came about; it holds contacts."""
    return listing.send(_paper(asked()), form)


def _paper(wanted: Asked) -> Document:
    by, moment = account().name, now()
    if wanted.plan:
        return plan_paper.document(db(), wanted.plan, wanted.on, by=by, now=moment)
    return year_paper.document(db(), wanted.year, wanted.on, by=by, now=moment)
