"""Establishments: the register of what is under management.

A record is edited field by field and has several writers (office, import, phones); who wrote a field last is kept by
sync.stamps, so that an edit made offline meanwhile is noticed as a conflict instead of vanishing.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from itertools import count
from types import NoneType
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, audit, checklists, entities
from fieldapp.audit import Actor
from fieldapp.errors import Refusal, invalid, say
from fieldapp.folding import fold
from sync import stamps
from sync.history import Transaction, instant

STATUSES = {"operating": "Đang hoạt động", "suspended": "Tạm dừng", "closed": "Chấm dứt"}
REVIEW_STATES = ("identified", "reviewed", "classified", "managed")
PHONE_FIELDS = (
    "representative", "representative_role", "phone", "rooms", "employees", "employees_with_contract",
    "latitude", "longitude", "note",
)  # fmt: skip
"""What a phone may write of a managed establishment."""
CODE_PREFIX = "CS-"
LONGEST_TEXT = 500
LARGEST_COUNT = 100_000


@dataclass(frozen=True)
class Establishment:
    """area, entity: ids. managed_since None: always. managed_until: the first day no longer under management."""

    id: str
    code: str
    name: str
    type: str
    address: str = ""
    area: str | None = None
    entity: str | None = None
    representative: str = ""
    representative_role: str = ""
    phone: str = ""
    rooms: int | None = None
    employees: int | None = None
    employees_with_contract: int | None = None
    status: str = "operating"
    review_state: str = "managed"
    managed_since: date | None = None
    managed_until: date | None = None
    security_conditional: bool = False
    latitude: float | None = None
    longitude: float | None = None
    note: str = ""

    def managed_on(self, day: date) -> bool:
        """Whether it was under management on a day; one added in the field is not, until the office decides."""
        since = self.managed_since is None or self.managed_since <= day
        return self.review_state == "managed" and since and (self.managed_until is None or day < self.managed_until)

    def over_on(self, day: date) -> bool:
        """Whether it had closed or left management by a day: phones then no longer hold its contacts and records."""
        return self.status == "closed" or (self.managed_until is not None and self.managed_until <= day)


@dataclass(frozen=True)
class Licence:
    kind: str
    number: str
    issued_on: date | None
    expires_on: date | None


_FIELDS = [f.name for f in fields(Establishment)]
_COLUMNS = ", ".join(_FIELDS)
_DAYS = ("managed_since", "managed_until")
_DAY_PLACES, _YES_PLACE = [_FIELDS.index(name) for name in _DAYS], _FIELDS.index("security_conditional")
_COUNTS = ("rooms", "employees", "employees_with_contract")
_TEXTS = ("code", "name", "address", "representative", "representative_role", "phone", "note")
_SHAPES = {
    **dict.fromkeys((*_TEXTS, "type", "status", "review_state"), (str,)),
    **dict.fromkeys(("area", "entity"), (str, NoneType)), **dict.fromkeys(_COUNTS, (int, NoneType)),
    **dict.fromkeys(_DAYS, (date, NoneType)), **dict.fromkeys(("latitude", "longitude"), (float, int, NoneType)),
    "security_conditional": (bool,),
}  # fmt: skip


def add(
    tx: Transaction, actor: Actor, values: Mapping[str, Any], *, establishment_id: str | None = None
) -> Establishment:
    """Enter an establishment in the register. values: field -> value; only name is required, a missing code is given.

    Raises Refusal field_invalid with `fields`.
    """
    given = dict(values)
    given["code"] = given.get("code") or _next_code(tx.db)
    given["type"] = given.get("type") or "other"
    given["id"] = establishment_id or str(uuid.uuid4())
    record = Establishment(**given)
    _check(tx.db, record)
    row = _row(tx.db, record)
    row |= {"created_at": instant(tx.now), "created_by": actor.account}
    tx.db.execute(
        f"INSERT INTO establishment ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608  constant names
        list(row.values()),
    )
    tx.touch("establishment", record.id)
    return record


def change(tx: Transaction, actor: Actor, establishment_id: str, values: Mapping[str, Any]) -> list[str]:
    """The office edits fields, having seen the current values. Returns the names of the fields that really changed."""
    before = read(tx.db, establishment_id)
    changed = {name: value for name, value in values.items() if getattr(before, name) != value}
    if not changed:
        return []
    write_fields(tx, establishment_id, changed)
    on_the_wire = {name: _stored(value) for name, value in changed.items()}
    was = {name: _stored(getattr(before, name)) for name in changed}
    stamps.overwrite(
        tx, kind="establishment", record_id=establishment_id, values=on_the_wire, account=actor.account, before=was
    )
    audit.record(tx, actor, "establishment_changed", "establishment", establishment_id, fields=sorted(changed))
    return sorted(changed)


def write_fields(tx: Transaction, establishment_id: str, values: Mapping[str, Any]) -> None:
    """Set fields whose right to stand has been decided already (by `change`, or by the merge of a phone's patch)."""
    record = Establishment(**{**asdict(read(tx.db, establishment_id)), **values})
    _check(tx.db, record)
    row = _row(tx.db, record)
    tx.db.execute(
        f"UPDATE establishment SET {', '.join(f'{name} = ?' for name in row)} WHERE id = ?",  # noqa: S608
        [*row.values(), establishment_id],
    )
    tx.touch("establishment", establishment_id)


def set_licence(tx: Transaction, establishment_id: str, licence: Licence) -> bool:
    """Enter or update a licence by kind and number. Returns whether anything changed."""
    cursor = tx.db.execute(
        "INSERT INTO licence (establishment, kind, number, issued_on, expires_on) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET issued_on = coalesce(excluded.issued_on, issued_on), "
        "expires_on = coalesce(excluded.expires_on, expires_on) "
        "WHERE issued_on IS NOT coalesce(excluded.issued_on, issued_on) "
        "OR expires_on IS NOT coalesce(excluded.expires_on, expires_on)",
        [establishment_id, licence.kind, licence.number, _stored(licence.issued_on), _stored(licence.expires_on)],
    )
    if cursor.rowcount:
        tx.touch("establishment", establishment_id)
    return bool(cursor.rowcount)


def drop_licence(tx: Transaction, establishment_id: str, kind: str, number: str) -> bool:
    """Take a licence entered by mistake out of the register. Returns whether it was there."""
    cursor = tx.db.execute(
        "DELETE FROM licence WHERE establishment = ? AND kind = ? AND number = ?", [establishment_id, kind, number]
    )
    if cursor.rowcount:
        tx.touch("establishment", establishment_id)
    return bool(cursor.rowcount)


def read(db: Database, establishment_id: str) -> Establishment:
    """Raises Refusal establishment_unknown."""
    row = db.execute(f"SELECT {_COLUMNS} FROM establishment WHERE id = ?", [establishment_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("establishment_unknown")
    return _record(row)


def every(db: Database, ids: Iterable[str] | None = None) -> list[Establishment]:
    """All establishments, or those with the given ids, by code."""
    if ids is None:
        return [_record(row) for row in db.execute(f"SELECT {_COLUMNS} FROM establishment ORDER BY code")]  # noqa: S608
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM establishment WHERE id IN (SELECT value FROM json_each(?)) ORDER BY code",  # noqa: S608
        [json.dumps(list(ids))],
    )
    return [_record(row) for row in rows]


def exists(db: Database, establishment_id: str) -> bool:
    return db.execute("SELECT 1 FROM establishment WHERE id = ?", [establishment_id]).fetchone() is not None


def creator(db: Database, establishment_id: str) -> str:
    """The account that entered it in the register; '' for the command line. Raises Refusal establishment_unknown."""
    row = db.execute("SELECT created_by FROM establishment WHERE id = ?", [establishment_id]).fetchone()
    if row is None:
        raise Refusal("establishment_unknown")
    return str(row[0])


def over(db: Database, day: date) -> set[str]:
    """The ids of those that had closed or left management by a day (see Establishment.over_on)."""
    rows = db.execute("SELECT id FROM establishment WHERE status = 'closed' OR managed_until <= ?", [day.isoformat()])
    return {row[0] for row in rows}


def matching(db: Database, text: str, *, limit: int = 20) -> list[Establishment]:
    """Those whose code, name, address, area, entity or representative hold every word of text, diacritics aside."""
    words = fold(text[:LONGEST_TEXT]).split()  # beyond that nothing is held, and SQLite would not take it
    where = " AND ".join(["search LIKE ? ESCAPE '!'"] * len(words)) or "1"
    escaped = [re.sub(r"([!%_])", r"!\1", word) for word in words]
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM establishment WHERE {where} ORDER BY code LIMIT ?",  # noqa: S608  words are bound
        [*(f"%{word}%" for word in escaped), limit],
    )
    return [_record(row) for row in rows]


def of_entity(db: Database, entity_id: str) -> list[Establishment]:
    """The establishments that one business runs, by code."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM establishment WHERE entity = ? ORDER BY code", [entity_id])  # noqa: S608
    return [_record(row) for row in rows]


def owners(db: Database) -> dict[str, str | None]:
    """Establishment id -> the business entity that runs it."""
    return dict(db.execute("SELECT id, entity FROM establishment").fetchall())


def names(db: Database) -> list[tuple[str, str, str]]:
    """(id, code, name) of every establishment, by code."""
    return list(db.execute("SELECT id, code, name FROM establishment ORDER BY code").fetchall())


def ids_by_code(db: Database) -> dict[str, str]:
    """Code (upper case) -> id."""
    return {row[0].upper(): row[1] for row in db.execute("SELECT code, id FROM establishment")}


def ids_by_name_and_address(db: Database) -> dict[str, str]:
    """`same_as(name, address)` -> id, for the first of each."""
    return dict(db.execute("SELECT same_as, id FROM establishment ORDER BY code DESC").fetchall())


def same_as(name: str, address: str) -> str:
    """Two records without a code are one establishment when this is equal: case, spaces and diacritics aside."""
    return f"{fold(name)}|{fold(address)}"


def licences(db: Database, establishment_ids: Iterable[str] | None = None) -> dict[str, list[Licence]]:
    """Establishment id -> its licences, those that expire first leading."""
    where = "" if establishment_ids is None else "WHERE establishment IN (SELECT value FROM json_each(?))"
    given = [] if establishment_ids is None else [json.dumps(list(establishment_ids))]
    found: dict[str, list[Licence]] = {}
    rows = db.execute(
        f"SELECT establishment, kind, number, issued_on, expires_on FROM licence {where} "  # noqa: S608  constant text
        "ORDER BY expires_on IS NULL, expires_on",
        given,
    )
    for establishment_id, kind, number, issued_on, expires_on in rows:
        found.setdefault(establishment_id, []).append(Licence(kind, number, _day(issued_on), _day(expires_on)))
    return found


def _next_code(db: Database) -> str:
    """The next free code of the form CS-001."""
    return next(free_codes(db))


def free_codes(db: Database, taken: Iterable[str] = ()) -> Iterator[str]:
    """Free codes of the form CS-001, ascending, after every such code in the register and among those taken."""
    row = db.execute(
        "SELECT max(CAST(substr(code, ?) AS INTEGER)) FROM establishment WHERE code GLOB ?",
        [len(CODE_PREFIX) + 1, CODE_PREFIX + "[0-9]*"],
    ).fetchone()
    numbers = (re.match(rf"{CODE_PREFIX}(\d{{1,9}})", code.upper()) for code in taken)
    last = max([row[0] or 0, *(int(number.group(1)) for number in numbers if number)])
    return (f"{CODE_PREFIX}{number:03d}" for number in count(last + 1))


def refresh_search(tx: Transaction, establishment_ids: Iterable[str]) -> None:
    """Bring the searchable text up to date after an area or entity was renamed."""
    for establishment_id in establishment_ids:
        text = _searchable(tx.db, read(tx.db, establishment_id))
        tx.db.execute("UPDATE establishment SET search = ? WHERE id = ?", [text, establishment_id])


def mistakes(record: Establishment) -> dict[str, str]:
    """What the register does not accept in a record: field -> reason, in the language of messages; empty when sound."""
    # of a phone's patch that the office mends, anything may have come
    shapeless = [name for name, kinds in _SHAPES.items() if type(getattr(record, name)) not in kinds]
    return dict.fromkeys(shapeless, say("không phải giá trị hợp lệ", "is not a valid value")) or _unsound(record)


def _unsound(record: Establishment) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _TEXTS:
        if len(getattr(record, name)) > LONGEST_TEXT:
            found[name] = say(f"dài quá {LONGEST_TEXT} ký tự", f"longer than {LONGEST_TEXT} characters")
    for name in ("code", "name"):
        if not getattr(record, name).strip():
            found[name] = say("không được để trống", "must not be blank")
    allowed = {"type": checklists.types(), "status": STATUSES, "review_state": REVIEW_STATES}
    for name, known in allowed.items():
        if getattr(record, name) not in known:
            found[name] = say(f"phải là một trong: {', '.join(known)}", f"must be one of: {', '.join(known)}")
    ranges = {**dict.fromkeys(_COUNTS, (0, LARGEST_COUNT)), "latitude": (-90, 90), "longitude": (-180, 180)}
    for name, (least, most) in ranges.items():
        value = getattr(record, name)
        if value is not None and not least <= value <= most:
            found[name] = say(f"phải từ {least} đến {most}", f"must be between {least} and {most}")
    if record.managed_since and record.managed_until and record.managed_until <= record.managed_since:
        found["managed_until"] = say("phải sau ngày bắt đầu quản lý", "must be after the first day under management")
    return found


def _check(db: Database, record: Establishment) -> None:
    found = mistakes(record)
    if db.execute("SELECT 1 FROM establishment WHERE code = ? AND id <> ?", [record.code, record.id]).fetchone():
        found["code"] = say("đã có cơ sở khác mang mã này", "another establishment has this code")
    if record.area and areas.read(db, record.area) is None:
        found["area"] = say("không có trong danh sách", "is not in the list")
    if found:
        raise invalid(found)


def _stored(value: Any) -> Any:
    """A field's value as the database and the wire hold it."""
    return value.isoformat() if isinstance(value, date) else value


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _row(db: Database, record: Establishment) -> dict[str, Any]:
    """The record's row, with what is derived from it: the searchable text and what makes two records the same."""
    row = {name: _stored(getattr(record, name)) for name in _FIELDS}
    return row | {"search": _searchable(db, record), "same_as": same_as(record.name, record.address)}


def _record(row: tuple[Any, ...]) -> Establishment:
    values = list(row)  # by place: a register has thousands
    for place in _DAY_PLACES:
        values[place] = _day(values[place])
    values[_YES_PLACE] = bool(values[_YES_PLACE])
    return Establishment(*values)


def _searchable(db: Database, record: Establishment) -> str:
    area = areas.read(db, record.area) if record.area else None
    entity = entities.read(db, record.entity) if record.entity else None
    texts = [record.code, record.name, record.address, record.representative]
    return fold(" ".join([*texts, area.name if area else "", entity.name if entity else ""]))
