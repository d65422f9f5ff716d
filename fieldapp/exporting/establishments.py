"""The register as a list: what it says today of each establishment, and how often it was visited in a year.

It can be imported again without a change. Left out: how an authority classified an establishment; a registration code
is masked, for it may equal a person's tax number.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, commitments, coverage, entities, establishments, findings, plans, units, visits
from fieldapp.entities import Entity
from fieldapp.establishments import Establishment
from fieldapp.exporting import papers
from fieldapp.exporting.document import Column, Document, Table

SHOWN_OF_CODE = 3
REVIEW_STATES = {
    "identified": "Mới phát hiện", "reviewed": "Đã rà soát", "classified": "Đã phân loại",
    "managed": "Thuộc diện quản lý",
}  # fmt: skip


def document(db: Database, year: int, today: date, *, by: str, now: datetime) -> Document:
    """year: whose visits are counted. today: the commune's day. by: who takes the list out. now: the instant."""
    unit = units.read(db)
    register = establishments.every(db)
    title = f"Danh sách cơ sở, số lượt kiểm tra năm {year}"
    rows = [[number, *cells] for number, cells in enumerate(_rows(db, register, year, today), 1)]
    made = papers.made(unit, by=by, now=now)
    table = Table("Danh sách cơ sở", _columns(unit), rows, [title, unit.committee, f"{len(rows)} cơ sở."], frozen=3)
    return Document(f"co-so-{year}", title, [table], made, unit.is_demo)


def _columns(unit: units.Unit) -> list[Column]:
    return [
        Column("STT", 5, centred=True), *papers.place_columns(unit), Column("Chủ thể kinh doanh", 18),
        Column("Loại chủ thể", 10), Column("Mã số thuế", 10), Column("Người đại diện", 15), Column("Chức danh", 10),
        Column("Điện thoại", 11), Column("Tình trạng", 11), Column("Diện quản lý", 12), Column("Quản lý từ", 10),
        Column("Ngày thôi quản lý", 10), Column("Có điều kiện ANTT", 8, centred=True), Column("Số phòng", 7),
        Column("Số lao động", 7), Column("Số lao động có HĐLĐ", 8), Column("Giấy tờ và hạn", 22),
        Column("Cam kết có hiệu lực đến", 10), Column("Kiểm tra gần nhất", 10), Column("Số lần trong năm", 7),
        Column("Tồn tại chưa đóng", 7), Column("Ghi chú", 18),
    ]  # fmt: skip


def _rows(db: Database, register: list[Establishment], year: int, today: date) -> list[list[Any]]:
    names, owners, papers_held = areas.names(db), entities.every(db), establishments.licences(db)
    in_force = commitments.in_force(db, today)
    days = coverage.visit_days(visits.counting(db, *plans.year_window(year)), plans.yearly_target(year))
    waiting: dict[str, int] = {}
    for finding in findings.still_open(db):
        waiting[finding.establishment] = waiting.get(finding.establishment, 0) + 1
    return [
        [
            *papers.place_cells(e, names), *_owner(owners.get(e.entity or "")), e.representative,
            e.representative_role, e.phone, establishments.STATUSES[e.status], REVIEW_STATES[e.review_state],
            e.managed_since, e.managed_until, "có" if e.security_conditional else "không", e.rooms, e.employees,
            e.employees_with_contract, _licences(papers_held.get(e.id, [])),
            in_force[e.id].valid_until if e.id in in_force else None, days[e.id][-1] if e.id in days else None,
            len(days.get(e.id, ())), waiting.get(e.id, 0), e.note,
        ] for e in register
    ]  # fmt: skip


def _owner(owner: Entity | None) -> list[str]:
    if owner is None:
        return ["", "", ""]
    return [owner.name, entities.KINDS_VI.get(owner.kind, owner.kind), masked(owner.registration_code)]


def masked(code: str) -> str:
    """A registration code as lists show it: •••••123."""
    return "•" * (len(code) - SHOWN_OF_CODE) + code[-SHOWN_OF_CODE:] if len(code) > SHOWN_OF_CODE else "•" * len(code)


def _licences(held: list[establishments.Licence]) -> str:
    return "; ".join(
        " ".join([one.kind, one.number]).strip() + (f", hạn {one.expires_on:%d/%m/%Y}" if one.expires_on else "")
        for one in held
    )
