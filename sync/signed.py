"""Signed records, byte for byte as their author's device made them (invariant S5).

Nouns keep what they compute with in tables of their own; what was signed is read from here and never changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from sync.history import Transaction, instant


@dataclass(frozen=True)
class Signed:
    """One signed record. body: the exact line; files: the sha256 of the files it names."""

    kind: str
    id: str
    op: str
    ver: int
    sha256: str
    body: str
    device: str
    account: str
    received_at: str
    skew_s: int | None

    @property
    def content(self) -> dict[str, Any]:
        """The body parsed. Upgrading an old version's body is the reader's task."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


_COLUMNS = "kind, id, op, ver, sha256, body, device, account, received_at, skew_s"


def keep(
    tx: Transaction, *, kind: str, record_id: str, op: str, ver: int, sha256: str, body: str, files: Iterable[str],
    device: str, account: str, skew_s: int | None = None,
) -> Signed:  # fmt: skip
    """Store the exact bytes of a new signed record and which files it names."""
    record = Signed(kind, record_id, op, ver, sha256, body, device, account, instant(tx.now), skew_s)
    tx.db.execute(
        f"INSERT INTO signed ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  constant names
        [kind, record_id, op, ver, sha256, body, device, account, record.received_at, skew_s],
    )
    for file in dict.fromkeys(files):
        tx.db.execute("INSERT OR IGNORE INTO file_use (sha256, kind, id) VALUES (?, ?, ?)", [file, kind, record_id])
    return record


def read(db: Database, kind: str, record_id: str) -> Signed | None:
    """The signed record, or None."""
    row = db.execute(f"SELECT {_COLUMNS} FROM signed WHERE kind = ? AND id = ?", [kind, record_id]).fetchone()  # noqa: S608
    return Signed(*row) if row else None
