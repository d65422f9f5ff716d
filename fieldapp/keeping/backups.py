"""Backups taken while the office and the phones go on working, and `safe`, which follows only a verified one.

Verified: opened again and found whole (soundness.py), with every file that the server holds, each with its own digest.
The daily backup is a dated snapshot of the database beside one folder of files that all snapshots share, so that a
photo is kept once; where the disk is the same, a file there is one more name for the same bytes. `archive` writes all
of it into one file (archives.py).

Nothing that is not finished bears the name of a backup, and no backup is touched by the making of the next.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from fieldapp import audit, database, evidence, stopping, units
from fieldapp.audit import Actor
from fieldapp.errors import Refusal, is_full, say, why
from fieldapp.keeping import archives, erasing, losses, soundness
from fieldapp.keeping.archives import STORE, put_in_place
from sync import files, history
from sync.files import Shelf, sync_folder
from sync.history import Point, Transaction, instant

VERIFIED, FAILED, TAKEN_AT = "backup_verified", "backup_failed", "taken_at"
REPLACED, LOCK_FILE = "replaced.sqlite", "backup.lock"
REPLACED_KEPT = timedelta(days=30)
ATTEMPTS = 3
SPARE_BYTES = 32 * 2**20
"""What must be left free beside a backup, so that the work of the day goes on."""
_NAME = re.compile(r"fieldapp-(\d{8}-\d{6})(?:-(\d+))?(-faulty)?\.sqlite")


@dataclass(frozen=True)
class Backup:
    """file: the archive or snapshot. point: the newest that is inside. size_bytes: database and files.

    faults: why it is not a verified one; none when it is. gone: the sha256 of files that are whole nowhere, and whose
    loss nobody has accepted.
    """

    file: Path
    taken_at: str
    point: Point
    size_bytes: int
    files: int
    faults: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Standing:
    """Where the backups stand. verified: of the newest verified one `at`, `file`, `size_bytes`, `files`, `seq`; None
    before the first. failed: of what went wrong since `at`, `why` (a sentence), `gone` (of a Backup); None when nothing
    did. kept: the snapshots in the folder, newest first. free_bytes: of the folder's disk.
    """

    verified: dict[str, Any] | None
    failed: dict[str, Any] | None
    kept: list[Path]
    free_bytes: int


def take(
    db: Database, data: Path, folder: Path, now: datetime, *, actor: Actor, days: int = 7, weeks: int = 4
) -> Backup:  # fmt: skip
    """Make a snapshot in the folder of backups, verify it, and drop those that are too old.

    days, weeks: how many daily snapshots are kept, and of how many weeks one. A snapshot that is not verified is kept
    under another name (`…-faulty.sqlite`), moves nothing, and says why in its faults.
    Raises Refusal backup_running, backup_no_room, storage_full; then nothing was changed.
    """
    with _alone(data), _room_told():
        folder.mkdir(mode=0o700, exist_ok=True)  # not its parents: they may be a disk that is not plugged in
        _tidy(folder)
        _must_fit(db, data, folder)
        part = folder / "snapshot.part"
        shelf, store = evidence.shelf(data), Shelf(folder / STORE)
        gone = _snapshot_with(db, part, now, lambda taken: _fill(store, shelf, files.every(taken)))
        with database.read_only(part) as taken:
            faults, gone = _faults(taken, gone, shelf)
            backup = replace(_told(taken, _free_name(folder, db, now, faults), part, now, faults), gone=gone)
        archives.write_digest(backup.file, part)
        erasing.note(db, (data, folder))
        _settle(db, backup, part, now, actor)
        rotate(folder, days, weeks, backup.file)
        _drop_replaced(data, now)
    return backup


def archive(
    db: Database, data: Path, file: Path, now: datetime, *, actor: Actor, despite_faults: bool = False
) -> Backup:  # fmt: skip
    """Write one file that holds everything, and verify it. What stood under that name is replaced at the very end.

    Without despite_faults a backup with faults is not written; with it, it is written and moves nothing.
    Raises Refusal backup_running, backup_no_room, storage_full, file_not_written; then nothing was changed.
    """
    part, snapshot = file.with_name(f"{file.name}.part"), file.with_name(f"{file.name}.sqlite.part")
    with _alone(data), _room_told(), _removed_at_the_end(part, snapshot):
        _must_fit(db, data, file.parent, archived=True)
        shelf = evidence.shelf(data)

        def gather(taken: Database) -> list[str]:
            unit, held = units.read(taken), files.every(taken)
            about = {"code": unit.code, "name": unit.full_name}
            archives.write(part, snapshot, held, shelf, taken_at=instant(now), point=history.head(taken), unit=about)
            return archives.missing(part, held, snapshot)

        gone = _snapshot_with(db, snapshot, now, gather)
        with database.read_only(snapshot) as taken:
            faults, gone = _faults(taken, gone, shelf)
            held = len(files.every(taken))
            backup = Backup(file, instant(now), history.head(taken), part.stat().st_size, held, faults, gone)
        erasing.note(db, [data])
        if not faults or despite_faults:
            _settle(db, backup, part, now, actor)
    return backup


def standing(db: Database, folder: Path) -> Standing:
    """Where the backups stand."""
    place = folder if folder.is_dir() else folder.parent
    return Standing(
        _state(db, VERIFIED), _state(db, FAILED), snapshots(folder), archives.room(place) if place.is_dir() else 0
    )


def snapshots(folder: Path, *, faulty: bool = False) -> list[Path]:
    """The verified snapshots of a folder, or those with faults, newest first."""
    found = [(name, file) for file in folder.glob("fieldapp-*.sqlite") if (name := _NAME.fullmatch(file.name))]
    mine = [(name[1], int(name[2] or 1), file) for name, file in found if bool(name[3]) == faulty]
    return [file for _, _, file in sorted(mine, reverse=True)]


def taken_at(snapshot: Path) -> str:
    """When a snapshot was taken, as it says itself; '' where it does not."""
    with database.read_only(snapshot) as taken:
        return history.state(taken, TAKEN_AT)


def note_failure(tx: Transaction, why: str, gone: Iterable[str] = ()) -> None:
    """Remember that a backup could not be made; the office is shown it until one succeeds."""
    told = {"at": instant(tx.now), "why": why, "gone": list(gone)}
    history.set_state(tx, FAILED, json.dumps(told, ensure_ascii=False))


def is_due(db: Database, now: datetime, hour: int) -> bool:
    """Whether the day's backup is still to be made: none is verified yet, or none of today, at or after the hour.

    One of a later day was made while the server's clock was ahead, and says nothing of today.
    """
    verified = _state(db, VERIFIED)
    if verified is None:
        return True
    zone = ZoneInfo(units.time_zone(db))
    here, last = now.astimezone(zone), datetime.fromisoformat(verified["at"]).astimezone(zone)
    return last.date() != here.date() and here.hour >= hour


# ---- taking one ----


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """One backup of a commune at a time."""
    with database.lock(data / LOCK_FILE, alone=True) as held:
        if not held:
            raise Refusal("backup_running")
        yield


@contextmanager
def _room_told() -> Iterator[None]:
    """A full disk and an unusable place become refusals."""
    try:
        yield
    except Exception as problem:
        if is_full(problem):
            raise Refusal("storage_full") from problem
        if isinstance(problem, OSError):
            raise Refusal("file_not_written", file=problem.filename or "", reason=why(problem)) from problem
        raise


@contextmanager
def _removed_at_the_end(*parts: Path) -> Iterator[None]:
    try:
        yield
    finally:
        for part in parts:
            for name in (part, part.with_name(f"{part.name}-journal")):
                with suppress(OSError):
                    name.unlink(missing_ok=True)


def _snapshot_with(db: Database, place: Path, now: datetime, gather: Callable[[Database], list[str]]) -> list[str]:
    """A snapshot and what it names. gather: brings its files together, and tells those that are whole nowhere.

    Taken anew where one of those was dropped on purpose in the meantime (a draft's photo).
    """
    gone: list[str] = []
    for _ in range(ATTEMPTS):
        _snapshot(db, place, now)
        with database.read_only(place) as taken:
            gone = gather(taken)
        if set(gone) <= {stored.sha256 for stored in files.every(db)}:
            break
    return gone


def _faults(taken: Database, gone: list[str], shelf: Shelf) -> tuple[list[str], list[str]]:
    """What is wrong, and those of the files that nobody has accepted as lost."""
    gone = sorted(set(gone) - losses.accepted(taken))
    damaged = [soundness.damaged(taken, sha256, shelf.path(sha256)) for sha256 in gone]
    return [*soundness.of_database(taken), *damaged], gone


def _snapshot(db: Database, place: Path, now: datetime) -> None:
    """The database as it is at one moment, without what was deleted from it; writers go on meanwhile."""
    place.unlink(missing_ok=True)
    place.touch(mode=0o600)
    db.execute("VACUUM INTO ?", [str(place)])
    taken = database.connect_file(place)
    try:
        with database.write(taken, lambda: now) as tx:
            history.set_state(tx, TAKEN_AT, instant(now))
    finally:
        taken.close()
    with place.open("rb") as written:
        os.fsync(written.fileno())


def _fill(store: Shelf, shelf: Shelf, held: list[files.Stored]) -> list[str]:
    """Bring the files of a snapshot into the folder of backups; a file that the shelf has lost goes back there.

    Returns those that are whole on neither side.
    """
    gone = []
    for stored in held:
        sha256, there = stored.sha256, shelf.path(stored.sha256).is_file()
        if store.whole(sha256):
            if not there:
                shelf.adopt(sha256, store.path(sha256))
        elif there:
            store.adopt(sha256, shelf.path(sha256))
            if not store.whole(sha256):
                store.remove(sha256)
                gone.append(sha256)
        else:
            gone.append(sha256)
    return gone


def _told(taken: Database, name: Path, part: Path, now: datetime, faults: list[str]) -> Backup:
    held = files.every(taken)
    size = part.stat().st_size + sum(stored.size_bytes for stored in held)
    return Backup(name, instant(now), history.head(taken), size, len(held), faults)


def _free_name(folder: Path, db: Database, now: datetime, faults: list[str]) -> Path:
    """`fieldapp-20261121-091500.sqlite` in local time; no name is given twice."""
    local = now.astimezone(ZoneInfo(units.time_zone(db)))
    stem, end = f"fieldapp-{local:%Y%m%d-%H%M%S}", "-faulty.sqlite" if faults else ".sqlite"
    name, n = folder / f"{stem}{end}", 2
    while name.exists():
        name, n = folder / f"{stem}-{n}{end}", n + 1
    return name


def _settle(db: Database, backup: Backup, part: Path, now: datetime, actor: Actor) -> None:
    """Give what was made its name and say so in the database; only a verified backup moves `safe` (S6).

    Its name first, as `safe` must not move without it; and not before it is this one's turn to write.
    """
    told = {
        "at": backup.taken_at, "file": str(backup.file), "seq": backup.point[0], "size_bytes": backup.size_bytes,
        "files": backup.files,
    }  # fmt: skip
    facts: dict[str, Any] = {"seq": backup.point[0], "files": backup.files, "size_bytes": backup.size_bytes}
    with database.write(db, lambda: now) as tx:
        stopping.too_late()
        put_in_place(part, backup.file)
        if backup.faults:
            note_failure(tx, " ".join(backup.faults[:3]), backup.gone)
            audit.record(tx, actor, "backup_faulty", "backup", backup.file.name, **facts)
            return
        history.mark_safe(tx, backup.point)
        history.set_state(tx, VERIFIED, json.dumps(told, ensure_ascii=False))
        history.set_state(tx, FAILED, "")
        audit.record(tx, actor, "backup_taken", "backup", backup.file.name, **facts)


def _state(db: Database, key: str) -> dict[str, Any] | None:
    text = history.state(db, key)
    found: dict[str, Any] | None = json.loads(text) if text else None
    return found


# ---- room ----


def _must_fit(db: Database, data: Path, folder: Path, *, archived: bool = False) -> None:
    """Raises Refusal backup_no_room, file_not_written, before anything is written."""
    if not folder.is_dir():
        raise FileNotFoundError(2, os.strerror(2), str(folder))
    (pages,), (page_bytes,) = db.execute("PRAGMA page_count").fetchone(), db.execute("PRAGMA page_size").fetchone()
    needed = pages * page_bytes * (2 if archived else 1)
    if archived or folder.stat().st_dev != data.stat().st_dev:
        store = Shelf(folder / STORE)
        needed += sum(s.size_bytes for s in files.every(db) if archived or not store.path(s.sha256).is_file())
    free = archives.room(folder)
    if free < needed + SPARE_BYTES:
        raise Refusal(
            "backup_no_room", folder=folder, needed=sized(needed + SPARE_BYTES), free=sized(free)
        )  # fmt: skip


def sized(size_bytes: int) -> str:
    """A size for people: `34,5 MiB`, in English `34.5 MiB`."""
    value, unit = size_bytes / 2**10, "KiB"
    for larger in ("MiB", "GiB", "TiB"):
        if value >= 1000:
            value, unit = value / 2**10, larger
    return f"{say(f'{value:.1f}'.replace('.', ','), f'{value:.1f}')} {unit}"


# ---- what is kept ----


def rotate(folder: Path, days: int, weeks: int, made: Path) -> None:
    """Drop snapshots that are neither of the last days nor the newest of one of the last weeks; then their files.

    made: the one just made. Those of later days are of a clock that was ahead: the newest of them stays, beside the
    days and weeks that are right.
    """
    whole, faulty = snapshots(folder), snapshots(folder, faulty=True)
    ahead = [snapshot for snapshot in whole if _day_of(snapshot).date() > _day_of(made).date()]
    kept: dict[Path, None] = dict.fromkeys(ahead[:1])
    for period, most in (("%Y%m%d", max(days, 1)), ("%G-%V", weeks)):
        newest: dict[str, Path] = {}
        for snapshot in whole[len(ahead) :]:
            newest.setdefault(_day_of(snapshot).strftime(period), snapshot)
        kept |= dict.fromkeys(list(newest.values())[:most])
    dropped = [snapshot for snapshot in [*whole, *faulty[1:]] if snapshot not in kept]
    for snapshot in dropped:
        snapshot.unlink()
        archives.digest_file(snapshot).unlink(missing_ok=True)
    if dropped:
        _drop_files(folder, [*kept, *faulty[:1]])


def _drop_replaced(data: Path, now: datetime) -> None:
    """What a restore replaced is kept for a while, in case the wrong backup was taken."""
    replaced = data / REPLACED
    if replaced.exists() and now.timestamp() - replaced.stat().st_ctime > REPLACED_KEPT.total_seconds():
        replaced.unlink()


def _day_of(snapshot: Path) -> datetime:
    found = _NAME.fullmatch(snapshot.name)
    assert found  # noqa: S101  `snapshots` lists no other names
    return datetime.strptime(found[1], "%Y%m%d-%H%M%S")


def _drop_files(folder: Path, kept: list[Path]) -> None:
    """Remove from the shared folder what no kept snapshot holds."""
    wanted: set[str] = set()
    for snapshot in kept:
        with database.read_only(snapshot) as taken:
            wanted |= {stored.sha256 for stored in files.every(taken)}
    for file in (folder / STORE).glob("??/*"):
        if file.name not in wanted:
            file.unlink()


def _tidy(folder: Path) -> None:
    """Remove what a backup that was cut off has left; it never bore a backup's name."""
    for part in [*folder.glob("snapshot.part*"), *folder.glob(f"{STORE}/??/*.part")]:
        part.unlink(missing_ok=True)
    for told in folder.glob("fieldapp-*.sqlite.sha256"):
        if not told.with_name(told.name.removesuffix(".sha256")).exists():
            told.unlink(missing_ok=True)
    sync_folder(folder)
