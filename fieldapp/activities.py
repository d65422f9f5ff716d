"""Communication: sessions and posts, in counts. Who listened is never written down, only how many.

A record stands as it was entered; a mistake is voided with a reason and entered anew.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, audit, establishments
from fieldapp.audit import Actor
from fieldapp.database import insert
from fieldapp.errors import Refusal, invalid, reason_given, say
from sync.history import Transaction, instant

KINDS = {"session": "Buổi tuyên truyền", "post": "Tin, bài, phát thanh"}
FORMS = {
    "meeting": "Hội nghị, nói chuyện chuyên đề",
    "at_establishment": "Tại cơ sở",
    "door_to_door": "Đến từng hộ, từng cơ sở",
    "leaflet": "Phát tờ rơi, treo áp phích",
    "loudspeaker": "Loa truyền thanh",
    "website": "Trang thông tin điện tử",
    "social_media": "Trang mạng xã hội của đơn vị",
    "other": "Hình thức khác",
}
POSTED_FORMS = frozenset({"loudspeaker", "website", "social_media"})
"""Forms that reach nobody who could be counted: such a record is a post, any other a session."""
LARGEST_COUNT = establishments.LARGEST_COUNT
LONGEST_TOPIC = 300


@dataclass(frozen=True)
class Activity:
    """held_on: local day. headcount: how many listened, None where nobody can be counted (a post).

    reached: establishment id -> how many of its workers were reached. void_reason: why it was voided, None = stands.
    """

    id: str
    held_on: date
    form: str
    area: str | None = None
    topic: str = ""
    headcount: int | None = None
    reached: Mapping[str, int] = field(default_factory=dict)
    author: str = ""
    source: str = "office"
    recorded_at: str = ""
    void_reason: str | None = None

    @property
    def kind(self) -> str:
        return kind_of(self.form)


def kind_of(form: str) -> str:
    return "post" if form in POSTED_FORMS else "session"


_COLUMNS = "id, held_on, form, area, topic, headcount, reached, author, source, recorded_at"


def record_activity(
    tx: Transaction, actor: Actor, *, held_on: date, form: str, area: str | None = None, topic: str = "",
    headcount: int | None = None, reached: Mapping[str, int] | None = None, activity_id: str | None = None,
    author: str | None = None, source: str = "office",
) -> Activity:  # fmt: skip
    """Enter a session or a post. reached: establishment id -> workers of that establishment who were there.

    Raises Refusal field_invalid with `fields` (held_on, form, area, headcount, reached, topic).
    """
    workers = {place: number for place, number in (reached or {}).items() if number}
    activity = Activity(
        activity_id or str(uuid.uuid4()), held_on, form, area or None, topic.strip(), headcount, workers,
        actor.account if author is None else author, source, instant(tx.now),
    )  # fmt: skip
    _check(tx.db, activity)
    row = {name: getattr(activity, name) for name in _COLUMNS.split(", ")} | {"kind": activity.kind}
    row |= {"held_on": held_on.isoformat(), "reached": json.dumps(workers, sort_keys=True)}
    insert(tx.db, "activity", row)
    if source == "phone":
        tx.touch("activity", activity.id)
    audit.record(tx, actor, "activity_recorded", "activity", activity.id, form=form, held_on=held_on.isoformat())
    return activity


def handed_in(db: Database) -> set[str]:
    """The ids of those that phones recorded, which are signed."""
    return {row[0] for row in db.execute("SELECT id FROM activity WHERE source = 'phone'")}


def void(tx: Transaction, actor: Actor, activity_id: str, reason: str) -> None:
    """It counts no more and stays readable. reason: required. Raises Refusal activity_unknown, activity_voided."""
    reason = reason_given(reason)
    if read(tx.db, activity_id).void_reason is not None:
        raise Refusal("activity_voided")
    row = {"activity": activity_id, "reason": reason, "account": actor.account, "at": instant(tx.now)}
    insert(tx.db, "activity_void", row)
    audit.record(tx, actor, "activity_voided", "activity", activity_id, reason=reason)


def mistakes(activity: Activity) -> dict[str, str]:
    """What cannot be counted with: field -> reason, in the language of messages; empty when sound."""
    found: dict[str, str] = {}
    if activity.form not in FORMS:
        found["form"] = say(f"phải là một trong: {', '.join(FORMS)}", f"must be one of: {', '.join(FORMS)}")
    if len(activity.topic) > LONGEST_TOPIC:
        found["topic"] = say(f"dài quá {LONGEST_TOPIC} ký tự", f"longer than {LONGEST_TOPIC} characters")
    counts = [activity.headcount or 0, *activity.reached.values()]
    if any(not 0 <= number <= LARGEST_COUNT for number in counts):
        found["headcount"] = say(f"phải từ 0 đến {LARGEST_COUNT}", f"must be from 0 to {LARGEST_COUNT}")
    elif activity.kind == "session" and activity.headcount is None:
        found["headcount"] = say("phải ghi số người dự", "how many listened is required")
    elif activity.kind == "post" and activity.reached:
        found["reached"] = say("tin, bài không đếm được người nghe", "nobody can be counted who read or heard a post")
    elif sum(activity.reached.values()) > (activity.headcount or 0):
        found["reached"] = say("cộng lại nhiều hơn số người dự", "together more than listened")
    return found


def _check(db: Database, activity: Activity) -> None:
    found = mistakes(activity)
    if activity.area and areas.read(db, activity.area) is None:
        found["area"] = say("không có khu vực này", "no such area")
    known = {place.id for place in establishments.every(db, activity.reached)} if activity.reached else set()
    if set(activity.reached) - known:
        found["reached"] = say("có cơ sở không có trong sổ", "names an establishment that the register does not have")
    if found:
        raise invalid(found)


_SELECT = (
    f"SELECT {', '.join('a.' + name for name in _COLUMNS.split(', '))}, v.reason FROM activity a "  # noqa: S608
    "LEFT JOIN activity_void v ON v.activity = a.id"
)


def read(db: Database, activity_id: str) -> Activity:
    """Raises Refusal activity_unknown."""
    row = db.execute(f"{_SELECT} WHERE a.id = ?", [activity_id]).fetchone()
    if row is None:
        raise Refusal("activity_unknown")
    return _activity(row)


def every(db: Database, start: date, end: date) -> list[Activity]:
    """The sessions and posts held from start to end (local days, both included) that stand, oldest first."""
    rows = db.execute(
        f"{_SELECT} WHERE a.held_on BETWEEN ? AND ? AND v.activity IS NULL ORDER BY a.held_on, a.recorded_at, a.id",
        [start.isoformat(), end.isoformat()],
    )
    return [_activity(row) for row in rows]


def in_year(db: Database, year: int) -> list[Activity]:
    """Everything entered for a calendar year, newest first, what was voided included."""
    rows = db.execute(
        f"{_SELECT} WHERE a.held_on BETWEEN ? AND ? ORDER BY a.held_on DESC, a.recorded_at DESC, a.id",
        [f"{year}-01-01", f"{year}-12-31"],
    )
    return [_activity(row) for row in rows]


def _activity(row: tuple[Any, ...]) -> Activity:
    values = dict(zip([*_COLUMNS.split(", "), "void_reason"], row, strict=True))
    values["held_on"] = date.fromisoformat(values["held_on"])
    values["reached"] = json.loads(values["reached"])
    return Activity(**values)
