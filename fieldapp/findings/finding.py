"""A finding: its shape, its row, the lists of them that the office, the phones and the figures ask for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp.errors import Refusal

OPEN_STATES = ("open", "submitted", "extended")
FOLLOW_UPS = {"dossier": "hồ sơ", "photo": "hình ảnh", "on_site": "kiểm tra tại chỗ"}
STATES = {
    "open": "Chưa khắc phục", "submitted": "Đã gửi minh chứng", "closed": "Đã khắc phục", "extended": "Được gia hạn",
    "referred": "Đã chuyển cơ quan có thẩm quyền", "withdrawn": "Không còn hiệu lực",
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """due_on: local day; due that day is not overdue. first_due_on: before any extension. closed_on: None = not closed.

    refer: handed to the competent body, no details kept. origin: the inspection whose amendments, if any, led to this.
    """

    id: str
    inspection: str
    establishment: str
    item: str
    text: str
    note: str
    due_on: date
    follow_up: str
    urgent: bool
    refer: bool
    state: str
    first_due_on: date
    closed_on: date | None
    origin: str

    def overdue(self, today: date) -> bool:
        return self.state in OPEN_STATES and self.due_on < today


COLUMNS = (
    "id, inspection, establishment, item, text, note, due_on, follow_up, urgent, refer, state, first_due_on, "
    "closed_on, origin"
)


def of_inspection(db: Database, inspection: str) -> list[Finding]:
    """The findings of one inspection, in the order of the checklist."""
    rows = db.execute(f"SELECT {COLUMNS} FROM finding WHERE inspection = ? ORDER BY item", [inspection])  # noqa: S608
    return [of_row(row) for row in rows]


def of_inspections(db: Database, inspection_ids: Iterable[str]) -> list[Finding]:
    """What several inspections found and still stands, by inspection and item."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM finding WHERE inspection IN (SELECT value FROM json_each(?)) "  # noqa: S608
        "AND state <> 'withdrawn' ORDER BY inspection, item",
        [json.dumps(list(inspection_ids))],
    )
    return [of_row(row) for row in rows]


def of_establishment(db: Database, establishment: str) -> list[Finding]:
    """Every finding of an establishment that ever stood, newest deadline first."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM finding WHERE establishment = ? AND state <> 'withdrawn' ORDER BY due_on DESC, item",  # noqa: S608
        [establishment],
    )
    return [of_row(row) for row in rows]


def still_open(db: Database, establishment_ids: Iterable[str] | None = None) -> list[Finding]:
    """Findings that wait for the owner, soonest due first; of all establishments or of those given."""
    where = "" if establishment_ids is None else "AND establishment IN (SELECT value FROM json_each(?))"
    given = [] if establishment_ids is None else [json.dumps(list(establishment_ids))]
    rows = db.execute(
        f"SELECT {COLUMNS} FROM finding WHERE state IN ('open', 'submitted', 'extended') {where} "  # noqa: S608
        "ORDER BY due_on, item",
        given,
    )
    return [of_row(row) for row in rows]


def read(db: Database, finding_id: str) -> Finding:
    """Raises Refusal finding_unknown."""
    row = db.execute(f"SELECT {COLUMNS} FROM finding WHERE id = ?", [finding_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("finding_unknown")
    return of_row(row)


def exists(db: Database, finding_id: str) -> bool:
    return db.execute("SELECT 1 FROM finding WHERE id = ?", [finding_id]).fetchone() is not None


def as_followed_up(db: Database, finding_id: str, told: dict[str, Any]) -> tuple[Finding | None, str, date | None]:
    """What a follow-up judged: the finding, None while it has not arrived; its words; the deadline it had then.

    told: the remedy in the signed record. Older ones name only the item: then as the visit that found it has it.
    """
    finding = read(db, finding_id) if exists(db, finding_id) else None
    words = told.get("finding") or (finding and (finding.note or finding.text)) or told.get("item", "")
    return finding, words, day_of(told.get("due_on")) or (finding.first_due_on if finding else None)


def standing(db: Database, finding: Finding) -> Finding:
    """The same finding as the newest amendment has it; itself where none, or where the amendment dropped it."""
    row = db.execute(
        f"SELECT {COLUMNS} FROM finding WHERE origin = ? AND item = ? AND state <> 'withdrawn'",  # noqa: S608
        [finding.origin, finding.item],
    ).fetchone()
    return of_row(row) if row else finding


def fell_due(db: Database, start: date, end: date) -> list[Finding]:
    """Findings whose follow-up fell due within a window, closed or not, by establishment.

    start, end: local days, both included; an extended finding falls due on its new day. `closed_on` of each is the day
    it was closed, or None. What was withdrawn, or handed to the competent body, is not the team's to follow up.
    Source: Yên Nghĩa 2026 plan, post-inspection follow-up (hậu kiểm).
    """
    rows = db.execute(
        f"SELECT {COLUMNS} FROM finding WHERE due_on BETWEEN ? AND ? AND state NOT IN ('withdrawn', 'referred') "  # noqa: S608
        "ORDER BY establishment, due_on, item",
        [start.isoformat(), end.isoformat()],
    )
    return [of_row(row) for row in rows]


def overdue_findings(db: Database, on: date) -> list[Finding]:
    """Findings still open after their due day.

    on: local calendar day; due today is not overdue.
    Returns: list[Finding], oldest due_on first.
    Source: Yên Nghĩa 2026 plan, post-inspection follow-up (hậu kiểm).
    """
    return [finding for finding in still_open(db) if finding.overdue(on)]


def count_overdue(db: Database, on: date) -> int:
    """How many `overdue_findings` would give."""
    query = "SELECT count(*) FROM finding WHERE state IN ('open', 'submitted', 'extended') AND due_on < ?"
    return int(db.execute(query, [on.isoformat()]).fetchone()[0])


def summaries(db: Database, establishment_ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Establishment id -> what phones show of its findings that wait for the owner, soonest due first (shape:
    OpenFinding)."""
    shown = "id, inspection, item, text, note, due_on, follow_up, urgent, state"
    rows = db.execute(
        f"SELECT establishment, {shown} FROM finding WHERE state IN ('open', 'submitted', 'extended') "  # noqa: S608
        "AND establishment IN (SELECT value FROM json_each(?)) ORDER BY due_on, item",
        [json.dumps(list(establishment_ids))],
    )
    names, found = shown.split(", "), dict[str, list[dict[str, Any]]]()
    for establishment, *values in rows:
        told = dict(zip(names, values, strict=True))
        told["urgent"] = bool(told["urgent"])
        found.setdefault(establishment, []).append(told)
    return found


def of_row(row: tuple[Any, ...]) -> Finding:
    """A row of COLUMNS."""
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    values |= {name: bool(values[name]) for name in ("urgent", "refer")}
    values |= {name: date.fromisoformat(values[name]) for name in ("due_on", "first_due_on")}
    values["closed_on"] = day_of(values["closed_on"])
    return Finding(**values)


def day_of(text: str | None) -> date | None:
    """A day as the database holds it."""
    return date.fromisoformat(text) if text else None


def stored(values: dict[str, Any]) -> dict[str, Any]:
    """Values as the database holds them."""
    return {
        name: value.isoformat() if isinstance(value, date) else int(value) if isinstance(value, bool) else value
        for name, value in values.items()
    }
