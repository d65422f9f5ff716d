"""Backups as files: an archive that holds everything, or a snapshot of the database beside a folder of files.

An archive is a zip file: `fieldapp.sqlite`, every file under `files/` by its sha256, and last `manifest.json`, which
names each with its digest and size. A snapshot is a database file with its digest in `….sqlite.sha256`, as sha256sum
writes it, and a folder `files/` at its side; several snapshots share that folder.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

from fieldapp import database
from fieldapp.errors import Refusal, say, why
from sync import files
from sync.files import Shelf, Stored, sync_folder

FORMAT, VERSION = "fieldapp-backup", 1
STORE = "files"
_MANIFEST, _PIECE = "manifest.json", 2**20
_LARGEST_MANIFEST = 256 * 2**20  # a million files


class Source(Protocol):
    """An opened backup. size_bytes: of its database. taken_at: instant, '' where it does not say."""

    size_bytes: int
    taken_at: str

    def put_database(self, place: Path) -> None:
        """Copy the database. Raises Refusal backup_unreadable when its bytes are not what they were."""

    def put_file(self, sha256: str, shelf: Shelf) -> bool:
        """Put one file on a shelf; False when the backup does not hold it whole."""


@contextmanager
def opened(file: Path) -> Iterator[Source]:
    """A backup to restore from. Raises Refusal file_missing, backup_unreadable."""
    try:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as content:
                yield _Archive(file, content)
        else:
            yield _Snapshot(file)
    except zipfile.BadZipFile as problem:
        raise Refusal("backup_unreadable", file=file.name, reason=problem) from None


@contextmanager
def _reading() -> Iterator[None]:
    """A part of an archive may be packed in a way, or damaged so, that zipfile raises more than its own error."""
    try:
        yield
    except (zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError) as problem:
        raise zipfile.BadZipFile(str(problem)) from problem


class _Archive:
    def __init__(self, file: Path, content: zipfile.ZipFile) -> None:
        self._file = file
        self._content = content
        try:
            with _reading():
                if content.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
                    raise zipfile.BadZipFile(_MANIFEST)
                manifest = json.loads(content.read(_MANIFEST))
            if manifest["format"] != FORMAT or manifest["version"] > VERSION:
                raise Refusal("backup_newer", file=file.name)
            self._digest = str(manifest["database"]["sha256"])
            self.size_bytes = int(manifest["database"]["size_bytes"])
            self.taken_at = str(manifest["taken_at"])
            self._files = dict(manifest["files"])
        except (KeyError, TypeError, ValueError):
            raise _unreadable(file, say("thiếu phần kê khai", "its manifest is missing")) from None

    def put_database(self, place: Path) -> None:
        try:
            with _reading(), self._content.open(database.FILE_NAME) as given, place.open("wb") as out:
                found = _copy(given, out, self.size_bytes)
        except KeyError:
            found = ""
        if found != self._digest:
            raise _unreadable(self._file, say("cơ sở dữ liệu bị sai", "its database is damaged"))

    def put_file(self, sha256: str, shelf: Shelf) -> bool:
        if sha256 not in self._files:
            return False
        try:
            if self._content.getinfo(_inside(sha256)).file_size > files.MAX_FILE_BYTES:
                return False
            with _reading():
                data = self._content.read(_inside(sha256))
        except (KeyError, zipfile.BadZipFile):
            return False
        if hashlib.sha256(data).hexdigest() != sha256:
            return False
        shelf.put(sha256, data)
        return True


class _Snapshot:
    def __init__(self, file: Path) -> None:
        self._file = file
        self.taken_at = ""
        try:
            self.size_bytes = file.stat().st_size
            with file.open("rb") as content:
                begins = content.read(16)
        except OSError as problem:
            raise Refusal("file_missing", file=file, reason=why(problem)) from None
        if begins != b"SQLite format 3\0":
            raise _unreadable(file, say("không phải tệp sao lưu", "no backup at all"))

    def put_database(self, place: Path) -> None:
        with self._file.open("rb") as given, place.open("wb") as out:
            found = _copy(given, out, self.size_bytes)
        told = digest_file(self._file)
        if told.exists() and told.read_text().split()[:1] != [found]:
            raise _unreadable(self._file, say("cơ sở dữ liệu bị sai", "its database is damaged"))

    def put_file(self, sha256: str, shelf: Shelf) -> bool:
        store = Shelf(self._file.parent / STORE)
        if not store.whole(sha256):
            return False
        shelf.adopt(sha256, store.path(sha256))
        return True


def write(file: Path, snapshot: Path, held: Iterable[Stored], shelf: Shelf, **about: Any) -> None:
    """Write an archive of a snapshot and the files it holds; those that are damaged or gone are left out.

    about: what else the manifest says. The bytes are on the disk when this returns.
    """
    whole: dict[str, int] = {}
    file.touch(mode=0o600)
    with file.open("wb") as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            archive.write(snapshot, database.FILE_NAME, compress_type=zipfile.ZIP_DEFLATED)
            for stored in held:
                if shelf.whole(stored.sha256):
                    archive.write(shelf.path(stored.sha256), _inside(stored.sha256))
                    whole[stored.sha256] = stored.size_bytes
            of_database = {"sha256": files.digest(snapshot), "size_bytes": snapshot.stat().st_size}
            manifest = {"format": FORMAT, "version": VERSION, **about, "database": of_database, "files": whole}
            archive.writestr(_MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        out.flush()
        os.fsync(out.fileno())


def missing(file: Path, held: Iterable[Stored], snapshot: Path) -> list[str]:
    """Read an archive through: the sha256 of the files it should hold and does not hold whole.

    Raises Refusal backup_unreadable when its database is not the snapshot's.
    """
    with zipfile.ZipFile(file) as archive:
        with archive.open(database.FILE_NAME) as content:
            if _digest(content) != files.digest(snapshot):
                raise _unreadable(file, say("cơ sở dữ liệu bị sai", "its database is damaged"))
        names = set(archive.namelist())
        return [stored.sha256 for stored in held if not _holds(archive, names, stored.sha256)]


def _holds(archive: zipfile.ZipFile, names: set[str], sha256: str) -> bool:
    if _inside(sha256) not in names:
        return False
    with archive.open(_inside(sha256)) as content:
        return _digest(content) == sha256


def put_in_place(part: Path, place: Path) -> None:
    """Give a finished file its name, durably: under that name there is the old file or the new, never a half."""
    part.replace(place)
    sync_folder(place.parent)


def digest_file(snapshot: Path) -> Path:
    return snapshot.with_name(f"{snapshot.name}.sha256")


def write_digest(snapshot: Path, part: Path) -> None:
    """Write the digest that is to stand beside a snapshot which is still a part."""
    place = digest_file(snapshot)
    with place.open("w", encoding="ascii") as out:
        out.write(f"{files.digest(part)}  {snapshot.name}\n")
        out.flush()
        os.fsync(out.fileno())


def room(folder: Path) -> int:
    """Free bytes on the disk of a folder."""
    return shutil.disk_usage(folder).free


def _inside(sha256: str) -> str:
    return f"{STORE}/{sha256[:2]}/{sha256}"


def _copy(given: IO[bytes], out: IO[bytes], most: int) -> str:
    """Copy durably, at most one piece more than told; the sha256 of what was copied."""
    seen, size = hashlib.sha256(), 0
    while (piece := given.read(_PIECE)) and size <= most:
        seen.update(piece)
        out.write(piece)
        size += len(piece)
    out.flush()
    os.fsync(out.fileno())
    return seen.hexdigest()


def _digest(content: IO[bytes]) -> str:
    return hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]  # a zip's entry is read alike


def _unreadable(file: Path, reason: str) -> Refusal:
    return Refusal("backup_unreadable", file=file.name, reason=reason)
