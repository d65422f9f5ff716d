"""Sanction decisions on establishments: number, day, authority, kind of measure, and what became of it.

Never a person and never an amount. A decision stands as it was entered; what happens to it later is an event.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, establishments
from fieldapp.audit import Actor
from fieldapp.database import insert
from fieldapp.errors import Refusal, invalid, say
from sync.history import Transaction, instant

MEASURES = {
    "warning": "Cảnh cáo",
    "fine": "Phạt tiền",
    "licence_withdrawn": "Tước quyền sử dụng giấy phép có thời hạn",
    "suspension": "Đình chỉ hoạt động có thời hạn",
    "remedy": "Biện pháp khắc phục hậu quả",
    "other": "Biện pháp khác",
}
EVENTS = {
    "complied": "Đã hậu kiểm: đã chấp hành",
    "not_complied": "Đã hậu kiểm: chưa chấp hành",
    "extended": "Lùi hạn hậu kiểm",
    "revoked": "Quyết định bị hủy bỏ hoặc thay thế",
    "voided": "Nhập nhầm",
}
STATES = {
    "pending": "Chờ hậu kiểm",
    "not_complied": "Đã hậu kiểm, chưa chấp hành",
    "complied": "Đã chấp hành",
    "revoked": "Đã bị hủy bỏ, thay thế",
    "voided": "Nhập nhầm",
}
OPEN_STATES = ("pending", "not_complied")
_MOVES = ("extended", "not_complied")
LONGEST_TEXT = 200


@dataclass(frozen=True)
class Event:
    """happened_on: local day. due_on: the new day of follow-up, where it moved."""

    kind: str
    happened_on: date
    due_on: date | None = None
    document_no: str = ""
    reason: str = ""
    account: str = ""
    at: str = ""


@dataclass(frozen=True)
class Sanction:
    """decided_on: local day. due_on: the day by which it is to be followed up, as last moved.

    followed_up_on: the day of its last follow-up; closed_on: the day it was found complied with, or ended.
    """

    id: str
    establishment: str
    number: str
    decided_on: date
    authority: str
    measures: tuple[str, ...]
    due_on: date
    state: str = "pending"
    followed_up_on: date | None = None
    closed_on: date | None = None
    recorded_at: str = ""
    events: tuple[Event, ...] = ()

    @property
    def open(self) -> bool:
        return self.state in OPEN_STATES

    def overdue(self, today: date) -> bool:
        """Whether its follow-up day has passed; due today is not overdue."""
        return self.open and self.due_on < today


def enter(
    tx: Transaction, actor: Actor, *, establishment: str, number: str, decided_on: date, authority: str,
    measures: Sequence[str], due_on: date,
) -> Sanction:  # fmt: skip
    """Enter a decision on an establishment. Raises Refusal field_invalid with `fields`, establishment_unknown."""
    establishments.read(tx.db, establishment)
    sanction = Sanction(
        str(uuid.uuid4()), establishment, number.strip(), decided_on, authority.strip(), tuple(measures), due_on,
        recorded_at=instant(tx.now),
    )  # fmt: skip
    _check(tx.db, sanction)
    row = {name: getattr(sanction, name) for name in ("id", "establishment", "number", "authority", "recorded_at")}
    row |= {"decided_on": decided_on.isoformat(), "due_on": due_on.isoformat(), "measures": json.dumps(list(measures))}
    insert(tx.db, "sanction", row)
    audit.record(tx, actor, "sanction_entered", "sanction", sanction.id, number=sanction.number)
    return sanction


def tell(tx: Transaction, actor: Actor, sanction_id: str, event: Event) -> Sanction:
    """Something happened to a decision: it was followed up, its day was moved, it was revoked, it was a mistake.

    Raises Refusal sanction_unknown, sanction_closed (nothing follows), reason_required (revoked, voided, extended),
    field_invalid (no new day where it is extended).
    """
    _check_event(read(tx.db, sanction_id), event)
    row = {
        "sanction": sanction_id, "kind": event.kind, "happened_on": event.happened_on.isoformat(),
        "due_on": event.due_on.isoformat() if event.kind in _MOVES and event.due_on else None,
        "document_no": event.document_no.strip(), "reason": event.reason.strip(),
        "account": actor.account, "at": instant(tx.now),
    }  # fmt: skip
    insert(tx.db, "sanction_event", row)
    audit.record(tx, actor, f"sanction_{event.kind}", "sanction", sanction_id, reason=event.reason.strip())
    return read(tx.db, sanction_id)


def _check_event(before: Sanction, event: Event) -> None:
    takes_back = event.kind in ("revoked", "voided")
    if before.state in ("revoked", "voided") or (before.state == "complied" and not takes_back):
        raise Refusal("sanction_closed", state=STATES[before.state])
    if (takes_back or event.kind == "extended") and not event.reason.strip():
        raise Refusal("reason_required")
    found: dict[str, str] = {}
    if event.kind in _MOVES and (event.due_on is None or event.due_on <= event.happened_on):
        found["due_on"] = say("phải ghi ngày hậu kiểm tiếp theo", "the next day of follow-up is required")
    if event.happened_on < before.decided_on:
        found["happened_on"] = say("trước ngày ra quyết định", "before the decision")
    if found:
        raise invalid(found)


def mistakes(sanction: Sanction) -> dict[str, str]:
    """What does not hold together: field -> reason, in the language of messages; empty when sound."""
    found: dict[str, str] = {}
    for name in ("number", "authority"):
        if not 0 < len(getattr(sanction, name)) <= LONGEST_TEXT:
            found[name] = say(f"phải ghi, tối đa {LONGEST_TEXT} ký tự", f"required, at most {LONGEST_TEXT} characters")
    if not sanction.measures or set(sanction.measures) - set(MEASURES):
        found["measures"] = say("chọn ít nhất một biện pháp", "choose at least one measure")
    if sanction.due_on < sanction.decided_on:
        found["due_on"] = say("trước ngày ra quyết định", "before the decision")
    return found


def _check(db: Database, sanction: Sanction) -> None:
    found = mistakes(sanction)
    if any(same.number.casefold() == sanction.number.casefold() for same in every(db, [sanction.establishment])):
        found["number"] = say("quyết định này của cơ sở đã có", "this establishment's decision is there already")
    if found:
        raise invalid(found)


_COLUMNS = "id, establishment, number, decided_on, authority, measures, due_on, recorded_at"


def read(db: Database, sanction_id: str) -> Sanction:
    """Raises Refusal sanction_unknown."""
    row = db.execute(f"SELECT {_COLUMNS} FROM sanction WHERE id = ?", [sanction_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("sanction_unknown")
    return _with_events(_sanction(row), _events(db, sanction_id))


def every(db: Database, establishment_ids: Iterable[str] | None = None) -> list[Sanction]:
    """All decisions but those entered by mistake, soonest follow-up first; of all establishments or those given."""
    return [sanction for sanction in entered(db, establishment_ids) if sanction.state != "voided"]


def entered(db: Database, establishment_ids: Iterable[str] | None = None) -> list[Sanction]:
    """Every decision that was ever entered, mistakes included, soonest follow-up first."""
    where = "" if establishment_ids is None else "WHERE establishment IN (SELECT value FROM json_each(?))"
    given = [] if establishment_ids is None else [json.dumps(list(establishment_ids))]
    rows = db.execute(f"SELECT {_COLUMNS} FROM sanction {where} ORDER BY recorded_at, id", given).fetchall()  # noqa: S608
    events: dict[str, list[Event]] = {}
    for of, *values in db.execute(f"SELECT sanction, {_EVENT} FROM sanction_event ORDER BY number"):  # noqa: S608
        events.setdefault(of, []).append(_event(values))
    found = [_with_events(_sanction(row), events.get(row[0], [])) for row in rows]
    return sorted(found, key=lambda sanction: (sanction.due_on, sanction.number))


_EVENT = "kind, happened_on, due_on, document_no, reason, account, at"


def _events(db: Database, sanction_id: str) -> list[Event]:
    rows = db.execute(f"SELECT {_EVENT} FROM sanction_event WHERE sanction = ? ORDER BY number", [sanction_id])  # noqa: S608
    return [_event(row) for row in rows]


def _event(row: Sequence[Any]) -> Event:
    kind, happened_on, due_on, *rest = row
    return Event(kind, date.fromisoformat(happened_on), date.fromisoformat(due_on) if due_on else None, *rest)


def _with_events(sanction: Sanction, events: Sequence[Event]) -> Sanction:
    """The decision as its events left it."""
    for event in events:
        match event.kind:
            case "extended":
                sanction = replace(sanction, due_on=event.due_on or sanction.due_on)
            case "not_complied":
                sanction = replace(
                    sanction, state="not_complied", followed_up_on=event.happened_on,
                    due_on=event.due_on or sanction.due_on,
                )  # fmt: skip
            case "complied":
                sanction = replace(
                    sanction, state="complied", followed_up_on=event.happened_on, closed_on=event.happened_on
                )
            case _:
                sanction = replace(sanction, state=event.kind, closed_on=event.happened_on)
    return replace(sanction, events=tuple(events))


def _sanction(row: tuple[Any, ...]) -> Sanction:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values |= {name: date.fromisoformat(values[name]) for name in ("decided_on", "due_on")}
    values["measures"] = tuple(json.loads(values["measures"]))
    return Sanction(**values)
