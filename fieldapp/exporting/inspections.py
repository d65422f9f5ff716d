"""The inspections of a year as a list: facts and counts, no answers, no signatures, no contacts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, establishments, inspections, people, units, visits
from fieldapp.exporting import papers
from fieldapp.exporting.document import Column, Document, Table
from fieldapp.inspections import Inspection


def document(
    db: Database, year: int, *, by: str, now: datetime, ids: Collection[str] | None = None
) -> Document:  # fmt: skip
    """The inspections of a calendar year, oldest first; those with the given ids, None = all.

    by: who takes the list out. now: the instant.
    """
    unit = units.read(db)
    found = [i for i in inspections.in_year(db, year)[::-1] if ids is None or i.id in ids]
    places = {e.id: e for e in establishments.every(db, {i.establishment for i in found})}
    names, persons = areas.names(db), people.names(db)
    numbers = {i.id: i.number for i in found}
    columns = [
        Column("STT", 5, centred=True), Column("Số biên bản", 13), Column("Ngày kiểm tra", 10),
        *papers.place_columns(unit), Column("Loại kiểm tra", 10), Column("Cách thức", 8), Column("Kết quả", 11),
        Column("Cơ quan kiểm tra", 14), Column("Đạt", 6), Column("Không đạt", 6), Column("Không áp dụng", 7),
        Column("Chưa xem xét", 7), Column("Trạng thái", 12), Column("Được thay bằng", 13), Column("Người lập", 14),
        Column("Nhận lúc", 14),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [
            number, i.number, i.inspected_on, *papers.place_cells(places[i.establishment], names),
            visits.KINDS.get(i.kind, i.kind), visits.MODES.get(i.mode, i.mode), visits.OUTCOMES[i.outcome],
            papers.bodies(unit, i.bodies), i.compliant, i.noncompliant, i.not_applicable, i.not_examined,
            _state(i), numbers.get(i.amended_by or "", ""), persons.get(i.author, ""),
            papers.instant_text(unit, i.received_at),
        ] for number, i in enumerate(found, 1)
    ]  # fmt: skip
    title = f"Biên bản kiểm tra năm {year}"
    made = papers.made(unit, by=by, now=now)
    table = Table("Biên bản", columns, rows, [title, unit.committee, f"{len(rows)} biên bản."], frozen=3)
    return Document(f"bien-ban-{year}", title, [table], made, unit.is_demo)


def _state(found: Inspection) -> str:
    return "Đã được thay" if found.amended_by else inspections.STATES[found.state]
