"""Communication of a year as a list: sessions and posts in counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import activities, areas, people, units
from fieldapp.activities import Activity
from fieldapp.exporting import papers
from fieldapp.exporting.document import Column, Document, Table


def document(db: Database, year: int, found: Sequence[Activity], *, by: str, now: datetime) -> Document:
    """The sessions and posts given, in their order. by: who takes the list out. now: the instant."""
    unit = units.read(db)
    names, persons = areas.names(db), people.names(db)
    columns = [
        Column("STT", 5, centred=True), Column("Ngày", 10), Column("Hình thức", 20),
        Column(papers.area_title(unit), 14), Column("Nội dung", 34), Column("Người dự", 8),
        Column("Lao động cơ sở", 8), Column("Số cơ sở", 7), Column("Nguồn", 10), Column("Người ghi", 16),
        Column("Đã hủy vì", 18),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [
            number, a.held_on, activities.FORMS[a.form], names.get(a.area or "", f"Toàn {unit.kind}"), a.topic,
            a.headcount, sum(a.reached.values()) or None, len(a.reached) or None,
            "Điện thoại" if a.source == "phone" else "Văn phòng", persons.get(a.author, ""), a.void_reason or "",
        ] for number, a in enumerate(found, 1)
    ]  # fmt: skip
    title = f"Tuyên truyền năm {year}"
    made = papers.made(unit, by=by, now=now)
    table = Table("Tuyên truyền", columns, rows, [title, unit.committee, f"{len(rows)} dòng."], [made], frozen=3)
    return Document(f"tuyen-truyen-{year}", title, [table], made, unit.is_demo)
