"""Rules that phone and office both know, held together by the same examples (tests/client runs them in TypeScript)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fieldapp import checklists, guard
from fieldapp.folding import fold

VECTORS = Path(__file__).parent / "vectors"


def read(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", read("folding"), ids=lambda example: example["text"])
def test_folding(example: dict[str, str]) -> None:
    assert fold(example["text"]) == example["folded"]


@pytest.mark.parametrize("example", read("guard"), ids=lambda example: example["text"])
def test_free_text(example: dict[str, Any]) -> None:
    assert guard.remarks(example["text"]) == [remark["text"] for remark in example["remarks"]]


def test_the_vectors_are_of_the_shipped_checklist() -> None:
    keys = ("id", "types", "default_on", "default_off_for", "default_on_for")
    assert read("checklist")["items"] == [{key: item[key] for key in keys} for item in checklists.shipped()["items"]]


@pytest.mark.parametrize(("establishment_type", "expected"), read("checklist")["applies"].items())
def test_which_items_apply(establishment_type: str, expected: list[str]) -> None:
    items = checklists.shipped()["items"]
    assert [item["id"] for item in items if checklists.applies(item, establishment_type)] == expected
