"""An XLSForm as a checklist. pyxform judges the form; here its rows become sections, items and figures.

    begin_group                a section: name, label
    select_one                 an item: name, label, hint (a note); its choices are the four answers
    integer, text              a figure: name, label
    relevant ${N01} > 0        of an item: not asked where this figure is zero
    settings                   version

Further columns of the survey: `types` (several separated by ;, or `all`), and of an item `days`, `follow_up`
(dossier, photo, on_site), `evidence` (none, document, premises), `urgent`, `refer`, `default_on`, `privacy`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.xls2json_backends import get_xlsform
from pyxform.xls2xform import convert

from fieldapp import checklists
from fieldapp.errors import say
from fieldapp.importing import sheets
from fieldapp.importing.cells import yes_no

USUAL_DAYS, USUAL_FOLLOW_UP = 15, "on_site"
_OVER_0 = re.compile(r"\$\{([A-Za-z0-9_-]+)\}\s*>\s*0")
_FIGURES = {"integer": "count", "int": "count", "text": "text", "string": "text"}
_SILENT = {"start", "end", "today", "deviceid", "username", "note"}
"""Rows that ask nothing of an inspector."""


@dataclass(frozen=True)
class Problem:
    """place: where in the file; '' for the whole of it."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason


class _Unfit(ValueError):
    """A row that is no part of a checklist; the message says why."""


def read(content: bytes, name: str) -> tuple[dict[str, Any], list[Problem]]:
    """The form as the source of a checklist (see checklists.resolve), and what is wrong with it, by row.

    Raises Refusal, as sheets.tables does, for what is no workbook or unpacks to too much.
    """
    sheets.tables(content, name)
    try:
        form = get_xlsform(io.BytesIO(content), file_type=".xlsx")
        convert(io.BytesIO(content), file_type=".xlsx")
    except PyXFormError as problem:
        return {}, [Problem("XLSForm", " ".join(str(problem).split()))]
    reading = _Reading()
    for number, row in enumerate(form.survey or [], 2):
        try:
            reading.take({key: value for key, value in row.items() if value not in (None, "")}, _answers(form.choices))
        except _Unfit as problem:
            reading.problems.append(Problem(say(f"survey, dòng {number}", f"survey, row {number}"), str(problem)))
    settings = (form.settings or [{}])[0]
    types = [{"code": code, "vi": text} for code, text in checklists.types().items()]
    source = {"version": settings.get("version") or settings.get("form_title"), "types": types, **reading.parts}
    return source, reading.problems


def _answers(choices: Any) -> dict[str, set[str]]:
    """Name of a list -> its choices."""
    found: dict[str, set[str]] = {}
    for row in choices or []:
        listed = row.get("list_name", row.get("list name"))
        if listed and row.get("name"):
            found.setdefault(listed, set()).add(row["name"])
    return found


class _Reading:
    """Reads row after row. section: the group that is open."""

    def __init__(self) -> None:
        self.parts: dict[str, list[dict[str, Any]]] = {"sections": [], "items": [], "figures": []}
        self.problems: list[Problem] = []
        self.section: str | None = None

    def take(self, row: Mapping[str, str], lists: Mapping[str, set[str]]) -> None:
        kind, _, listed = row.get("type", "").strip().replace("begin group", "begin_group").partition(" ")
        if kind == "begin_group":
            self._begin(row)
        elif kind.startswith("end"):
            self.section = None if "group" in row["type"] else self.section
        elif kind == "select_one":
            self._item(row, lists.get(listed.strip(), set()))
        elif kind in _FIGURES:
            self.parts["figures"].append(
                {**_named(row, "id", "vi"), "value": _FIGURES[kind], "types": _types(row), "section": self.section}
            )
        elif kind and kind not in _SILENT:
            known = "begin_group, select_one, integer, text, note"
            raise _Unfit(say(f"bảng kiểm không có kiểu “{kind}”; dùng {known}", f"no type “{kind}” here; use {known}"))

    def _begin(self, row: Mapping[str, str]) -> None:
        if self.section is not None:
            raise _Unfit(say("nhóm trong nhóm", "a group inside a group"))
        section = _named(row, "code", "vi")
        self.section = section["code"]
        self.parts["sections"].append(section)

    def _item(self, row: Mapping[str, str], choices: set[str]) -> None:
        if self.section is None:
            raise _Unfit(say("phải nằm trong một nhóm (begin_group)", "must be inside a group (begin_group)"))
        if choices - checklists.ANSWERS.keys():
            known = ", ".join(checklists.ANSWERS)
            raise _Unfit(say(f"chỉ có các trả lời {known}", f"the answers are {known} and no others"))
        item: dict[str, Any] = {
            **_named(row, "id", "text"), "section": self.section, "types": _types(row),
            "remediation": {"days": _days(row), "follow_up": row.get("follow_up", USUAL_FOLLOW_UP)},
            "note": _label(row, "hint"), "privacy": row.get("privacy", ""), "evidence": row.get("evidence", "none"),
            "only_if_over_0": _condition(row),
        }  # fmt: skip
        item |= {key: _yes(key, row[key]) for key in ("urgent", "refer", "default_on") if key in row}
        self.parts["items"].append(item)


def _named(row: Mapping[str, str], key: str, text: str) -> dict[str, Any]:
    return {key: row.get("name", ""), text: _label(row, "label")}


def _label(row: Mapping[str, str], column: str) -> str:
    """The text of a column, in Vietnamese where it has several languages."""
    told = {key: value for key, value in row.items() if key == column or key.startswith(f"{column}::")}
    vietnamese = [value for key, value in told.items() if "vi" in key.lower().removeprefix(column)]
    return next(iter(vietnamese or told.values()), "").strip()


def _types(row: Mapping[str, str]) -> list[str]:
    told = row.get("types", "all").strip()
    return [*checklists.types()] if told == "all" else [code.strip() for code in re.split("[;,]", told) if code.strip()]


def _days(row: Mapping[str, str]) -> int:
    told = row.get("days", str(USUAL_DAYS)).strip()
    if not told.isascii() or not told.isdigit():
        raise _Unfit(say(f"days: “{told}” không phải số ngày", f"days: “{told}” is no number of days"))
    return int(told[:9])


def _condition(row: Mapping[str, str]) -> str | None:
    told = row.get("relevant", "").strip()
    if not told:
        return None
    found = _OVER_0.fullmatch(told)
    if found is None:
        raise _Unfit(
            say(f"relevant: chỉ hiểu ${{N01}} > 0, không hiểu {told}", f"relevant: only ${{N01}} > 0, not {told}")
        )
    return found.group(1)


def _yes(key: str, told: str) -> bool:
    try:
        return yes_no(told)
    except ValueError as problem:
        raise _Unfit(f"{key}: {problem}") from None
