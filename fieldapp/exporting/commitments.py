"""Commitments as a list: every establishment under management with its commitment of a year, or without one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, commitments, establishments, units
from fieldapp.commitments import Commitment
from fieldapp.exporting import papers
from fieldapp.exporting.document import Column, Document, Table

NONE = "Chưa ký"
STATES = {
    "in_force": "Đang có hiệu lực", "superseded": "Đã có bản mới hơn", "breached": "Đã vi phạm cam kết",
    "refused": "Chưa đồng ý ký",
}  # fmt: skip
EXPIRED = "Đã hết hiệu lực"


def document(db: Database, year: int, today: date, *, by: str, now: datetime) -> Document:
    """By code. today: the commune's day, on which it is judged who is managed and what holds. now: the instant."""
    unit = units.read(db)
    names, of_year, in_force = areas.names(db), commitments.in_year(db, year), commitments.in_force(db, today)
    managed = [e for e in establishments.every(db) if e.managed_on(today)]
    rows: list[list[Any]] = []
    for e in managed:
        found: list[Commitment | None] = [*of_year.get(e.id, ())] or [None]
        rows += [[len(rows) + n, *papers.place_cells(e, names), *_cells(c, today)] for n, c in enumerate(found, 1)]
    columns = [
        Column("STT", 5, centred=True), *papers.place_columns(unit), Column("Ngày ký", 10), Column("Hiệu lực đến", 10),
        Column("Tư cách người ký", 15), Column("Ký khi kiểm tra", 8, centred=True), Column("Trạng thái", 16),
    ]  # fmt: skip
    holding = sum(e.id in in_force for e in managed)
    title = f"Cam kết của cơ sở năm {year}"
    above = [
        title,
        unit.committee,
        f"{holding}/{len(managed)} cơ sở có cam kết đang có hiệu lực ngày {today:%d/%m/%Y}.",
    ]
    made = papers.made(unit, by=by, now=now)
    return Document(f"cam-ket-{year}", title, [Table("Cam kết", columns, rows, above, frozen=3)], made, unit.is_demo)


def _cells(found: Commitment | None, today: date) -> list[Any]:
    if found is None:
        return [None, None, "", "", NONE]
    over = found.state == "in_force" and found.valid_until < today
    return [
        found.signed_on, None if found.refused else found.valid_until,
        commitments.CAPACITIES.get(found.capacity, found.capacity), "x" if found.inspection else "",
        EXPIRED if over else STATES[found.state],
    ]  # fmt: skip
