"""A backup put in the place of the data.

The new database is made ready beside the old one and takes its place by one rename: a restore that is cut off leaves
the old data or the new, never a mixture. Files are only ever added, each under its own digest. What was replaced stays
for a while as `replaced.sqlite`, which can be restored in turn.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sqlite_utils import Database

from fieldapp import audit, database, evidence, inspections, people, stopping, units
from fieldapp.clock import Clock
from fieldapp.errors import Refusal, is_full, say
from fieldapp.keeping import archives, backups, erasing, losses, restores, soundness
from fieldapp.keeping.archives import Source
from fieldapp.keeping.backups import REPLACED, SPARE_BYTES, TAKEN_AT, VERIFIED, sized
from fieldapp.keeping.restores import Restored
from sync import files, history, signed
from sync.files import Shelf, sync_folder
from sync.history import instant

STAGE = "restoring.sqlite"


def restore(
    file: Path, data: Path, folder: Path, clock: Clock, *, tell: Callable[[str], None], despite_faults: bool = False
) -> Restored:  # fmt: skip
    """Put a backup in the place of the data; when this returns, the new data stand.

    folder: of the daily backups. tell: is given the faults of the backup, a sentence each.
    Raises Refusal not_writable, server_running, file_missing, backup_unreadable, backup_newer, backup_other_unit,
    restore_no_room, storage_full, backup_faulty; then nothing was replaced.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    database.must_be_writable(data)
    with database.lock(data / database.IN_USE_FILE, alone=True) as held:
        if not held:
            raise Refusal("server_running", folder=data)
        tidy(data)
        try:
            with archives.opened(file) as source:
                return _replace(file, source, data, folder=folder, clock=clock, tell=tell, despite=despite_faults)
        except (OSError, sqlite3.OperationalError) as problem:
            if is_full(problem):
                raise Refusal("storage_full") from problem
            raise
        finally:
            tidy(data)
            database.hand_over(data)


def tidy(data: Path) -> bool:
    """Clear up after a restore that was cut off. Returns whether one was that had replaced nothing yet.

    To be called by who holds the folder (database.in_use): then no restore is running.
    """
    aside, live = data / f"{REPLACED}.part", data / database.FILE_NAME
    if aside.exists():
        if live.exists() and aside.samefile(live):
            aside.unlink(missing_ok=True)
        else:
            aside.replace(data / REPLACED)
    cut_off = (data / STAGE).exists()
    for end in ("", "-wal", "-shm", "-journal"):
        (data / f"{STAGE}{end}").unlink(missing_ok=True)
    return cut_off


def cut_off() -> str:
    """What is said where `tidy` found a restore that had replaced nothing yet."""
    return say(
        "Lần khôi phục trước bị ngắt giữa chừng: dữ liệu cũ còn nguyên, chưa có gì bị thay. Hãy khôi phục lại.",
        "An earlier restore was cut off: the old data stand, nothing was replaced. Run fieldapp restore again.",
    )


def _replace(
    file: Path, source: Source, data: Path, *, folder: Path, clock: Clock, tell: Callable[[str], None], despite: bool
) -> Restored:  # fmt: skip
    stage, shelf = data / STAGE, evidence.shelf(data)
    _must_fit(source, data)
    source.put_database(stage)
    with _made_ready(stage, file) as db, _what_is_there(data) as before:
        _must_be_the_same_unit(db, before, file, data)
        faults = [*soundness.of_database(db), *_add_files(db, source, shelf)]
        for fault in faults:
            tell(fault)
        if faults and not despite:
            raise Refusal("backup_faulty", file=file.name, faults=len(faults))
        alone = _settle(db, before, file, source, folders=[data, folder, file.resolve().parent], clock=clock)
        erasing.note(db, [data])
        restored = restores.newest(db)
    _swap(stage, data)
    for sha256 in alone:
        shelf.remove(sha256)
    assert restored  # noqa: S101  `_settle` has just noted it
    return restored


def _must_fit(source: Source, data: Path) -> None:
    needed, free = 2 * source.size_bytes + SPARE_BYTES, archives.room(data)
    if free < needed:
        raise Refusal("restore_no_room", folder=data, needed=sized(needed), free=sized(free))


@contextmanager
def _made_ready(stage: Path, file: Path) -> Iterator[Database]:
    """The backup's database with this program's tables. Raises Refusal backup_unreadable, backup_newer."""
    stage.chmod(0o600)
    db = database.connect_file(stage)
    try:
        try:
            if database.is_newer(db):
                raise Refusal("backup_newer", file=file.name)
            db.enable_wal()
            database.bring_up_to_date(db)
            units.read(db)
        except (sqlite3.DatabaseError, LookupError) as problem:
            if is_full(problem):
                raise
            raise Refusal("backup_unreadable", file=file.name, reason=problem) from None
        yield db
    finally:
        db.close()  # the last connection: what its log holds goes into the file


@contextmanager
def _what_is_there(data: Path) -> Iterator[Database | None]:
    """The database that is to be replaced, its log written back; None where there is none, or it cannot be read."""
    if not database.exists(data):
        yield None
        return
    with ExitStack() as stack:
        try:
            db = stack.enter_context(database.opened(data))
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            units.read(db)
            there: Database | None = db
        except (sqlite3.DatabaseError, LookupError) as problem:
            if is_full(problem):
                raise
            there = None
        yield there


def _add_files(db: Database, source: Source, shelf: Shelf) -> list[str]:
    """Put every file that the database knows on the shelf, unless it is there whole. Returns the faults."""
    accepted = losses.accepted(db)
    return [
        soundness.damaged(db, stored.sha256, shelf.path(stored.sha256))
        for stored in files.every(db)
        if not shelf.whole(stored.sha256) and not source.put_file(stored.sha256, shelf)
        if stored.sha256 not in accepted
    ]


def _must_be_the_same_unit(db: Database, before: Database | None, file: Path, data: Path) -> None:
    if before is None:
        return
    ours, theirs = units.read(before), units.read(db)
    if ours.code != theirs.code:
        raise Refusal(
            "backup_other_unit", file=file.name, folder=data, ours=ours.full_name, theirs=theirs.full_name
        )  # fmt: skip


def _settle(
    db: Database, before: Database | None, file: Path, source: Source, *, folders: list[Path], clock: Clock
) -> list[str]:  # fmt: skip
    """Make the backup's database the one that goes on from here. Returns the files that nothing names any more."""
    erased, lost, numbers = erasing.noted(folders), None, None
    with suppress(sqlite3.Error):  # what is replaced may be damaged: it tells what it can
        if before is not None:
            lost = restores.lost_since(before, db)
            erased |= signed.erased(before)
            numbers = inspections.numbers(before) if lost else None
    taken_at = history.state(db, TAKEN_AT) or source.taken_at
    size_bytes, held = source.size_bytes, files.every(db)
    with database.write(db, clock) as tx:
        seq = history.head(tx.db)[0]
        alone = erasing.again(tx, erased)
        reason = say(f"Giữ như trước khi khôi phục từ {file.name}", f"As before {file.name} was restored")
        people.stay_shut_out(tx, audit.COMMAND_LINE, before if lost else None, reason=reason)
        if numbers:
            inspections.numbers_hold_on(tx, numbers)
        restores.note(tx, file=file.name, taken_at=taken_at, seq=seq, lost=lost)
        history.set_state(tx, TAKEN_AT, "")
        history.set_state(tx, backups.FAILED, "")
        told = {
            "at": taken_at or instant(tx.now), "file": str(file.resolve()), "seq": seq, "files": len(held),
            "size_bytes": size_bytes + sum(stored.size_bytes for stored in held),
        }  # fmt: skip
        history.set_state(tx, VERIFIED, json.dumps(told, ensure_ascii=False))
        history.settle_safe(tx, seq)
    return alone


def _swap(stage: Path, data: Path) -> None:
    """The one moment: before it the old data stand, after it the new."""
    live, aside = data / database.FILE_NAME, data / f"{REPLACED}.part"
    with stage.open("rb") as ready:
        os.fsync(ready.fileno())
    stopping.too_late()
    if live.exists():
        try:
            os.link(live, aside)
        except OSError:  # a disk without links
            shutil.copyfile(live, aside)
    for end in ("-wal", "-shm"):  # left only by a database that could not be read: it would be taken for the new one's
        log = data / f"{database.FILE_NAME}{end}"
        if log.exists():
            log.replace(data / f"{REPLACED}{end}")
    stage.replace(live)
    sync_folder(data)
