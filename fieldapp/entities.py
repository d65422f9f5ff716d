"""Business entities: the enterprise, household or individual that runs one establishment or several."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from fieldapp.folding import fold
from sync.history import Transaction

KINDS = ("enterprise", "household", "individual")
KINDS_VI = {"enterprise": "Doanh nghiệp", "household": "Hộ kinh doanh", "individual": "Cá nhân"}


@dataclass(frozen=True)
class Entity:
    """registration_code may equal a person's tax number: in no list or export, never sent to phones."""

    id: str
    name: str
    kind: str
    registration_code: str


def entity_named(tx: Transaction, name: str, *, kind: str = "", registration_code: str = "") -> Entity:
    """The entity with that registration code, or else that name; made where there is none, completed where it lacks."""
    row = None
    if registration_code:
        row = tx.db.execute(
            "SELECT id, name, kind, registration_code FROM business_entity "
            "WHERE registration_code = ? AND registration_code <> ''",  # as the partial index says it
            [registration_code],
        ).fetchone()
    if row is None:
        row = tx.db.execute(
            "SELECT id, name, kind, registration_code FROM business_entity "
            "WHERE folded = ? AND (registration_code = '' OR ? = '' OR registration_code = ?)",
            [fold(name), registration_code, registration_code],
        ).fetchone()
    if row is None:
        entity = Entity(str(uuid.uuid4()), " ".join(name.split()), kind or "household", registration_code)
    else:
        entity = Entity(row[0], " ".join(name.split()) or row[1], kind or row[2], registration_code or row[3])
        if tuple(vars(entity).values()) == tuple(row):
            return entity
    tx.db.execute(
        "INSERT INTO business_entity (id, name, kind, registration_code, folded) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, "
        "registration_code = excluded.registration_code, folded = excluded.folded",
        [*vars(entity).values(), fold(entity.name)],
    )
    tx.touch("business_entity", entity.id)
    return entity


def read(db: Database, entity_id: str) -> Entity | None:
    row = db.execute(
        "SELECT id, name, kind, registration_code FROM business_entity WHERE id = ?", [entity_id]
    ).fetchone()
    return Entity(*row) if row else None


def every(db: Database) -> dict[str, Entity]:
    """Every entity, by id."""
    rows = db.execute("SELECT id, name, kind, registration_code FROM business_entity")
    return {row[0]: Entity(*row) for row in rows}


def bodies(db: Database) -> dict[str, dict[str, Any]]:
    """Every entity as phones hold it, by id: id, name, kind."""
    return {e.id: {"id": e.id, "name": e.name, "kind": e.kind} for e in every(db).values()}
