"""Inspections and commitments as a phone would have signed them, and how they arrive."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fieldapp import areas, checklists, commitments, entities, establishments, inspections, units
from fieldapp.audit import Actor
from fieldapp.demo import pictures
from fieldapp.demo.commune import FACTS, Commune
from fieldapp.establishments import Establishment
from fieldapp.people import Account
from sync import signed
from sync.history import Transaction, instant

DEVICE = "00000000-0000-4000-8000-0000000d3e30"
APP = "0.1.0"
_TEAM = ("doitruong", "kiemtra1")
_NOT_THE_OWNER = "Chủ cơ sở đi vắng, người trông coi không nhận ký thay."


@dataclass(frozen=True)
class Visit:
    """What happened at a visit. short, unseen: items answered "không đạt" and "chưa xem xét". late: until it arrived.

    second: the reason of a second visit this year. refused: the owner did not sign.
    """

    day: date
    bodies: tuple[str, ...] = ("team_178",)
    short: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    outcome: str = "conducted"
    note: str = ""
    second: dict[str, str] | None = None
    refused: bool = False
    late: timedelta = timedelta(hours=2)


def inspect(commune: Commune, place: Establishment, visit: Visit) -> str:
    """One inspection, and its commitment where the owner signs. Returns its id."""
    author = commune.people["kiemtra1"]
    start = commune.at(visit.day, 8 + commune.dice.randint(0, 7), commune.dice.randrange(0, 60, 5))
    end = start + timedelta(minutes=commune.dice.randint(20, 55))
    conducted = visit.outcome == "conducted"
    answers, photos = _answers(commune, place, visit, start) if conducted else ({}, {})
    signatures = _sign(commune, place, author, visit) if conducted else []
    by_owner = next((file for who, _, file in signatures if who == "representative"), "")
    body = {
        **unsigned(commune, place, author, start), "outcome": visit.outcome, "bodies": list(visit.bodies),
        "ended_at": end.isoformat(), "checklist": commune.checklist_id if conducted else None,
        "answers": answers, "figures": _figures(place) if conducted else {}, "note": visit.note,
        "notice": _read_out(start) if conducted else None,
        "representative": {"name": place.representative, "capacity": "owner"} if conducted else None,
        "opinion": "Cơ sở đề nghị được gửi ảnh qua điện thoại." if visit.short else "",
        "recommendation": ("remedy" if visit.short else "good") if conducted else None, "second_visit": visit.second,
        "signatures": [{"who": who, "name": name, "file": file} for who, name, file in signatures],
        "refusal": _refusal(commune) if visit.refused else None,
        "commitment": commit(commune, place, start, author, by_owner) if by_owner else None, "photos": photos,
    }  # fmt: skip
    named = [sha for a in answers.values() for sha in a["files"]] + [file for _, _, file in signatures]
    _arrive(
        commune, "inspection", body, named, at=end + visit.late,
        record=lambda tx: inspections.record_inspection(tx, body, Actor(author.id, DEVICE)),
    )  # fmt: skip
    return str(body["id"])


def unsigned(commune: Commune, place: Establishment, author: Account, start: datetime) -> dict[str, Any]:
    """An inspection of which nothing but the beginning is known."""
    return {
        "id": commune.uuid(), "establishment": place.id, "author": author.id, "kind": "planned", "mode": "on_site",
        "outcome": "conducted", "bodies": ["team_178"],
        "members": [{"name": p.name, "position": p.position} for p in map(commune.people.get, _TEAM) if p],
        "started_at": start.isoformat(), "ended_at": start.isoformat(), "checklist": commune.checklist_id,
        "answers": {}, "figures": {}, "note": "", "facts": facts(commune, place), "notice": None,
        "representative": None, "opinion": "", "recommendation": None, "second_visit": None, "signatures": [],
        "refusal": None, "commitment": None, "photos": {}, "amends": None, "amend_reason": "", "app": APP,
    }  # fmt: skip


def _sign(commune: Commune, place: Establishment, author: Account, visit: Visit) -> list[tuple[str, str, str]]:
    """(who, name, sha256 of the drawing) of everybody who signed, the owner first."""
    drawn = [] if visit.refused else [("representative", place.representative)]
    return [
        (who, name, commune.picture(pictures.signature(commune.dice)))
        for who, name in [*drawn, ("inspector", author.name)]
    ]


def _refusal(commune: Commune) -> dict[str, str]:
    witness = f"Trưởng {commune.unit.area_word}"
    return {"reason": _NOT_THE_OWNER, "witness_name": "Hà Văn Nháp", "witness_role": witness}


def _answers(
    commune: Commune, place: Establishment, visit: Visit, start: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Item -> its answer, and sha256 -> class of the photos among them."""
    answers: dict[str, Any] = {}
    photos: dict[str, Any] = {}
    for item in commune.checklist["items"]:
        if not checklists.applies(item, place.type):
            continue
        answer: dict[str, Any] = {"a": "dat", "note": "", "files": []}
        if item["id"] == "H02":
            answer["a"] = "khong_ap_dung"
        elif item["id"] in visit.unseen:
            answer |= {"a": "chua_xem_xet", "note": "Hồ sơ để ở nhà chủ cơ sở, hẹn gửi sau."}
        elif item["id"] in visit.short:
            picture = commune.picture(pictures.photo(item["id"], commune.dice))
            kind = "document" if item["evidence"] == "document" else "premises"
            photos[picture] = {"class": kind, "taken_at": instant(start)}
            answer |= {"a": "khong_dat", "note": FACTS["findings"][item["id"]], "files": [picture]}
        answers[item["id"]] = answer
    return answers, photos


def _figures(place: Establishment) -> dict[str, Any]:
    staff = place.employees or 0
    figures = {"N01": staff, "N02": place.employees_with_contract or 0, "N03": staff // 2, "N04": staff, "N05": 2}
    return figures | ({"N06": place.rooms} if place.rooms else {})


def facts(commune: Commune, place: Establishment) -> dict[str, Any]:
    """The establishment as it stood on the day of the visit."""
    db = commune.tx.db
    entity = entities.read(db, place.entity) if place.entity else None
    same = (
        "code", "name", "type", "address", "representative", "representative_role", "phone", "rooms", "employees",
        "employees_with_contract",
    )  # fmt: skip
    return {
        **{name: getattr(place, name) for name in same},
        "area": areas.names(db).get(place.area or "", ""),
        "entity": entity.name if entity else "",
        "licences": [
            {**vars(x), "issued_on": x.issued_on and str(x.issued_on), "expires_on": x.expires_on and str(x.expires_on)}
            for x in establishments.licences(db, [place.id]).get(place.id, [])
        ],
    }


def commit(commune: Commune, place: Establishment, at: datetime, author: Account, signature: str) -> str:
    """The owner's commitment, valid to the end of its year. Returns its id."""
    text = units.commitment_text()
    day = at.date()
    body = {
        "id": commune.uuid(), "establishment": place.id, "author": author.id, "inspection": None,
        "template": text["version"],
        "clauses": [c["number"] for c in text["clauses"] if c["types"] is None or place.type in c["types"]],
        "signer": {"name": place.representative, "capacity": "owner"}, "signed_at": instant(at),
        "signed_on": day.isoformat(), "valid_until": f"{day.year}-{text['valid_until']}", "signature": signature,
        "scans": [], "refusal": None, "facts": facts(commune, place), "notice": _read_out(at), "app": APP,
    }  # fmt: skip
    _arrive(
        commune, "commitment", body, [signature], at=at + timedelta(hours=2),
        record=lambda tx: commitments.record_commitment(tx, body, Actor(author.id, DEVICE)),
    )  # fmt: skip
    return str(body["id"])


def _read_out(at: datetime) -> dict[str, str]:
    """The notice to the owner, read at the beginning."""
    return {"version": "1", "read_at": instant(at)}


def _arrive(
    commune: Commune, kind: str, body: dict[str, Any], named: list[str], *, at: datetime,
    record: Callable[[Transaction], Any],
) -> None:  # fmt: skip
    line = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    arrived = Transaction(commune.tx.db, min(at.astimezone(UTC), commune.tx.now))
    signed.keep(
        arrived, kind=kind, record_id=body["id"], op=commune.uuid(), ver=1,
        sha256=hashlib.sha256(line.encode()).hexdigest(), body=line, files=named, device=DEVICE,
        account=body["author"],
    )  # fmt: skip
    record(arrived)
