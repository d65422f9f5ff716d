"""The schedule: which establishment is due in which month, by whom, and what became of it.

The officer plans a year or a campaign, the leader approves; only what is approved goes to phones. Whether an entry is
done follows from the ledger and is stored nowhere. The phone's rules/schedule.ts says the same (tests/vectors).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, establishments, people, units, visits
from fieldapp.audit import Actor
from fieldapp.clock import local_day
from fieldapp.database import insert
from fieldapp.errors import Refusal, invalid, reason_given, say
from fieldapp.visits import Visit
from sync.history import Transaction, instant

STATES = {
    "planned": "Đã xếp lịch", "postponed": "Đã lùi lịch", "cancelled": "Không thực hiện", "done": "Đã kiểm tra",
    "overdue": "Quá tháng dự kiến",
}  # fmt: skip
LONGEST_TEXT = 200
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])").fullmatch


@dataclass(frozen=True)
class Schedule:
    """starts_on .. ends_on: local days. is_campaign: a campaign (đợt cao điểm), not the schedule of a year."""

    id: str
    name: str
    starts_on: date
    ends_on: date
    is_campaign: bool = False
    document_no: str = ""

    @property
    def months(self) -> list[str]:
        """The months it spans, `YYYY-MM`, ascending."""
        first, last = (day.year * 12 + day.month - 1 for day in (self.starts_on, self.ends_on))
        return [f"{number // 12}-{number % 12 + 1:02d}" for number in range(first, last + 1)]


@dataclass(frozen=True)
class Entry:
    """One establishment to be visited.

    month: `YYYY-MM`; day: within it, or None. kind: of visits.KINDS. bodies: who takes part. inspectors: account ids.
    state: planned, postponed (to `month`, from `first_month`, for `reason`) or cancelled (for `reason`).
    since: visits from this day on fulfil it. approved: by the leader; only then it goes to phones.
    """

    id: str
    schedule: str
    establishment: str
    month: str
    kind: str = "planned"
    bodies: tuple[str, ...] = ("team_178",)
    inspectors: tuple[str, ...] = ()
    day: date | None = None
    state: str = "planned"
    reason: str = ""
    first_month: str = ""
    since: date = date.min
    note: str = ""
    approved: bool = False


@dataclass(frozen=True)
class Standing:
    """What became of an entry by a day. state: a key of STATES. done_on: the day of the visit that fulfils it."""

    entry: Entry
    state: str
    done_on: date | None = None


# ---- writing ----


def draw_up(
    tx: Transaction, actor: Actor, *, name: str, starts_on: date, ends_on: date, is_campaign: bool = False,
    document_no: str = "",
) -> Schedule:  # fmt: skip
    """Begin a schedule. Raises Refusal field_invalid with `fields`."""
    made = Schedule(
        str(uuid.uuid4()), " ".join(name.split()), starts_on, ends_on, is_campaign, " ".join(document_no.split())
    )
    if found := mistakes(made):
        raise invalid(found)
    row = {**vars(made), "starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
    insert(tx.db, "schedule", row | {"is_campaign": int(is_campaign), "created_at": instant(tx.now)})
    audit.record(tx, actor, "schedule_drawn_up", "schedule", made.id, name=made.name)
    return made


def mistakes(made: Schedule) -> dict[str, str]:
    """What does not hold together: field -> reason, in the language of messages; empty when sound."""
    found: dict[str, str] = {}
    if not 0 < len(made.name) <= LONGEST_TEXT:
        found["name"] = say(f"phải ghi, tối đa {LONGEST_TEXT} ký tự", f"required, at most {LONGEST_TEXT} characters")
    if len(made.document_no) > LONGEST_TEXT:
        found["document_no"] = say(f"dài quá {LONGEST_TEXT} ký tự", f"longer than {LONGEST_TEXT} characters")
    if made.ends_on < made.starts_on:
        found["ends_on"] = say("trước ngày bắt đầu", "before it begins")
    elif made.ends_on.year - made.starts_on.year > 1:
        found["ends_on"] = say("lịch dài nhất là hai năm", "a schedule spans two years at most")
    return found


def plan(tx: Transaction, actor: Actor, entries: Sequence[Entry]) -> list[Entry]:
    """Put establishments on a schedule; each waits for the leader's approval. Ids and `since` are given here.

    Raises Refusal field_invalid, schedule_unknown.
    """
    today = local_day(tx.now, units.time_zone(tx.db))
    made = []
    for given in entries:
        entry = replace(
            given, id=str(uuid.uuid4()), first_month=given.month, approved=False, state="planned", reason="",
            since=min(today, date.fromisoformat(given.month + "-01") if _MONTH(given.month) else today),
        )  # fmt: skip
        _check(tx.db, entry)
        insert(tx.db, "schedule_entry", _row(entry) | {"id": entry.id, "created_at": instant(tx.now)})
        made.append(entry)
    audit.record(
        tx, actor, "schedule_planned", "schedule", made[0].schedule if made else "", entries=len(made),
        establishments=sorted({entry.establishment for entry in made}),
    )  # fmt: skip
    return made


def change(tx: Transaction, actor: Actor, entry_id: str, **values: Any) -> Entry:
    """The officer changes an entry. One of another kind, or by other bodies, waits for the leader again.

    Raises Refusal reason_required where the month of an approved one is changed (see `postpone`), field_invalid.
    """
    before = read_entry(tx.db, entry_id)
    entry = replace(before, **values)
    if entry == before:
        return before
    if before.approved and entry.month != before.month:
        raise Refusal("reason_required")
    _check(tx.db, entry)
    _write(tx, entry)
    fields = sorted(name for name in values if getattr(before, name) != getattr(entry, name))
    if before.approved and {"kind", "bodies"} & set(fields):
        tx.db.execute("UPDATE schedule_entry SET approved_at = NULL, approved_by = NULL WHERE id = ?", [entry_id])
        entry = replace(entry, approved=False)
    audit.record(tx, actor, "schedule_entry_changed", "schedule_entry", entry_id, fields=fields)
    return entry


def postpone(tx: Transaction, actor: Actor, entry_id: str, month: str, reason: str) -> Entry:
    """Move an entry to another month; what was approved stays so. reason: required.

    Raises Refusal reason_required, field_invalid, entry_closed.
    """
    before = _open(tx.db, entry_id)
    entry = replace(before, month=month, day=None, state="postponed", reason=reason_given(reason))
    _check(tx.db, entry)
    _write(tx, entry)
    audit.record(
        tx, actor, "schedule_entry_postponed", "schedule_entry", entry_id, reason=entry.reason, was=before.month,
        month=month,
    )  # fmt: skip
    return entry


def cancel(tx: Transaction, actor: Actor, entry_id: str, reason: str) -> Entry:
    """It will not take place and stays readable with its reason. Raises Refusal reason_required, entry_closed."""
    before = _open(tx.db, entry_id)
    entry = replace(before, state="cancelled", reason=reason_given(reason))
    _write(tx, entry)
    audit.record(tx, actor, "schedule_entry_cancelled", "schedule_entry", entry_id, reason=entry.reason)
    return entry


def approve(tx: Transaction, actor: Actor, schedule_id: str) -> int:
    """The leader approves what waits in a schedule. Returns how many entries; phones receive them with this."""
    rows = tx.db.execute(
        "UPDATE schedule_entry SET approved_at = ?, approved_by = ? WHERE schedule = ? AND approved_at IS NULL "
        "AND state <> 'cancelled' RETURNING id",
        [instant(tx.now), actor.account, read(tx.db, schedule_id).id],
    ).fetchall()
    for (entry_id,) in rows:
        tx.touch("schedule_entry", entry_id)
    if rows:
        audit.record(tx, actor, "schedule_approved", "schedule", schedule_id, entries=len(rows))
    return len(rows)


def _open(db: Database, entry_id: str) -> Entry:
    entry = read_entry(db, entry_id)
    if entry.state == "cancelled":
        raise Refusal("entry_closed")
    return entry


def _write(tx: Transaction, entry: Entry) -> None:
    row = _row(entry)
    tx.db.execute(
        f"UPDATE schedule_entry SET {', '.join(f'{name} = ?' for name in row)} WHERE id = ?",  # noqa: S608  names
        [*row.values(), entry.id],
    )
    if entry.approved:
        tx.touch("schedule_entry", entry.id)


def _check(db: Database, entry: Entry) -> None:
    read(db, entry.schedule)
    establishments.read(db, entry.establishment)
    found: dict[str, str] = {}
    if not _MONTH(entry.month):
        found["month"] = say("phải là một tháng, NĂM-THÁNG", "must be a month, YYYY-MM")
    elif entry.day and entry.day.isoformat()[:7] != entry.month:
        found["day"] = say("không thuộc tháng đã xếp", "not a day of that month")
    if entry.kind not in visits.KINDS:
        found["kind"] = say(f"phải là một trong: {', '.join(visits.KINDS)}", f"one of: {', '.join(visits.KINDS)}")
    if not entry.bodies or set(entry.bodies) - set(units.read(db).bodies):
        found["bodies"] = say("chọn ít nhất một cơ quan", "choose at least one body")
    if set(entry.inspectors) - {account.id for account in people.accounts(db)}:
        found["inspectors"] = say("có tài khoản không tồn tại", "an account that does not exist")
    if len(entry.note) > LONGEST_TEXT or len(entry.reason) > LONGEST_TEXT:
        found["note"] = say(f"dài quá {LONGEST_TEXT} ký tự", f"longer than {LONGEST_TEXT} characters")
    if found:
        raise invalid(found)


# ---- reading ----


def every(db: Database) -> list[Schedule]:
    """All schedules, the one that begins last leading."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM schedule ORDER BY starts_on DESC, created_at DESC")  # noqa: S608
    return [_schedule(row) for row in rows]


def read(db: Database, schedule_id: str) -> Schedule:
    """Raises Refusal schedule_unknown."""
    row = db.execute(f"SELECT {_COLUMNS} FROM schedule WHERE id = ?", [schedule_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("schedule_unknown")
    return _schedule(row)


def count_unapproved(db: Database) -> int:
    """How many entries wait for the leader, of all schedules."""
    query = "SELECT count(*) FROM schedule_entry WHERE approved_at IS NULL AND state <> 'cancelled'"
    return int(db.execute(query).fetchone()[0])


def read_entry(db: Database, entry_id: str) -> Entry:
    """Raises Refusal entry_unknown."""
    row = db.execute(f"SELECT {_ENTRY} FROM schedule_entry WHERE id = ?", [entry_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("entry_unknown")
    return _entry(row)


def entries(
    db: Database, *, year: int | None = None, schedule: str | None = None, ids: Iterable[str] | None = None
) -> list[Entry]:
    """Entries by month, those of a year, of one schedule, or with the given ids."""
    rows = db.execute(
        f"SELECT {_ENTRY} FROM schedule_entry WHERE (? IS NULL OR month LIKE ?) AND (? IS NULL OR schedule = ?) "  # noqa: S608
        "AND (? IS NULL OR id IN (SELECT value FROM json_each(?))) ORDER BY month, day IS NULL, day, created_at, id",
        [
            year, f"{year}-%", schedule, schedule,
            *([None, "[]"] if ids is None else [1, json.dumps(list(ids))]),
        ],
    )  # fmt: skip
    return [_entry(row) for row in rows]


def standings(db: Database, asked: Sequence[Entry], today: date) -> dict[str, Standing]:
    """Entry id -> what became of it by a day. asked: with all entries of an establishment and year among them."""
    years = {entry.month[:4] for entry in asked} | {str(entry.since.year) for entry in asked}
    held: dict[str, list[Visit]] = {}
    for year in years:
        for visit in visits.in_year(db, int(year), {entry.establishment for entry in asked}):
            if visit.visited_on <= today:
                held.setdefault(visit.establishment, []).append(visit)
    found: dict[str, Standing] = {}
    by_place: dict[str, list[Entry]] = {}
    for entry in asked:
        by_place.setdefault(entry.establishment, []).append(entry)
    for place, of_place in by_place.items():
        done = fulfilled(of_place, held.get(place, []))
        found |= {entry.id: _standing(entry, done.get(entry.id), today) for entry in of_place}
    return found


def fulfilled(of_place: Iterable[Entry], held: Iterable[Visit]) -> dict[str, date]:
    """Entry id -> the day of the visit that fulfils it. Both of one establishment; a visit fulfils one entry.

    The entry of the earliest month takes the earliest visit since its day in which one of its bodies took part: one
    that counts, or, for a follow-up, any that was conducted.
    """
    left = sorted((v for v in held if v.stands and v.outcome == "conducted"), key=lambda v: v.visited_on)
    done: dict[str, date] = {}
    for entry in sorted((e for e in of_place if e.state != "cancelled"), key=lambda e: (e.month, e.id)):
        visit = next((v for v in left if _fulfils(v, entry)), None)
        if visit:
            done[entry.id] = visit.visited_on
            left = [v for v in left if not (v.visited_on == visit.visited_on and set(v.bodies) & set(visit.bodies))]
    return done


def _fulfils(visit: Visit, entry: Entry) -> bool:
    counts = entry.kind == "follow_up" or (visit.counts and visit.kind in visits.COUNTED_KINDS)
    return counts and visit.visited_on >= entry.since and bool(set(visit.bodies) & set(entry.bodies))


def _standing(entry: Entry, done_on: date | None, today: date) -> Standing:
    if entry.state == "cancelled":
        return Standing(entry, "cancelled")
    if done_on:
        return Standing(entry, "done", done_on)
    passed = entry.month < today.isoformat()[:7] or (entry.day is not None and entry.day < today)
    return Standing(entry, "overdue" if passed else entry.state)


def bodies(db: Database, ids: Collection[str], year: int) -> dict[str, dict[str, Any]]:
    """Approved entries of a year and later that still stand, as phones hold them (shape: ScheduleEntry)."""
    names = {schedule.id: schedule.name for schedule in every(db) if schedule.is_campaign}
    return {
        entry.id: {
            "id": entry.id,
            "establishment": entry.establishment,
            "month": entry.month,
            "day": entry.day and entry.day.isoformat(),
            "kind": entry.kind,
            "bodies": list(entry.bodies),
            "inspectors": list(entry.inspectors),
            "campaign": names.get(entry.schedule, ""),
            "postponed": entry.state == "postponed",
            "since": entry.since.isoformat(),
        }
        for entry in entries(db, ids=ids)
        if entry.approved and entry.state != "cancelled" and entry.month >= f"{year}-01"
    }


_COLUMNS = "id, name, starts_on, ends_on, is_campaign, document_no"
_ENTRY = (
    "id, schedule, establishment, month, kind, bodies, inspectors, day, state, reason, first_month, since, note, "
    "approved_at"
)


def _schedule(row: tuple[Any, ...]) -> Schedule:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values |= {name: date.fromisoformat(values[name]) for name in ("starts_on", "ends_on")}
    return Schedule(**values | {"is_campaign": bool(values["is_campaign"])})


def _entry(row: tuple[Any, ...]) -> Entry:
    values = dict(zip(_ENTRY.split(", "), row, strict=True))
    values |= {name: tuple(json.loads(values[name])) for name in ("bodies", "inspectors")}
    values["day"] = date.fromisoformat(values["day"]) if values["day"] else None
    values["since"] = date.fromisoformat(values["since"])
    values["approved"] = values.pop("approved_at") is not None
    return Entry(**values)


def _row(entry: Entry) -> dict[str, Any]:
    """What of an entry may change."""
    return {
        "schedule": entry.schedule, "establishment": entry.establishment, "month": entry.month, "kind": entry.kind,
        "bodies": json.dumps(sorted(set(entry.bodies))),
        "inspectors": json.dumps(list(dict.fromkeys(entry.inspectors))),
        "day": entry.day and entry.day.isoformat(), "state": entry.state, "reason": entry.reason,
        "first_month": entry.first_month, "since": entry.since.isoformat(), "note": entry.note,
    }  # fmt: skip
