"""The README is kept true: its tables are generated from the code and compared here.

`WRITE_DOCS=1 .venv/bin/python -m pytest tests/test_docs.py` writes them anew.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from fieldapp import cli
from fieldapp.config import SETTINGS
from fieldapp.errors import CATALOGUE

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def settings_table() -> str:
    rows = [f"| `{s.name}` | `{s.default or '–'}` | {s.unit} | {s.help} |" for s in SETTINGS]
    return "\n".join(["| setting | default | unit | what it does |", "|---|---|---|---|", *rows])


def commands() -> str:
    lines: list[str] = []

    def list_of(command: click.Command, path: str) -> None:
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                list_of(inner, f"{path} {name}")
        else:
            usage = " ".join(command.collect_usage_pieces(click.Context(command)))
            lines.append(f"{path} {usage}".ljust(52) + command.get_short_help_str(90))

    list_of(cli.main, "fieldapp")
    return "```\n" + "\n".join(lines) + "\n```"


def error_codes() -> str:
    rows = [
        f"| `{code}` | {e.status} | {'yes' if e.retry else 'no'} | {e.en} |" for code, e in sorted(CATALOGUE.items())
    ]
    return "\n".join(["| code | status | retry helps | says |", "|---|---|---|---|", *rows])


@pytest.mark.parametrize(
    ("part", "generate"), [("settings", settings_table), ("commands", commands), ("errors", error_codes)]
)
def test_the_readme_is_true(part: str, generate: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDAPP_LANG", "en")
    text = README.read_text(encoding="utf-8")
    fence = re.compile(rf"(<!-- {part} -->\n).*?(\n<!-- end of {part} -->)", re.DOTALL)
    assert fence.search(text), f"README.md has no part {part}"
    fresh = fence.sub(lambda m: m.group(1) + generate() + m.group(2), text)
    if os.environ.get("WRITE_DOCS"):
        README.write_text(fresh, encoding="utf-8")
    assert fresh == README.read_text(encoding="utf-8"), f"README.md, {part}: run WRITE_DOCS=1 pytest tests/test_docs.py"


def test_every_picture_and_page_it_names_is_there() -> None:
    text = README.read_text(encoding="utf-8")
    named = re.findall(r'src="([^"]+)"', text) + re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert named
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_newcomers_path_is_there() -> None:
    """Every step that the README names: a file or folder of the package, or a function in a module."""
    path = (
        README.read_text(encoding="utf-8")
        .split("One inspection, from the tap to the figure:")[1]
        .split("The map of")[0]
    )
    steps = re.findall(r"`([\w./]+)`", path)
    assert len(steps) > 8
    for step in steps:
        if (ROOT / "fieldapp" / step).exists() or (ROOT / step).exists():
            continue
        module, _, name = step.rpartition(".")
        assert hasattr(importlib.import_module(f"fieldapp.{module}"), name), step


def test_every_refusal_speaks_both_languages() -> None:
    for code, entry in CATALOGUE.items():
        assert set(re.findall(r"\{\w+\}", entry.vi)) == set(re.findall(r"\{\w+\}", entry.en)), code


def test_nothing_names_a_place_of_work() -> None:
    """Machine paths and registry addresses have no business in a commit."""
    places = re.compile(r"(?<![\w./-])/(?:root|home|work)/|https?://[\w.-]*(?:npmjs|pypi|pythonhosted)[\w.-]*/")
    kept = [
        p
        for p in ROOT.rglob("*")
        if p.is_file() and p.suffix in {".py", ".ts", ".md", ".json", ".toml", ".yaml", ".mjs", ".html", ".css", ".js"}
    ]
    skipped = {
        ".venv",
        "node_modules",
        ".git",
        "dist",
        ".cache",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
        ".pytest_cache",
    }
    for path in kept:
        if not skipped & set(path.parts) and path != Path(__file__):
            found = places.search(path.read_text(encoding="utf-8"))
            assert not found, f"{path.relative_to(ROOT)}: {found and found.group()}"
