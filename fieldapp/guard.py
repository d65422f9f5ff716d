"""A warning, never a block, when free text looks like data about a person: identity numbers, phone numbers, dates of
birth, words that name workers, guests or health results. Nothing of the rejected text is kept anywhere.

The phone's rules/guard.ts says the same.
"""

from __future__ import annotations

import re
import unicodedata

# Patterns run on text without marks, where a character stays a character, so that a find can be cut from the original.
_PATTERNS = (
    re.compile(r"(?:^|[^\d+])((?:\+?84[ .-]?|0)\d(?:[ .-]?\d){8})(?!\d)"),
    re.compile(r"(?:^|\D)(\d{3} ?\d{3} ?\d{3}(?: ?\d{3})?)(?!\d)"),
    re.compile(r"(?:^|[^a-z])((?:ngay sinh|nam sinh|sinh ngay|sinh nam|sn)[\s:.]*\d{1,4}(?:[/.-]\d{1,4}){0,2})(?!\d)"),
)
_WORDS = (
    "tiếp viên", "đối tượng", "nghi phạm", "nghi can", "bán dâm", "mua dâm", "người tố giác", "người tố cáo", "cccd",
    "cmnd", "căn cước", "chứng minh nhân dân", "hộ chiếu", "ngày sinh", "quê quán", "dân tộc", "quốc tịch", "hiv",
    "aids", "dương tính", "âm tính", "giang mai", "nghiện",
)  # fmt: skip


def remarks(text: str) -> list[str]:
    """The words, as typed, for which a text should be read again; dates of documents are not remarked."""
    typed = unicodedata.normalize("NFC", text)
    bare = _without_marks(typed)
    places = sorted(_numbers(bare) + _named(typed.lower(), bare), key=lambda place: (place[0], -place[1]))
    found: list[str] = []
    end = 0
    for start, stop in places:
        if start >= end:
            found.append(typed[start:stop])
            end = stop
    return found


def _numbers(bare: str) -> list[tuple[int, int]]:
    return [match.span(1) for pattern in _PATTERNS for match in pattern.finditer(bare)]


def _named(typed: str, bare: str) -> list[tuple[int, int]]:
    """Where a word stands, with its marks or typed without any: "đường tỉnh" is not a careless "dương tính"."""
    found = []
    for word in _WORDS:
        plain = _without_marks(word)
        for match in re.finditer(rf"(?<![a-z]){plain}(?![a-z])", bare):
            if typed[match.start() : match.end()] in (word, plain):
                found.append(match.span())
    return found


def _without_marks(text: str) -> str:
    """Lower case without marks, character by character, so that positions stay."""
    return "".join(unicodedata.normalize("NFD", one)[0] for one in text.lower().replace("đ", "d"))
