"""What the tests of backups do and compare, again and again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from fieldapp import database
from fieldapp.audit import COMMAND_LINE, Actor
from fieldapp.config import Config
from fieldapp.keeping import backups
from fieldapp.keeping.backups import Backup
from fieldapp.keeping.daily import DailyBackup
from sync import history
from tests.phones import Commune, WirePhone, wire_op
from tests.wire.reading import JPEG, JPEG_NAME

ALICE = Actor("alice")
RESTORED_BESIDE = ("sync_state", "restore", "audit", "inspection_number", "number_given")
"""What a restore adds to: its own notes, and the numbers that are not to be given twice."""


def stop(commune: Commune) -> None:
    commune.app.extensions["fieldapp_open"].close()


def inspect(phone: WirePhone, **facts: Any) -> dict[str, Any]:
    """An inspection with a photo, handed in; its receipt."""
    op = phone.inspection(photos={JPEG_NAME: {"class": "premises", "taken_at": "2026-11-21T09:00:00+07:00"}}, **facts)
    (receipt,) = phone.receipts(wire_op("inspection", op.line, files=[JPEG_NAME]))
    assert receipt["status"] == "applied"
    assert phone.put_file(JPEG).status_code in (200, 201)
    return receipt


def take(commune: Commune, **how: Any) -> Backup:
    db = commune.db
    try:
        return backups.take(
            db, commune.folder, commune.folder / "backups", commune.clock(), actor=COMMAND_LINE, **how
        )  # fmt: skip
    finally:
        db.close()


def safe(commune: Commune) -> int:
    return int((commune.ask("SELECT value FROM sync_state WHERE key = 'safe'") or [(0,)])[0][0])


def everything(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for the state of backups, and what a restore adds to the trail or ends."""
    db = database.connect(folder)
    try:
        return {
            table: sorted(repr({**row, "session_key": ""}) for row in db.table(table).rows)
            for table in db.table_names()
            if table not in (*RESTORED_BESIDE, "sqlite_sequence")
        }
    finally:
        db.close()


def digest(folder: Path) -> dict[str, str]:
    """Every file of a data folder but its locks: what must not change when something is refused."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.endswith((".lock", "-shm"))
    }


def daily(commune: Commune, **more: Any) -> DailyBackup:
    return DailyBackup(Config(commune.folder, "a secret", **more), commune.clock)


def snapshot_head(snapshot: Path) -> history.Point:
    with database.read_only(snapshot) as taken:
        return history.head(taken)
