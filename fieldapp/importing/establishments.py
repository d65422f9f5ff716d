"""The register from a spreadsheet. `read` says what would happen; `apply` does it, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, audit, checklists, entities, establishments, guard, units
from fieldapp.audit import Actor
from fieldapp.entities import Entity
from fieldapp.errors import say
from fieldapp.establishments import Establishment, Licence
from fieldapp.folding import fold
from fieldapp.importing import cells, columns, reading, words
from fieldapp.importing.reading import Progress, Subject, quietly
from fieldapp.importing.report import Options, Remark, Report, Row
from fieldapp.importing.sheets import Source
from sync.history import Transaction

FIELDS = tuple(words.ESTABLISHMENT_COLUMNS)
LICENCE_KIND = "Giấy phép"  # where a file has numbers and days only
OWNER = "Chủ cơ sở"
_APART = {"area", "entity_name", "entity_kind", "entity_code"}  # fields of other records, and the licence's


@dataclass(frozen=True)
class _Step:
    """What a row asks for. before: the establishment as it is, None for a new one. record: as it is to be."""

    row: Row
    before: Establishment | None
    record: Establishment
    area: str
    entity: Entity | None
    licence: Licence | None


def read(
    db: Database, source: Source, name: str, *, today: date, options: Options | None = None,
    progress: Progress = quietly,
) -> Report:  # fmt: skip
    """What importing the file would do; changes nothing.

    name: as messages call the file. today: the commune's day; a licence issued after it is mentioned.
    Raises Refusal when the file cannot be read as a table (see importing.reading.read).
    """
    wanted = options or Options()
    report = reading.read(source, name, _subject(db, wanted), wanted, progress)
    _settle_codes(report)
    for row in report.rows:
        if row.values.get("licence_issued_on", today) > today:
            doubt = say("sau ngày hôm nay", "after today")
            report.warnings.append(
                report.remark(row.number, "licence_issued_on", row.values["licence_issued_on"], doubt)
            )
    return _compared(db, report)[0]


def apply(tx: Transaction, actor: Actor, report: Report, progress: Progress = quietly) -> Report:
    """Do what the report says, compared with the register as it is now. Returns what was done.

    Raises Refusal import_refused while there are problems.
    """
    fresh, steps = _compared(tx.db, report.as_read or report)
    fresh.refuse_problems()
    writer = _Writer(tx, actor, [row.values["code"] for row in report.rows if "code" in row.values])
    for step in progress(steps, report.file):
        writer.take(step)
    writer.refresh_renamed()
    audit.record(
        tx, actor, "register_imported", "file", report.file,
        created=fresh.created, updated=fresh.updated, unchanged=fresh.unchanged,
    )  # fmt: skip
    return fresh


def _subject(db: Database, options: Options) -> Subject:
    unit = units.read(db)
    day = cells.day_reader(options.date_format)
    types = checklists.types()
    readers: dict[str, cells.Reader] = dict.fromkeys(FIELDS, cells.line)
    readers |= dict.fromkeys(("code", "entity_code", "licence_number"), cells.label)
    readers |= dict.fromkeys(("rooms", "employees", "employees_with_contract"), cells.count)
    readers |= dict.fromkeys(("managed_since", "managed_until", "licence_issued_on", "licence_expires_on"), day)
    readers |= dict.fromkeys(("latitude", "longitude"), cells.degrees)
    readers |= {"phone": cells.phone, "note": cells.lines, "security_conditional": cells.yes_no}
    readers["type"] = cells.choice(words.TYPES, types, words.TYPE_PREFIXES)
    readers["status"] = cells.choice(words.STATUSES, establishments.STATUSES)
    readers["entity_kind"] = cells.choice(words.ENTITY_KINDS, entities.KINDS_VI)
    known = columns.vocabulary(words.ESTABLISHMENT_COLUMNS, {"area": [unit.area_word, f"tên {unit.area_word}"]})
    return Subject(known, readers, ("name",))


def _settle_codes(report: Report) -> None:
    """A column "Mã số" may be the register's code or the business's: ten digits and more are the business's."""
    header = report.headers.get("code", ("", ""))[1]
    given = [row.values["code"] for row in report.rows if "code" in row.values]
    businesses = [code for code in given if code.replace("-", "").isdigit() and len(code) >= 10]
    if words.plain(header) != "ma so" or "entity_code" in report.headers or 2 * len(businesses) <= len(given):
        return
    report.headers["entity_code"] = report.headers.pop("code")
    report.columns[header] = "entity_code"
    for row in report.rows:
        if "code" in row.values:
            row.values["entity_code"] = row.values.pop("code")


# ---- the file against itself and the register ----


def _compared(db: Database, as_read: Report) -> tuple[Report, list[_Step]]:
    """The report with what the register adds to it, and the steps it stands for (those that change something)."""
    report = replace(
        as_read, as_read=as_read, warnings=list(as_read.warnings), problems=list(as_read.problems),
        duplicates=[], new_areas=[], created=0, updated=0, unchanged=0,
    )  # fmt: skip
    register = _Register(db)
    rows = _distinct(as_read.rows, register, report)
    steps = [step for step in (register.step(row, report) for row in rows) if register.changes(step)]
    report.new_areas = register.new_areas
    report.created = sum(step.before is None for step in steps)
    report.updated = len(steps) - report.created
    report.unchanged = len(rows) - len(steps)
    report.in_order()
    return report, steps


class _Register:
    """The register as the file meets it, looked up once instead of once a row."""

    def __init__(self, db: Database) -> None:
        every = establishments.every(db)
        self.by_id = {e.id: e for e in every}
        self.ids = establishments.ids_by_code(db)
        self.twins = establishments.ids_by_name_and_address(db)
        self.areas = areas.names(db)
        self.entities = entities.every(db)
        self.licences = establishments.licences(db)
        self.new_areas: list[str] = []
        self._area_keys = {fold(name) for name in self.areas.values()}

    def existing(self, row: Row) -> Establishment | None:
        code = row.values.get("code")
        found = self.ids.get(code.upper()) if code else self.twins.get(_same_as(row))
        return self.by_id[found] if found else None

    def step(self, row: Row, report: Report) -> _Step:
        """What the row asks for; its problems and doubts go into the report."""
        before, values = self.existing(row), row.values
        own = {k: v for k, v in values.items() if k not in _APART and not k.startswith("licence_")}
        start = before or Establishment("", values.get("code") or establishments.CODE_PREFIX, "", "other")
        if "representative" in own and not start.representative_role and _owners(report):
            own.setdefault("representative_role", OWNER)
        if before and not values.get("code"):  # the same place in other letters keeps the letters it has
            own = {k: v for k, v in own.items() if k not in ("name", "address")}
        record = replace(start, **{**own, "code": start.code})
        for name, reason in establishments.mistakes(record).items():
            if name not in row.wrong:
                report.problems.append(report.remark(row.number, name, values.get(name), reason))
        licence = self._licence(row, before, report)
        report.warnings.extend(self._doubts(row, before, record, report))
        return _Step(row, before, record, self._area(values), self._entity(values, before, record), licence)

    def changes(self, step: _Step) -> bool:
        """Whether the register would be different afterwards."""
        before = step.before
        return before is None or (
            before != step.record
            or bool(step.area and fold(step.area) != fold(self.areas.get(before.area or "", "")))
            or (step.entity is not None and step.entity != self.entities.get(before.entity or ""))
            or (step.licence is not None and step.licence not in self.licences.get(before.id, []))
        )

    def _area(self, values: Mapping[str, Any]) -> str:
        name: str = values.get("area", "")
        if name and fold(name) not in self._area_keys:
            self._area_keys.add(fold(name))
            self.new_areas.append(name)
        return name

    def _entity(self, values: Mapping[str, Any], before: Establishment | None, record: Establishment) -> Entity | None:
        """The business as the row tells it, completed by what is known; None when the row says nothing of it."""
        name, kind, code = (values.get(f"entity_{part}", "") for part in ("name", "kind", "code"))
        if not (name or kind or code):
            return None
        known = self.entities.get(before.entity or "") if before else None
        if known and name and fold(name) != fold(known.name) and code != known.registration_code:
            known = None  # another business runs it now
        if known is None:
            return Entity("", name or record.name, kind, code)
        same_name = not name or fold(name) == fold(known.name)  # in other letters it keeps those it has
        return Entity(
            known.id, known.name if same_name else name, kind or known.kind, code or known.registration_code
        )  # fmt: skip

    def _licence(self, row: Row, before: Establishment | None, report: Report) -> Licence | None:
        """The row's licence, completed by the one it names; None when the row says nothing of one."""
        kind, number, issued, expires = (
            row.values.get(f"licence_{part}") for part in ("kind", "number", "issued_on", "expires_on")
        )
        if not (kind or number or issued or expires):
            return None
        if issued and expires and expires < issued:
            reason = say("phải sau ngày cấp", "must be after the day of issue")
            report.problems.append(report.remark(row.number, "licence_expires_on", expires, reason))
        held = self.licences.get(before.id, []) if before else []
        same = [h for h in held if (not number or h.number == number) and (not kind or h.kind == kind)]
        if len(same) == 1:
            known = same[0]
            return Licence(known.kind, known.number, issued or known.issued_on, expires or known.expires_on)
        return Licence(kind or LICENCE_KIND, number or "", issued, expires)

    def _doubts(
        self, row: Row, before: Establishment | None, record: Establishment, report: Report
    ) -> Iterable[Remark]:
        values = row.values
        if values.get("status") == "closed" and record.managed_until is None:
            text = say("đã chấm dứt nhưng chưa ghi ngày đưa ra khỏi diện quản lý", "closed, without managed_until")
            yield report.remark(row.number, "status", establishments.STATUSES["closed"], text)
        contracts = record.employees_with_contract or 0
        if {"employees", "employees_with_contract"} & set(values) and contracts > (record.employees or 0):
            text = say("nhiều hơn số lao động", "more than the number of employees")
            yield report.remark(row.number, "employees_with_contract", contracts, text)
        for name in ("note", "representative", "representative_role"):
            if guard.remarks(str(values.get(name, ""))):  # what was typed is not repeated
                text = say("có thể chứa thông tin cá nhân; hãy đọc lại", "may hold personal data; read it again")
                yield report.remark(row.number, name, "", text)
        twin = self.by_id.get(self.twins.get(_same_as(row), "")) if before is None else None
        if twin:
            text = say(f"cùng tên và địa chỉ với {twin.code}", f"the same name and address as {twin.code}")
            yield report.remark(row.number, "name", record.name, text)


def _same_as(row: Row) -> str:
    return establishments.same_as(row.values.get("name", ""), row.values.get("address", ""))


def _owners(report: Report) -> bool:
    """Whether the representative's column says that these are the owners."""
    return "chu" in words.plain(report.headers.get("representative", ("", ""))[1]).split()


def _distinct(rows: Iterable[Row], register: _Register, report: Report) -> list[Row]:
    """Each establishment's row once: identical ones are counted once, differing ones are a problem naming both."""
    coded = {_same_as(row): row.values["code"].upper() for row in reversed(report.rows) if row.values.get("code")}
    first: dict[str, Row] = {}
    for row in rows:
        before = register.existing(row)
        code = row.values.get("code", "").upper() or (before.code.upper() if before else coded.get(_same_as(row)))
        key = code or _same_as(row)
        earlier = first.setdefault(key, row)
        if earlier is not row:
            _repeated(row, earlier, report)
            first[key] = earlier if earlier.values.get("code") else row  # the one that says its code
    return list(first.values())


def _repeated(row: Row, earlier: Row, report: Report) -> None:
    by_code = bool(row.values.get("code") and earlier.values.get("code"))
    field_name = "code" if by_code else "name"
    value = row.values.get(field_name)
    different = _differing(row.values, earlier.values, by_code)
    if not different:
        text = say(
            f"trùng hoàn toàn với dòng {earlier.number}, tính một lần",
            f"the same as row {earlier.number}, counted once",
        )
        report.duplicates.append(report.remark(row.number, field_name, value, text))
        return
    headers = ", ".join(f"“{report.headers[name][1]}”" for name in different)
    text = say(
        f"cùng {'mã' if by_code else 'tên và địa chỉ'} với dòng {earlier.number} nhưng khác ở cột {headers}",
        f"the same {'code' if by_code else 'name and address'} as row {earlier.number}, but different in {headers}",
    )
    report.problems.append(report.remark(row.number, field_name, value, text))


def _differing(one: Mapping[str, Any], other: Mapping[str, Any], by_code: bool) -> list[str]:
    """Fields in which two rows differ; the same place by name may be written in other letters."""
    folded = () if by_code else ("name", "address", "area", "entity_name")

    def told(values: Mapping[str, Any], name: str) -> Any:
        return fold(values.get(name, "")) if name in folded else values.get(name)

    return [n for n in FIELDS if n in {*one, *other} and n != "code" and told(one, n) != told(other, n)]


# ---- writing ----


class _Writer:
    """Carries out steps in one transaction."""

    def __init__(self, tx: Transaction, actor: Actor, taken: Iterable[str]) -> None:
        """taken: codes that the file itself gives, not to be handed to rows without one."""
        self.tx = tx
        self.actor = actor
        self._codes = establishments.free_codes(tx.db, taken)
        self._areas: dict[str, str] = {}
        self._entities: dict[Entity, Entity] = {}
        self._renamed: set[str] = set()

    def take(self, step: _Step) -> None:
        values = {name: value for name, value in vars(step.record).items() if name != "id"}
        if step.area:
            values["area"] = self._area(step.area)
        if step.entity:
            values["entity"] = self._entity(step.entity).id
        if step.before is None:
            values["code"] = step.row.values.get("code") or next(self._codes)
            establishment_id = establishments.add(self.tx, self.actor, values).id
        else:
            establishment_id = step.before.id
            establishments.change(self.tx, self.actor, establishment_id, values)
        if step.licence:
            establishments.set_licence(self.tx, establishment_id, step.licence)

    def refresh_renamed(self) -> None:
        """Searching by a business's new name must find all its establishments."""
        if self._renamed:
            of = [e.id for e in establishments.every(self.tx.db) if e.entity in self._renamed]
            establishments.refresh_search(self.tx, of)

    def _area(self, name: str) -> str:
        if name not in self._areas:
            self._areas[name] = areas.area_named(self.tx, name)[0].id
        return self._areas[name]

    def _entity(self, told: Entity) -> Entity:
        if told not in self._entities:
            before = entities.read(self.tx.db, told.id) if told.id else None
            found = entities.entity_named(
                self.tx, told.name, kind=told.kind, registration_code=told.registration_code
            )  # fmt: skip
            if before and before.name != found.name:
                self._renamed.add(found.id)
            self._entities[told] = found
        return self._entities[told]
