"""Whether the data are whole: the database file, its references, the audit chain, signed bytes, the files they name.

A fault is one sentence that says what is wrong and with what, in the language of messages.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlite_utils import Database

from fieldapp import activities, audit, commitments, drafts, findings, inspections
from fieldapp.errors import say
from fieldapp.keeping import losses
from sync import files, signed
from sync.files import Shelf

_SIGNED: dict[str, Callable[[Database], set[str]]] = {
    "inspection": inspections.ids, "commitment": commitments.ids, "finding_event": findings.event_ids,
    "activity": activities.handed_in,
}  # fmt: skip
"""Every kind of signed record, and what the books hold of it."""
NAMED = 20
"""At most so many faults of one sort are named one by one."""


def faults(db: Database, shelf: Shelf) -> Iterator[str]:
    """Everything that is wrong with a database and the files it holds; nothing when the data are whole."""
    yield from of_database(db)
    yield from _of_files(db, shelf)


def of_database(db: Database) -> Iterator[str]:
    """Integrity, references, audit chain, signed bytes against their sha256, receipts against what they promised."""
    try:
        found = list(_structure(db))
        yield from found or _content(db)
    except sqlite3.DatabaseError as problem:
        yield say(f"Không đọc được cơ sở dữ liệu: {problem}", f"The database cannot be read: {problem}")


def _structure(db: Database) -> Iterator[str]:
    for (line,) in db.execute(f"PRAGMA integrity_check({NAMED})"):
        if line != "ok":
            yield say(f"Cơ sở dữ liệu hỏng: {line}", f"The database is damaged: {line}")
    for table, row, parent, _ in db.execute("PRAGMA foreign_key_check").fetchmany(NAMED):
        yield say(
            f"Bảng {table}, dòng {row}: chỉ tới {parent} không có.", f"{table}, row {row}: names no row of {parent}."
        )


def _content(db: Database) -> Iterator[str]:
    broken = audit.first_broken(db)
    if broken is not None:
        yield say(f"Nhật ký bị đứt từ dòng {broken}.", f"The audit trail is broken from entry {broken} on.")
    for kind, record_id in signed.altered(db):
        yield say(
            f"{kind} {record_id}: nội dung không còn đúng như đã ký.",
            f"{kind} {record_id}: its bytes are no longer those that were signed.",
        )
    unfinished = {(drafts.NAME, draft.id) for draft in drafts.unfinished(db)}
    for kind, record_id in signed.loose_files(db):
        if (kind, record_id) in unfinished:
            continue
        yield say(f"{kind} {record_id}: còn tệp mà không còn bản ghi.", f"{kind} {record_id}: has files and no record.")
    for kind, entered in _SIGNED.items():
        for record_id in sorted(signed.ids(db, kind) ^ entered(db)):
            yield say(
                f"{kind} {record_id}: bản đã ký và sổ không khớp.",
                f"{kind} {record_id}: what was signed and the books differ.",
            )
        for op in signed.lost(db, kind):
            yield say(f"{kind}: đã báo nhận {op} nhưng không còn.", f"{kind}: {op} was acknowledged and is gone.")


def _of_files(db: Database, shelf: Shelf) -> Iterator[str]:
    """Every file that was taken in, against its sha256, but for those accepted as lost. Reads all of them."""
    accepted = losses.accepted(db)
    for stored in files.every(db):
        place = shelf.path(stored.sha256)
        if stored.sha256 not in accepted and not shelf.whole(stored.sha256):
            yield damaged(db, stored.sha256, place)


def damaged(db: Database, sha256: str, place: Path) -> str:
    """The fault of a file whose bytes are not whole at its place."""
    of = ", ".join(f"{kind} {record_id}" for kind, record_id in signed.uses(db, sha256)) or say("không rõ", "unknown")
    if place.is_file():
        return say(f"Tệp {sha256} (của {of}) bị hỏng.", f"File {sha256} (of {of}) is damaged.")
    return say(f"Tệp {sha256} (của {of}) bị mất.", f"File {sha256} (of {of}) is gone.")


def told(db: Database, unit: str) -> str:
    """The sentence for data that are whole."""
    held, records = files.every(db), sum(len(signed.ids(db, kind)) for kind in _SIGNED)
    entries = audit.last(db)[0]
    return say(
        f"Dữ liệu của {unit} còn nguyên: {records} bản ghi đã ký, {len(held)} tệp, {entries} dòng nhật ký.",
        f"The data of {unit} are whole: {records} signed records, {len(held)} files, {entries} audit entries.",
    )
