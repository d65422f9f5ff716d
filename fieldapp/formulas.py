"""Texts that a spreadsheet would run as formulas: a .csv holds them behind an apostrophe; reading one takes it off."""

from __future__ import annotations

import re

RISKY = re.compile(r"'*(?:(?:\s+'*)?[=+\-@]|[\t\r])")
"""What Excel would take for a formula, however often guarded already: one apostrophe goes on, and one comes off."""


def guarded(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if RISKY.match(text) else text


def unguarded(cell: str) -> str:
    """The text that `guarded` was given."""
    return cell[1:] if cell.startswith("'") and RISKY.match(cell) else cell
