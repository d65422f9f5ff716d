"""What happens to a finding: events that are never changed, and where they have brought it."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, units
from fieldapp.audit import Actor
from fieldapp.clock import local_day, parse_instant
from fieldapp.database import insert
from fieldapp.errors import Refusal
from fieldapp.findings.finding import COLUMNS, OPEN_STATES, Finding, day_of, of_row, read, standing, stored
from sync import signed, stamps
from sync.history import Transaction, instant

EVENTS = {
    "evidence": "Xem xét minh chứng", "closed": "Xác nhận đã khắc phục", "extended": "Gia hạn",
    "referred": "Chuyển cơ quan có thẩm quyền", "reopened": "Mở lại",
}  # fmt: skip
DECISIONS = frozenset(EVENTS) - {"evidence"}
"""Taken by officer and leader. Whoever was at the follow-up says what was seen; somebody else closes (four eyes)."""
CONCLUSIONS = {"remedied": "đã khắc phục", "partly": "khắc phục một phần", "not_remedied": "chưa khắc phục"}
KIND = "finding_event"


@dataclass(frozen=True)
class Event:
    """Something that happened to a finding. event: a key of EVENTS. at: when, by the author's clock (an instant).

    happened_on: its local day. how: a key of FOLLOW_UPS or ''. conclusion: of evidence, a key of CONCLUSIONS or ''.
    due_on: the new deadline of an extension. visit: the follow-up inspection at which it happened. document_no: of the
    letter that hands it over.
    """

    id: str
    finding: str
    establishment: str
    event: str
    at: str
    happened_on: date
    how: str
    conclusion: str
    due_on: date | None
    note: str
    document_no: str
    visit: str | None
    author: str
    recorded_at: str


@dataclass(frozen=True)
class Course:
    """Where a finding has come to."""

    state: str
    due_on: date
    closed_on: date | None = None


_EVENT_COLUMNS = (
    "id, finding, establishment, event, at, happened_on, how, conclusion, due_on, note, document_no, visit, author, "
    "recorded_at"
)


def record_event(tx: Transaction, body: dict[str, Any], actor: Actor) -> Event:
    """Enter a signed event of a finding, and let the finding's state follow.

    body: finding_event v1, already checked. Raises Refusal finding_unknown.
    """
    finding = read(tx.db, body["finding"])
    happened = parse_instant(body["at"])
    new_due = body.get("due_on") if body["event"] == "extended" else None
    event = Event(
        body["id"], finding.id, finding.establishment, body["event"], instant(happened),
        local_day(happened, units.time_zone(tx.db)), body.get("how") or "", body.get("conclusion") or "",
        day_of(new_due),
        "" if finding.refer else body.get("note", ""), body.get("document_no", ""), body.get("visit"),
        body.get("author") or actor.account, instant(tx.now),
    )  # fmt: skip
    insert(tx.db, KIND, stored({**vars(event), "origin": finding.origin, "item": finding.item}))
    tx.touch(KIND, event.id)
    settle(tx, finding.origin, finding.item)
    tx.touch("establishment", finding.establishment)
    about = {"conclusion": event.conclusion, "due_on": new_due, "document_no": event.document_no}
    audit.record(
        tx, actor, f"finding_{event.event}", "finding", standing(tx.db, finding).id,
        **{name: value for name, value in about.items() if value},
    )  # fmt: skip
    return event


def note_event(
    tx: Transaction, actor: Actor, finding: Finding, event: str, *, how: str = "", conclusion: str = "",
    due_on: date | None = None, note: str = "", document_no: str = "", photos: dict[str, str] | None = None,
) -> Event:  # fmt: skip
    """The office itself says what happened to a finding: the same signed record as a phone's.

    photos: sha256 -> class of the files that show it. Whether all is told that an event needs is the form's to say.
    """
    body = {
        "id": str(uuid.uuid4()), "finding": finding.id, "inspection": finding.inspection,
        "establishment": finding.establishment, "author": actor.account, "event": event, "at": instant(tx.now),
        "how": how or None, "conclusion": conclusion or None, "due_on": due_on and due_on.isoformat(), "note": note,
        "document_no": document_no, "visit": None, "app": "",
        "photos": {sha256: {"class": name, "taken_at": instant(tx.now)} for sha256, name in (photos or {}).items()},
    }  # fmt: skip
    line = json.dumps(body, ensure_ascii=False)
    signed.keep(
        tx, kind=KIND, record_id=str(body["id"]), op=str(uuid.uuid4()), ver=1,
        sha256=hashlib.sha256(line.encode()).hexdigest(), body=line, files=photos or (), device=stamps.OFFICE,
        account=actor.account,
    )  # fmt: skip
    return record_event(tx, body, actor)


def events(db: Database, finding: Finding) -> list[Event]:
    """All that happened to a finding, and to those that it replaced, oldest first."""
    return _story(db, finding.origin, finding.item)


def read_event(db: Database, event_id: str) -> Event:
    """Raises Refusal finding_unknown."""
    row = db.execute(f"SELECT {_EVENT_COLUMNS} FROM finding_event WHERE id = ?", [event_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("finding_unknown")
    return _event(row)


def event_ids(db: Database) -> set[str]:
    """The ids of every event."""
    return {row[0] for row in db.execute("SELECT id FROM finding_event")}


def event_places(db: Database, ids: Iterable[str], since: date) -> dict[str, str]:
    """Id -> establishment, of those among the events that happened or were received since a day."""
    rows = db.execute(
        "SELECT id, establishment FROM finding_event WHERE id IN (SELECT value FROM json_each(?)) "
        "AND (happened_on >= ? OR recorded_at >= ?)",
        [json.dumps(list(ids)), since.isoformat(), since.isoformat()],
    )
    return dict(rows.fetchall())


def event_ids_of(db: Database, establishment_ids: Collection[str]) -> list[str]:
    """The ids of every event about findings of these establishments."""
    rows = db.execute(
        "SELECT id FROM finding_event WHERE establishment IN (SELECT value FROM json_each(?))",
        [json.dumps(list(establishment_ids))],
    )
    return [row[0] for row in rows]


def course(begun: Course, story: Iterable[Event]) -> Course:
    """Where a finding has come to. Pure. begun: as the inspection opened it. story: its events, oldest first."""
    state, due_on, closed_on = begun.state, begun.due_on, None
    for event in story:
        match event.event:
            case "evidence" if state in OPEN_STATES:
                lacking = event.conclusion in ("partly", "not_remedied")
                state = ("extended" if due_on != begun.due_on else "open") if lacking else "submitted"
            case "closed" if state != "closed":
                state, closed_on = "closed", event.happened_on
            case "extended" if state in OPEN_STATES and event.due_on:
                state, due_on = "extended", event.due_on
            case "referred":
                state, closed_on = "referred", None
            case "reopened" if state not in OPEN_STATES:
                state, closed_on = "open", None
    return Course(state, due_on, closed_on)


def _story(db: Database, origin: str, item: str) -> list[Event]:
    """The events of an item, oldest first. A clock that runs ahead moves nothing past the moment of its arrival."""
    rows = db.execute(
        f"SELECT {_EVENT_COLUMNS} FROM finding_event WHERE origin = ? AND item = ? ORDER BY rowid",  # noqa: S608
        [origin, item],
    )
    return sorted(map(_event, rows), key=lambda event: (min(event.at, event.recorded_at), event.recorded_at))


def _event(row: tuple[Any, ...]) -> Event:
    values = dict(zip(_EVENT_COLUMNS.split(", "), row, strict=True))
    values |= {"happened_on": date.fromisoformat(values["happened_on"]), "due_on": day_of(values["due_on"])}
    return Event(**values)


def settle(tx: Transaction, origin: str, item: str) -> None:
    """Let the findings of an item that stand follow their events."""
    story = _story(tx.db, origin, item)
    rows = tx.db.execute(
        f"SELECT {COLUMNS} FROM finding WHERE origin = ? AND item = ? AND state <> 'withdrawn'",  # noqa: S608
        [origin, item],
    ).fetchall()
    for finding in map(of_row, rows):
        now = course(Course("referred" if finding.refer else "open", finding.first_due_on), story)
        tx.db.execute(
            "UPDATE finding SET state = ?, due_on = ?, closed_on = ? WHERE id = ?",
            [now.state, now.due_on.isoformat(), now.closed_on and now.closed_on.isoformat(), finding.id],
        )
