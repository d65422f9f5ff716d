"""From an establishment to the form that edits it, and back.

A page may stay open while a phone's edit arrives. So the form carries the values it was filled with: what the person
did not touch is not written, and what changed meanwhile under their hands is shown before it is overwritten.
"""

from __future__ import annotations

import json
from typing import Any

from flask import request
from wtforms import HiddenField

from fieldapp import areas, entities, establishments
from fieldapp.establishments import Establishment, Licence
from fieldapp.forms import EstablishmentForm, offered
from fieldapp.views import words
from fieldapp.views.request import db, unit
from sync.history import Transaction

SAME_NAMED = (
    "code", "name", "type", "address", "representative", "representative_role", "phone", "rooms", "employees",
    "employees_with_contract", "security_conditional", "status", "managed_since", "managed_until", "note",
)  # fmt: skip
ENTITY = ("entity_name", "entity_kind", "entity_code")


class WithSeen(EstablishmentForm):
    """seen: the values the page was filled with, as JSON."""

    seen = HiddenField()


def form_for(place: Establishment | None) -> WithSeen:
    """The form, filled with the establishment or empty, or with what was posted."""
    filled = _filled(place) if place else {"type": "other", "status": "operating", "area": "", "entity_kind": ""}
    form = WithSeen(data=filled)
    form.area.label.text = words.capital(unit().area_word)
    form.new_area.label.text = f"Hoặc tên {unit().area_word} chưa có trong danh sách"
    form.area.choices = offered({"": "Chưa rõ", **{area.id: area.name for area in areas.every(db())}})
    if request.method == "GET":
        form.seen.data = json.dumps(filled, ensure_ascii=False, default=str)
    return form


def _filled(place: Establishment) -> dict[str, Any]:
    entity = entities.read(db(), place.entity) if place.entity else None
    return {
        **{name: getattr(place, name) for name in SAME_NAMED},
        "area": place.area or "",
        "entity_name": entity.name if entity else "",
        "entity_kind": entity.kind if entity else "",
        "entity_code": entity.registration_code if entity else "",
    }


def _seen(form: WithSeen) -> dict[str, Any]:
    try:
        seen = json.loads(form.seen.data or "{}")
    except ValueError:
        return {}
    return seen if isinstance(seen, dict) else {}


def _plain(value: Any) -> Any:
    """A value as `seen` holds it."""
    return json.loads(json.dumps("" if value is None else value, default=str))


def changed_meanwhile(form: WithSeen, place: Establishment) -> bool:
    """Whether a field that the person edited has another value by now; says so beside it, and a second save passes."""
    seen, stands = _seen(form), _filled(place)
    clashes = False
    for name, value in stands.items():
        typed, before, now = _plain(form[name].data), _plain(seen.get(name)), _plain(value)
        if name in seen and now != before and typed not in (before, now):
            clashes = True
            form[name].errors = [f"Vừa có người đổi thành “{_spoken(name, value)}”. Xem lại rồi lưu lần nữa."]
    if clashes:
        form.seen.data = json.dumps(stands, ensure_ascii=False, default=str)
    return clashes


def _spoken(name: str, value: Any) -> str:
    if name == "type":
        return words.type_name(value)
    if name == "area":
        return areas.names(db()).get(value, "chưa rõ")
    if name in ("managed_since", "managed_until"):
        return words.day(value)
    if isinstance(value, bool):
        return "có" if value else "không"
    return str(value if value not in (None, "") else "(trống)")


def values(tx: Transaction, form: WithSeen) -> dict[str, Any]:
    """Establishment fields as the form has them; makes the area and the business entity that it names."""
    found = {name: form[name].data for name in SAME_NAMED}
    found |= {
        name: " ".join((value or "").split()) for name, value in found.items() if name in ("code", "name", "address")
    }
    found |= {name: (found[name] or "").strip() for name in ("representative", "representative_role", "phone", "note")}
    new_area = (form.new_area.data or "").strip()
    found["area"] = areas.area_named(tx, new_area)[0].id if new_area else form.area.data or None
    name, kind, code = ((form[part].data or "").strip() for part in ENTITY)
    found["entity"] = entities.entity_named(tx, name, kind=kind, registration_code=code).id if name else None
    return found


def touched(form: WithSeen, found: dict[str, Any]) -> dict[str, Any]:
    """Only what the person changed on the page."""
    seen = _seen(form)

    def changed(name: str) -> bool:
        return name not in seen or _plain(form[name].data) != _plain(seen[name])

    kept = {name: value for name, value in found.items() if name in SAME_NAMED and changed(name)}
    if changed("area") or form.new_area.data:
        kept["area"] = found["area"]
    if any(changed(part) for part in ENTITY):
        kept["entity"] = found["entity"]
    return kept


def set_licence(tx: Transaction, form: WithSeen, establishment_id: str) -> bool:
    """Enter the licence that the form names, if any. Returns whether something changed."""
    kind = (form.licence_kind.data or "").strip()
    if not kind:
        return False
    number = (form.licence_number.data or "").strip()
    licence = Licence(kind, number, form.licence_issued_on.data, form.licence_expires_on.data)
    return establishments.set_licence(tx, establishment_id, licence)
