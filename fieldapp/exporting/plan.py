"""The coverage list of a plan: every establishment that a target counts, how it stands with each, and the figures.

The list names establishments, so the plan's own wording has no place in it: each target is said in a sentence of ours.
Targets about complexity have their figures, never a column: who is classified complex stands on no list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, checklists, coverage, units
from fieldapp.coverage import Coverage, Share
from fieldapp.establishments import Establishment
from fieldapp.exporting import papers
from fieldapp.exporting.document import Column, Document, Table
from fieldapp.folding import natural
from fieldapp.plans import Plan, wording
from fieldapp.units import Unit

COUNTED, MISSING, CEASED = "● Đạt", "○ Chưa", "– Chấm dứt"
LISTED = ("distinct_inspected", "inspection_visits", "commitments_valid", "workers_reached", "registry_managed")


def document(db: Database, plan: Plan, on: date, *, by: str, now: datetime) -> Document:
    """The figures and lists of a plan as asked on a day. by: who takes the list out. now: the instant."""
    unit = units.read(db)
    found = coverage.figures(db, plan, on)
    made = papers.made(unit, by=by, now=now)
    title = f"Danh sách cơ sở theo chỉ tiêu kế hoạch {plan.id}"
    above = [title, unit.committee, f"Số liệu đến ngày {on:%d/%m/%Y}."]
    tables = [_list(db, found, unit, above), _targets(found, unit, made), _shares(found, unit)]
    return Document(f"chi-tieu-{plan.id}", title, tables, made, unit.is_demo)


def _list(db: Database, found: Sequence[Coverage], unit: Unit, above: list[str]) -> Table:
    shown = [one for one in found if one.target.metric in LISTED and one.target.population != "complex"]
    members = {e.id: e for one in shown for e in (*one.counted, *one.missing, *one.ceased_before_inspection)}
    columns = [
        Column("STT", 4, centred=True), *papers.place_columns(unit), Column("Người đại diện", 15),
        Column("Điện thoại", 11), *(Column(one.target.id, 11) for one in shown),
    ]  # fmt: skip
    names = areas.names(db)
    rows = [
        [n, *papers.place_cells(e, names), e.representative, e.phone, *(_state(one, e) for one in shown)]
        for n, e in enumerate(sorted(members.values(), key=lambda e: e.code), 1)
    ]  # fmt: skip
    below = [f"{one.target.id}: {wording.sentence(one.target, unit.bodies, unit.area_word)}." for one in shown]
    return Table("Danh sách", columns, rows, above, below, frozen=3)


def _state(found: Coverage, e: Establishment) -> Any:
    """How it stands with a target; '' where it is not of its denominator."""
    if e in found.counted:
        return found.reached.get(e.id) or found.reached_on.get(e.id) or COUNTED
    if e in found.missing:
        return found.reached.get(e.id) or MISSING
    return CEASED if e in found.ceased_before_inspection else ""


def _targets(found: Sequence[Coverage], unit: Unit, made: str) -> Table:
    columns = [
        Column("Mã", 8), Column("Chỉ tiêu", 42), Column("Kỳ tính", 22), Column("Tử số", 8), Column("Mẫu số", 8),
        Column("Tỷ lệ", 8, percent=True), Column("Phải đạt", 8), Column("Còn thiếu", 8), Column("Trạng thái", 14),
        Column("Cách tính mẫu số", 30), Column("Nguồn trong kế hoạch", 12),
    ]  # fmt: skip
    rows = [
        [one.target.id, wording.sentence(one.target, unit.bodies, unit.area_word), wording.over(one.window),
         one.numerator, one.denominator, None if one.percent is None else round(one.percent / 100, 3), one.required,
         one.remaining, wording.verdict(one.target, one.numerator, one.met), _how(one), _source(one)]
        for one in found
    ]  # fmt: skip
    below = ["Sổ cơ sở lấy theo hiện trạng khi xuất; các lượt kiểm tra lấy đến ngày nêu trên.", made]
    return Table("Chỉ tiêu", columns, rows, ["Kết quả thực hiện chỉ tiêu"], below)


def _how(found: Coverage) -> str:
    if found.typed:
        return f"Nhập tay ngày {found.typed.figure_on:%d/%m/%Y}, nguồn: {found.typed.source}"
    if found.denominator is None:
        return ""
    said = wording.denominator(found.target)
    ceased = len(found.ceased_before_inspection)
    return said + (f"; {ceased} cơ sở chấm dứt trước khi được tính, để riêng" if ceased else "")


def _source(found: Coverage) -> str:
    source = found.target.source
    return f"{source.doc} dòng {source.line}" if source.line else source.doc


def _shares(found: Sequence[Coverage], unit: Unit) -> Table:
    columns = [Column("Chỉ tiêu", 10), Column("Nhóm", 14), Column("Tên", 34), Column("Đã đạt", 10),
               Column("Mẫu số", 10), Column("Tỷ lệ", 10, percent=True)]  # fmt: skip
    rows: list[list[Any]] = []
    for one in found:
        if one.target.population == "complex":
            continue  # a type or area with one establishment would name it
        types = [(checklists.types().get(share.key, share.key), share) for share in one.by_type]
        places = [(share.key or "(chưa ghi)", share) for share in one.by_area]
        rows += [[one.target.id, "Loại hình", *_share(name, share)] for name, share in types]
        places.sort(key=lambda place: natural(place[0]))
        rows += [[one.target.id, papers.area_title(unit), *_share(name, share)] for name, share in places]
    return Table("Theo nhóm", columns, rows, ["Theo loại hình và khu vực"], landscape=False)


def _share(name: str, share: Share) -> list[Any]:
    percent = None if share.percent is None else round(share.percent / 100, 3)
    return [name, share.numerator, share.denominator, percent]
