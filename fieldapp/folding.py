"""Text compared as people type and count: "khach san" finds "Khách sạn", "Thôn 2" comes before "Thôn 10"."""

from __future__ import annotations

import re
import unicodedata


def fold(text: str) -> str:
    """Lower case, marks stripped, đ as d, spaces collapsed. The phone's rules/search.ts does the same."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def natural(text: str) -> list[str | int]:
    """A key that orders names as people count: texts folded, the numbers in them by value."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"([0-9]{1,18})", fold(text)))]
