"""The schedule of a year: for the office with everything, for the public with nothing that is restricted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlite_utils import Database

from fieldapp import areas, checklists, establishments, overlap, people, schedule, units, visits
from fieldapp.exporting import papers
from fieldapp.exporting.document import Column, Document, Table
from fieldapp.visits import Visit


def public_rows(db: Database, year: int) -> list[tuple[str, str, str, str, str]]:
    """(name, type, address, area, month 05/2026) of what may be published, by month.

    Only planned checks that the leader has approved: a re-inspection or a follow-up would tell what was found, and
    nothing here says how an establishment is classified, who its contacts are, or what the office noted.
    """
    places = {e.id: e for e in establishments.every(db)}
    names = areas.names(db)
    rows = []
    for entry in schedule.entries(db, year=year):
        if entry.approved and entry.state != "cancelled" and entry.kind == "planned":
            e = places[entry.establishment]
            kind = checklists.types().get(e.type, e.type)
            rows.append((e.name, kind, e.address, names.get(e.area or "", ""), _month(entry.month)))
    return rows


def _month(month: str) -> str:
    return f"{month[5:]}/{month[:4]}"


def public(db: Database, year: int, *, by: str, now: datetime) -> Document:
    """The schedule as it may be published."""
    unit = units.read(db)
    title = f"Lịch kiểm tra cơ sở kinh doanh dịch vụ năm {year}"
    columns = [
        Column("STT", 5, centred=True), Column("Tên cơ sở", 30), Column("Loại hình", 20), Column("Địa chỉ", 34),
        Column(papers.area_title(unit), 16), Column("Tháng dự kiến", 12, centred=True),
    ]  # fmt: skip
    rows = [[number, *row] for number, row in enumerate(public_rows(db, year), 1)]
    made = papers.made(unit, by=by, now=now)
    table = Table("Lịch kiểm tra", columns, rows, [title, unit.committee], frozen=2)
    return Document(f"lich-kiem-tra-cong-khai-{year}", title, [table], made, unit.is_demo)


def internal(
    db: Database, year: int, today: date, *, by: str, now: datetime, ids: Collection[str] | None = None
) -> Document:  # fmt: skip
    """The schedule as the office works with it; the entries with the given ids, None = all."""
    unit = units.read(db)
    entries = schedule.entries(db, year=year)
    standings = schedule.standings(db, entries, today)
    places = {e.id: e for e in establishments.every(db)}
    names, persons = areas.names(db), people.names(db)
    checks = overlap.checks_by_place(db, year)
    rows = []
    for number, entry in enumerate((e for e in entries if ids is None or e.id in ids), 1):
        standing = standings[entry.id]
        seen = [visit for visit in checks.get(entry.establishment, []) if visit.visited_on != standing.done_on]
        rows.append(
            [
                number, *papers.place_cells(places[entry.establishment], names), _month(entry.month), entry.day,
                visits.KINDS[entry.kind], papers.bodies(unit, entry.bodies),
                "; ".join(persons.get(one, "") for one in entry.inspectors), _last(unit, seen),
                "Đã kiểm tra trong năm" if seen and standing.state not in ("done", "cancelled") else "",
                schedule.STATES[standing.state], standing.done_on, "Đã duyệt" if entry.approved else "Chờ duyệt",
                "; ".join(text for text in (entry.reason, entry.note) if text),
            ]
        )  # fmt: skip
    columns = [
        Column("STT", 5, centred=True), *papers.place_columns(unit), Column("Tháng", 9, centred=True),
        Column("Ngày", 10), Column("Hình thức", 10), Column("Cơ quan tham gia", 14), Column("Phân công", 14),
        Column("Lần kiểm tra gần nhất trong năm", 15), Column("Cảnh báo trùng", 12), Column("Trạng thái", 12),
        Column("Ngày kiểm tra", 10), Column("Phê duyệt", 9), Column("Lý do, ghi chú", 18),
    ]  # fmt: skip
    title = f"Lịch kiểm tra năm {year}"
    made = papers.made(unit, by=by, now=now)
    table = Table("Lịch kiểm tra", columns, rows, [title, unit.committee, f"{len(rows)} dòng."], frozen=3)
    return Document(f"lich-kiem-tra-{year}", title, [table], made, unit.is_demo)


def _last(unit: units.Unit, seen: list[Visit]) -> str:
    return f"{seen[-1].visited_on:%d/%m/%Y}, {papers.bodies(unit, seen[-1].bodies)}" if seen else ""
