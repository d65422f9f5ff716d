"""Text compared as people type it: without diacritics, case, or runs of spaces ("khach san" finds "Khách sạn")."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Lower case, marks stripped, đ as d, spaces collapsed. The phone's rules/search.ts does the same."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())
