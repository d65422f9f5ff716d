"""Legal references and the overlap rule: data that the commune edits, not law that the program knows.

What is shipped (data/legal_refs.yaml) is where a commune begins; what it changes stands in the database and wins. Every
change is audited. Nothing here is legal advice, and the pages say so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from sqlite_utils import Database

from fieldapp import audit, units, visits
from fieldapp.audit import Actor
from fieldapp.errors import Refusal, invalid, reason_given, say
from sync.history import Transaction, instant

STATUSES = {"in_force": "Còn hiệu lực", "replaced": "Đã bị thay thế", "uncertain": "Chưa rõ hiệu lực"}
CONFIDENCES = {"page": "Đã đọc bản lưu", "secondary": "Theo nguồn khác", "memory": "Chưa kiểm chứng"}
LONGEST_TEXT = 1000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{1,39}").fullmatch
_RULE = "overlap_rule"


@dataclass(frozen=True)
class Reference:
    """says: what it asks, in the commune's words. doubt: what is not certain. own: entered or changed here."""

    id: str
    number: str
    title: str
    says: str = ""
    status: str = "uncertain"
    replaced_by: str = ""
    confidence: str = "memory"
    doubt: str = ""
    own: bool = False
    dropped: bool = False


@dataclass(frozen=True)
class Reason:
    """Why a second check may take place. leader: only with the leader's approval beforehand."""

    code: str
    text: str
    en: str = ""
    leader: bool = False
    note: str = ""


@dataclass(frozen=True)
class Rule:
    """At most `most` counted checks in a calendar year; beyond them a reason and its document are asked for.

    by_entity: checks at other establishments of the same business entity count too. bodies: () = every body.
    """

    by_entity: bool
    modes: tuple[str, ...]
    kinds: tuple[str, ...]
    bodies: tuple[str, ...]
    most: int
    reasons: tuple[Reason, ...]
    suggestions: tuple[str, ...]

    def reason(self, code: str) -> Reason | None:
        return next((reason for reason in self.reasons if reason.code == code), None)


def _read_shipped() -> tuple[dict[str, Reference], Rule]:
    path = Path(__file__).parent / "data" / "legal_refs.yaml"
    shipped = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {one["id"]: Reference(**one) for one in shipped["references"]}, _rule(shipped["overlap"])


def _rule(kept: Mapping[str, Any]) -> Rule:
    lists = {name: tuple(kept[name]) for name in ("modes", "kinds", "bodies", "suggestions")}
    return Rule(**{**kept, **lists, "reasons": tuple(Reason(**reason) for reason in kept["reasons"])})


_REFERENCES, _OVERLAP = _read_shipped()


# ---- references ----


def every(db: Database) -> list[Reference]:
    """The commune's references by id, without those it dropped."""
    rows = db.execute("SELECT id, content FROM legal_reference WHERE id <> ?", [_RULE])
    own = {row[0]: replace(Reference(**json.loads(row[1])), own=True) for row in rows}
    return sorted((one for one in {**_REFERENCES, **own}.values() if not one.dropped), key=lambda one: one.id)


def read(db: Database, reference_id: str) -> Reference:
    """Raises Refusal reference_unknown."""
    found = next((one for one in every(db) if one.id == reference_id), None)
    if found is None:
        raise Refusal("reference_unknown")
    return found


def put(tx: Transaction, actor: Actor, reference: Reference) -> bool:
    """Enter a reference or change one. Returns whether anything changed. Raises Refusal field_invalid with `fields`."""
    made = replace(reference, own=False, dropped=False)
    before = next((one for one in every(tx.db) if one.id == made.id), None)
    if before and replace(before, own=False) == made:
        return False
    found = mistakes(made)
    if found:
        raise invalid(found)
    _keep(tx, made.id, asdict(made))
    changed = sorted(name for name, value in asdict(made).items() if not before or getattr(before, name) != value)
    audit.record(tx, actor, "reference_changed", "legal_reference", made.id, fields=changed)
    return True


def drop(tx: Transaction, actor: Actor, reference_id: str, reason: str) -> None:
    """Take a reference out of the commune's list. reason: required."""
    reason = reason_given(reason)
    _keep(tx, reference_id, asdict(replace(read(tx.db, reference_id), own=False, dropped=True)))
    audit.record(tx, actor, "reference_dropped", "legal_reference", reference_id, reason=reason)


def mistakes(reference: Reference) -> dict[str, str]:
    """What does not hold together: field -> reason, in the language of messages; empty when sound."""
    found: dict[str, str] = {}
    if not _ID(reference.id) or reference.id == _RULE:
        found["id"] = say("2–40 chữ không dấu, số, gạch ngang", "2–40 letters without marks, digits, hyphens")
    if not reference.title.strip():
        found["title"] = say("không được để trống", "must not be blank")
    for name in ("number", "title", "says", "doubt", "replaced_by"):
        if len(getattr(reference, name)) > LONGEST_TEXT:
            found[name] = say(f"dài quá {LONGEST_TEXT} ký tự", f"longer than {LONGEST_TEXT} characters")
    for name, known in (("status", STATUSES), ("confidence", CONFIDENCES)):
        if getattr(reference, name) not in known:
            found[name] = say(f"phải là một trong: {', '.join(known)}", f"must be one of: {', '.join(known)}")
    return found


def _keep(tx: Transaction, key: str, content: Mapping[str, Any]) -> None:
    tx.db.execute(
        "INSERT INTO legal_reference (id, content, changed_at) VALUES (?, ?, ?) "
        "ON CONFLICT DO UPDATE SET content = excluded.content, changed_at = excluded.changed_at",
        [key, json.dumps(content, ensure_ascii=False), instant(tx.now)],
    )


# ---- the overlap rule ----


def overlap_rule(db: Database) -> Rule:
    """The rule as the commune reads it."""
    row = db.execute("SELECT content FROM legal_reference WHERE id = ?", [_RULE]).fetchone()
    return _rule(json.loads(row[0])) if row else _OVERLAP


def set_overlap_rule(tx: Transaction, actor: Actor, rule: Rule, reason: str) -> None:
    """Read the rule otherwise from now on; phones are told. reason: required, e.g. the document that says so.

    Raises Refusal reason_required, field_invalid.
    """
    reason = reason_given(reason)
    unit = units.read(tx.db)
    if not rule.kinds or set(rule.kinds) - set(visits.KINDS) or not rule.reasons or set(rule.bodies) - set(unit.bodies):
        text = say("phải chọn ít nhất một loại kiểm tra", "at least one kind of check must count")
        raise invalid({"kinds": text})
    before = overlap_rule(tx.db)
    _keep(tx, _RULE, asdict(rule))
    changed = sorted(name for name, value in vars(rule).items() if getattr(before, name) != value)
    audit.record(tx, actor, "overlap_rule_changed", "legal_reference", _RULE, reason=reason, fields=changed)
    tx.touch("unit", unit.code)


def rule_for_phones(db: Database) -> dict[str, Any]:
    """The rule as phones hold it (shape: OverlapRule)."""
    rule = overlap_rule(db)
    return {
        "by_entity": rule.by_entity,
        "kinds": list(rule.kinds),
        "bodies": list(rule.bodies),
        "most": rule.most,
        "reasons": [
            {"code": r.code, "vi": r.text, "en": r.en or r.text, "leader": r.leader, "note": r.note}
            for r in rule.reasons
        ],
    }  # fmt: skip
