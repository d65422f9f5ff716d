"""Shortcomings found at an inspection, from the deadline to the day they are closed.

A finding's id follows from the inspection and the item (uuid5), so that a phone can follow it up offline. What happens
to it afterwards is told by events, append-only, in whatever order they arrive: the state, the deadline and the day of
closing follow from all of them. An amendment takes the findings over, and with them their events.

    finding.py    a finding: its shape, its row, the lists of them
    story.py      what happens to one, and where it has come to
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from fieldapp.database import insert
from fieldapp.findings.finding import (
    FOLLOW_UPS,
    OPEN_STATES,
    STATES,
    Finding,
    as_followed_up,
    count_overdue,
    exists,
    fell_due,
    of_establishment,
    of_inspection,
    of_inspections,
    overdue_findings,
    read,
    standing,
    still_open,
    stored,
    summaries,
)
from fieldapp.findings.story import (
    CONCLUSIONS,
    DECISIONS,
    EVENTS,
    KIND,
    Course,
    Event,
    course,
    event_ids,
    event_ids_of,
    event_places,
    events,
    note_event,
    read_event,
    record_event,
    settle,
)
from sync.history import Transaction

__all__ = [
    "CONCLUSIONS", "DECISIONS", "EVENTS", "FOLLOW_UPS", "KIND", "OPEN_STATES", "STATES", "Course", "Event", "Finding",
    "as_followed_up", "carry_over", "count_overdue", "course", "event_ids", "event_ids_of", "event_places", "events",
    "exists", "fell_due", "id_of", "note_event", "of_establishment", "of_inspection", "of_inspections", "open_from",
    "overdue_findings", "read", "read_event", "record_event", "standing", "still_open", "summaries", "withdraw",
]  # fmt: skip


def id_of(inspection: str, item: str) -> str:
    """The id of the finding that an inspection makes of an item."""
    return str(uuid.uuid5(uuid.UUID(inspection), item))


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
        told = answer.get("due_on")
        due_on = date.fromisoformat(told) if told else inspected_on + timedelta(days=remedy["days"])
        refer = bool(item.get("refer"))
        finding = Finding(
            id_of(inspection, item_id), inspection, establishment, item_id, item.get("text", item_id),
            "" if refer else answer.get("note", ""), due_on, remedy["follow_up"], bool(item.get("urgent")), refer,
            "referred" if refer else "open", due_on, None, inspection,
        )  # fmt: skip
        insert(tx.db, "finding", stored(vars(finding)))
        made.append(finding)
    return made


def withdraw(tx: Transaction, inspection: str) -> None:
    """An inspection was voided or replaced: its findings no longer ask for anything."""
    tx.db.execute("UPDATE finding SET state = 'withdrawn' WHERE inspection = ?", [inspection])


def carry_over(tx: Transaction, chain: Sequence[str]) -> None:
    """Inspections of which each amends the one before it: what happened to their findings is one story for each item.

    chain: inspection ids, the original first. Those that no longer stand have been withdrawn.
    """
    ids = json.dumps(list(chain))
    tx.db.execute(
        "UPDATE finding_event SET origin = ? WHERE finding IN "
        "(SELECT id FROM finding WHERE inspection IN (SELECT value FROM json_each(?)))",
        [chain[0], ids],
    )
    rows = tx.db.execute(
        "UPDATE finding SET origin = ? WHERE inspection IN (SELECT value FROM json_each(?)) RETURNING item",
        [chain[0], ids],
    ).fetchall()
    for item in sorted({row[0] for row in rows}):
        settle(tx, chain[0], item)
