"""Spreadsheets out: lists as .xlsx for people and .csv for programs, never with a formula in them.

For a page or a command:

    from fieldapp.exporting import coverage, visits, write

    document = coverage.document(db, year, on, by="Ngô Thị Mẫu", now=clock())
    document.xlsx() or document.csv() -> bytes, to send or to `write(path, content)`

A list of one's own is a `Document` of `Table`s (see document.py). Lists are Vietnamese whatever FIELDAPP_LANG says:
they are papers of the office. .xlsx holds every table, a sheet each; .csv the rows of the first.

    document.py   a table, its columns, the papers' look; to .xlsx and .csv
    coverage.py   the establishments of a year: inspected, not yet, ceased; the figures and how they came about
    visits.py     the ledger of a year             establishments.py   the register
    inspections.py   findings.py   commitments.py   schedule.py   what their names say
    papers.py     what several lists write alike
    word.py       Word from a template: report.py the periodic report, record.py an inspection's record
    text.py       the coverage on a terminal: table, CSV
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from fieldapp import stopping
from fieldapp.errors import Refusal, why
from fieldapp.exporting.document import Column, Document, Table

__all__ = ["Column", "Document", "Table", "write"]


def write(path: Path, content: bytes) -> None:
    """Put a file in place whole or not at all. Raises Refusal file_not_written; what stood there before then stays."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with partial.open("xb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        stopping.too_late()
        partial.replace(path)
    except OSError as problem:
        raise Refusal("file_not_written", file=path, reason=why(problem)) from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
