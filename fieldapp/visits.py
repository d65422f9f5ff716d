"""The yearly ledger: every body's visits to every establishment, imported, typed, told or from our own inspections.

One row is one record of a visit. Which of them are one visit, and which count for a target, is coverage.py's to say.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlite_utils import Database

from sync.history import Transaction, instant

KINDS = {"planned": "Định kỳ", "unscheduled": "Đột xuất", "reinspection": "Tái kiểm tra", "follow_up": "Hậu kiểm"}
MODES = {"on_site": "Tại chỗ", "remote": "Từ xa"}
OUTCOMES = {"conducted": "Đã kiểm tra", "closed_door": "Đóng cửa", "refused": "Từ chối làm việc"}
COUNTED_KINDS = frozenset({"planned", "unscheduled", "reinspection"})
"""What counts unless a target says otherwise; a follow-up looks only at open findings."""
SOURCES = {"inspection": "Biên bản", "imported": "Nhập từ tệp", "typed": "Nhập tay", "as_told": "Theo lời cơ sở"}


@dataclass(frozen=True)
class Visit:
    """bodies: who took part. stands: neither voided nor replaced by an amendment. source: one of SOURCES."""

    establishment: str
    visited_on: date
    bodies: tuple[str, ...] = ("other",)
    kind: str = "planned"
    mode: str = "on_site"
    outcome: str = "conducted"
    document_no: str = ""
    note: str = ""
    source: str = "typed"
    inspection: str | None = None
    stands: bool = True
    id: str = ""

    @property
    def counts(self) -> bool:
        """Whether this record can count for any target at all: it stands, was conducted, and on site."""
        return can_count(stands=self.stands, outcome=self.outcome, mode=self.mode)


def can_count(*, stands: bool, outcome: str, mode: str) -> bool:
    """Whether a record of a visit can count for any target: it stands, was conducted, and on site."""
    return stands and outcome == "conducted" and mode == "on_site"


_COLUMNS = "establishment, visited_on, bodies, kind, mode, outcome, document_no, note, source, inspection, stands, id"


def enter(tx: Transaction, visit: Visit) -> str | None:
    """Enter a visit in the ledger. Returns its id, or None where the very same row of a file is there already."""
    visit_id = visit.id or visit.inspection or str(uuid.uuid4())
    bodies = json.dumps(sorted(set(visit.bodies)))
    day = visit.visited_on.isoformat()
    row_key = same_as(visit) if visit.source == "imported" else None
    cursor = tx.db.execute(
        f"INSERT INTO visit ({_COLUMNS}, same_as, counts, recorded_at) "  # noqa: S608  constant names
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (same_as) DO NOTHING",
        [
            visit.establishment, day, bodies, visit.kind, visit.mode, visit.outcome, visit.document_no, visit.note,
            visit.source, visit.inspection, int(visit.stands), visit_id, row_key, int(visit.counts), instant(tx.now),
        ],
    )  # fmt: skip
    if not cursor.rowcount:
        return None
    tx.touch("establishment", visit.establishment)
    return visit_id


def same_as(visit: Visit) -> str:
    """Two imported rows are one record when this is equal; notes aside."""
    facts = [visit.establishment, visit.visited_on.isoformat(), json.dumps(sorted(set(visit.bodies)))]
    return "\x1f".join([*facts, visit.kind, visit.mode, visit.outcome, visit.document_no])


def imported(db: Database) -> set[str]:
    """`same_as` of every row that came from a file."""
    return {row[0] for row in db.execute("SELECT same_as FROM visit WHERE same_as IS NOT NULL")}


def strike_inspection(tx: Transaction, inspection_id: str) -> None:
    """An inspection was voided or replaced: its row stays in the ledger and no longer counts."""
    row = tx.db.execute("SELECT establishment FROM visit WHERE inspection = ?", [inspection_id]).fetchone()
    if row:
        tx.db.execute("UPDATE visit SET stands = 0, counts = 0 WHERE inspection = ?", [inspection_id])
        tx.touch("establishment", row[0])


def counting(db: Database, since: date, until: date) -> list[tuple[str, str, frozenset[str], str]]:
    """The rows that can count, by establishment and day.

    since, until: local days, both included.
    Returns: (establishment id, day `YYYY-MM-DD`, bodies, kind).
    """
    rows = db.execute(
        "SELECT establishment, visited_on, bodies, kind FROM visit WHERE counts = 1 AND visited_on BETWEEN ? AND ? "
        "ORDER BY establishment, visited_on",
        [since.isoformat(), until.isoformat()],
    )
    sets: dict[str, frozenset[str]] = {}  # a handful of different body lists repeat thousands of times

    def parsed(text: str) -> frozenset[str]:
        if text not in sets:
            sets[text] = frozenset(json.loads(text))
        return sets[text]

    return [(row[0], row[1], parsed(row[2]), row[3]) for row in rows]


def of_establishment(db: Database, establishment_id: str) -> list[Visit]:
    """Every record about one establishment, newest first, those that no longer stand included."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM visit WHERE establishment = ? ORDER BY visited_on DESC, recorded_at DESC",  # noqa: S608
        [establishment_id],
    )
    return [_visit(row) for row in rows]


def in_year(db: Database, year: int) -> list[Visit]:
    """The ledger of a calendar year, newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM visit WHERE visited_on BETWEEN ? AND ? ORDER BY visited_on DESC, recorded_at DESC",  # noqa: S608
        [f"{year}-01-01", f"{year}-12-31"],
    )
    return [_visit(row) for row in rows]


def summaries(db: Database, establishment_ids: Iterable[str], since: date) -> dict[str, list[dict[str, Any]]]:
    """Establishment id -> what phones show of its visits since a day, newest first (shape: VisitSummary)."""
    rows = db.execute(
        "SELECT establishment, visited_on, bodies, kind, mode, outcome, document_no, counts FROM visit "
        "WHERE establishment IN (SELECT value FROM json_each(?)) AND visited_on >= ? AND stands = 1 "
        "ORDER BY visited_on DESC, recorded_at DESC",
        [json.dumps(list(establishment_ids)), since.isoformat()],
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for establishment, visited_on, bodies, kind, mode, outcome, document_no, counts in rows:
        summary = {
            "visited_on": visited_on,
            "bodies": json.loads(bodies),
            "kind": kind,
            "mode": mode,
            "outcome": outcome,
            "document_no": document_no,
            "counted": bool(counts) and kind in COUNTED_KINDS,
        }
        found.setdefault(establishment, []).append(summary)
    return found


def _visit(row: tuple[Any, ...]) -> Visit:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values["visited_on"] = date.fromisoformat(values["visited_on"])
    values["bodies"] = tuple(json.loads(values["bodies"]))
    values["stands"] = bool(values["stands"])
    return Visit(**values)
