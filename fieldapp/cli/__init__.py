"""The commands: parse, delegate, print. Contract: messages Vietnamese, or English with FIELDAPP_LANG=en; exit status
0 done, 1 refused (the reason on stderr, nothing changed), 2 wrong usage.

    program.py      the program itself, its clock and data folder, options that many commands have
    beginning.py    init, user add
    serving.py      serve, demo
    taking_in.py    import …
    telling.py      coverage, export …
    keeping.py      backup, restore, check
    reporting.py    report, record
"""

from __future__ import annotations

from fieldapp.cli import beginning, keeping, reporting, serving, taking_in, telling
from fieldapp.cli.program import main

__all__ = ["beginning", "keeping", "main", "reporting", "serving", "taking_in", "telling"]
