"""Pulling: what phones hold, what never leaves, and what is told of a restore."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta

from fieldapp import entities, establishments, people
from fieldapp.audit import Actor
from sync import signed
from tests.phones import Commune, WirePhone, wire_op
from tests.wire.reading import JPEG, JPEG_NAME, code, put, verdict


def test_a_first_pull_makes_a_phone_usable(phone: WirePhone) -> None:
    answer = phone.pull()
    kinds = [change["kind"] for change in answer.json["changes"]]
    assert set(kinds) == {"unit", "checklist", "establishment"}
    assert answer.json["more"] is False
    body = put(answer.json["changes"], "establishment")[0]["body"]
    assert body.keys() == {
        "id", "code", "name", "type", "address", "area", "entity", "representative", "representative_role", "phone",
        "rooms", "employees", "employees_with_contract", "status", "review_state", "managed_since", "managed_until",
        "security_conditional", "licences", "latitude", "longitude", "note", "summary",
    }  # fmt: skip
    assert body["summary"] == {"visits": [], "findings": [], "commitment": None}


def test_a_record_changes_its_establishment_s_summary_on_every_phone(phone: WirePhone, other: WirePhone) -> None:
    first = other.pull().json
    other.mark = first["mark"]
    phone.receipts(phone.inspection(answers={"C04": {"a": "khong_dat", "note": "x"}}), phone.commitment())
    changes = other.changes(cursor=first["cursor"])
    assert [(c["kind"], c["id"]) for c in changes] == [("establishment", phone.commune.establishment())]
    summary = changes[0]["body"]["summary"]
    assert [(v["visited_on"], v["counted"]) for v in summary["visits"]] == [("2026-11-21", True)]
    assert [f["item"] for f in summary["findings"]] == ["C04"]
    assert summary["commitment"]["valid_until"] == "2026-12-31"


def test_history_brings_signed_records_with_their_exact_bytes(phone: WirePhone, other: WirePhone) -> None:
    op = wire_op("inspection", json.dumps(json.loads(phone.inspection().line), indent=None).encode(), files=[JPEG_NAME])
    phone.receipts(op)
    change = other.changes("history")[0]
    assert change.keys() == {"type", "kind", "id", "seq", "op", "ver", "sha256", "files", "raw", "review"}
    assert (change["raw"].encode(), change["op"], change["files"]) == (op.line, op.op, [JPEG_NAME])


def test_contacts_and_records_of_closed_or_unmanaged_establishments_never_leave(
    phone: WirePhone, other: WirePhone
) -> None:
    commune = phone.commune
    phone.receipts(phone.inspection(), phone.commitment())
    first, past = other.pull().json, other.pull("history").json
    assert len(past["changes"]) == 2
    other.mark = past["mark"]
    with commune.writing() as tx:
        establishments.change(tx, Actor(""), commune.establishment(1), {"status": "closed"})
        establishments.change(tx, Actor(""), commune.establishment(2), {"managed_until": date(2026, 11, 22)})
    changes = {c["id"]: c["body"] for c in other.changes(cursor=first["cursor"])}
    assert changes[commune.establishment(1)]["status"] == "closed"
    assert [changes[commune.establishment(1)][n] for n in ("representative", "representative_role", "phone")] == [
        ""
    ] * 3
    assert changes[commune.establishment(2)]["phone"] == "0900000000"
    left = other.changes("history", past["cursor"])
    assert {(c["type"], c["kind"]) for c in left} == {("leave", "inspection"), ("leave", "commitment")}
    assert "0900000000" not in json.dumps([c for c in other.changes() if c["id"] == commune.establishment(1)])
    assert not put(other.changes("history"), "inspection")


def test_the_day_an_establishment_leaves_management_phones_are_told_without_any_edit(phone: WirePhone) -> None:
    commune = phone.commune
    phone.receipts(op := phone.inspection())
    with commune.writing() as tx:
        establishments.change(tx, Actor(""), commune.establishment(), {"managed_until": date(2026, 11, 22)})
    first, past = phone.pull().json, phone.pull("history").json
    assert put(past["changes"], "inspection")
    phone.mark = past["mark"]
    commune.clock.now += timedelta(days=1)
    changes = phone.changes(cursor=first["cursor"])
    assert [(c["id"], c["body"]["phone"]) for c in changes] == [(commune.establishment(), "")]
    assert [(c["type"], c["id"]) for c in phone.changes("history", past["cursor"])] == [("leave", op.id)]
    with commune.writing() as tx:
        establishments.change(tx, Actor(""), commune.establishment(), {"managed_until": None})
    assert [(c["type"], c["id"]) for c in phone.changes("history", past["cursor"])] == [("put", op.id)]
    assert phone.changes(cursor=first["cursor"])[0]["body"]["phone"] == "0900000000"


def test_history_is_of_two_years(phone: WirePhone, other: WirePhone) -> None:
    old = phone.inspection(started_at="2024-06-01T09:00:00+07:00")
    phone.receipts(old)
    assert [c["id"] for c in put(other.changes("history"), "inspection")] == [old.id]  # it has only just arrived
    phone.commune.clock.now += timedelta(days=733)
    assert not put(other.changes("history"), "inspection")


def test_an_administrator_s_phone_gets_no_case_data(commune: Commune, phone: WirePhone) -> None:
    phone.receipts(phone.inspection())
    admin = commune.phone("quan")
    headers = {"Accept-Encoding": "gzip"}
    told = {"v": 1, "stream": "essentials", "cursor": None, "mark": None}
    for one, sees in ((phone, True), (admin, False), (phone, True)):  # nobody gets a page that was packed for another
        page = one.call("POST", "pull", json={**told, "device": one.device}, headers=headers)
        assert ("Karaoke Sao Thử".encode() in gzip.decompress(page.data)) is sees
    assert {c["kind"] for c in admin.changes() if c["type"] == "put"} == {"unit", "checklist"}
    assert not [c for c in admin.changes("history") if c["type"] == "put"]


def test_restricted_fields_never_leave(phone: WirePhone) -> None:
    with phone.commune.writing() as tx:
        entities.entity_named(tx, "Hộ kinh doanh Mẫu", registration_code="0123456789")
    text = phone.pull().text
    assert "Hộ kinh doanh Mẫu" in text
    assert "0123456789" not in text
    for word in ("registration_code", "complexity", "password", "created_by", "same_as"):
        assert word not in text


def test_a_large_page_is_packed_for_who_can_unpack_it(phone: WirePhone) -> None:
    plain = phone.pull()
    packed = phone.call(
        "POST", "pull", headers={"Accept-Encoding": "gzip"},
        json={"v": 1, "device": phone.device, "stream": "essentials", "cursor": None, "mark": None},
    )  # fmt: skip
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.data)) == plain.json
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_a_restored_server_tells_both_calls_to_rewind(phone: WirePhone) -> None:
    phone.mark = [10**6, "feedfeedfeedfeed"]
    trail = [phone.call("GET", "status").json["mark"], phone.mark]
    assert phone.push(phone.inspection(), trail=trail).json["rewind"] == trail[0]
    assert phone.pull(trail=trail).json == {"kind": "pull", "rewind": trail[0], "now": "2026-11-21T02:15:00.000Z"}
    assert phone.pull().json["rewind"] == [0, ""]
    assert phone.commune.ask("SELECT count(*) FROM inspection") == [(0,)]


def test_a_revoked_phone_may_only_hand_in_what_it_holds(commune: Commune, phone: WirePhone) -> None:
    known = phone.inspection()
    phone.receipts(known)
    with commune.writing() as tx:
        people.revoke(tx, Actor(commune.account("alice")), phone.device, reason="mất máy")
    answer = phone.push(known, phone.inspection())
    assert answer.json["revoked"] is True
    assert [verdict(r) for r in answer.json["receipts"]] == [("applied", None), ("quarantined", "device_revoked")]
    assert phone.put_file(JPEG).json["revoked"] is True
    assert phone.call("POST", "files/have", json={"sha256": [JPEG_NAME]}).json["missing"] == []
    assert phone.call("GET", "status").json["revoked"] is True
    assert code(phone.pull()) == (403, "device_revoked")
    assert code(phone.call("GET", f"files/{JPEG_NAME}")) == (403, "device_revoked")


def test_an_erased_record_stays_erased(commune: Commune, phone: WirePhone, other: WirePhone) -> None:
    op = phone.inspection()
    phone.receipts(op)
    with commune.writing() as tx:
        signed.erase(tx, "inspection", op.id)
    assert verdict(other.receipts(op)[0]) == ("erased", None)
    assert [(c["type"], c["id"]) for c in other.changes("history")] == [("tombstone", op.id)]
