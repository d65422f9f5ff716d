"""Decisions on establishments as a list: number, day, authority, measures, follow-up; no persons, no amounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, establishments, sanctions, units
from fieldapp.exporting import papers
from fieldapp.exporting.document import Column, Document, Table
from fieldapp.sanctions import Sanction


def document(db: Database, found: Sequence[Sanction], today: date, *, by: str, now: datetime) -> Document:
    """The decisions given, in their order. today: the commune's day. by: who takes the list out. now: the instant."""
    unit = units.read(db)
    places = {e.id: e for e in establishments.every(db, {s.establishment for s in found})}
    names = areas.names(db)
    columns = [
        Column("STT", 5, centred=True), *papers.place_columns(unit), Column("Số quyết định", 14),
        Column("Ngày quyết định", 10), Column("Cơ quan ra quyết định", 18), Column("Biện pháp", 24),
        Column("Hạn hậu kiểm", 10), Column("Trạng thái", 18), Column("Quá hạn (ngày)", 8),
        Column("Hậu kiểm gần nhất", 10),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [
            number, *papers.place_cells(places[s.establishment], names), s.number, s.decided_on, s.authority,
            "; ".join(sanctions.MEASURES[measure] for measure in s.measures), s.due_on, sanctions.STATES[s.state],
            (today - s.due_on).days if s.overdue(today) else None, s.followed_up_on,
        ] for number, s in enumerate(found, 1)
    ]  # fmt: skip
    title = "Quyết định xử phạt đối với cơ sở"
    made = papers.made(unit, by=by, now=now)
    table = Table("Quyết định", columns, rows, [title, unit.committee, f"{len(rows)} quyết định."], [made], frozen=3)
    return Document(f"quyet-dinh-{today:%Y%m%d}", title, [table], made, unit.is_demo)
