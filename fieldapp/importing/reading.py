"""A spreadsheet read against a subject's fields: rows of checked values, and a remark for everything that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter

from fieldapp.errors import Refusal, say
from fieldapp.importing import columns, words
from fieldapp.importing.cells import Noted, Reader, Wrong, says_nothing
from fieldapp.importing.columns import Columns, Vocabulary
from fieldapp.importing.report import Options, Remark, Report, Row
from fieldapp.importing.sheets import Cells, Source, Table, content_of, tables

Progress = Callable[[Sequence[Any], str], Iterator[Any]]
"""Wraps a sequence to show how far its reading has come; the second argument says what is being done."""


@dataclass(frozen=True)
class Subject:
    """What a file is about. readers: field -> reader of its cells. required: fields whose columns must be there."""

    known: Vocabulary
    readers: Mapping[str, Reader]
    required: tuple[str, ...]


def quietly(items: Sequence[Any], _what: str) -> Iterator[Any]:
    return iter(items)


def read(source: Source, name: str, subject: Subject, options: Options, progress: Progress = quietly) -> Report:
    """The report of a file with its checked rows; what only the register can say is the subject's to add.

    Raises Refusal: everything of `sheets`, header_missing, column_unknown, field_unknown.
    """
    _check_mapping(options.mapping, subject)
    choices = tables(content_of(source, name), name, options.sheet)
    table, found, others = _table(choices, name, subject, options.mapping)
    report = _begun(name, table, found, others)
    for number, cells in progress(table.rows(), name):
        if number <= found.row or _numbering(number, cells, found):
            continue
        if _is_signature(cells):
            reason = say("từ dòng này là phần ký tên, không đọc", "signatures from this row on, not read")
            report.warnings.append(Remark(name, table.sheet, number, "", "", reason))
            break
        _take(report, number, cells, found, subject)
    return report


def _check_mapping(mapping: Mapping[str, str], subject: Subject) -> None:
    unknown = [field for field in mapping.values() if field and field not in subject.readers]
    if unknown:
        raise Refusal("field_unknown", field=unknown[0], known=", ".join(subject.readers))


def _table(
    choices: list[Table], name: str, subject: Subject, mapping: Mapping[str, str]
) -> tuple[Table, Columns, list[str]]:
    """The table with the best header row, the first of equals, and the names of other sheets that could be read."""
    pairs = [(table, columns.find(table.head, subject.known, mapping, subject.required)) for table in choices]
    usable = [(table, found) for table, found in pairs if found]
    if not usable:
        field = subject.required[0]
        header = next(iter(words.ESTABLISHMENT_COLUMNS.get(field) or words.VISIT_COLUMNS[field]))
        raise Refusal("header_missing", file=name, required=f"“{header.capitalize()}”", field=field)
    table, found = max(usable, key=lambda pair: len(pair[1].fields))
    if found.unmapped:
        shown = ", ".join(found.headers.values())
        raise Refusal("column_unknown", file=name, column=found.unmapped[0], known=shown)
    return table, found, [other.sheet for other, _ in usable if other.sheet != table.sheet]


def _begun(name: str, table: Table, found: Columns, others: list[str]) -> Report:
    report = Report(name, table.sheet, headers=found.named())
    if others:
        unread = ", ".join(f"“{sheet}”" for sheet in others)
        reason = say(f"chưa đọc trang {unread}; dùng --sheet", f"the sheets {unread} were not read; use --sheet")
        report.warnings.append(Remark(name, table.sheet, found.row, "", "", reason))
    report.columns = {found.headers[column]: field for column, field in sorted(found.fields.items())}
    report.ignored_columns = [found.headers[column] for column in found.ignored]
    twice = say("hai cột cùng tên; chỉ để lại một", "two columns of one name; leave only one")
    for column, reason in sorted({**found.refused, **dict.fromkeys(found.doubled, twice)}.items()):
        letter = get_column_letter(column + 1)
        report.problems.append(Remark(name, table.sheet, found.row, found.headers[column], "", reason, letter))
    return report


def _numbering(number: int, cells: Cells, found: Columns) -> bool:
    """Whether this is the row of column numbers that official forms put under the header: (1) (2) (3), or A B 1 2."""
    texts = [str(cell).strip("() ") for cell in cells if cell not in (None, "")]
    numbers = [int(text) for text in texts if re.fullmatch(r"\d{1,2}", text)]
    return (
        number == found.row + 1
        and len(texts) > 2
        and all(re.fullmatch(r"\d{1,2}|[A-Z]", text) for text in texts)
        and numbers == list(range(numbers[0] if numbers else 1, len(numbers) + (numbers[0] if numbers else 1)))
    )


def _take(report: Report, number: int, cells: Cells, found: Columns, subject: Subject) -> None:
    typed = {name: cells[column] for column, name in found.fields.items() if column < len(cells)}
    said = {name: value for name, value in typed.items() if not says_nothing(value)}
    if not said:
        return
    if _is_total(cells, said.values()):
        reason = say("dòng tổng cộng, bỏ qua", "a row of totals, left out")
        report.warnings.append(Remark(report.file, report.sheet, number, "", "", reason))
        return
    values, wrong = {}, set()
    for name, value in said.items():
        try:
            read_value = subject.readers[name](value)
        except Wrong as reason:
            report.problems.append(report.remark(number, name, value, str(reason)))
            wrong.add(name)
            continue
        if isinstance(read_value, Noted):
            report.warnings.append(report.remark(number, name, value, read_value.doubt))
            read_value = read_value.value
        values[name] = read_value
    report.rows.append(Row(number, values, frozenset(wrong)))


def _is_total(cells: Cells, said: Iterable[Any]) -> bool:
    """Whether a row sums up the others: "Tổng cộng" and figures. A place may be named "Cộng", and has an address."""
    first = next((cell for cell in cells if not says_nothing(cell)), None)
    texts = [value for value in said if isinstance(value, str) and not value.strip().isdigit()]
    return isinstance(first, str) and len(texts) < 2 and bool(words.TOTAL.fullmatch(words.plain(first)))


def _is_signature(cells: Cells) -> bool:
    """Whether the table has ended and those who made it sign: whoever stands below is no establishment."""
    texts = [words.plain(cell) for cell in cells if isinstance(cell, str) and cell.strip()]
    return 0 < len(texts) < 4 and any(words.SIGNATURES.search(text) for text in texts)
