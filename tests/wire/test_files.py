"""Files up and down."""

from __future__ import annotations

import hashlib

import pytest

from fieldapp import establishments
from fieldapp.audit import Actor
from sync.files import MAX_FILE_BYTES
from tests.phones import Commune, WirePhone, wire_op
from tests.wire.reading import JPEG, JPEG_NAME, PNG, PNG_NAME, code


def test_a_file_goes_up_once_and_comes_down_to_who_sees_its_record(phone: WirePhone, other: WirePhone) -> None:
    op = phone.inspection(photos={JPEG_NAME: {"class": "premises", "taken_at": "2026-11-21T09:00:00+07:00"}})
    op.header["files"] = [JPEG_NAME]
    assert phone.receipts(op)[0]["files_missing"] == [JPEG_NAME]
    assert phone.call("POST", "files/have", json={"sha256": [JPEG_NAME, PNG_NAME]}).json["missing"] == [
        JPEG_NAME, PNG_NAME,
    ]  # fmt: skip
    first = phone.put_file(JPEG)
    assert (first.status_code, first.json["sha256"]) == (201, JPEG_NAME)
    assert first.json["seq"] > phone.mark[0] > first.json["safe"]
    assert phone.put_file(JPEG).status_code == 200
    assert phone.receipts(op)[0]["files_missing"] == []
    down = other.call("GET", f"files/{JPEG_NAME}")
    assert (down.data, down.mimetype, down.headers["Cache-Control"]) == (JPEG, "image/jpeg", "no-store")
    assert down.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_no_visible_record_names_is_not_shown(phone: WirePhone, other: WirePhone) -> None:
    phone.put_file(JPEG)
    assert code(phone.call("GET", f"files/{JPEG_NAME}")) == (403, "forbidden")
    assert code(phone.call("GET", f"files/{PNG_NAME}")) == (404, "not_found")
    phone.receipts(wire_op("inspection", phone.inspection().line, files=[JPEG_NAME]))
    assert other.call("GET", f"files/{JPEG_NAME}").status_code == 200
    with phone.commune.writing() as tx:
        establishments.change(tx, Actor(""), phone.commune.establishment(), {"status": "closed"})
    assert code(other.call("GET", f"files/{JPEG_NAME}")) == (403, "forbidden")


def test_other_visits_signatures_never_go_to_phones(commune: Commune, phone: WirePhone, other: WirePhone) -> None:
    officer = commune.phone("alice")
    signature = {"who": "representative", "name": "Nguyễn Văn Mẫu", "file": PNG_NAME}
    phone.receipts(wire_op("inspection", phone.inspection(signatures=[signature]).line, files=[PNG_NAME]))
    phone.put_file(PNG)
    assert phone.call("GET", f"files/{PNG_NAME}").data == PNG
    # naming it as a photo of one's own record opens nothing
    other.receipts(wire_op("inspection", other.inspection().line, files=[PNG_NAME]))
    for stranger in (other, officer):
        assert code(stranger.call("GET", f"files/{PNG_NAME}")) == (403, "forbidden")


def test_a_commitment_s_signature_and_scans_are_sealed_too(phone: WirePhone, other: WirePhone) -> None:
    phone.receipts(phone.commitment(signature=PNG_NAME, scans=[JPEG_NAME]))
    for data in (PNG, JPEG):
        phone.put_file(data)
        name = hashlib.sha256(data).hexdigest()
        assert phone.call("GET", f"files/{name}").data == data
        assert code(other.call("GET", f"files/{name}")) == (403, "forbidden")


def test_uploads_are_checked_in_the_order_of_the_contract(phone: WirePhone) -> None:
    big = b"x" * (MAX_FILE_BYTES + 1)
    answer = phone.put_file(big, "0" * 64)
    assert code(answer) == (413, "file_too_large")
    assert answer.json["error"]["fields"] == {"bytes": MAX_FILE_BYTES}
    assert code(phone.put_file(b"no picture", "0" * 64)) == (422, "digest_mismatch")
    assert code(phone.put_file(b"no picture")) == (415, "file_type")
    assert code(phone.put_file(JPEG, "short")) == (404, "not_found")
    assert code(phone.put_file(JPEG, JPEG_NAME.upper())) == (404, "not_found")
    assert phone.put_file(JPEG + b"x" * (MAX_FILE_BYTES - len(JPEG))).status_code == 201


def test_an_upload_that_was_cut_off_stores_nothing(phone: WirePhone) -> None:
    headers = {"Content-Type": "image/jpeg", "Content-Length": str(len(JPEG))}
    answer = phone.call("PUT", f"files/{JPEG_NAME}", data=JPEG[:100], headers=headers)
    assert answer.status_code in {400, 422}
    assert code(answer)[1] in {"malformed", "digest_mismatch"}
    assert phone.call("POST", "files/have", json={"sha256": [JPEG_NAME]}).json["missing"] == [JPEG_NAME]


def test_a_full_disk_is_told_as_such(phone: WirePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", full)
        answer = phone.put_file(JPEG)
    assert code(answer) == (507, "storage_full")
    assert answer.json["error"]["retry"] is True
    assert phone.put_file(JPEG).status_code == 201
