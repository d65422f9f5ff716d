"""Records for tests, made the way the product makes them: small, complete, valid."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from fieldapp import checklists, commitments, establishments, inspections
from fieldapp.audit import Actor
from fieldapp.commitments import Commitment
from fieldapp.establishments import Establishment
from fieldapp.inspections import Inspection
from sync import signed
from sync.history import Transaction

ACTOR = Actor("", "cli")
DEVICE = "5f0c8a50-2f8e-4c39-9a52-6f5d0f3b7e11"


def establishment(tx: Transaction, name: str = "Karaoke Sao Thử 01", **facts: Any) -> Establishment:
    return establishments.add(tx, ACTOR, {"name": name, "type": "karaoke", **facts})


def inspection_body(tx: Transaction, place: Establishment, **facts: Any) -> dict[str, Any]:
    """An inspection v1 of today where everything is in order."""
    checklist = checklists.current(tx.db)
    asked = [item["id"] for item in checklist["items"] if checklists.applies(item, place.type)]
    return {
        "id": str(uuid.uuid4()),
        "establishment": place.id,
        "author": str(uuid.uuid4()),
        "kind": "planned",
        "mode": "on_site",
        "outcome": "conducted",
        "bodies": ["team_178"],
        "members": [],
        "started_at": tx.now.isoformat(),
        "ended_at": tx.now.isoformat(),
        "checklist": checklist["id"],
        "answers": {item: {"a": "dat", "note": "", "files": []} for item in asked},
        "figures": {"N01": 8, "N02": 5},
        "note": "",
        "facts": {"code": place.code, "name": place.name, "type": place.type, "address": place.address},
        "signatures": [],
        "photos": {},
        "amends": None,
        **facts,
    }


def commitment_body(tx: Transaction, place: Establishment, **facts: Any) -> dict[str, Any]:
    """A commitment v1 signed today."""
    day = tx.now.date()
    return {
        "id": str(uuid.uuid4()),
        "establishment": place.id,
        "author": str(uuid.uuid4()),
        "inspection": None,
        "template": "1",
        "clauses": [1, 2, 3],
        "signer": {"name": "Nguyễn Văn Mẫu", "capacity": "owner"},
        "signed_at": tx.now.isoformat(),
        "signed_on": day.isoformat(),
        "valid_until": f"{day.year}-12-31",
        "signature": None,
        "scans": ["0" * 64],
        "refusal": None,
        "facts": {},
        **facts,
    }


def keep(tx: Transaction, kind: str, body: dict[str, Any]) -> None:
    """Store the signed bytes, as the engine does before a noun records."""
    line = json.dumps(body, ensure_ascii=False)
    signed.keep(
        tx, kind=kind, record_id=body["id"], op=str(uuid.uuid4()), ver=1,
        sha256=hashlib.sha256(line.encode()).hexdigest(), body=line, files=[], device="phone", account=body["author"],
    )  # fmt: skip


def inspect(tx: Transaction, place: Establishment, **facts: Any) -> Inspection:
    body = inspection_body(tx, place, **facts)
    keep(tx, "inspection", body)
    inspections.record_inspection(tx, body, ACTOR)
    return inspections.read(tx.db, body["id"])


def commit(tx: Transaction, place: Establishment, **facts: Any) -> Commitment:
    body = commitment_body(tx, place, **facts)
    keep(tx, "commitment", body)
    return commitments.record_commitment(tx, body, ACTOR)
