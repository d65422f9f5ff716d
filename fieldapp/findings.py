"""Shortcomings found at an inspection, from the deadline to the day they are closed.

A finding's id follows from the inspection and the item (uuid5), so that a phone can follow it up offline and an
amendment replaces it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlite_utils import Database

from fieldapp.database import insert
from fieldapp.folding import fold
from sync.history import Transaction

OPEN_STATES = ("open", "submitted", "extended")
FOLLOW_UPS = {"dossier": "hồ sơ", "photo": "hình ảnh", "on_site": "kiểm tra tại chỗ"}
STATES = {
    "open": "Chưa khắc phục", "submitted": "Đã gửi minh chứng", "closed": "Đã khắc phục", "extended": "Được gia hạn",
    "referred": "Đã chuyển cơ quan có thẩm quyền", "withdrawn": "Không còn hiệu lực",
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """due_on: local day; due that day is not overdue. refer: handed to the competent body, no details kept."""

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

    def overdue(self, today: date) -> bool:
        return self.state in OPEN_STATES and self.due_on < today


_COLUMNS = "id, inspection, establishment, item, text, note, due_on, follow_up, urgent, refer, state"


def open_from(
    tx: Transaction, *, inspection: str, establishment: str, inspected_on: date, answers: dict[str, dict[str, Any]],
    items: dict[str, dict[str, Any]],
) -> list[Finding]:  # fmt: skip
    """One finding for each "không đạt" answer.

    answers: item -> {"a", "note", "due_on"?}. items: item -> checklist item. The deadline is the answer's own, else the
    item's default counted from the day of the visit.
    """
    made = []
    for item_id, answer in answers.items():
        if answer["a"] != "khong_dat":
            continue
        item = items.get(item_id, {})
        remedy = item.get("remediation", {"days": 15, "follow_up": "on_site"})
        due_on = answer.get("due_on") or (inspected_on + timedelta(days=remedy["days"])).isoformat()
        refer = bool(item.get("refer"))
        finding = Finding(
            str(uuid.uuid5(uuid.UUID(inspection), item_id)), inspection, establishment, item_id,
            item.get("text", item_id), "" if refer else answer.get("note", ""), date.fromisoformat(due_on),
            remedy["follow_up"], bool(item.get("urgent")), refer, "referred" if refer else "open",
        )  # fmt: skip
        row = {**vars(finding), "due_on": due_on, "urgent": int(finding.urgent), "refer": int(refer)}
        insert(tx.db, "finding", row)
        made.append(finding)
    return made


def withdraw(tx: Transaction, inspection: str) -> None:
    """An inspection was voided or replaced: its findings no longer ask for anything."""
    tx.db.execute("UPDATE finding SET state = 'withdrawn' WHERE inspection = ?", [inspection])


def of_inspection(db: Database, inspection: str) -> list[Finding]:
    """The findings of one inspection, in the order of the checklist."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM finding WHERE inspection = ? ORDER BY item", [inspection])  # noqa: S608
    return [_finding(row) for row in rows]


def of_establishment(db: Database, establishment: str) -> list[Finding]:
    """Every finding of an establishment that ever stood, newest deadline first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM finding WHERE establishment = ? AND state <> 'withdrawn' ORDER BY due_on DESC, item",  # noqa: S608
        [establishment],
    )
    return [_finding(row) for row in rows]


def still_open(db: Database, establishment_ids: Iterable[str] | None = None) -> list[Finding]:
    """Findings that wait for the owner, soonest due first; of all establishments or of those given."""
    where = "" if establishment_ids is None else "AND establishment IN (SELECT value FROM json_each(?))"
    given = [] if establishment_ids is None else [json.dumps(list(establishment_ids))]
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM finding WHERE state IN ('open', 'submitted', 'extended') {where} "  # noqa: S608
        "ORDER BY due_on, item",
        given,
    )
    return [_finding(row) for row in rows]


def overdue_findings(db: Database, on: date) -> list[Finding]:
    """Findings still open after their due day.

    on: local calendar day; due today is not overdue.
    Returns: list[Finding], oldest due_on first.
    Source: Yên Nghĩa 2026 plan, post-inspection follow-up (hậu kiểm).
    """
    return [finding for finding in still_open(db) if finding.overdue(on)]


def summary(finding: Finding) -> dict[str, Any]:
    """What phones show of an open finding (shape: OpenFinding)."""
    return {
        "id": finding.id,
        "item": finding.item,
        "text": finding.text,
        "note": finding.note,
        "due_on": finding.due_on.isoformat(),
        "follow_up": finding.follow_up,
        "urgent": finding.urgent,
    }


def _finding(row: tuple[Any, ...]) -> Finding:
    values = list(row)
    values[6] = date.fromisoformat(values[6])
    values[8], values[9] = bool(values[8]), bool(values[9])
    return Finding(*values)


def matches(finding: Finding, text: str) -> bool:
    """Whether every word of text stands in the finding, diacritics aside."""
    inside = fold(f"{finding.item} {finding.text} {finding.note}")
    return all(word in inside for word in fold(text).split())
