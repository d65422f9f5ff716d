"""What could not be applied, as an officer reads it: establishment, day, answers, signer. Whatever came, this reads."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from fieldapp import areas, checklists, establishments, people
from fieldapp.clock import parse_instant
from fieldapp.establishments import Establishment
from fieldapp.exchange import inbox
from fieldapp.views import words
from fieldapp.views.causes import KEYS, Cause, cause, faults
from fieldapp.views.request import db
from sync.quarantine import Held
from sync.signed import Signed

KIND_NAMES = {
    "inspection": "Biên bản kiểm tra", "commitment": "Bản cam kết", "establishment": "Sửa thông tin cơ sở",
    "finding_event": "Theo dõi khắc phục", "activity": "Buổi tuyên truyền", "draft": "Bản nháp",
}  # fmt: skip
_APART = {
    "id", "checklist", "app", "facts", "notice", "template", "answers", "figures", "photos", "visit", "told_visits",
    "establishment",
}  # fmt: skip
"""Keys that the page shows elsewhere, or that tell an officer nothing."""
_MOST = 1e9
_CODES = {
    "kind": "kind", "mode": "mode", "outcome": "outcome", "recommendation": "recommendation", "how": "follow_up",
    "event": "finding_event", "conclusion": "conclusion", "capacity": "capacity",
}  # fmt: skip


@dataclass
class Reading:
    """One op of the inbox as a page shows it. about: one line for lists. faults: (where, what is wrong).

    facts: (name, value). answers: (item, text, answer's code, note).
    values: of a patch, (field, name, offered, stands).
    """

    held: Held
    what: str
    cause: Cause
    place: Establishment | None
    about: str = ""
    faults: list[tuple[str, str]] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    answers: list[tuple[str, str, str, str]] = field(default_factory=list)
    values: list[tuple[str, str, str, str]] = field(default_factory=list)


def read(held: Held) -> Reading:
    """Everything an officer wants to know of one op."""
    body = inbox.body_of(held)
    place = next(iter(establishments.every(db(), [inbox.establishment_of(held)])), None)
    reading = Reading(held, KIND_NAMES.get(held.op.kind, held.op.kind), cause(held), place, faults=faults(held))
    if held.op.kind == "establishment":
        reading.values = _values(inbox.patch_of(held), place)
        changes = ((words.capital(name), stands, offered) for _, name, offered, stands in reading.values)
        reading.about = "; ".join(f"{name}: {stands} → {offered}" for name, stands, offered in changes)
        return reading
    reading.facts = [
        (words.capital(KEYS.get(key, key)), told)
        for key, value in body.items() if key not in _APART and (told := said(key, value))
    ]  # fmt: skip
    reading.answers = _answers(body)
    facts = body.get("facts")
    named = str(facts.get("name") or "") if isinstance(facts, dict) else ""
    moment = body.get("started_at") or body.get("at") or body.get("signed_at") or body.get("signed_on")
    reading.about = ", ".join(filter(None, [named, said("at", moment)]))
    return reading


def said(key: str, value: Any) -> str:
    """A value of a signed body in words; '' for nothing."""
    if value in (None, "", [], {}):
        return ""
    if key in ("signatures", "scans") and isinstance(value, list):
        return f"{len(value)} tệp"
    if key == "bodies" and isinstance(value, list):
        return words.body_names([str(code) for code in value])
    if isinstance(value, dict):
        return ", ".join(filter(None, (said(name, one) for name, one in value.items())))
    return "; ".join(said("", one) for one in value) if isinstance(value, list) else _word(key, str(value))


def _word(key: str, text: str) -> str:
    if key in _CODES:
        return words.said(text, _CODES[key])
    if key == "author":
        return people.names(db()).get(text, "tài khoản không có trong sổ")
    return _moment(text)


def _moment(text: str) -> str:
    """A day or an instant as it is written here; any other text as it is."""
    try:
        return words.day(text) if len(text) == len("2026-11-21") else words.moment_text(parse_instant(text))
    except (ValueError, OverflowError):
        return text


def mended(record: Signed) -> list[tuple[str, str, str]]:
    """What the office mended of a signed record: (what, as signed, as it counts)."""
    if record.repair is None:
        return []
    was, now = record.original, record.content
    return [
        (words.capital(KEYS.get(name, name)), _side(name, was), _side(name, now) if name in now else "không tính")
        for name in (*record.repair.fields, *record.repair.dropped) if name != "id"
    ]  # fmt: skip


def _side(name: str, body: dict[str, Any]) -> str:
    if name == "establishment":
        place = next(iter(establishments.every(db(), [str(body.get(name))])), None)
        return place.name if place else "cơ sở không có trong sổ"
    if name == "answers":
        told = ((item, text) for item, _, answer, _ in _answers(body) for text in [words.said(answer, "answer")])
        return "; ".join(f"{item} {text}" for item, text in told)
    return said(name, body.get(name)) or "không ghi"


def _answers(body: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    answers = body.get("answers")
    if not isinstance(answers, dict):
        return []
    known = checklists.items_of(db(), str(body.get("checklist") or ""))
    found = []
    for item, answer in answers.items():
        told = answer if isinstance(answer, dict) else {}
        text = known.get(item, {}).get("text", "")
        found.append((item, text, str(told.get("a", "")), str(told.get("note") or "")))
    return found


def _values(patch: dict[str, Any], place: Establishment | None) -> list[tuple[str, str, str, str]]:
    found = []
    for name, edit in patch.items():
        offered = edit.get("v") if isinstance(edit, dict) else edit
        stands = value_text(name, getattr(place, name)) if place and hasattr(place, name) else words.NOTHING
        found.append((name, words.said(name, "field"), value_text(name, offered), stands))
    return found


def value_text(name: str, value: Any) -> str:
    """A value of the register in words."""
    if value in (None, ""):
        return "(trống)"
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, int | float):  # a phone may have sent 1e300, or 1e999, which is no number at all
        return words.number(value, 6) if isinstance(value, float) and abs(value) < _MOST else str(value)
    coded = {"type": words.type_name, "area": _area, "status": _status, "review_state": _review_state}
    return coded.get(name, _moment)(str(value))


def _area(area_id: str) -> str:
    return areas.names(db()).get(area_id, "khu vực không có trong sổ")


def _status(code: str) -> str:
    return words.said(code, "status")


def _review_state(code: str) -> str:
    return words.said(code, "review_state")


def pretty(held: Held) -> str:
    """The bytes as they came, on several lines where they are JSON."""
    body = inbox.body_of(held)
    return json.dumps(body, ensure_ascii=False, indent=1) if body else held.text
