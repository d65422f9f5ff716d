"""The history of visits from a spreadsheet, into the ledger. `read` says what would happen; `apply` does it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from sqlite_utils import Database

from fieldapp import audit, establishments, units, visits
from fieldapp.audit import Actor
from fieldapp.errors import say
from fieldapp.establishments import Establishment
from fieldapp.folding import fold
from fieldapp.importing import cells, columns, reading, words
from fieldapp.importing.reading import Progress, Subject, quietly
from fieldapp.importing.report import Options, Report, Row
from fieldapp.importing.sheets import Source
from fieldapp.units import Unit
from fieldapp.visits import Visit
from sync.history import Transaction

FIELDS = tuple(words.VISIT_COLUMNS)
NAME = "establishment_name"
"""Only compared with the register: codes such as CS-001 are another establishment's in the next commune."""


@dataclass(frozen=True)
class _Entry:
    row: Row
    visit: Visit


def read(
    db: Database, source: Source, name: str, *, today: date, options: Options | None = None,
    progress: Progress = quietly,
) -> Report:  # fmt: skip
    """What importing the file would do; changes nothing.

    name: as messages call the file. today: the commune's day; a visit after it is a problem.
    Raises Refusal when the file cannot be read as a table (see importing.reading.read).
    """
    wanted = options or Options()
    report = reading.read(source, name, _subject(units.read(db), wanted), wanted, progress)
    # a name without anything else is a heading of the table
    report.rows = [row for row in report.rows if row.values.keys() | row.wrong != {NAME}]
    _require(report, today)
    return _compared(db, report)[0]


def apply(tx: Transaction, actor: Actor, report: Report, progress: Progress = quietly) -> Report:
    """Do what the report says, compared with the ledger as it is now. Returns what was done.

    Raises Refusal import_refused while there are problems.
    """
    fresh, entries = _compared(tx.db, report.as_read or report)
    fresh.refuse_problems()
    for entry in progress(entries, report.file):
        visits.enter(tx, entry.visit)
    audit.record(tx, actor, "visits_imported", "file", report.file, created=fresh.created, unchanged=fresh.unchanged)
    return fresh


def _subject(unit: Unit, options: Options) -> Subject:
    readers: dict[str, cells.Reader] = dict.fromkeys(FIELDS, cells.line)
    bodies = cells.several_reader(_body(unit))
    readers[NAME] = str
    readers |= {"establishment_code": cells.label, "document_no": cells.label, "note": cells.lines}
    readers |= {"visited_on": cells.day_reader(options.date_format), "body": bodies, "joint_bodies": bodies}
    readers["kind"] = cells.choice(words.VISIT_KINDS, visits.KINDS)
    readers["mode"] = cells.choice(words.VISIT_MODES, visits.MODES)
    readers["outcome"] = cells.choice(words.VISIT_OUTCOMES, visits.OUTCOMES)
    return Subject(columns.vocabulary(words.VISIT_COLUMNS), readers, ("establishment_code", "visited_on"))


def _body(unit: Unit) -> cells.Reader:
    """A reader of one body: its code, its names, the words for it, also followed by the unit's own name."""
    ways = {code: [body.en, *words.BODIES.get(code, [])] for code, body in unit.bodies.items()}
    ways["team_178"].append(unit.team_name)
    ways["culture_social"].append(unit.office_name)
    for code in ("police", "health"):
        ways[code] += [f"{way} {unit.name}" for way in ways[code]] + [f"{unit.bodies[code].vi} {unit.full_name}"]
    return cells.choice(ways, {code: body.vi for code, body in unit.bodies.items()})


def _require(report: Report, today: date) -> None:
    """The two cells that no row can do without, texts that a list can hold, and a day that has come."""
    blank = say("không được để trống", "must not be blank")
    for row in report.rows:
        for name in ("establishment_code", "visited_on"):
            if name not in row.values and name not in row.wrong:
                report.problems.append(report.remark(row.number, name, "", blank))
        for name in ("document_no", "note"):
            if len(row.values.get(name, "")) > visits.LONGEST_TEXT:
                reason = say(f"dài quá {visits.LONGEST_TEXT} ký tự", f"longer than {visits.LONGEST_TEXT} characters")
                report.problems.append(report.remark(row.number, name, row.values[name], reason))
        day = row.values.get("visited_on")
        if day and day > today:
            reason = say(f"sau ngày hôm nay ({today:%d/%m/%Y})", f"after today ({today.isoformat()})")
            report.problems.append(report.remark(row.number, "visited_on", day, reason))


def _compared(db: Database, as_read: Report) -> tuple[Report, list[_Entry]]:
    """The report with what the register and the ledger add to it, and the visits that are new."""
    report = replace(
        as_read, as_read=as_read, warnings=list(as_read.warnings), problems=list(as_read.problems), duplicates=[],
        created=0, unchanged=0,
    )  # fmt: skip
    found = _entries(db, report)
    _compare_names(db, found, report)
    entries = _distinct(found, report)
    there = visits.imported(db)
    new = [entry for entry in entries if visits.same_as(entry.visit) not in there]
    report.created, report.unchanged = len(new), len(entries) - len(new)
    report.in_order()
    return report, new


def _entries(db: Database, report: Report) -> list[_Entry]:
    """The rows whose establishment is known, as visits."""
    by_id = {e.id: e for e in establishments.every(db)}
    known = {code: by_id[found] for code, found in establishments.ids_by_code(db).items()}
    entries = []
    for row in report.rows:
        code, day = row.values.get("establishment_code"), row.values.get("visited_on")
        place = known.get(code.upper()) if code else None
        if code and place is None:
            reason = say("sổ không có cơ sở mang mã này", "the register has no establishment with this code")
            report.problems.append(report.remark(row.number, "establishment_code", code, reason))
        if place and day:
            _doubt(row, place, day, report)
            entries.append(_Entry(row, _visit(row, place)))
    return entries


def _compare_names(db: Database, entries: list[_Entry], report: Report) -> None:
    """Whether the file names the establishments of its codes as the register does, one remark for each.

    Where most are other ones, the file is another commune's: a problem, not a doubt.
    """
    names = {place: name for place, _, name in establishments.names(db)}
    told = {e.visit.establishment: e.row for e in reversed(entries) if e.row.values.get(NAME)}
    others = {place: row for place, row in told.items() if not _same_name(row.values[NAME], names[place])}
    for place, row in sorted(others.items(), key=lambda pair: pair[1].number):
        reason = say(
            f"trong sổ, mã {row.values['establishment_code']} là “{names[place]}”",
            f"in the register, {row.values['establishment_code']} is “{names[place]}”",
        )
        report.warnings.append(report.remark(row.number, NAME, row.values[NAME], reason))
    if len(others) > max(1, len(told) / 2):
        reason = say(
            f"{len(others)}/{len(told)} cơ sở mang tên khác trong sổ: tệp có vẻ của xã, phường khác."
            " Nếu vẫn đúng, bỏ cột này rồi nhập lại",
            f"{len(others)} of {len(told)} establishments have other names in the register: the file seems to be"
            " another commune's. If it is right all the same, leave this column out and import again",
        )
        report.problems.append(report.remark(min(row.number for row in others.values()), NAME, "", reason))


def _same_name(one: str, other: str) -> bool:
    """Whether the words of one name are all in the other: “Karaoke Sao” and “Quán karaoke SAO (cũ)”."""
    here, there = (set(re.findall(r"\w+", fold(name))) for name in (one, other))
    return here <= there or there <= here


def _doubt(row: Row, place: Establishment, day: date, report: Report) -> None:
    if place.managed_until and day >= place.managed_until:
        reason = say(
            f"cơ sở đã ra khỏi diện quản lý từ {place.managed_until:%d/%m/%Y}; lượt này không tính vào độ bao phủ",
            f"no longer under management since {place.managed_until.isoformat()}; the visit does not count",
        )
        report.warnings.append(report.remark(row.number, "visited_on", day, reason))


def _visit(row: Row, place: Establishment) -> Visit:
    values = row.values
    bodies = values.get("body", ()) + values.get("joint_bodies", ())
    facts = {name: values[name] for name in ("kind", "mode", "outcome", "document_no", "note") if name in values}
    return Visit(place.id, values["visited_on"], tuple(dict.fromkeys(bodies)) or ("other",), source="imported", **facts)


def _distinct(entries: list[_Entry], report: Report) -> list[_Entry]:
    """Each visit once; the same row again is told and not counted twice."""
    first: dict[str, _Entry] = {}
    for entry in entries:
        earlier = first.setdefault(visits.same_as(entry.visit), entry)
        if earlier is not entry:
            line = earlier.row.number
            reason = say(f"trùng với dòng {line}, tính một lần", f"the same as row {line}, counted once")
            code = entry.row.values["establishment_code"]
            report.duplicates.append(report.remark(entry.row.number, "establishment_code", code, reason))
    return list(first.values())
