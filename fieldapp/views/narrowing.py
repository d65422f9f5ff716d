"""A list narrowed by words and one quick filter, in pages: what the office's lists beside the register have in common.

The same question narrows the page and the file that is taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from flask import request, url_for

from fieldapp.folding import fold
from fieldapp.views.request import number_in

PAGE_ROWS = 100
T = TypeVar("T")


@dataclass(frozen=True)
class Narrowed(Generic[T]):
    """endpoint: where the list stands. every: all rows in question. found: those that the words and the quick filter
    let through, in their order.

    kinds: quick filter -> its name; counts: how many of all belong to each. fixed: what every address says.
    most: rows a page.
    """

    endpoint: str
    every: Sequence[T]
    found: Sequence[T]
    kinds: Mapping[str, str]
    counts: Mapping[str, int]
    only: str
    text: str
    fixed: Mapping[str, Any]
    most: int = PAGE_ROWS

    @cached_property
    def page(self) -> int:
        last = max(1, -(-len(self.found) // self.most))
        return min(number_in(request.args.get("page", "")) or 1, last)

    @property
    def rows(self) -> Sequence[T]:
        """Those of the page that was asked for."""
        return self.found[(self.page - 1) * self.most : self.page * self.most]

    @property
    def until(self) -> int:
        return min(self.page * self.most, len(self.found))

    def address(self, endpoint: str | None = None, **changes: Any) -> str:
        """This list's address with something else asked for; None takes a part of the question away."""
        asked = {"q": self.text or None, "only": self.only or None, **self.fixed, **changes}
        return url_for(endpoint or self.endpoint, **asked)


def narrow(
    endpoint: str, every: Sequence[T], kinds: Mapping[str, str], belongs: Callable[[T, str], bool],
    says: Callable[[T], str], *, most: int = PAGE_ROWS, **fixed: Any,
) -> Narrowed[T]:  # fmt: skip
    """Ask the request's q (words, diacritics aside) and only (a key of kinds) of every row.

    belongs: whether a row belongs to a quick filter. says: the text of a row that words are looked for in.
    """
    text, only = request.args.get("q", "").strip(), request.args.get("only", "")
    only = only if only in kinds else ""
    words = fold(text).split()
    found = [row for row in every if not only or belongs(row, only)]
    if words:
        found = [row for row in found if all(word in inside for inside in [fold(says(row))] for word in words)]
    counts = {name: sum(belongs(row, name) for row in every) for name in kinds}
    return Narrowed(endpoint, every, found, kinds, counts, only, text, fixed, most)
