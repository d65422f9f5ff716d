"""The shortcomings of a year as a list: those found in it or still open, with deadline and what became of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, establishments, findings, inspections, units
from fieldapp.exporting import papers
from fieldapp.exporting.document import Column, Document, Table
from fieldapp.findings import Finding


def document(
    db: Database, year: int, today: date, *, by: str, now: datetime, ids: Collection[str] | None = None
) -> Document:  # fmt: skip
    """By deadline; the shortcomings with the given ids, None = all.

    today: the commune's day. by: who takes the list out. now: the instant.
    """
    unit = units.read(db)
    records = {i.id: i for i in inspections.in_year(db, year) if i.stands}
    found = {f.id: f for f in findings.of_inspections(db, records)}
    found |= {f.id: f for f in findings.still_open(db)}
    wanted = sorted(
        (f for f in found.values() if f.state != "withdrawn" and (ids is None or f.id in ids)),
        key=lambda f: (f.due_on, f.id),
    )
    records |= {f.inspection: inspections.read(db, f.inspection) for f in wanted if f.inspection not in records}
    places = {e.id: e for e in establishments.every(db, {f.establishment for f in wanted})}
    names = areas.names(db)
    columns = [
        Column("STT", 5, centred=True), *papers.place_columns(unit), Column("Số biên bản", 13),
        Column("Ngày kiểm tra", 10), Column("Mục", 6, centred=True), Column("Tồn tại", 34), Column("Ghi nhận", 24),
        Column("Hạn khắc phục", 10), Column("Xác nhận bằng", 12), Column("Khẩn", 6, centred=True),
        Column("Trạng thái", 16), Column("Quá hạn (ngày)", 8),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [
            number, *papers.place_cells(places[f.establishment], names), records[f.inspection].number,
            records[f.inspection].inspected_on, f.item, papers.REFERRED if f.refer else f.text,
            "" if f.refer else f.note, f.due_on, findings.FOLLOW_UPS.get(f.follow_up, f.follow_up),
            "x" if f.urgent else "", findings.STATES[f.state], _late(f, today),
        ] for number, f in enumerate(wanted, 1)
    ]  # fmt: skip
    title = f"Tồn tại và khắc phục năm {year}"
    made = papers.made(unit, by=by, now=now)
    below = ["Gồm tồn tại của biên bản trong năm và tồn tại các năm trước còn chưa đóng."]
    table = Table("Tồn tại", columns, rows, [title, unit.committee, f"{len(rows)} tồn tại."], below, frozen=3)
    return Document(f"ton-tai-{year}", title, [table], made, unit.is_demo)


def _late(finding: Finding, today: date) -> int | None:
    return (today - finding.due_on).days if finding.overdue(today) else None
