"""Files: whole or not at all, under their own digest, shown only to who may see a record that names them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from sqlite_utils import Database

from sync import history
from sync.errors import WireRefusal
from sync.files import MAX_FILE_BYTES, Shelf, may_open, media_type_of
from tests.sync.toys import KINDS, NOW, Phone, patch, shelf_of, slip

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 500


def name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def shelf(db: Database) -> Shelf:
    return shelf_of(db)


def take(shelf: Shelf, db: Database, data: bytes, sha256: str | None = None) -> bool:
    return shelf.take(db, sha256 or name(data), data, Phone().carrier, NOW)[1]


def test_a_file_is_stored_under_its_digest_and_the_same_again_is_known(db: Database, shelf: Shelf) -> None:
    assert take(shelf, db, JPEG) is True
    assert shelf.path(name(JPEG)).read_bytes() == JPEG
    assert take(shelf, db, JPEG) is False
    stored = shelf.find(db, name(JPEG))
    assert stored and (stored.media_type, stored.size_bytes) == ("image/jpeg", len(JPEG))


def test_a_file_has_a_point_of_its_own_so_that_a_backup_can_be_told_from_one_before_it(
    db: Database, shelf: Shelf
) -> None:
    before = history.head(db)[0]
    stored, _ = shelf.take(db, name(JPEG), JPEG, Phone().carrier, NOW)
    assert stored.seq == history.head(db)[0] == before + 1
    assert shelf.take(db, name(JPEG), JPEG, Phone().carrier, NOW)[0].seq == stored.seq


def test_the_checks_come_in_the_order_of_the_contract(db: Database, shelf: Shelf) -> None:
    big = b"no picture" + b"0" * MAX_FILE_BYTES
    for data, sha256, code in (
        (big, "0" * 64, "file_too_large"), (b"no picture", "0" * 64, "digest_mismatch"),
        (b"no picture", None, "file_type"), (JPEG, "0" * 64, "digest_mismatch"), (b"", None, "file_type"),
    ):  # fmt: skip
        with pytest.raises(WireRefusal) as caught:
            take(shelf, db, data, sha256)
        assert caught.value.code == code
    assert not shelf.folder.exists()
    assert take(shelf, db, JPEG + b"0" * (MAX_FILE_BYTES - len(JPEG)))


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (JPEG, "image/jpeg"), (b"\x89PNG\r\n\x1a\nrest", "image/png"), (b"%PDF-1.7\n", "application/pdf"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"), (b"RIFF\x10\0\0\0WAVEfmt ", None), (b"GIF89a", None),
        (b"<svg onload=alert(1)>", None), (b"<html>", None), (b"MZ", None), (b"PK\x03\x04", None), (b"", None),
    ],
)  # fmt: skip
def test_the_type_is_judged_by_content(data: bytes, media_type: str | None) -> None:
    assert media_type_of(data) == media_type


def test_a_write_that_fails_leaves_no_file_and_no_row(
    db: Database, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken, pytest.raises(OSError, match="No space"):
        broken.setattr(os, "fsync", full)
        take(shelf, db, JPEG)
    assert [path for path in shelf.folder.rglob("*") if path.is_file()] == []
    assert shelf.missing(db, [name(JPEG)]) == {name(JPEG)}
    assert take(shelf, db, JPEG)


def test_lost_bytes_are_missing_and_can_be_sent_again_under_a_newer_point(db: Database, shelf: Shelf) -> None:
    first, _ = shelf.take(db, name(JPEG), JPEG, Phone().carrier, NOW)
    shelf.path(name(JPEG)).unlink()
    assert shelf.missing(db, [name(JPEG), "0" * 64]) == {name(JPEG), "0" * 64}
    again, is_new = shelf.take(db, name(JPEG), JPEG, Phone().carrier, NOW)
    assert (is_new, again.seq > first.seq, shelf.missing(db, [name(JPEG)])) == (True, True, set())


def test_a_file_left_by_a_crash_before_the_commit_is_simply_sent_again(db: Database, shelf: Shelf) -> None:
    place: Path = shelf.path(name(JPEG))
    place.parent.mkdir(parents=True)
    place.write_bytes(JPEG[:10])
    assert shelf.missing(db, [name(JPEG)]) == {name(JPEG)}
    assert take(shelf, db, JPEG)
    assert place.read_bytes() == JPEG


def test_only_who_sees_a_record_that_names_it_may_open_a_file(db: Database, phone: Phone, other: Phone) -> None:
    assert not may_open(db, name(JPEG), phone.carrier, KINDS)
    phone.push(db, patch("n1", title="một"), slip(note="n1", picture=name(JPEG)))
    assert may_open(db, name(JPEG), phone.carrier, KINDS)
    assert may_open(db, name(JPEG), other.carrier, KINDS)
    db.execute("UPDATE note SET hidden = 1")
    assert not may_open(db, name(JPEG), phone.carrier, KINDS)


def test_what_is_sealed_is_opened_by_its_owner_alone_whoever_else_names_it(
    db: Database, phone: Phone, other: Phone
) -> None:
    phone.push(db, slip(picture=name(JPEG), sealed=True))
    other.push(db, slip(picture=name(JPEG)))
    assert may_open(db, name(JPEG), phone.carrier, KINDS)
    assert not may_open(db, name(JPEG), other.carrier, KINDS)
