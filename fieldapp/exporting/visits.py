"""The ledger of a year: every record of a visit, of every body, oldest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, establishments, units, visits
from fieldapp.exporting import papers
from fieldapp.exporting.document import Column, Document, Table
from fieldapp.units import Unit
from fieldapp.visits import Visit

STANDS, STRUCK = "Còn giá trị", "Đã hủy hoặc được thay"


def document(
    db: Database, year: int, *, by: str, now: datetime, ids: Collection[str] | None = None
) -> Document:  # fmt: skip
    """The ledger of a calendar year; the rows with the given ids, None = all. by: who takes it out."""
    unit = units.read(db)
    ledger = [v for v in visits.in_year(db, year)[::-1] if ids is None or v.id in ids]
    title = f"Sổ lượt kiểm tra năm {year}"
    made = papers.made(unit, by=by, now=now)
    tables = [_ledger(db, unit, ledger, title), _figures(unit, ledger, made)]
    return Document(f"so-luot-kiem-tra-{year}", title, tables, made, unit.is_demo)


def _ledger(db: Database, unit: Unit, ledger: list[Visit], title: str) -> Table:
    columns = [
        Column("STT", 5, centred=True), Column("Ngày kiểm tra", 10), *papers.place_columns(unit),
        Column("Cơ quan kiểm tra", 14), Column("Loại kiểm tra", 9), Column("Cách thức", 8), Column("Kết quả", 11),
        Column("Số văn bản", 14), Column("Nguồn", 9), Column("Giá trị", 10), Column("Ghi chú", 16),
    ]  # fmt: skip
    places = {e.id: e for e in establishments.every(db)}
    names = areas.names(db)
    rows = [
        [number, visit.visited_on, *papers.place_cells(places[visit.establishment], names), *_facts(unit, visit)]
        for number, visit in enumerate(ledger, 1)
    ]
    return Table("Sổ lượt kiểm tra", columns, rows, [title, unit.committee, f"{len(ledger)} dòng."], frozen=4)


def _facts(unit: Unit, visit: Visit) -> list[Any]:
    return [
        papers.bodies(unit, visit.bodies),
        visits.KINDS[visit.kind], visits.MODES[visit.mode], visits.OUTCOMES[visit.outcome], visit.document_no,
        visits.SOURCES[visit.source], STANDS if visit.stands else STRUCK, visit.note,
    ]  # fmt: skip


def _figures(unit: Unit, ledger: list[Visit], made: str) -> Table:
    standing = [visit for visit in ledger if visit.stands]
    by_body = Counter(code for visit in standing for code in visit.bodies)
    rows = [["Tất cả các dòng còn giá trị", len(standing)]]
    rows += [[f"Có tham gia: {body.vi}", by_body[code]] for code, body in unit.bodies.items() if by_body[code]]
    rows += [["Nhiều cơ quan cùng kiểm tra", sum(len(visit.bodies) > 1 for visit in standing)]]
    columns = [Column("Chỉ số", 46), Column("Số dòng", 12)]
    how = "Mỗi dòng là một lần ghi; các dòng cùng cơ sở, cùng ngày, có cơ quan chung được tính là một lượt."
    return Table("Số liệu", columns, rows, ["Số liệu của sổ"], [how, made], landscape=False)
