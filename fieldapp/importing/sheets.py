"""A file's bytes -> tables of cells. What a file is, its content says, not its name.

Nothing here trusts the file: its size, what it unpacks to, its rows and cells are limited before they are read, XML is
parsed without entities (openpyxl uses lxml so, or defusedxml), formulas are never evaluated.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from fieldapp.errors import Refusal, say, why
from fieldapp.formulas import unguarded

LARGEST_FILE_BYTES = 50 * 2**20
LARGEST_UNPACKED_BYTES = 160 * 2**20
LARGEST_RATIO = 200  # honest sheets stay under 60
LONGEST_ROWS = 200_000
MOST_CELLS = 4_000_000
LAST_ROW = 1_048_576  # of any spreadsheet
HEAD_ROWS = 60
DELIMITERS = ",;\t"
csv.field_size_limit(LARGEST_FILE_BYTES)  # a long cell is told by the field it is too long for, not as a broken file

Cells = tuple[Any, ...]
Source = Path | BinaryIO

_MAGIC = {
    b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"Rar!": "RAR", b"7z\xbc\xaf": "7z",
    b"\x1f\x8b": "GZIP", b"{\\rtf": "RTF", b"SQLite format 3": "SQLite",
}  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old Office files, and new ones behind a password
_PARTS = {"xl/workbook.bin": "XLSB", "word/document.xml": "DOCX", "ppt/presentation.xml": "PPTX", "content.xml": "ODS"}
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')


@dataclass(frozen=True)
class Table:
    """One way to read a file as a table: a sheet of a workbook, or a CSV by one delimiter.

    sheet: its name, '' for CSV. head: the first rows, blank ones included. rows: every row that is not blank, with its
    number as a spreadsheet counts it.
    """

    sheet: str
    head: list[Cells]
    rows: Callable[[], list[tuple[int, Cells]]]


def content_of(source: Source, name: str) -> bytes:
    """A file's bytes. Raises Refusal file_missing, upload_too_large, file_empty."""
    try:
        if isinstance(source, Path):
            with source.open("rb") as stream:
                content = stream.read(LARGEST_FILE_BYTES + 1)
        else:
            content = source.read(LARGEST_FILE_BYTES + 1)
    except OSError as problem:
        raise Refusal("file_missing", file=name, reason=why(problem)) from None
    if len(content) > LARGEST_FILE_BYTES:
        raise Refusal("upload_too_large", limit=f"{LARGEST_FILE_BYTES // 2**20} MiB")
    if not content.strip(b"\0 \t\r\n" + codecs.BOM_UTF8):
        raise Refusal("file_empty", file=name)
    return content


def tables(content: bytes, name: str, sheet: str = "") -> list[Table]:
    """The tables that a file may be read as: the visible sheets, or the one named; a CSV by each delimiter.

    Raises Refusal file_not_spreadsheet, file_protected, file_broken, file_encoding, file_inflates, sheet_unknown.
    """
    if content.startswith(_OLE):
        protected = "EncryptedPackage".encode("utf-16-le") in content
        raise Refusal("file_protected", file=name) if protected else _not_one(name, "XLS (Excel 97–2003)")
    if content.startswith(b"PK"):
        return _workbook(content, name, sheet)
    for magic, looks in _MAGIC.items():
        if content.startswith(magic):
            raise _not_one(name, looks)
    return _csv(_text(content, name), name)


def _not_one(name: str, looks: str) -> Refusal:
    return Refusal("file_not_spreadsheet", file=name, looks=looks)


# ---- CSV ----


def _text(content: bytes, name: str) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in content:
        raise _not_one(name, say("nhị phân", "binary"))
    else:
        encoding = "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise Refusal("file_encoding", file=name, line=line) from None
    start = text[:200].lstrip().lower()
    if start.startswith(("<!doctype", "<html", "<table", "<?xml", "<workbook")):
        raise _not_one(name, "XML" if start.startswith(("<?xml", "<workbook")) else "HTML")
    return text


def _csv(text: str, name: str) -> list[Table]:
    declared = re.match(r"sep=(.)\r?\n", text)  # Excel's own hint
    if declared:
        text = text[declared.end() :]
    delimiters = declared.group(1) if declared else DELIMITERS

    def table(delimiter: str) -> Table:
        def rows() -> list[tuple[int, Cells]]:
            return _limited(enumerate(_records(text, delimiter, name), 1), name)

        return Table("", _head(text, delimiter), rows)

    return [table(delimiter) for delimiter in delimiters]


def _head(text: str, delimiter: str) -> list[Cells]:
    """The first rows, leniently: a quote that is never closed is `_records`' to report."""
    head: list[Cells] = []
    with suppress(csv.Error):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
        head.extend(tuple(row) for row in islice(reader, HEAD_ROWS))
    return head


def _records(text: str, delimiter: str, name: str) -> Iterator[Cells]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    begun = 1
    try:
        for row in reader:
            yield tuple(map(unguarded, row))
            begun = reader.line_num + 1
    except csv.Error:
        line = say(f"dấu ngoặc kép chưa đóng từ dòng {begun}", f"a quote is not closed from line {begun} on")
        raise Refusal("file_broken", file=name, reason=line) from None


# ---- XLSX ----


def _workbook(content: bytes, name: str, sheet: str) -> list[Table]:
    _inspect_archive(content, name)
    with _reading(name):
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        shown = [ws for ws in book.worksheets if ws.sheet_state == "visible" or ws.title == sheet]
        names = [ws.title for ws in book.worksheets]
        if not names:  # what an XML entity stood for is never filled in; nothing is left to read
            raise Refusal("file_broken", file=name, reason="no worksheet")
        chosen = [ws for ws in shown if not sheet or ws.title.strip() == sheet.strip()]
        if sheet and not chosen:
            raise Refusal("sheet_unknown", file=name, sheet=sheet, known=", ".join(names))
        return [_sheet(ws, content, name) for ws in chosen]


def _inspect_archive(content: bytes, name: str) -> None:
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except zipfile.BadZipFile as problem:
        raise Refusal("file_broken", file=name, reason=str(problem)) from None
    if any(member.flag_bits & 1 for member in members):
        raise Refusal("file_protected", file=name)
    names = {member.filename for member in members}
    if "[Content_Types].xml" not in names or not any(n.startswith("xl/") and n.endswith(".xml") for n in names):
        raise _not_one(name, next((looks for part, looks in _PARTS.items() if part in names), "ZIP"))
    unpacked = sum(member.file_size for member in members)
    dense = any(m.file_size > 2**24 and m.file_size > LARGEST_RATIO * m.compress_size for m in members)
    if dense or unpacked > LARGEST_UNPACKED_BYTES:
        raise Refusal("file_inflates", file=name, size=f"{unpacked // 2**20} MiB")


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """openpyxl warns about what we do not use (styles, validations), and a malformed part makes it raise anything."""
    with warnings.catch_warnings(action="ignore"):
        try:
            yield
        except Refusal:
            raise
        except Exception as problem:
            raise Refusal("file_broken", file=name, reason=type(problem).__name__) from problem


def _sheet(ws: Any, content: bytes, name: str) -> Table:
    # a wrong <dimension> must not cut rows off
    ws.reset_dimensions()
    merged = _merged_down(content, ws)

    def every() -> Iterator[tuple[int, Cells]]:
        return _filled(enumerate(ws.iter_rows(values_only=True), 1), merged)

    def rows() -> list[tuple[int, Cells]]:
        with _reading(name):
            return _limited(every(), name)

    return Table(ws.title, [cells for _, cells in islice(every(), HEAD_ROWS)], rows)


def _merged_down(content: bytes, ws: Any) -> list[tuple[int, int, int]]:
    """Cells merged over several rows, of which only the first holds the value: (first row, last row, column from 0)."""
    found: list[tuple[int, int, int]] = []
    with zipfile.ZipFile(io.BytesIO(content)).open(ws._worksheet_path.lstrip("/")) as part:
        rest = b""
        while chunk := part.read(2**20):
            block = rest + chunk
            matches = list(_MERGED.finditer(block))
            for match in matches:
                column, first, _, last = cast(tuple[int, int, int, int], range_boundaries(match.group(1).decode()))
                if last > first and len(found) < LONGEST_ROWS:
                    found.append((first, last, column - 1))
            rest = block[max(matches[-1].end() if matches else 0, len(block) - 200) :]
    return sorted(found)


def _filled(rows: Iterable[tuple[int, Cells]], merged: list[tuple[int, int, int]]) -> Iterator[tuple[int, Cells]]:
    """Give every row the value that a cell merged over it shows; a row with nothing else in it stays blank."""
    waiting = iter(merged)
    coming = next(waiting, None)
    standing: dict[int, tuple[Any, int]] = {}  # column -> its value, the last row it stands in
    for number, own in rows:
        cells = own
        if standing and any(_says(cell) for cell in own):
            cells = _with(own, {column: value for column, (value, last) in standing.items() if number <= last})
        while coming and coming[0] <= number:
            first, last, column = coming
            if first == number and column < len(cells):
                standing[column] = (cells[column], last)
            coming = next(waiting, None)
        standing = {column: stand for column, stand in standing.items() if number < stand[1]}
        yield number, cells


def _with(cells: Cells, shown: dict[int, Any]) -> Cells:
    row = list(cells) + [None] * (max(shown, default=-1) + 1 - len(cells))
    for column, value in shown.items():
        row[column] = value if row[column] is None else row[column]
    return tuple(row)


def _limited(rows: Iterable[tuple[int, Cells]], name: str) -> list[tuple[int, Cells]]:
    kept: list[tuple[int, Cells]] = []
    cells_read = 0
    for number, cells in rows:
        cells_read += len(cells)
        if len(kept) > LONGEST_ROWS or number > LAST_ROW:
            raise Refusal("file_too_long", file=name, limit=say("200.000 dòng", "200,000 rows"))
        if cells_read > MOST_CELLS:
            raise Refusal("file_too_long", file=name, limit=say("4.000.000 ô", "4,000,000 cells"))
        if any(_says(cell) for cell in cells):
            kept.append((number, cells))
    return kept


def _says(cell: Any) -> bool:
    return cell is not None and cell != "" and not (isinstance(cell, str) and cell.isspace())
