"""Photos of papers and premises, signatures, scans: stored once by their sha256, named by the records that use them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps
from sqlite_utils import Database

from fieldapp.errors import Refusal
from sync import signed
from sync.files import Shelf, media_type_of

FOLDER = "files"
LONGEST_SIDE = 1600
MOST_PIXELS = 60_000_000
"""A few kilobytes may unpack to more than any camera takes."""
_PICTURES = ("JPEG", "PNG", "WEBP")
CLASSES = {"document": "Ảnh giấy tờ", "premises": "Ảnh hiện trạng", "signature": "Chữ ký", "scan": "Bản chụp"}


@dataclass(frozen=True)
class File:
    """path: where its bytes are."""

    sha256: str
    path: Path
    media_type: str
    size_bytes: int


def shelf(data: Path) -> Shelf:
    """The files of a data folder."""
    return Shelf(data / FOLDER)


def read(db: Database, data: Path, sha256: str) -> File | None:
    """A file that has arrived, or None."""
    place = shelf(data)
    found = place.find(db, sha256)
    return File(sha256, place.path(sha256), found.media_type, found.size_bytes) if found else None


def arrived(db: Database, data: Path, kind: str, record_id: str) -> dict[str, bool]:
    """sha256 of every file a record names -> whether it has arrived."""
    named = signed.files(db, kind, [record_id]).get(record_id, [])
    missing = shelf(data).missing(db, named)
    return {sha256: sha256 not in missing for sha256 in named}


def name_of(data: bytes) -> str:
    """What a file is named by: the sha256 of its bytes."""
    return hashlib.sha256(data).hexdigest()


def cleaned(data: bytes) -> bytes:
    """A picture upright and small enough, without what the camera wrote into it (place, time, device); a PDF as it is.

    Raises Refusal file_type for anything else, a damaged picture too: what the camera wrote would stay in it.
    """
    if media_type_of(data) == "application/pdf":
        return data
    try:
        with Image.open(BytesIO(data), formats=_PICTURES) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refusal("file_too_large")
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except Refusal:
        raise
    except Exception as problem:  # a damaged picture makes Pillow raise anything
        raise Refusal("file_type") from problem
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    cleaned_data = BytesIO()
    upright.save(cleaned_data, "JPEG", quality=80)
    return cleaned_data.getvalue()


def classes(body: dict[str, Any]) -> dict[str, str]:
    """sha256 -> class (a key of CLASSES) of every file that a signed body names."""
    named = {sha: photo["class"] for sha, photo in (body.get("photos") or {}).items()}
    named |= {signature["file"]: "signature" for signature in body.get("signatures") or []}
    named |= dict.fromkeys(body.get("scans") or [], "scan")
    if body.get("signature"):
        named[body["signature"]] = "signature"
    return named
