"""Mending what a phone sent: which parts the office may set right, and the body as it is to count.

The form is made for what is wrong: where and when a record was made and by whom can always be set right, other parts
only where they cannot be used as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from fieldapp import areas, checklists, establishments, findings, inspections, people, visits
from fieldapp.clock import parse_instant
from fieldapp.establishments import Establishment
from fieldapp.exchange import inbox
from fieldapp.forms import read_day
from fieldapp.views import words
from fieldapp.views.causes import KEYS
from fieldapp.views.request import db, unit
from sync.history import instant
from sync.quarantine import Held

DROP, _BETWEEN = "-", " · "
_MOMENT = {"inspection": "started_at", "finding_event": "at"}
_CHOICES: dict[str, Mapping[str, str]] = {
    "outcome": visits.OUTCOMES, "kind": visits.KINDS, "mode": visits.MODES, "how": findings.FOLLOW_UPS,
    "conclusion": findings.CONCLUSIONS,
}  # fmt: skip
_DAYS = ("signed_on", "valid_until", "due_on")


@dataclass(frozen=True)
class Part:
    """One part of the form. kind: place, moment, day, choice, bodies, answer, drop. options: value -> name."""

    key: str
    kind: str
    label: str
    value: str = ""
    time: str = ""
    options: dict[str, str] = field(default_factory=dict)


def parts(held: Held) -> list[Part]:
    """What the officer may set right, what is wrong first."""
    body = inbox.body_of(held)
    wrong = list(dict.fromkeys(path.split(".")[0] for path in held.fields if path))
    always = [key for key in ("establishment", _MOMENT.get(held.op.kind, "signed_on"), "author") if key not in wrong]
    if held.op.kind == "inspection" and "bodies" not in wrong:
        always.append("bodies")
    found = []
    for key in [*wrong, *always]:
        found += _answer_parts(held, body) if key == "answers" else [_part(held, body, key)]
    return found


def _part(held: Held, body: dict[str, Any], key: str) -> Part:
    if key in _MADE:
        return _MADE[key](held, body, key)
    label = words.capital(KEYS.get(key, key))
    if key in _DAYS:
        return Part(key, "day", label, words.day(body[key]) if _is_day(body.get(key)) else "")
    if key in _CHOICES:
        return Part(key, "choice", label, str(body.get(key)), options={"": "Chọn…", **_CHOICES[key]})
    return Part(key, "drop", label)


def _place_part(_held: Held, body: dict[str, Any], key: str) -> Part:
    place = next(iter(establishments.every(db(), [str(body.get(key))])), None)
    return Part(key, "place", "Cơ sở", f"{place.code}{_BETWEEN}{place.name}" if place else "")


def _moment_part(_held: Held, body: dict[str, Any], key: str) -> Part:
    moment, label = _moment(body.get(key)), words.capital(KEYS[key])
    return Part(key, "moment", label, f"{moment:%d/%m/%Y}" if moment else "", f"{moment:%H:%M}" if moment else "")


def _author_part(held: Held, body: dict[str, Any], key: str) -> Part:
    return Part(key, "choice", "Người lập", str(body.get(key) or held.carrier.account), options=_authors())


def _bodies_part(_held: Held, body: dict[str, Any], key: str) -> Part:
    known = {code: inspecting.vi for code, inspecting in unit().bodies.items()}
    chosen = body.get(key)
    return Part(key, "bodies", "Cơ quan", " ".join(map(str, chosen)) if isinstance(chosen, list) else "", options=known)


def _event_part(_held: Held, _body: dict[str, Any], key: str) -> Part:
    return Part(key, "choice", "Ghi nhận thành", "evidence", options={"evidence": findings.EVENTS["evidence"]})


def _finding_part(held: Held, _body: dict[str, Any], key: str) -> Part:
    of_place = findings.of_establishment(db(), inbox.establishment_of(held))
    return Part(key, "choice", "Tồn tại", options={"": "Chọn…", **{f.id: f"{f.item} · {f.text}" for f in of_place}})


def _amends_part(held: Held, _body: dict[str, Any], key: str) -> Part:
    of_place = inspections.of_establishment(db(), inbox.establishment_of(held))
    standing = {i.id: f"{i.number}, ngày {words.day(i.inspected_on)}" for i in of_place if i.stands}
    options = {"": "Chọn…", DROP: "Không thay biên bản nào", **standing}
    return Part(key, "choice", "Thay cho biên bản", options=options)


_MADE: dict[str, Callable[[Held, dict[str, Any], str], Part]] = {
    "establishment": _place_part, "started_at": _moment_part, "at": _moment_part, "author": _author_part,
    "bodies": _bodies_part, "event": _event_part, "finding": _finding_part, "amends": _amends_part,
}  # fmt: skip


def _answer_parts(held: Held, body: dict[str, Any]) -> list[Part]:
    """One for each item that was answered wrongly; the whole of the answers where they are no answers."""
    items = list(dict.fromkeys(path.split(".")[1] for path in held.fields if path.startswith("answers.")))
    if not isinstance(body.get("answers"), dict) or not items:
        return [Part("answers", "drop", "Nội dung kiểm tra")]
    options = {"": "Chọn…", **checklists.ANSWERS, DROP: "Bỏ mục này"}
    return [Part(f"answers.{item}", "answer", f"Mục {item}", options=options) for item in items]


def _authors() -> dict[str, str]:
    return {
        account.id: f"{account.name} ({words.said(account.role, 'role')})"
        for account in people.accounts(db()) if account.role in people.FIELD_ROLES
    }  # fmt: skip


def mended(held: Held, form: MultiDict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The body as it is to count, and what the officer has still to say."""
    body, problems = dict(inbox.body_of(held)), []
    for part in parts(held):
        problem = _apply(body, part, form)
        if problem:
            problems.append(f"{part.label}: {problem}")
    return body, problems


def _apply(body: dict[str, Any], part: Part, form: MultiDict[str, str]) -> str:
    """Set one part right. Returns what is wrong with what was typed, '' when nothing is."""
    said = form.get(part.key, "").strip()
    if part.kind == "moment":
        return _set_moment(body, part, said, form.get(f"{part.key}-time", "").strip())
    if part.kind == "bodies":
        return _set_bodies(body, part, form.getlist(part.key))
    if part.kind == "drop":
        body.pop(part.key, None)
        return ""
    return _SETTING[part.kind](body, part, said)


def _set_place(body: dict[str, Any], part: Part, said: str) -> str:
    place = place_named(said)
    if place is None:
        return "chọn một cơ sở trong danh sách."
    body[part.key] = place.id
    return ""


def _set_day(body: dict[str, Any], part: Part, said: str) -> str:
    day = _typed_day(said)
    if day is None:
        return "ghi ngày theo mẫu 05/03/2026."
    body[part.key] = day.isoformat()
    return ""


def _set_bodies(body: dict[str, Any], part: Part, said: list[str]) -> str:
    chosen = [code for code in said if code in part.options]
    if chosen and set(chosen) != set(part.value.split()):
        body[part.key] = chosen
    return "" if chosen else "chọn ít nhất một cơ quan."


def _set_choice(body: dict[str, Any], part: Part, said: str) -> str:
    if not said or said not in part.options:
        return "chọn một mục."
    if said == DROP:
        body.pop(part.key, None)
    elif said != part.value or part.key in body:
        body[part.key] = said
    return ""


def _set_moment(body: dict[str, Any], part: Part, day: str, clock: str) -> str:
    """A new beginning moves the end with it; where there is none to move, the end is dropped."""
    if (day, clock) == (part.value, part.time):
        return ""
    if (on := _typed_day(day)) is None:
        return "ghi ngày theo mẫu 05/03/2026."
    try:
        at = datetime.combine(on, time.fromisoformat(clock or "08:00"), ZoneInfo(unit().time_zone))
    except ValueError:
        return "ghi giờ theo mẫu 14:30."
    began, ended = _moment(body.get(part.key)), _moment(body.get("ended_at"))
    body[part.key] = at.isoformat()
    if began and ended and timedelta() <= ended - began < timedelta(days=1):
        body["ended_at"] = (at + (ended - began)).isoformat()
    else:
        body.pop("ended_at", None)
    return ""


def _set_answer(body: dict[str, Any], part: Part, said: str) -> str:
    item = part.key.partition(".")[2]
    answers = dict(body["answers"])
    if said == DROP:
        answers.pop(item, None)
    elif said in checklists.ANSWERS:
        old = answers.get(item)
        note = old.get("note") if isinstance(old, dict) else None
        answers[item] = {"a": said, "note": note if isinstance(note, str) else "", "files": []}
    else:
        return "chọn một trả lời, hoặc bỏ mục này."
    body["answers"] = answers
    return ""


_SETTING: dict[str, Callable[[dict[str, Any], Part, str], str]] = {
    "place": _set_place, "day": _set_day, "choice": _set_choice, "answer": _set_answer,
}  # fmt: skip


def patch_values(held: Held, form: MultiDict[str, str]) -> dict[str, Any]:
    """The fields of a patch that the officer takes, as the register holds them."""
    told = {
        name: edit["v"] for name, edit in inbox.patch_of(held).items() if isinstance(edit, dict) and "v" in edit
    }  # fmt: skip
    taken = {name: told[name] for name in form.getlist("field") if name in told and name in words.FIELDS}
    if taken.get("area") and taken["area"] not in areas.names(db()):
        del taken["area"]
    return {name: register_value(name, value) for name, value in taken.items()}


def register_value(name: str, value: Any) -> Any:
    """A value off the wire as the register holds it. Raises ValueError, TypeError for one that is none."""
    return date.fromisoformat(value) if value and name in ("managed_since", "managed_until") else value


def place_named(said: str) -> Establishment | None:
    """The establishment that was chosen: its code, with or without the name after it."""
    found = establishments.ids_by_code(db()).get(said.split(_BETWEEN, maxsplit=1)[0].strip().upper())
    return establishments.read(db(), found) if found else None


def _typed_day(text: str) -> date | None:
    try:
        return read_day(text)
    except ValueError:
        return None


def _is_day(value: Any) -> bool:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def _moment(value: Any) -> datetime | None:
    """An instant on the commune's clock."""
    try:
        return words.local(instant(parse_instant(value)))
    except (TypeError, ValueError, OverflowError):
        return None
