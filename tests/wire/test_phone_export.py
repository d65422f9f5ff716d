"""What a phone could not send comes in as a sealed file, with the same receipts as a push."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp import sealing
from fieldapp.audit import COMMAND_LINE
from fieldapp.errors import Refusal
from fieldapp.importing import phone_export
from fieldapp.importing.phone_export import Taken
from tests.phones import Commune, WirePhone
from tests.sealed import content, key_of, seal

JPEG = b"\xff\xd8\xff" + b"a photo of a paper"
NAME = hashlib.sha256(JPEG).hexdigest()
VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "export.json").read_text(encoding="utf-8"))


def take_in(commune: Commune, sealed: bytes) -> Taken:
    return phone_export.take_in(
        commune.db, commune.folder, io.BytesIO(sealed), "máy.fieldapp", actor=COMMAND_LINE, clock=commune.clock
    )


def everything(phone: WirePhone) -> bytes:
    photos = {NAME: {"class": "document", "taken_at": "2026-11-21T02:00:00Z"}}
    ops = [phone.inspection(photos=photos), phone.commitment(), phone.patch(rooms=9), phone.draft(str(uuid.uuid4()))]
    return content(phone, ops, [JPEG])


def counted(commune: Commune) -> list[Any]:
    return [
        commune.ask(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608
        for table in ("commit_log", "receipt", "inspection", "commitment", "draft", "quarantine", "file", "audit")
    ]


def test_everything_in_it_is_entered_with_its_receipts(phone: WirePhone) -> None:
    commune = phone.commune
    taken = take_in(commune, seal(everything(phone), key_of(commune)))
    assert taken.ops == Counter(
        dict.fromkeys([(k, "applied") for k in ("inspection", "commitment", "establishment", "draft")], 1)
    )
    assert (taken.files_new, taken.files_missing, taken.refused) == (1, 0, {})
    assert commune.ask("SELECT author FROM inspection") == [(phone.account,)]
    assert phone.call("GET", f"files/{NAME}").data == JPEG
    assert commune.ask("SELECT object FROM audit WHERE action = 'phone_export_imported'") == [(phone.device,)]


def test_the_same_file_again_and_the_phone_itself_later_change_nothing(phone: WirePhone) -> None:
    commune = phone.commune
    op = phone.inspection()
    sealed = seal(content(phone, [op], [JPEG]), key_of(commune))
    take_in(commune, sealed)
    before = counted(commune)[:-1]
    again = take_in(commune, sealed)
    assert again.ops == Counter({("inspection", "already_here"): 1})
    assert (again.files_new, again.files_here) == (0, 1)
    assert phone.receipts(op)[0]["status"] == "applied"
    assert counted(commune)[:-1] == before


def test_it_works_when_the_sign_in_has_ended(phone: WirePhone) -> None:
    commune = phone.commune
    with commune.writing() as tx:  # a newer sign-in of the same phone
        tx.db.execute("UPDATE token SET hash = 'another' WHERE device = ?", [phone.device])
    assert phone.push().status_code == 401
    assert take_in(commune, seal(content(phone, [phone.inspection()]), key_of(commune))).count("applied") == 1


@pytest.mark.parametrize("sql", ["UPDATE token SET revoked_at = '2026'", "DELETE FROM token"])
def test_what_a_revoked_or_unknown_phone_hands_over_waits_for_the_office(phone: WirePhone, sql: str) -> None:
    commune = phone.commune
    op = phone.inspection()
    with commune.writing() as tx:
        tx.db.execute(sql)
    taken = take_in(commune, seal(content(phone, [op]), key_of(commune)))
    assert (taken.ops, taken.why) == (
        Counter({("inspection", "quarantined"): 1}),
        Counter({"device_revoked": 1}),
    )
    assert commune.ask("SELECT body FROM quarantine") == [(op.line,)]


def test_a_file_that_is_not_what_its_name_says_is_told_and_the_rest_goes_in(phone: WirePhone) -> None:
    commune = phone.commune
    other = b"\xff\xd8\xff" + b"another photo here"
    plain = content(phone, [phone.inspection()], [JPEG, other]).replace(other + b"\n", other[:-1] + b"?\n")
    taken = take_in(commune, seal(plain, key_of(commune)))
    assert (taken.files_new, list(taken.refused.values())) == (1, ["digest_mismatch"])


def damaged(sealed: bytes) -> dict[str, bytes]:
    head = sealed.index(b"\n", sealed.index(b"\n") + 1) + 1
    frame = 64 + 16
    return {
        "cut in the middle": sealed[: len(sealed) // 2],
        "cut between two chunks": sealed[: head + frame],
        "cut after the head": sealed[:head],
        "its end is missing": sealed[:-1],
        "one bit": sealed[:-40] + bytes([sealed[-40] ^ 1]) + sealed[-39:],
        "two chunks swapped": sealed[:head] + sealed[head + frame : head + 2 * frame] + sealed[head : head + frame]
        + sealed[head + 2 * frame :],
        "something more": sealed + b"x",
        "its head": sealed.replace(b'"chunk":64', b'"chunk":65', 1),
    }  # fmt: skip


def refused(commune: Commune, sealed: bytes) -> str:
    before = counted(commune)
    with pytest.raises(Refusal) as refusal:
        take_in(commune, sealed)
    assert counted(commune) == before
    assert "máy.fieldapp" in refusal.value.message()
    return refusal.value.code


def test_what_was_cut_off_or_changed_is_refused_and_nothing_is_changed(phone: WirePhone) -> None:
    for what, sealed in damaged(seal(everything(phone), key_of(phone.commune))).items():
        assert refused(phone.commune, sealed) == "export_damaged", what


def test_what_is_sealed_rightly_but_makes_no_sense_is_refused(phone: WirePhone) -> None:
    commune, plain = phone.commune, everything(phone)
    for made in (
        b"",
        b"{}",
        plain[:-14],
        plain.replace(b'"bytes": ', b'"bytes": 1', 1),
        plain.replace(b"planned", b"PLANNED"),
    ):
        assert refused(commune, seal(made, key_of(commune))) == "export_damaged"


def test_the_wrong_key_another_file_a_newer_format_and_a_stranger_are_refused_by_name(
    phone: WirePhone, commune: Commune
) -> None:
    plain = content(phone, [phone.inspection()])
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = public.public_numbers()
    raw = b"\x04" + point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
    foreign = {"id": sealing.key_id(raw), "p256": base64.b64encode(raw).decode()}
    assert refused(commune, seal(plain, foreign)) == "export_wrong_key"
    assert refused(commune, b"PK\x03\x04 an Excel file") == "export_not_ours"
    assert refused(commune, b"") == "export_not_ours"
    own = seal(plain, key_of(commune))
    assert refused(commune, own.replace(b"fieldapp-export 1", b"fieldapp-export 2", 1)) == "export_newer"
    assert refused(commune, seal(content(phone, [], v=2), key_of(commune))) == "export_newer"
    stranger = content(phone, [], person={"id": str(uuid.uuid4())})
    assert refused(commune, seal(stranger, key_of(commune))) == "export_person_unknown"


def test_phones_learn_the_key_at_enrolment_and_with_the_unit(phone: WirePhone) -> None:
    told = [change["body"]["export_key"] for change in phone.changes() if change["kind"] == "unit"]
    assert told == [key_of(phone.commune)]
    assert phone.enrol().json["unit"]["export_key"] == key_of(phone.commune)


def test_the_vector_that_the_phone_seals_is_opened(commune: Commune) -> None:
    """The same file, byte for byte, is made by client/handover/seal.ts (tests/client/handover.test.ts)."""
    sealed, plain = base64.b64decode(VECTOR["sealed"]), io.BytesIO()
    with commune.writing() as tx:
        public, private = base64.b64decode(VECTOR["key"]["p256"]), base64.b64decode(VECTOR["private"])
        tx.db.execute("INSERT INTO export_key VALUES (?, ?, ?, '2026')", [VECTOR["key"]["id"], public, private])
    sealing.unseal(commune.db, io.BytesIO(sealed), plain, file="vector")
    assert plain.getvalue() == VECTOR["plain"].encode()
    assert sealing.key_id(public) == VECTOR["key"]["id"]
