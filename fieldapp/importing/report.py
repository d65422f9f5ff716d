"""What a person is told about an import, before and after, and what they may ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fieldapp.errors import Refusal, say

MOST_SHOWN = 100  # of remarks that stop nothing


@dataclass(frozen=True)
class Options:
    """sheet: which sheet of a workbook; by default the first with a header row.

    date_format: how text days are written, as in `MM/DD/YYYY` or `%m/%d/%Y`; by default day, month, year. ISO is always
    understood. mapping: a column's header in the file -> field, or '' to leave the column out.
    """

    sheet: str = ""
    date_format: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Remark:
    """Something about one place of a file. row: as a spreadsheet counts. letter: the column's (A, B…)."""

    file: str
    sheet: str
    row: int
    column: str
    value: str
    reason: str
    letter: str = ""

    def __str__(self) -> str:
        places = [self.file]
        if self.sheet:
            places.append(say(f"trang “{self.sheet}”", f"sheet “{self.sheet}”"))
        places.append(say(f"dòng {self.row}", f"row {self.row}"))
        if self.column:
            places.append(say("cột", "column") + f" {self.letter} “{self.column}”".replace("  ", " "))
        where = ", ".join(places)
        return f"{where}: “{self.value}”: {self.reason}" if self.value else f"{where}: {self.reason}"


@dataclass(frozen=True)
class Row:
    """One row of the file, checked.

    values: field -> value, of the cells that say something (not blank, not masked). wrong: fields of bad cells.
    """

    number: int
    values: dict[str, Any]
    wrong: frozenset[str] = frozenset()


@dataclass
class Report:
    """An import as it would go (`read`) or went (`apply`).

    columns: header as typed -> field, for those understood. ignored_columns: the others. With any problem nothing is
    imported. duplicates: identical rows, counted once. rows, as_read: for `apply`, the checked rows, and the report
    before the register was asked.
    """

    file: str
    sheet: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    ignored_columns: list[str] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    new_areas: list[str] = field(default_factory=list)
    duplicates: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    problems: list[Remark] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list, repr=False)
    headers: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    as_read: Report | None = field(default=None, repr=False)

    def remark(self, row: int, field_name: str, value: object, reason: str) -> Remark:
        """A remark about a field of a row, named by the header that the file gives it."""
        letter, header = self.headers.get(field_name, ("", ""))
        return Remark(self.file, self.sheet, row, header or field_name, shown(value), reason, letter)

    def understood(self) -> list[str]:
        """What was read of the file, a line each: rows, columns, those ignored, new areas."""
        sheet = say(f", trang “{self.sheet}”", f", sheet “{self.sheet}”") if self.sheet else ""
        read = "; ".join(f"“{header}” → {name}" for header, name in self.columns.items())
        ignored = ", ".join(f"“{header}”" for header in self.ignored_columns)
        lines = [
            f"{self.file}{sheet}: " + say(f"{len(self.rows)} dòng", f"{len(self.rows)} rows"),
            say("Các cột đọc được: ", "Columns read: ") + read,
            ignored and say("Bỏ qua các cột: ", "Columns ignored: ") + ignored,
            self.new_areas and say("Khu vực mới: ", "New areas: ") + ", ".join(self.new_areas),
        ]
        return [line for line in lines if line]

    def doubtful(self) -> list[str]:
        """What a person should look at, a line each: rows given twice, notes, then every problem."""
        lists = (
            (say("Trùng", "Twice"), self.duplicates),
            (say("Lưu ý", "Note"), self.warnings),
            (say("Lỗi", "Problem"), self.problems),
        )
        lines = []
        for label, remarks in lists:
            shown = remarks if remarks is self.problems else remarks[:MOST_SHOWN]
            lines += [f"{label}: {remark}" for remark in shown]
            if rest := len(remarks) - len(shown):
                lines.append(f"{label}: " + say(f"và {rest} dòng nữa như vậy", f"and {rest} more like these"))
        return lines

    def result(self, *, dry: bool) -> str:
        """How many establishments or visits are new, updated, unchanged. dry: nothing was changed yet."""
        vi = f"thêm {self.created}, cập nhật {self.updated}, giữ nguyên {self.unchanged}."
        en = f"{self.created} new, {self.updated} updated, {self.unchanged} unchanged."
        if dry:
            return say(f"Chạy thử, chưa nhập gì. Sẽ {vi}", f"Dry run, nothing was imported. It would be: {en}")
        return say(f"Đã nhập: {vi}", f"Imported: {en}")

    def refuse_problems(self) -> None:
        """Raises Refusal import_refused, with every problem, while there is one."""
        if self.problems:
            rows = {"rows": [str(problem) for problem in self.problems]}
            raise Refusal("import_refused", rows, file=self.file, problems=len(self.problems))

    def in_order(self) -> None:
        """Sort every list of remarks by row and column."""
        for remarks in (self.problems, self.warnings, self.duplicates):
            remarks.sort(key=lambda remark: (remark.row, len(remark.letter), remark.letter))


def shown(value: object) -> str:
    """A cell's value as a report repeats it."""
    text = f"{value:%d/%m/%Y}" if isinstance(value, date) else "" if value is None else str(value)
    return text if len(text) <= 80 else text[:79] + "…"
