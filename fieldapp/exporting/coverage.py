"""The coverage list of a year: who is in the denominator, who ceased, the figures and how they came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, checklists, commitments, coverage, findings, units, visits
from fieldapp.commitments import Commitment
from fieldapp.coverage import Coverage, Share
from fieldapp.establishments import Establishment
from fieldapp.exporting import papers
from fieldapp.exporting.document import Column, Document, Table
from fieldapp.findings import Finding
from fieldapp.folding import natural
from fieldapp.plans import wording
from fieldapp.units import Unit

INSPECTED, NOT_INSPECTED, CEASED = "● Đã kiểm tra", "○ Chưa kiểm tra", "– Chấm dứt trước khi kiểm tra"


@dataclass(frozen=True)
class _Sources:
    """What the rows are made of. visited: establishment id -> (number of counted visits, bodies that took part)."""

    unit: Unit
    found: Coverage
    areas: dict[str, str]
    visited: dict[str, tuple[int, list[str]]]
    open: dict[str, list[Finding]]
    commitments: dict[str, Commitment]


def document(db: Database, year: int, on: date, *, by: str, now: datetime) -> Document:
    """The coverage of a calendar year as asked on a day.

    on: local day; visits after it are left out, the register is today's. by: who takes the list out. now: the instant.
    """
    found = coverage.compute(db, coverage.yearly_target(year), on)
    unit = units.read(db)
    sources = _Sources(
        unit, found, areas.names(db), _visited(db, found, unit), _open_findings(db), commitments.in_force(db, on)
    )  # fmt: skip
    title = f"Danh sách cơ sở và kết quả kiểm tra năm {year}"
    made = papers.made(unit, by=by, now=now)
    tables = [_list(sources, title, year), _figures(sources, made)]
    return Document(f"do-bao-phu-{year}", title, tables, made, unit.is_demo)


def _visited(db: Database, found: Coverage, unit: Unit) -> dict[str, tuple[int, list[str]]]:
    start, end = found.window
    until = {e.id: e.managed_until.isoformat() for e in _members(found) if e.managed_until}
    rows = [
        row for row in (visits.counting(db, start, min(found.as_of, end)) if found.as_of >= start else [])
        if row[3] in found.target.kinds and (row[0] not in until or row[1] < until[row[0]])
    ]  # fmt: skip
    bodies: dict[str, set[str]] = {}
    for establishment, _, codes, _ in rows:
        bodies.setdefault(establishment, set()).update(codes)
    days = coverage.visit_days(rows, found.target)
    return {
        place: (len(of), [b.vi for code, b in unit.bodies.items() if code in bodies[place]])
        for place, of in days.items()
    }


def _open_findings(db: Database) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings.still_open(db):
        found.setdefault(finding.establishment, []).append(finding)
    return found


def _members(found: Coverage) -> list[Establishment]:
    """The denominator by code, then those that ceased before they could be inspected."""
    listed = sorted(found.counted + found.missing, key=lambda e: e.code)
    return listed + sorted(found.ceased_before_inspection, key=lambda e: e.code)


def _list(s: _Sources, title: str, year: int) -> Table:
    columns = [
        Column("STT", 4, centred=True), *papers.place_columns(s.unit), Column("Người đại diện", 15),
        Column("Điện thoại", 11), Column(f"Kết quả kiểm tra năm {year}", 14), Column("Ngày được tính", 10),
        Column("Các cơ quan đã kiểm tra", 14), Column("Số lần trong năm", 6, centred=True),
        Column("Tồn tại chưa đóng", 6, centred=True), Column("Tồn tại quá hạn", 6, centred=True),
        Column("Cam kết có hiệu lực đến", 10),
    ]  # fmt: skip
    rows = [[number, *_row(s, e)] for number, e in enumerate(_members(s.found), 1)]
    above = [title, s.unit.committee, f"Số liệu từ 01/01/{year} đến {s.found.as_of:%d/%m/%Y}. {headline(s.found)}"]
    return Table("Danh sách", columns, rows, above, frozen=3)


def _row(s: _Sources, e: Establishment) -> list[Any]:
    times, bodies = s.visited.get(e.id, (0, []))
    waiting = s.open.get(e.id, [])
    commitment = s.commitments.get(e.id)
    return [
        *papers.place_cells(e, s.areas), e.representative, e.phone, _status(s.found, e),
        s.found.reached_on.get(e.id), "; ".join(bodies), times,
        len(waiting), sum(finding.overdue(s.found.as_of) for finding in waiting),
        commitment.valid_until if commitment else None,
    ]  # fmt: skip


def _status(found: Coverage, e: Establishment) -> str:
    if e.id in found.reached_on:
        return INSPECTED
    return CEASED if e in found.ceased_before_inspection else NOT_INSPECTED


def headline(found: Coverage) -> str:
    """The figure in words, n/N first: "Đã kiểm tra 24/41 cơ sở (58,5%)"."""
    if found.numerator is None:
        return "Năm này chưa bắt đầu, chưa có số liệu."
    share = "—" if found.percent is None else wording.percent(found.percent)
    return f"Đã kiểm tra {found.numerator}/{found.denominator} cơ sở ({share})."


def _figures(s: _Sources, made: str) -> Table:
    columns = [Column("Nhóm", 14), Column("Tên", 34), Column("Đã kiểm tra", 10), Column("Mẫu số", 10),
               Column("Tỷ lệ", 10, percent=True), Column("Còn lại", 10)]  # fmt: skip
    found = s.found
    types = [(checklists.types().get(share.key, share.key), share) for share in found.by_type]
    of_areas = [(share.key or "(chưa ghi)", share) for share in found.by_area]
    rows = [
        ["Tất cả", "", found.numerator, found.denominator, _share(found.percent), _left(found)],
        *_shares("Loại hình", types),
        *_shares(papers.area_title(s.unit), of_areas),
    ]
    above = [f"Số liệu đến ngày {found.as_of:%d/%m/%Y}", found.target.text]
    return Table("Số liệu", columns, rows, above, [*_how(found), made], landscape=False)


def _shares(group: str, shares: Sequence[tuple[str, Share]]) -> list[list[Any]]:
    """By name as people count."""
    return [
        [
            group,
            name,
            share.numerator,
            share.denominator,
            _share(share.percent),
            (share.denominator or 0) - share.numerator,
        ]
        for name, share in sorted(shares, key=lambda pair: natural(pair[0]))
    ]


def _left(found: Coverage) -> int | None:
    return None if found.numerator is None else len(found.missing)


def _share(percent: float | None) -> float | str:
    return "—" if percent is None else round(percent / 100, 3)


def _how(found: Coverage) -> list[str]:
    start, last = found.window[0], found.last
    met = {True: "đạt", False: "chưa đạt", None: "—"}[found.met]
    return [
        f"Phải đạt {_plain(found.required)} cơ sở, còn thiếu {_plain(found.remaining)}: {met}.",
        f"Mẫu số: cơ sở thuộc diện quản lý ít nhất một ngày từ {start:%d/%m/%Y} đến {last:%d/%m/%Y},"
        f" trừ {len(found.ceased_before_inspection)} cơ sở chấm dứt trước khi được kiểm tra (liệt kê cuối danh sách).",
        "Tử số: cơ sở có ít nhất một lượt kiểm tra tại chỗ, đã tiến hành, của bất kỳ cơ quan nào, không kể hậu kiểm.",
        "Sổ cơ sở lấy theo hiện trạng khi xuất; lượt kiểm tra lấy đến ngày nêu trên.",
    ]  # fmt: skip


def _plain(figure: int | None) -> str:
    return "—" if figure is None else str(figure)
