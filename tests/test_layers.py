"""The house's directions, read off the code: who may import whom, and who may touch which table."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GROUND = {"clock", "config", "database", "errors", "folding", "formulas", "guard", "migrations", "stopping"}
NOUNS = {
    "activities",
    "areas",
    "audit",
    "checklists",
    "commitments",
    "complexity",
    "coverage",
    "drafts",
    "entities",
    "establishments",
    "evidence",
    "findings",
    "inspections",
    "keeping",
    "legal",
    "overlap",
    "people",
    "plans",
    "proposals",
    "reports",
    "sanctions",
    "schedule",
    "sealing",
    "standing",
    "teams",
    "units",
    "visits",
}
ENGINE_FOR_NOUNS = {"sync.history", "sync.signed", "sync.stamps", "sync.files"}


def modules() -> dict[str, Path]:
    found = {}
    for package in ("fieldapp", "sync"):
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = path
    return found


MODULES = modules()


def imports(path: Path) -> set[str]:
    """Modules of this project that a file imports, wherever in the file; third-party ones by their full name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in inner}
    return found


def of_ours(path: Path) -> set[str]:
    return {name for name in imports(path) if name in MODULES}


def layer(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "sync":
        return "sync"
    top = parts[1] if len(parts) > 1 else ""
    return "ground" if top in GROUND else "noun" if top in NOUNS else top


@pytest.mark.parametrize("name", sorted(n for n in MODULES if n.startswith("sync")))
def test_the_engine_knows_nothing_of_inspections(name: str) -> None:
    assert not {m for m in imports(MODULES[name]) if m.split(".")[0] in {"fieldapp", "flask"}}


@pytest.mark.parametrize("name", sorted(n for n in MODULES if layer(n) in {"ground", "noun"}))
def test_nouns_stand_on_nouns_and_the_ground(name: str) -> None:
    allowed = {"noun", "ground"} if layer(name) == "noun" else {"ground"}
    for used in of_ours(MODULES[name]):
        engine = used in ENGINE_FOR_NOUNS or (
            layer(name) == "ground" and used in {"sync.history", "sync.migrations", "sync"}
        )
        assert engine or layer(used) in allowed, f"{name} imports {used}"


def test_there_is_no_circle() -> None:
    edges = {name: of_ours(path) - {name} for name, path in MODULES.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for used in edges[name]:
                visit(used, (*trail, name))
            done.add(name)

    for name in edges:
        visit(name, ())


@pytest.mark.parametrize("name", sorted(MODULES))
def test_nothing_is_imported_inside_a_function(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    inside = [
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside, f"{name}: lines {inside}"


TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|table\(\")\s*\"?([a-z_]+)")


def tables(package: str) -> set[str]:
    return set(re.findall(r"CREATE TABLE ([a-z_]+)", (ROOT / package / "migrations.py").read_text(encoding="utf-8")))


def users_of(ours: set[str]) -> dict[str, set[str]]:
    users: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        if not name.endswith("migrations"):
            for table in set(TABLE.findall(path.read_text(encoding="utf-8"))) & ours:
                users.setdefault(table, set()).add(name)
    return users


def test_sql_lives_in_the_noun_that_owns_the_table() -> None:
    """A noun is a module or a package."""
    nouns = {
        table: {".".join(name.split(".")[:2]) for name in names}
        for table, names in users_of(tables("fieldapp")).items()
    }
    assert not {table: sorted(names) for table, names in nouns.items() if len(names) > 1}


def test_the_engines_tables_are_its_own() -> None:
    used = users_of(tables("sync"))
    assert not {table: names for table, names in used.items() if any(layer(n) != "sync" for n in names)}


@pytest.mark.parametrize(
    "name", sorted(n for n in MODULES if layer(n) in {"views", "cli", "importing", "exporting", "app"})
)
def test_views_and_commands_hold_no_sql(name: str) -> None:
    text = MODULES[name].read_text(encoding="utf-8")
    assert not re.search(r"\.(execute|executemany|query)\(", text)
