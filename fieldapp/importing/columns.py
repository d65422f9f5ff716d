"""The header row of a table: where it is, and which column is which field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

from fieldapp.folding import fold
from fieldapp.importing import words
from fieldapp.importing.sheets import Cells

Vocabulary = Mapping[str, Sequence[tuple[int, str]]]
"""`words.key` of a header -> the fields it may be, each with how well the word says it (0 best), best first."""


@dataclass(frozen=True)
class Columns:
    """row: the header's row number. fields: column from 0 -> field. headers: column -> header as typed.

    ignored: columns that are no field. refused: column -> why it may not come in. doubled: columns that say the same
    field by the same header as an earlier one. unmapped: headers a mapping asked for that are not there.
    """

    row: int = 0
    fields: dict[int, str] = field(default_factory=dict)
    headers: dict[int, str] = field(default_factory=dict)
    ignored: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    doubled: list[int] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)

    def named(self) -> dict[str, tuple[str, str]]:
        """Field -> (letter of its column, its header)."""
        return {name: (get_column_letter(column + 1), self.headers[column]) for column, name in self.fields.items()}


def vocabulary(columns: Mapping[str, Sequence[str]], more: Mapping[str, Sequence[str]] | None = None) -> Vocabulary:
    """The headers that say each field: the field's own name, its words, then `more` words."""
    found: dict[str, dict[str, int]] = {}
    for name, phrases in columns.items():
        for rank, phrase in enumerate([name, *phrases, *(more or {}).get(name, ())]):
            found.setdefault(words.key(phrase), {}).setdefault(name, rank)
    return {key: sorted((rank, name) for name, rank in fields.items()) for key, fields in found.items()}


def find(
    head: Sequence[Cells], known: Vocabulary, mapping: Mapping[str, str], required: Sequence[str]
) -> Columns | None:
    """The header row that explains most columns, under titles and merged cells; None without the required fields."""
    best: Columns | None = None
    for index, cells in enumerate(head):
        above = _spread(head[index - 1]) if index else []
        for headers in filter(None, [_typed(cells), _joined(above, _typed(cells), known)]):
            found = _understand(index + 1, headers, known, mapping)
            complete = set(required) <= set(found.fields.values())
            if complete and (best is None or len(found.fields) > len(best.fields)):
                best = found
    return best


def _understand(row: int, headers: dict[int, str], known: Vocabulary, mapping: Mapping[str, str]) -> Columns:
    """Give every column its field. A column named in `mapping` is what the mapping says; '' leaves it out."""
    wanted = {fold(header): name for header, name in mapping.items()}
    found = Columns(row, headers=headers)
    claims = []
    for column, header in headers.items():
        reason = words.refused(header) if not _candidates(header, known) else ""
        if reason and not (words.may_be_mapped(header) and wanted.get(fold(header))):
            found.refused[column] = reason
        elif fold(header) in wanted:
            claims.append((-1, column, [(-1, wanted[fold(header)])]))
        else:
            candidates = list(_candidates(header, known))
            claims.append((candidates[0][0] if candidates else 0, column, candidates))
    for _, column, candidates in sorted(claims, key=lambda claim: claim[:2]):
        _settle(found, column, candidates)
    found.ignored.sort()
    found.unmapped.extend(h for h in mapping if fold(h) not in {fold(text) for text in headers.values()})
    return found


def _settle(found: Columns, column: int, candidates: list[tuple[int, str]]) -> None:
    taken = set(found.fields.values())
    free = [name for _, name in candidates if name and name not in taken]
    if free:
        found.fields[column] = free[0]
        return
    twin = [c for c in found.fields if candidates and words.key(found.headers[c]) == words.key(found.headers[column])]
    (found.doubled if twin else found.ignored).append(column)


def _candidates(header: str, known: Vocabulary) -> Sequence[tuple[int, str]]:
    ways = (header, header.split("(", maxsplit=1)[0], words.spelled_out(header))
    return next((fields for way in ways if (fields := known.get(words.key(way)))), ())


def _typed(cells: Cells) -> dict[int, str]:
    texts = {column: " ".join(str(cell).split()) for column, cell in enumerate(cells) if cell is not None}
    return {column: text for column, text in texts.items() if text}


def _spread(cells: Cells) -> list[str]:
    """A row where a cell merged over several columns names them all."""
    texts = _typed(cells)
    shown: list[str] = []
    for column in range(len(cells)):
        shown.append(texts.get(column) or (shown[-1] if shown else ""))
    return shown


def _joined(above: list[str], below: dict[int, str], known: Vocabulary) -> dict[int, str]:
    """Two header rows read as one: a group's name before each of its columns, or what stands above or below alone."""
    joined = {}
    for column in range(max(len(above), max(below, default=-1) + 1)):
        upper, lower = above[column] if column < len(above) else "", below.get(column, "")
        group = re.sub(r"(?i)^thông tin (về )?", "", upper)
        ways = [f"{group} {lower}".strip(), lower] if lower and upper != lower else [upper or lower]
        joined[column] = next((way for way in ways if _candidates(way, known)), ways[0])
    return {column: text for column, text in joined.items() if text}
