"""Shortcomings found at an inspection, from the deadline to the day they are closed.

A finding's id follows from the inspection and the item (uuid5), so that a phone can follow it up offline. What happens
to it afterwards is told by events, append-only, in whatever order they arrive: the state, the deadline and the day of
closing follow from all of them. An amendment takes the findings over, and with them their events.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, units
from fieldapp.audit import Actor
from fieldapp.clock import local_day, parse_instant
from fieldapp.database import insert
from fieldapp.errors import Refusal
from sync import signed, stamps
from sync.history import Transaction, instant

OPEN_STATES = ("open", "submitted", "extended")
FOLLOW_UPS = {"dossier": "hồ sơ", "photo": "hình ảnh", "on_site": "kiểm tra tại chỗ"}
STATES = {
    "open": "Chưa khắc phục", "submitted": "Đã gửi minh chứng", "closed": "Đã khắc phục", "extended": "Được gia hạn",
    "referred": "Đã chuyển cơ quan có thẩm quyền", "withdrawn": "Không còn hiệu lực",
}  # fmt: skip
EVENTS = {
    "evidence": "Xem xét minh chứng", "closed": "Xác nhận đã khắc phục", "extended": "Gia hạn",
    "referred": "Chuyển cơ quan có thẩm quyền", "reopened": "Mở lại",
}  # fmt: skip
DECISIONS = frozenset(EVENTS) - {"evidence"}
"""Taken by officer and leader. Whoever was at the follow-up says what was seen; somebody else closes (four eyes)."""
CONCLUSIONS = {"remedied": "đã khắc phục", "partly": "khắc phục một phần", "not_remedied": "chưa khắc phục"}
KIND = "finding_event"


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


_COLUMNS = (
    "id, inspection, establishment, item, text, note, due_on, follow_up, urgent, refer, state, first_due_on, "
    "closed_on, origin"
)
_EVENT_COLUMNS = (
    "id, finding, establishment, event, at, happened_on, how, conclusion, due_on, note, document_no, visit, author, "
    "recorded_at"
)


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
        insert(tx.db, "finding", _row(vars(finding)))
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
        _settle(tx, chain[0], item)


def of_inspection(db: Database, inspection: str) -> list[Finding]:
    """The findings of one inspection, in the order of the checklist."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM finding WHERE inspection = ? ORDER BY item", [inspection])  # noqa: S608
    return [_finding(row) for row in rows]


def of_inspections(db: Database, inspection_ids: Iterable[str]) -> list[Finding]:
    """What several inspections found and still stands, by inspection and item."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM finding WHERE inspection IN (SELECT value FROM json_each(?)) "  # noqa: S608
        "AND state <> 'withdrawn' ORDER BY inspection, item",
        [json.dumps(list(inspection_ids))],
    )
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


def read(db: Database, finding_id: str) -> Finding:
    """Raises Refusal finding_unknown."""
    row = db.execute(f"SELECT {_COLUMNS} FROM finding WHERE id = ?", [finding_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("finding_unknown")
    return _finding(row)


def exists(db: Database, finding_id: str) -> bool:
    return db.execute("SELECT 1 FROM finding WHERE id = ?", [finding_id]).fetchone() is not None


def standing(db: Database, finding: Finding) -> Finding:
    """The same finding as the newest amendment has it; itself where none, or where the amendment dropped it."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM finding WHERE origin = ? AND item = ? AND state <> 'withdrawn'",  # noqa: S608
        [finding.origin, finding.item],
    ).fetchone()
    return _finding(row) if row else finding


def fell_due(db: Database, start: date, end: date) -> list[Finding]:
    """Findings whose follow-up fell due within a window, closed or not, by establishment.

    start, end: local days, both included; an extended finding falls due on its new day. `closed_on` of each is the day
    it was closed, or None. What was withdrawn, or handed to the competent body, is not the team's to follow up.
    Source: Yên Nghĩa 2026 plan, post-inspection follow-up (hậu kiểm).
    """
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM finding WHERE due_on BETWEEN ? AND ? AND state NOT IN ('withdrawn', 'referred') "  # noqa: S608
        "ORDER BY establishment, due_on, item",
        [start.isoformat(), end.isoformat()],
    )
    return [_finding(row) for row in rows]


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


def _finding(row: tuple[Any, ...]) -> Finding:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values |= {name: bool(values[name]) for name in ("urgent", "refer")}
    values |= {name: date.fromisoformat(values[name]) for name in ("due_on", "first_due_on")}
    values["closed_on"] = _day(values["closed_on"])
    return Finding(**values)


def _event(row: tuple[Any, ...]) -> Event:
    values = dict(zip(_EVENT_COLUMNS.split(", "), row, strict=True))
    values |= {"happened_on": date.fromisoformat(values["happened_on"]), "due_on": _day(values["due_on"])}
    return Event(**values)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _row(values: dict[str, Any]) -> dict[str, Any]:
    """Values as the database holds them."""
    return {
        name: value.isoformat() if isinstance(value, date) else int(value) if isinstance(value, bool) else value
        for name, value in values.items()
    }


# ---- what happens to a finding ----


def record_event(tx: Transaction, body: dict[str, Any], actor: Actor) -> Event:
    """Enter a signed event of a finding, and let the finding's state follow.

    body: finding_event v1, already checked. Raises Refusal finding_unknown.
    """
    finding = read(tx.db, body["finding"])
    happened = parse_instant(body["at"])
    new_due = body.get("due_on") if body["event"] == "extended" else None
    event = Event(
        body["id"], finding.id, finding.establishment, body["event"], instant(happened),
        local_day(happened, units.time_zone(tx.db)), body.get("how") or "", body.get("conclusion") or "", _day(new_due),
        "" if finding.refer else body.get("note", ""), body.get("document_no", ""), body.get("visit"),
        body.get("author") or actor.account, instant(tx.now),
    )  # fmt: skip
    insert(tx.db, KIND, _row({**vars(event), "origin": finding.origin, "item": finding.item}))
    tx.touch(KIND, event.id)
    _settle(tx, finding.origin, finding.item)
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

    photos: sha256 -> class of the files that show it. Raises Refusal field_invalid (due_on, document_no, note).
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


def _settle(tx: Transaction, origin: str, item: str) -> None:
    """Let the findings of an item that stand follow their events."""
    story = _story(tx.db, origin, item)
    rows = tx.db.execute(
        f"SELECT {_COLUMNS} FROM finding WHERE origin = ? AND item = ? AND state <> 'withdrawn'",  # noqa: S608
        [origin, item],
    ).fetchall()
    for finding in map(_finding, rows):
        now = course(Course("referred" if finding.refer else "open", finding.first_due_on), story)
        tx.db.execute(
            "UPDATE finding SET state = ?, due_on = ?, closed_on = ? WHERE id = ?",
            [now.state, now.due_on.isoformat(), now.closed_on and now.closed_on.isoformat(), finding.id],
        )
