"""Files by the sha256 of their bytes.

Taken in whole or not at all; shown only to who may see a record that names them.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from sync import history, quarantine, signed
from sync.errors import WireRefusal
from sync.history import Transaction, instant
from sync.kinds import Carrier, Kinds, PrivateKind, SignedKind

MAX_FILE_BYTES = 4 * 2**20
_STARTS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"%PDF-": "application/pdf"}


@dataclass(frozen=True)
class Stored:
    """One file on the shelf. seq: once `safe` has reached it, a verified backup holds the file."""

    sha256: str
    media_type: str
    size_bytes: int
    seq: int


@dataclass(frozen=True)
class Shelf:
    """The folder that holds the files, each under the first two digits of its name."""

    folder: Path

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def find(self, db: Database, sha256: str) -> Stored | None:
        """The file if it is known and its bytes are there; a file whose bytes were lost may be sent again."""
        row = db.execute(
            "SELECT sha256, media_type, size_bytes, seq FROM file WHERE sha256 = ?", [sha256]
        ).fetchone()  # fmt: skip
        return Stored(*row) if row and self.path(sha256).is_file() else None

    def missing(self, db: Database, files: Iterable[str]) -> set[str]:
        """Those of the files (by sha256) that are not here."""
        asked = set(files)
        if not asked:
            return asked
        rows = db.execute(
            "SELECT sha256 FROM file WHERE sha256 IN (SELECT value FROM json_each(?))", [json.dumps(list(asked))]
        )
        return asked - {sha256 for (sha256,) in rows if self.path(sha256).is_file()}

    def whole(self, sha256: str) -> bool:
        """Whether the bytes are there and are what the name says. Reads all of them."""
        try:
            return digest(self.path(sha256)) == sha256
        except FileNotFoundError:
            return False

    def adopt(self, sha256: str, source: Path) -> None:
        """Have the file that another folder holds: one more name for the same bytes, or a copy on another disk.

        What stood here under that name is replaced; whoever reads meanwhile finds the old bytes or the new.
        """
        with self._arriving(sha256) as arriving:
            try:
                os.link(source, arriving)
            except OSError:  # another disk, or one that knows no links
                with source.open("rb") as given, arriving.open("xb") as out:
                    shutil.copyfileobj(given, out, 2**20)
                    out.flush()
                    os.fsync(out.fileno())

    def put(self, sha256: str, data: bytes) -> None:
        """Store bytes whose digest was checked: durably, and whole or not at all."""
        with self._arriving(sha256) as arriving, arriving.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())

    def remove(self, sha256: str) -> None:
        """Delete the bytes, if they are there."""
        self.path(sha256).unlink(missing_ok=True)

    @contextmanager
    def _arriving(self, sha256: str) -> Iterator[Path]:
        """Another name to write under first: whoever finds the file under its own name finds all of it."""
        place = self.path(sha256)
        if not place.parent.is_dir():
            for digit in "0123456789abcdef":  # its neighbours too: the folder above is synced once for all of them
                (self.folder / f"{sha256[0]}{digit}").mkdir(parents=True, exist_ok=True)
            sync_folder(self.folder)
        arriving = place.with_name(f"{sha256}.{secrets.token_hex(4)}.part")
        try:
            yield arriving
            arriving.replace(place)
        finally:
            arriving.unlink(missing_ok=True)
        sync_folder(place.parent)

    def take(self, db: Database, sha256: str, data: bytes, carrier: Carrier, now: datetime) -> tuple[Stored, bool]:
        """Store an upload. Returns the file, and whether it is new; when this returns, both disk and database have it.

        data: at most one byte more than MAX_FILE_BYTES. Raises WireRefusal file_too_large, digest_mismatch, file_type.
        """
        if len(data) > MAX_FILE_BYTES:
            raise WireRefusal("file_too_large", bytes=MAX_FILE_BYTES)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise WireRefusal("digest_mismatch")
        media_type = media_type_of(data)
        if media_type is None:
            raise WireRefusal("file_type", accepted=[*_STARTS.values(), "image/webp"])
        found = self.find(db, sha256)
        if found:
            return found, False
        self.put(sha256, data)
        with history.write(db, now) as tx:
            stored = Stored(sha256, media_type, len(data), tx.seq)
            tx.db.execute(
                "INSERT INTO file (sha256, media_type, size_bytes, seq, device, account, received_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET seq = excluded.seq",
                [*vars(stored).values(), carrier.device, carrier.account, instant(now)],
            )
        return stored, True

    def drop(self, tx: Transaction, sha256: str) -> None:
        """Erase a file that nothing names any more. Its bytes go once that is committed."""
        forget(tx, sha256)
        tx.afterwards(lambda: self.remove(sha256))


def every(db: Database) -> list[Stored]:
    """Every file that was taken in, by its name, whether or not its bytes are still there."""
    return [Stored(*row) for row in db.execute("SELECT sha256, media_type, size_bytes, seq FROM file ORDER BY sha256")]


def forget(tx: Transaction, sha256: str) -> None:
    """Know nothing of a file any more: what it is needed for was erased. Its bytes are `Shelf.remove`'s."""
    tx.db.execute("DELETE FROM file WHERE sha256 = ?", [sha256])


def digest(path: Path) -> str:
    """The sha256 of a file's bytes, in lower-case hex."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def may_open(db: Database, sha256: str, carrier: Carrier, kinds: Kinds) -> bool:
    """Whether a phone may have a file: it sees a record that names it, and none that seals it for somebody else."""
    sees = False
    for kind_name, record_id in signed.uses(db, sha256):
        kind, record = kinds.get(kind_name), signed.read(db, kind_name, record_id)
        if isinstance(kind, PrivateKind):
            sees = sees or record_id in kind.versions(db, [record_id], carrier)
        if not isinstance(kind, SignedKind) or record is None:
            continue
        if kind.sealed_for(record, sha256) not in {None, carrier.account}:
            return False
        sees = sees or record_id in kind.visible(db, [record_id], carrier)
    return sees


def is_named(db: Database, sha256: str) -> bool:
    """Whether a record names a file, or something in the inbox that may become one."""
    return bool(signed.uses(db, sha256)) or quarantine.names(db, sha256)


def media_type_of(data: bytes) -> str | None:
    """What the bytes are, whatever the sender called them: JPEG, PNG, WebP, PDF; else None."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for start, media_type in _STARTS.items() if data.startswith(start)), None)


def sync_folder(folder: Path) -> None:
    """A rename is on the disk only once its folder is. (Windows cannot open folders and needs none of it.)"""
    if os.name == "nt":  # pragma: no cover
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
