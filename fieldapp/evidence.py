"""Photos of papers and premises, signatures, scans: stored once by their sha256, named by the records that use them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

FOLDER = "files"
CLASSES = {"document": "Ảnh giấy tờ", "premises": "Ảnh hiện trạng", "signature": "Chữ ký", "scan": "Bản chụp"}


@dataclass(frozen=True)
class File:
    """path: where its bytes are. received: False while a phone has named it but not yet sent it."""

    sha256: str
    path: Path
    media_type: str
    size_bytes: int


def read(db: Database, data: Path, sha256: str) -> File | None:
    """A file that has arrived, or None."""
    row = db.execute("SELECT media_type, size_bytes FROM file WHERE sha256 = ?", [sha256]).fetchone()
    return File(sha256, data / FOLDER / sha256[:2] / sha256, row[0], row[1]) if row else None


def arrived(db: Database, kind: str, record_id: str) -> dict[str, bool]:
    """sha256 of every file a record names -> whether it has arrived."""
    rows = db.execute(
        "SELECT file_use.sha256, file.sha256 IS NOT NULL FROM file_use LEFT JOIN file USING (sha256) "
        "WHERE file_use.kind = ? AND file_use.id = ?",
        [kind, record_id],
    )
    return {row[0]: bool(row[1]) for row in rows}


def classes(body: dict[str, Any]) -> dict[str, str]:
    """sha256 -> class (a key of CLASSES) of every file that a signed body names."""
    named = {sha: photo["class"] for sha, photo in (body.get("photos") or {}).items()}
    named |= {signature["file"]: "signature" for signature in body.get("signatures") or []}
    named |= dict.fromkeys(body.get("scans") or [], "scan")
    if body.get("signature"):
        named[body["signature"]] = "signature"
    return named
