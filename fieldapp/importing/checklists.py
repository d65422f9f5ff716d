"""Checklists in: YAML in the form of fieldapp/data/checklist.yaml, or an XLSForm (xlsform.py). All or nothing.

found = checklists.read(path)        found.problems say where and what
checklists.apply(tx, actor, found)   makes it the current one; a version in use stays as it is
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldapp import checklists, findings
from fieldapp.audit import Actor
from fieldapp.errors import Refusal, say
from fieldapp.importing import xlsform
from fieldapp.importing.sheets import content_of
from fieldapp.importing.xlsform import Problem
from fieldapp.importing.yaml_files import read_yaml
from sync.history import Transaction

EVIDENCE = ("none", "document", "premises")
VALUES = ("count", "text", "visits")
LONGEST_TEXT = 1000
MOST_DAYS = 3650
_ID = re.compile(r"[A-Za-z0-9_-]{1,30}")
Judge = Callable[[Any], str | None]
Form = Mapping[str, tuple[Judge, bool]]


@dataclass
class Found:
    """What a file holds. content: resolved (see checklists.resolve), None with problems. changed: told by `apply`."""

    file: str
    content: dict[str, Any] | None = None
    problems: list[Problem] = field(default_factory=list)
    changed: bool = False


def read(path: Path) -> Found:
    """Read and check a file. Raises Refusal file_missing, checklist_file_invalid, and what sheets.tables raises."""
    found = Found(path.name)
    if path.suffix.lower() == ".xlsx":
        source, found.problems = xlsform.read(content_of(path, path.name), path.name)
    else:
        source = read_yaml(path, "checklist_file_invalid")
    if not found.problems:
        found.problems = list(_mistakes(source))
    if not found.problems:
        try:
            found.content = checklists.resolve(source)
        except Refusal as refusal:
            found.problems.append(Problem("", refusal.message()))
    return found


def apply(tx: Transaction, actor: Actor, found: Found) -> Found:
    """Make it the current checklist, unless it is already. Call it only without problems."""
    assert found.content is not None  # noqa: S101  there are no problems
    found.changed = not checklists.is_current(tx.db, found.content)
    if found.changed:
        checklists.adopt(tx, actor, found.content)
    return found


def _mistakes(source: Any) -> Iterator[Problem]:
    """What is wrong with the shape of a checklist; what its parts say of each other is `resolve`'s."""
    if not isinstance(source, dict):
        parts = "version, types, sections, items, figures"
        yield Problem("", say(f"phải có {parts}", f"must have {parts}"))
        return
    if isinstance(source.get("version"), bool | dict | list | None):
        yield Problem("version", say("phải ghi", "is required"))
    for name, form in _forms().items():
        entries = source.get(name)
        if not isinstance(entries, list) or (not entries and name != "figures"):
            yield Problem(name, say("phải là danh sách có ít nhất một mục", "must be a list of one entry or more"))
            continue
        for number, entry in enumerate(entries, 1):
            yield from _of_entry(f"{name} #{number}", entry, form)
        yield from _doubled(name, entries)
    yield from _of_groups(source.get("groups", {}))
    yield from _of_answers(source.get("answer_sets", {}))


def _of_entry(place: str, entry: Any, form: Form) -> Iterator[Problem]:
    if not isinstance(entry, dict):
        yield Problem(place, say("phải có dạng {…}", "must be {…}"))
        return
    named = entry.get("id", entry.get("code"))
    place = f"{place} ({named})" if isinstance(named, str) else place
    for key, (judge, required) in form.items():
        value = entry.get(key)
        lacking = say("phải ghi", "is required") if required else None
        if wrong := lacking if value is None else judge(value):
            yield Problem(f"{place}, {key}", wrong)


def _doubled(name: str, entries: Sequence[Any]) -> Iterator[Problem]:
    key = "code" if name in ("types", "sections") else "id"
    named = [str(entry.get(key)) for entry in entries if isinstance(entry, dict)]
    for one in sorted({one for one in named if named.count(one) > 1}):
        yield Problem(f"{name} ({one})", say("có hai lần", "occurs twice"))


def _of_groups(groups: Any) -> Iterator[Problem]:
    if not isinstance(groups, dict):
        yield Problem("groups", say("phải có dạng {tên: [loại hình…]}", "must be {name: [types…]}"))
        return
    for name, codes in groups.items():
        if wrong := _types(codes) if isinstance(codes, list) else say("phải là danh sách", "must be a list"):
            yield Problem(f"groups ({name})", wrong)


def _of_answers(sets: Any) -> Iterator[Problem]:
    """Signed records know four answers; a file may tell them again, and no others."""
    told = [one for listed in (sets.values() if isinstance(sets, dict) else [sets]) if listed for one in listed]
    codes = {one.get("code") if isinstance(one, dict) else one for one in told}
    if codes - checklists.ANSWERS.keys():
        known = ", ".join(checklists.ANSWERS)
        yield Problem("answer_sets", say(f"chỉ có các trả lời {known}", f"the answers are {known} and no others"))


# ---- judges: what is wrong with a value, None when nothing is ----


def _text(value: Any) -> str | None:
    if isinstance(value, str) and value.strip() and len(value) <= LONGEST_TEXT:
        return None
    return say(f"phải là chữ, 1–{LONGEST_TEXT} ký tự", f"must be text of 1–{LONGEST_TEXT} characters")


def _remark(value: Any) -> str | None:
    return None if value == "" else _text(value)


def _id(value: Any) -> str | None:
    if isinstance(value, str) and _ID.fullmatch(value):
        return None
    return say("phải là mã 1–30 chữ không dấu, số, -, _", "must be an id of 1–30 letters, digits, - or _")


def _yes(value: Any) -> str | None:
    return None if isinstance(value, bool) else say("phải là true hoặc false", "must be true or false")


def _one_of(known: Sequence[str]) -> Judge:
    listed = ", ".join(known)
    wrong = say(f"phải là một trong: {listed}", f"must be one of: {listed}")
    return lambda value: None if isinstance(value, str) and value in known else wrong


def _types(value: Any) -> str | None:
    """A list of types, or the name of a group, whose members are judged where it stands."""
    codes = value if isinstance(value, list) else []
    if not isinstance(value, list | str) or not value or not all(isinstance(code, str) for code in codes):
        return say("phải là danh sách loại hình hoặc tên nhóm", "must be a list of types or the name of a group")
    unknown = [code for code in codes if code not in checklists.types()]
    listed, known = ", ".join(unknown), ", ".join(checklists.types())
    return (
        say(f"không có loại hình {listed}; các loại: {known}", f"no type {listed}; known: {known}") if unknown else None
    )


def _except_for(value: Any) -> str | None:
    return None if value == [] else _types(value if isinstance(value, list) else None)


def _remediation(value: Any) -> str | None:
    if isinstance(value, dict) and value.get("follow_up") in findings.FOLLOW_UPS:
        days = value.get("days")
        if isinstance(days, int) and not isinstance(days, bool) and 0 <= days <= MOST_DAYS:
            return None
    ways = ", ".join(findings.FOLLOW_UPS)
    return say(
        f"phải có days (0–{MOST_DAYS}) và follow_up ({ways})", f"must have days (0–{MOST_DAYS}) and follow_up ({ways})"
    )


def _forms() -> dict[str, Form]:
    return {
        "types": {"code": (_one_of(list(checklists.types())), True), "vi": (_text, True), "en": (_text, False)},
        "sections": {"code": (_id, True), "vi": (_text, True)},
        "items": {
            "id": (_id, True), "section": (_id, True), "text": (_text, True), "types": (_types, True),
            "remediation": (_remediation, True), "evidence": (_one_of(EVIDENCE), False),
            **dict.fromkeys(("default_on", "urgent", "refer"), (_yes, False)),
            **dict.fromkeys(("default_off_for", "default_on_for"), (_except_for, False)),
            **dict.fromkeys(("privacy", "note"), (_remark, False)), "only_if_over_0": (_id, False),
        },
        "figures": {
            "id": (_id, True), "vi": (_text, True), "types": (_types, True), "max_of": (_id, False),
            "value": (_one_of(VALUES), False), "section": (_id, False),
        },
    }  # fmt: skip
