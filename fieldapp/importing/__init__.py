"""Spreadsheets in: the register and the history of visits, from .xlsx or .csv, whole or not at all.

For a page or a command:

    from fieldapp.importing import Options, establishments, visits

    report = establishments.read(db, source, "so-quan-ly.xlsx", today=..., options=Options(sheet="2026"))
    ...                                                  # show the report; nothing has changed yet
    with database.write(db, clock) as tx:
        report = establishments.apply(tx, actor, report)  # Refusal import_refused while report.problems

`source` is a Path or an open binary stream (an upload). `read` raises a Refusal when the file cannot be read as a table
at all (wrong kind, broken, protected, too large, no header row); everything wrong inside the table stands in the
report, row by row. `apply` compares with the register once more inside the transaction and returns the report of what
it did. `visits` has the same two functions.

    report.py     what a person is told: counts, problems, warnings; the options
    sheets.py     a file's bytes -> rows of cells
    columns.py    the header row -> which column is which field; columns that may not come in
    cells.py      one cell -> a day, a count, yes or no, a choice from a list
    reading.py    the three together: rows of checked values
    words.py      Vietnamese words for columns, types, bodies… and the words no column may have

Other files: plans.py and checklists.py (YAML, read by yaml_files.py; xlsform.py), phone_export.py.
"""

from __future__ import annotations

from fieldapp.importing.report import Options, Remark, Report

__all__ = ["Options", "Remark", "Report"]
