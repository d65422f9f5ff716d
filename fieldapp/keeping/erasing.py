"""Records erased for good under the retention rules: they stay erased, also after a restore of an older backup.

Beside the database, and beside the backups, a list of the erased ids is kept (`erased.txt`: `kind id`, ids only), so
that a restore can apply it again even where the database is lost.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from sqlite_utils import Database

from fieldapp import database
from sync import files, signed
from sync.files import sync_folder
from sync.history import Transaction

FILE_NAME = "erased.txt"
Record = tuple[str, str]  # kind, id


def erase(tx: Transaction, kind: str, record_id: str) -> list[str]:
    """Erase a signed record: its bytes, its row in the books, and whatever hangs on that row.

    Only its id is kept. Returns the sha256 of the files that nothing names any more; their bytes are to be removed
    once the transaction has been committed.
    """
    alone = signed.erase(tx, kind, record_id)
    for sha256 in alone:
        files.forget(tx, sha256)
    if tx.db.table(kind).exists():
        database.delete_with_dependants(tx.db, kind, "id", record_id)
    return alone


def again(tx: Transaction, records: Iterable[Record]) -> list[str]:
    """Erase what an older database still holds, or would take in again. Returns as `erase` does."""
    alone: list[str] = []
    for kind, record_id in sorted(records):
        if not signed.is_erased(tx.db, kind, record_id):
            alone += erase(tx, kind, record_id)
    return alone


def note(db: Database, folders: Iterable[Path]) -> None:
    """Bring the list beside the database, and beside the backups, up to date. What stands there is never dropped."""
    records = signed.erased(db)
    for folder in folders:
        listed = noted([folder])
        if records - listed:
            _write(folder / FILE_NAME, listed | records)


def noted(folders: Iterable[Path]) -> set[Record]:
    """The records that the lists in these folders name."""
    found = set()
    for folder in folders:
        with contextlib.suppress(FileNotFoundError):
            for line in (folder / FILE_NAME).read_text(encoding="utf-8").splitlines():
                kind, _, record_id = line.partition(" ")
                if kind and record_id:
                    found.add((kind, record_id))
    return found


def _write(file: Path, records: set[Record]) -> None:
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as out:
        out.writelines(f"{kind} {record_id}\n" for kind, record_id in sorted(records))
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
    sync_folder(file.parent)
