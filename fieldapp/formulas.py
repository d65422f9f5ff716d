"""Texts that are more than they seem, on their way out.

What a spreadsheet would run as a formula stands in a .csv behind an apostrophe; reading one takes it off.
"""

from __future__ import annotations

import re

RISKY = re.compile(r"'*(?:(?:\s+'*)?[=+\-@]|[\t\r])")
"""What Excel would take for a formula, however often guarded already: one apostrophe goes on, and one comes off."""

TURNS = "[\u202a-\u202e\u2066-\u2069]"
"""Signs, of no use in Vietnamese, that turn a line around: from there on it is read from right to left."""


def guarded(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if RISKY.match(text) else text


def unguarded(cell: str) -> str:
    """The text that `guarded` was given."""
    return cell[1:] if cell.startswith("'") and RISKY.match(cell) else cell
