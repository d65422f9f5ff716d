"""Spreadsheets as people make them, and commands as they type them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import docx
from click.testing import CliRunner, Result
from openpyxl import Workbook, load_workbook
from sqlite_utils import Database

from fieldapp import cli, establishments
from fieldapp.clock import Clock
from fieldapp.establishments import Establishment

Rows = Sequence[Sequence[Any]]


def csv_bytes(rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def xlsx_bytes(
    rows: Rows, *, sheet: str = "Sổ", merged: Sequence[str] = (), more: Mapping[str, Rows] | None = None
) -> bytes:
    """A workbook; texts stay texts, also those that look like formulas. merged: ranges such as "A1:D1"."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, content in {sheet: rows, **(more or {})}.items():
        ws = book.create_sheet(title)
        for row in content:
            ws.append(list(row))
            for cell in ws[ws.max_row]:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    cell.data_type = "s"
    for area in merged:
        book[sheet].merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def text_of(data: bytes) -> str:
    """Everything written in a .docx, headers apart."""
    paper = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in paper.paragraphs), *cells])


def read_xlsx(path: Path) -> dict[str, list[list[Any]]]:
    """Every sheet's cells, by its name."""
    book = load_workbook(path)
    return {ws.title: [[cell.value for cell in row] for row in ws.iter_rows()] for ws in book.worksheets}


class Terminal:
    """A person at the server's terminal; one data folder, one clock. English unless told otherwise."""

    def __init__(self, folder: Path, data: Path, clock: Clock) -> None:
        self.folder = folder
        self.data = data
        self.clock = clock
        self.lang = "en"

    def __call__(self, *words: object, stdin: str | None = None, **environment: str) -> Result:
        """Run a command. The result holds exit_code, stdout, stderr."""
        env = {"FIELDAPP_DATA": str(self.data), "FIELDAPP_LANG": self.lang, **environment}
        return CliRunner().invoke(cli.main, [str(word) for word in words], input=stdin, env=env, obj=self.clock)

    def done(self, *words: object, **environment: str) -> Result:
        """Run a command that must succeed."""
        result = self(*words, **environment)
        assert result.exit_code == 0, result.output
        return result

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def take_in(self, subject: str, rows: Rows, *options: str) -> Result:
        """Import rows from a .csv file."""
        return self("import", subject, self.file(f"{subject}.csv", csv_bytes(rows)), *options)


def only(db: Database) -> Establishment:
    """The register's one establishment."""
    (place,) = establishments.every(db)
    return place


def one_row(**cells: Any) -> Rows:
    """A file of one row: name and the given columns."""
    return [["name", *cells], ["Spa Mẫu", *cells.values()]]
