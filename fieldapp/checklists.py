"""Versioned checklists: sections, items, figures, and which of them apply to an establishment's type.

A checklist is identified by the hash of its content, so a version in use can never change under a signed record.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from sqlite_utils import Database

from fieldapp import audit
from fieldapp.audit import Actor
from fieldapp.errors import Refusal
from sync.history import Transaction, instant

SHIPPED = Path(__file__).parent / "data" / "checklist.yaml"
ANSWERS = {"dat": "Đạt", "khong_dat": "Không đạt", "khong_ap_dung": "Không áp dụng", "chua_xem_xet": "Chưa xem xét"}
TYPES_EN = {
    "karaoke": "Karaoke", "hotel": "Hotel", "guesthouse": "Guesthouse", "homestay": "Homestay",
    "rental_room": "Rented rooms", "massage": "Massage", "spa": "Spa, skin care", "bar": "Bar, pub", "disco": "Disco",
    "cafe": "Café", "hair_wash": "Hairdresser", "restaurant": "Restaurant with private rooms", "other": "Other",
}  # fmt: skip


def shipped() -> dict[str, Any]:
    """The standard checklist, resolved (see `resolve`)."""
    return resolve(yaml.safe_load(SHIPPED.read_text(encoding="utf-8")))


@lru_cache
def types() -> dict[str, str]:
    """The known establishment types: code -> Vietnamese name, in the checklist's order."""
    return {t["code"]: t["vi"] for t in shipped()["types"]}


def resolve(source: dict[str, Any]) -> dict[str, Any]:
    """A checklist file's content in the shape that records and phones use: groups of types spelt out, defaults filled.

    source: the form of data/checklist.yaml. Raises Refusal checklist_invalid naming the place.
    """
    try:
        known = [t["code"] for t in source["types"]]
        groups = source.get("groups", {})
        content: dict[str, Any] = {
            "version": str(source["version"]),
            "types": [{**t, "en": t.get("en") or TYPES_EN.get(t["code"], t["vi"])} for t in source["types"]],
            "sections": [{"code": s["code"], "text": s["vi"]} for s in source["sections"]],
            "items": [_item(item, groups, known) for item in source["items"]],
            "figures": [_figure(figure, groups, known) for figure in source["figures"]],
        }
    except (KeyError, TypeError) as problem:
        raise Refusal("checklist_invalid", reason=str(problem)) from None
    ids = [entry["id"] for entry in (*content["items"], *content["figures"])]
    doubled = sorted({i for i in ids if ids.count(i) > 1})
    if doubled:
        raise Refusal("checklist_invalid", reason=f"id {', '.join(doubled)} ×2")
    _refuse_dangling(content)
    return content


def _refuse_dangling(content: dict[str, Any]) -> None:
    """What names a section or a figure must name one that is there."""
    sections = {section["code"] for section in content["sections"]}
    figures = {figure["id"] for figure in content["figures"]}
    named = [
        *((item, "section", sections) for item in content["items"]),
        *((item, "only_if_over_0", {None, *figures}) for item in content["items"]),
        *((figure, "section", {None, *sections}) for figure in content["figures"]),
        *((figure, "max_of", {None, *figures}) for figure in content["figures"]),
    ]
    wrong = [f"{entry['id']}: {entry[key]}?" for entry, key, known in named if entry.get(key) not in known]
    if wrong:
        raise Refusal("checklist_invalid", reason="; ".join(wrong))


def _item(item: dict[str, Any], groups: dict[str, list[str]], known: list[str]) -> dict[str, Any]:
    return {
        "id": item["id"],
        "section": item["section"],
        "text": item["text"],
        "types": _spelt_out(item["types"], groups, known, item["id"]),
        "default_on": item.get("default_on", True),
        "default_off_for": item.get("default_off_for", []),
        "default_on_for": item.get("default_on_for", []),
        "remediation": item["remediation"],
        "evidence": item.get("evidence", "none"),
        "urgent": item.get("urgent", False),
        "refer": item.get("refer", False),
        "privacy": item.get("privacy", ""),
        "note": item.get("note", ""),
        # told only where they say something: a checklist without them keeps its hash
        **({"about_last": True} if item.get("auto") else {}),
        **({"only_if_over_0": item["only_if_over_0"]} if item.get("only_if_over_0") else {}),
    }


def _figure(figure: dict[str, Any], groups: dict[str, list[str]], known: list[str]) -> dict[str, Any]:
    return {
        "id": figure["id"],
        "text": figure["vi"],
        "types": _spelt_out(figure["types"], groups, known, figure["id"]),
        "max_of": figure.get("max_of"),
        "value": figure.get("value", "count"),
        **({"section": figure["section"]} if figure.get("section") else {}),
    }


def _spelt_out(types_: str | list[str], groups: dict[str, list[str]], known: list[str], where: str) -> list[str]:
    codes = groups.get(types_, [types_]) if isinstance(types_, str) else types_
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise Refusal("checklist_invalid", reason=f"{where}: {', '.join(unknown)}?")
    return list(codes)


def adopt(tx: Transaction, actor: Actor, content: dict[str, Any]) -> str:
    """Make a resolved checklist the current one. Returns its id, the hash of its content."""
    canonical = _canonical(content)
    checklist_id = hashlib.sha256(canonical.encode()).hexdigest()
    others = tx.db.execute("SELECT id FROM checklist WHERE current = 1 AND id <> ?", [checklist_id]).fetchall()
    for (earlier,) in others:
        tx.db.execute("UPDATE checklist SET current = 0 WHERE id = ?", [earlier])
        tx.touch("checklist", earlier)
    tx.db.execute(
        "INSERT INTO checklist (id, version, content, added_at, current) VALUES (?, ?, ?, ?, 1) "
        "ON CONFLICT (id) DO UPDATE SET current = 1",
        [checklist_id, content["version"], canonical, instant(tx.now)],
    )
    tx.touch("checklist", checklist_id)
    audit.record(tx, actor, "checklist_adopted", "checklist", checklist_id, version=content["version"])
    return checklist_id


def is_current(db: Database, content: dict[str, Any]) -> bool:
    """Whether new inspections use exactly this already."""
    row = db.execute("SELECT 1 FROM checklist WHERE current = 1 AND content = ?", [_canonical(content)]).fetchone()
    return row is not None


def _canonical(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(db: Database, checklist_id: str) -> dict[str, Any]:
    """A checklist's resolved content with its `id` and `current`. Raises Refusal checklist_unknown."""
    row = db.execute("SELECT content, current FROM checklist WHERE id = ?", [checklist_id]).fetchone()
    if row is None:
        raise Refusal("checklist_unknown")
    return {"id": checklist_id, "current": bool(row[1]), **json.loads(row[0])}


def find(db: Database, checklist_id: str | None) -> dict[str, Any] | None:
    """The same, or None where it is unknown here: a record signed after yesterday's backup may name a checklist that
    the restored office has not adopted again yet."""
    try:
        return read(db, checklist_id or "")
    except Refusal:
        return None


def items_of(db: Database, checklist_id: str) -> dict[str, dict[str, Any]]:
    """Item id -> item of a checklist; of the current one where it is unknown here.

    A record signed after yesterday's backup may name a checklist that the restored office has not adopted again yet.
    """
    row = db.execute(
        "SELECT id FROM checklist WHERE id = ? OR current = 1 ORDER BY id = ? DESC", [checklist_id, checklist_id]
    ).fetchone()
    if row is None:
        return {}
    if row[0] not in _items:
        _items[row[0]] = {item["id"]: item for item in read(db, row[0])["items"]}
    return _items[row[0]]


_items: dict[str, dict[str, dict[str, Any]]] = {}
"""Checklist id -> its items by id: read once, as the id is the hash of the content; a commune has a few in its life."""


def current(db: Database) -> dict[str, Any]:
    """The checklist that new inspections use."""
    row = db.execute("SELECT id FROM checklist WHERE current = 1").fetchone()
    if row is None:
        raise Refusal("checklist_unknown")
    return read(db, row[0])


def applies(item: dict[str, Any], establishment_type: str) -> bool:
    """Whether an item belongs to the standard checklist of a type. The phone's rules/checklist.ts does the same."""
    if establishment_type not in item["types"]:
        return False
    if establishment_type in item["default_on_for"]:
        return True
    return bool(item["default_on"]) and establishment_type not in item["default_off_for"]
