"""Tables for the office: one look for every list, as .xlsx that prints well and as .csv."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter

from fieldapp.formulas import guarded

FONT = "Times New Roman"  # of official papers (decree 30/2020)
FONT_SIZE = 11
LINE_HEIGHT = 15.0
DEMO = "DỮ LIỆU MẪU"


@dataclass(frozen=True)
class Column:
    """width: in characters. Cells hold text, whole numbers, days, or None; percent: a share between 0 and 1."""

    header: str
    width: int
    percent: bool = False
    centred: bool = False


@dataclass(frozen=True)
class Table:
    """A sheet, A4. above: lines over the header, the first one the title. below: lines under the last row.

    frozen: how many columns stay in sight when scrolling sideways.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    above: Sequence[str] = ()
    below: Sequence[str] = ()
    frozen: int = 0
    landscape: bool = True


@dataclass(frozen=True)
class Document:
    """Sheets with a common footer. stem: the file's name without its ending. made: by whom and when, for the footer."""

    stem: str
    title: str
    tables: Sequence[Table]
    made: str
    is_demo: bool = False

    def csv(self) -> bytes:
        """The first table's header and rows, UTF-8 with BOM, CRLF, days DD/MM/YYYY; demo data say so in every row."""
        table = self.tables[0]
        demo = [DEMO] if self.is_demo else []
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([column.header for column in table.columns] + ["Dữ liệu"] * len(demo))
        writer.writerows([*map(in_csv, row), *demo] for row in table.rows)
        return out.getvalue().encode("utf-8-sig")

    def xlsx(self) -> bytes:
        """Every table as a sheet: A4, repeated header, page numbers, filters; texts stay texts."""
        out = io.BytesIO()
        texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        with xlsxwriter.Workbook(out, {"in_memory": True, **texts}) as book:
            book.set_properties({"title": self.title, "comments": DEMO if self.is_demo else ""})
            looks = _looks(book)
            for table in self.tables:
                _Sheet(book.add_worksheet(table.name), table, looks).write(self)
        return out.getvalue()


def in_csv(cell: Any) -> str:
    """A cell as .csv holds it, no text a formula; importing takes the guard off again."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return guarded(cell) if isinstance(cell, str) else str(cell)


def _looks(book: Any) -> dict[str, Any]:
    base = {"font_name": FONT, "font_size": FONT_SIZE, "valign": "vcenter"}
    boxed = {**base, "border": 1, "border_color": "#808080"}
    return {
        "title": book.add_format({**base, "bold": True, "font_size": 14}),
        "line": book.add_format(base),
        "demo": book.add_format({**base, "bold": True, "font_color": "#9C2A00"}),
        "header": book.add_format({**boxed, "bold": True, "text_wrap": True, "align": "center", "bg_color": "#E3EEE8"}),
        "text": book.add_format({**boxed, "text_wrap": True, "num_format": "@"}),
        "centre": book.add_format({**boxed, "text_wrap": True, "align": "center"}),
        "count": book.add_format({**boxed, "num_format": "#,##0"}),
        "percent": book.add_format({**boxed, "num_format": "0.0%"}),
        "day": book.add_format({**boxed, "num_format": "dd/mm/yyyy", "align": "center"}),
    }


class _Sheet:
    """Writes one table, top to bottom."""

    def __init__(self, sheet: Any, table: Table, looks: dict[str, Any]) -> None:
        self.sheet = sheet
        self.table = table
        self.looks = looks
        self.line = 0

    def write(self, document: Document) -> None:
        for number, column in enumerate(self.table.columns):
            self.sheet.set_column(number, number, column.width)
        if document.is_demo:
            self._text(DEMO, "demo")
        for number, text in enumerate(self.table.above):
            self._text(text, "line" if number else "title")
        header = self.line
        self._row([column.header for column in self.table.columns], ["header"] * len(self.table.columns))
        for row in self.table.rows:
            self._row(row, [_look(cell, column) for cell, column in zip(row, self.table.columns, strict=True)])
        if self.table.rows:
            self.sheet.autofilter(header, 0, self.line - 1, len(self.table.columns) - 1)
        self.sheet.freeze_panes(header + 1, self.table.frozen)
        for text in self.table.below:
            self._text(text, "line")
        self._for_print(header, document)

    def _text(self, text: str, look: str) -> None:
        self.sheet.set_row(self.line, LINE_HEIGHT + (4 if look == "title" else 1))
        self.sheet.write_string(self.line, 0, text, self.looks[look])
        self.line += 1

    def _row(self, cells: Sequence[Any], looks: Sequence[str]) -> None:
        # LibreOffice and Excel's preview do not grow wrapped rows of a file they have not saved themselves
        self.sheet.set_row(self.line, LINE_HEIGHT * self._lines(cells, bold="header" in looks) + 2)
        for column, (cell, look) in enumerate(zip(cells, looks, strict=True)):
            if cell is None or cell == "":
                self.sheet.write_blank(self.line, column, None, self.looks[look])
            elif isinstance(cell, date):
                self.sheet.write_datetime(
                    self.line, column, datetime(cell.year, cell.month, cell.day), self.looks[look]
                )
            elif isinstance(cell, int | float):
                self.sheet.write_number(self.line, column, cell, self.looks[look])
            else:
                self.sheet.write_string(self.line, column, str(cell), self.looks[look])
        self.line += 1

    def _lines(self, cells: Sequence[Any], *, bold: bool) -> int:
        """How many lines the tallest cell takes when its words wrap."""
        fit = 0.95 if bold else 1.1  # a width counts digits of Excel's own font; Times is narrower, bold is not
        widths = [int(column.width * fit) for column in self.table.columns]
        return max([1, *(_wrapped(str(cell), width) for cell, width in zip(cells, widths, strict=True) if cell)])

    def _for_print(self, header: int, document: Document) -> None:
        if self.table.landscape:
            self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4
        self.sheet.set_margins(left=0.5, right=0.4, top=0.6, bottom=0.6)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(header)
        made = document.made.replace("&", "&&")
        small = f'&"{FONT},Regular"&9'
        self.sheet.set_header(f"&C{small}{DEMO}" if document.is_demo else "")
        self.sheet.set_footer(f"&L{small}{made}&R{small}Trang &P/&N")


def _look(cell: Any, column: Column) -> str:
    if isinstance(cell, date):
        return "day"
    if column.centred:
        return "centre"
    if isinstance(cell, int | float):
        return "percent" if column.percent else "count"
    return "text"


def _wrapped(text: str, width: int) -> int:
    """Lines of a text whose words wrap at a width; a word longer than the line is broken."""
    lines = 0
    for paragraph in text.split("\n"):
        used = 0
        lines += 1
        for word in paragraph.split():
            if used and used + 1 + len(word) > width:
                lines += 1
                used = 0
            lines += max(0, math.ceil(len(word) / width) - 1)
            used += len(word) % width + bool(used)
    return lines
