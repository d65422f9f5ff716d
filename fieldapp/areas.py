"""The commune's parts (thôn, xóm, tổ dân phố…)."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from typing import Any

from sqlite_utils import Database

from fieldapp.folding import fold, natural
from sync.history import Transaction


@dataclass(frozen=True)
class Area:
    id: str
    name: str
    is_border_area: bool


def area_named(tx: Transaction, name: str, *, is_border_area: bool | None = None) -> tuple[Area, bool]:
    """The area of that name (case, spaces and diacritics aside), made where there is none.

    Returns: the area, and whether it is new.
    """
    folded = fold(name)
    row = tx.db.execute("SELECT id, name, is_border_area FROM area WHERE folded = ?", [folded]).fetchone()
    if row:
        return Area(row[0], row[1], bool(row[2])), False
    area = Area(str(uuid.uuid4()), " ".join(name.split()), bool(is_border_area))
    tx.db.execute(
        "INSERT INTO area (id, name, folded, is_border_area) VALUES (?, ?, ?, ?)",
        [area.id, area.name, folded, int(area.is_border_area)],
    )
    tx.touch("area", area.id)
    return area, True


def read(db: Database, area_id: str) -> Area | None:
    row = db.execute("SELECT id, name, is_border_area FROM area WHERE id = ?", [area_id]).fetchone()
    return Area(row[0], row[1], bool(row[2])) if row else None


def every(db: Database) -> list[Area]:
    """All areas, by name as a reader would order them: "Thôn 2" before "Thôn 10"."""
    rows = db.execute("SELECT id, name, is_border_area FROM area")
    return sorted((Area(row[0], row[1], bool(row[2])) for row in rows), key=lambda area: natural(area.name))


def names(db: Database) -> dict[str, str]:
    """Area id -> name."""
    return dict(db.execute("SELECT id, name FROM area").fetchall())


def bodies(db: Database) -> dict[str, dict[str, Any]]:
    """Every area as phones hold it, by id."""
    return {area.id: asdict(area) for area in every(db)}
