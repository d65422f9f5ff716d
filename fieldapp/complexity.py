"""Complexity: an authority's decision about an establishment, with its document and a day on which it ends.

For leader and officer only: in no body that phones receive, on no public list, schedule or paper of the owner. The
reason is not written here: that the authority decided so, and by which document, is all.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, establishments
from fieldapp.audit import Actor
from fieldapp.database import insert
from fieldapp.errors import Refusal, invalid, reason_given, say
from sync.history import Transaction, instant

LEVELS = {"normal": "Bình thường", "watch": "Cần lưu ý", "complex": "Phức tạp"}
LONGEST_TEXT = 200


@dataclass(frozen=True)
class Classification:
    """classified_on .. expires_on: local days, both included. level: one of LEVELS."""

    id: str
    establishment: str
    level: str
    authority: str
    document_no: str
    classified_on: date
    expires_on: date
    recorded_at: str = ""
    voided: bool = False

    def in_force(self, on: date) -> bool:
        return not self.voided and self.classified_on <= on <= self.expires_on


def classify(
    tx: Transaction, actor: Actor, establishment: str, *, level: str, authority: str, document_no: str,
    classified_on: date, expires_on: date,
) -> Classification:  # fmt: skip
    """Enter a decision; it takes the place of an earlier one. Raises Refusal field_invalid, establishment_unknown."""
    establishments.read(tx.db, establishment)
    made = Classification(
        str(uuid.uuid4()), establishment, level, authority.strip(), document_no.strip(), classified_on, expires_on,
        instant(tx.now),
    )  # fmt: skip
    found = mistakes(made)
    if found:
        raise invalid(found)
    row = {name: value for name, value in vars(made).items() if name != "voided"}
    row |= {"classified_on": classified_on.isoformat(), "expires_on": expires_on.isoformat()}
    insert(tx.db, "complexity", row)
    audit.record(tx, actor, "complexity_classified", "complexity", establishment, document_no=made.document_no)
    return made


def void(tx: Transaction, actor: Actor, classification_id: str, reason: str) -> Classification:
    """Entered by mistake: what stood before stands again. Raises Refusal reason_required, classification_unknown."""
    reason = reason_given(reason)
    row = tx.db.execute(
        f"UPDATE complexity SET voided_at = ? WHERE id = ? AND voided_at IS NULL RETURNING {_COLUMNS}",  # noqa: S608
        [instant(tx.now), classification_id],
    ).fetchone()
    if row is None:
        raise Refusal("classification_unknown")
    found = _classification(row)
    audit.record(tx, actor, "complexity_voided", "complexity", found.establishment, reason=reason)
    return found


def mistakes(made: Classification) -> dict[str, str]:
    """What does not hold together: field -> reason, in the language of messages; empty when sound."""
    found: dict[str, str] = {}
    if made.level not in LEVELS:
        found["level"] = say(f"phải là một trong: {', '.join(LEVELS)}", f"must be one of: {', '.join(LEVELS)}")
    for name in ("authority", "document_no"):
        if not 0 < len(getattr(made, name)) <= LONGEST_TEXT:
            found[name] = say(f"phải ghi, tối đa {LONGEST_TEXT} ký tự", f"required, at most {LONGEST_TEXT} characters")
    if made.expires_on <= made.classified_on:
        found["expires_on"] = say("phải sau ngày phân loại", "must come after the day of the decision")
    return found


_COLUMNS = "id, establishment, level, authority, document_no, classified_on, expires_on, recorded_at, voided_at"


def in_force(db: Database, on: date) -> dict[str, Classification]:
    """Establishment id -> its classification on a day, the last decided; without those that are `normal`."""
    found: dict[str, Classification] = {}
    for made in _decided(db, on):  # ascending, so that the last one stands
        found[made.establishment] = made
    return {place: made for place, made in found.items() if made.level != "normal" and made.in_force(on)}


def complex_on(db: Database, on: date) -> dict[str, date]:
    """Establishment id -> since which day it has been `complex`, of those that are on a day.

    Renewed decisions without a gap count as one.
    """
    since: dict[str, date] = {}
    last: dict[str, Classification] = {}
    for made in _decided(db, on):
        before = last.get(made.establishment)
        renewed = before and before.level == "complex" and made.classified_on <= before.expires_on
        if made.level == "complex" and not renewed:
            since[made.establishment] = made.classified_on
        last[made.establishment] = made
    return {p: since[p] for p, made in last.items() if made.level == "complex" and made.in_force(on)}


def _decided(db: Database, on: date) -> list[Classification]:
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM complexity WHERE voided_at IS NULL AND classified_on <= ? "  # noqa: S608
        "ORDER BY classified_on, recorded_at, id",
        [on.isoformat()],
    )
    return [_classification(row) for row in rows]


def spells(db: Database) -> dict[str, list[tuple[date, date]]]:
    """Establishment id -> first and last day of each time it is `complex`, ascending; renewed without a gap is one.

    A decision ends on its last day, or on the day before the next decision about the establishment.
    """
    decided: dict[str, list[Classification]] = {}
    for made in _decided(db, date.max):
        decided.setdefault(made.establishment, []).append(made)
    found: dict[str, list[tuple[date, date]]] = {}
    for place, of in decided.items():
        for made, following in zip(of, [*of[1:], None], strict=True):
            last = min(made.expires_on, following.classified_on - timedelta(days=1)) if following else made.expires_on
            if made.level != "complex" or last < made.classified_on:
                continue
            times = found.setdefault(place, [])
            if times and times[-1][1] >= made.classified_on - timedelta(days=1):
                times[-1] = times[-1][0], last
            else:
                times.append((made.classified_on, last))
    return found


def of_establishment(db: Database, establishment: str) -> list[Classification]:
    """Every decision about an establishment, newest first, voided ones included."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM complexity WHERE establishment = ? "  # noqa: S608
        "ORDER BY classified_on DESC, recorded_at DESC, id",
        [establishment],
    )
    return [_classification(row) for row in rows]


def every(db: Database) -> list[Classification]:
    """All decisions that stand, those that end first leading."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM complexity WHERE voided_at IS NULL ORDER BY expires_on, classified_on, id"  # noqa: S608
    )
    return [_classification(row) for row in rows]


def _classification(row: tuple[Any, ...]) -> Classification:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values |= {name: date.fromisoformat(values[name]) for name in ("classified_on", "expires_on")}
    values["voided"] = values.pop("voided_at") is not None
    return Classification(**values)
