"""What cannot be applied is kept, whole and told; the office applies it or lets it go; what only waited is applied."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from sync import history, quarantine, receive, signed, stamps, wire
from sync.kinds import CannotApply
from tests.sync.toys import APPLIED, KINDS, NOW, Phone, Sent, count, note, patch, sent, shelf_of, slip, statuses

NO_FIELDS = {"fields": ["an object that names at least one field"]}
NO_EDIT = {"title": ['an object with "v", "at", "base"']}


@pytest.mark.parametrize(
    ("op", "why", "fields"),
    [
        (sent("slip", b"not json"), "invalid_body", {"": ["not a JSON object"]}),
        (sent("slip", b"\xff\xfe{}"), "invalid_body", {"": ["not a JSON object"]}),
        (sent("slip", b'["id"]'), "invalid_body", {"": ["not a JSON object"]}),
        (sent("slip", b'{"id":"a","text":NaN}'), "invalid_body", {"": ["not a JSON object"]}),
        (sent("slip", b'{"id":"a","text":"\\ud800"}'), "invalid_body", {"": ["not a JSON object"]}),
        (sent("slip", b"[" * 200_000), "invalid_body", {"": ["not a JSON object"]}),
        (sent("slip", b""), "invalid_body", {"": ["not a JSON object"]}),
        (sent("slip", {"text": "a"}), "invalid_body", {"id": ["required"]}),
        (sent("slip", {"id": 5}), "invalid_body", {"id": ["required"]}),
        (sent("slip", {"id": "a", "text": 5}), "invalid_body", {"text": ["must be text"]}),
        (sent("dance", {"id": "a"}), "unknown_kind", {}),
        (sent("tag", {"id": "a"}), "not_allowed", {"kind": ["written by the office only"]}),
        (sent("slip", {"id": "a"}, ver=3), "version_too_new", {"ver": ["at most 2"]}),
        (slip(refused=True), "not_allowed", {"refused": ["no"]}),
        (slip(puzzle=True), "invalid_body", {"": ["not recorded: ZeroDivisionError"]}),
        (slip(poison=True), "invalid_body", {"": ["not recorded: ZeroDivisionError"]}),
        (slip(note="n-404"), "invalid_body", {"note": ["unknown"]}),
        (sent("note", {"id": "n1"}), "invalid_body", NO_FIELDS),
        (sent("note", {"id": "n1", "fields": {}}), "invalid_body", NO_FIELDS),
        (sent("note", {"id": "n1", "fields": {"title": "x"}}), "invalid_body", NO_EDIT),
        (
            sent("note", {"id": "n1", "fields": {"title": {"v": "x", "at": "2026-11-21T09:00", "base": None}}}),
            "invalid_body", {"title": ["at: an instant with an offset"]},
        ),
        (patch("n1", title=5), "invalid_body", {"title": ["must be text"]}),
        (patch("n1", title="x", secret="y"), "not_allowed", {"secret": ["no"]}),
        (patch("n-404", text="x"), "invalid_body", {"id": ["unknown"]}),
    ],
)  # fmt: skip
def test_what_cannot_be_applied_is_kept_with_its_bytes_and_its_neighbours_are_applied(
    db: Database, phone: Phone, op: Sent, why: str, fields: dict[str, Any]
) -> None:
    """S4, and one bad op never stops its neighbours."""
    before, after = slip(), patch("n9", title="sau")
    answer = phone.push(db, before, op, after)
    assert statuses(answer) == [APPLIED, ("quarantined", why), APPLIED]
    assert answer["receipts"][1]["fields"] == fields
    assert answer["receipts"][1]["decision"] is None
    kept = quarantine.waiting(db)
    assert [(k.op.op, k.op.line, k.why, k.fields) for k in kept] == [(op.op, op.line, why, fields)]
    assert note(db, "n9") == ("sau", None)
    assert count(db, "slip") == 1
    assert phone.push(db, before, op, after)["receipts"] == answer["receipts"]


def test_a_recorder_that_breaks_leaves_nothing_of_its_op(db: Database, phone: Phone) -> None:
    bad = slip(poison=True)
    phone.push(db, bad, slip())
    assert count(db, "slip") == count(db, "signed") == 1
    assert not db.execute("SELECT 1 FROM change WHERE id LIKE ?", [f"%{bad.id}%"]).fetchone()
    assert [row[0] for row in db.execute("SELECT DISTINCT seq FROM change")] == [history.head(db)[0]]


def test_a_patch_with_one_bad_field_changes_no_field(db: Database, phone: Phone) -> None:
    phone.push(db, patch("n1", title="một"))
    phone.push(db, patch("n1", title="hai", secret="x"))
    assert note(db, "n1") == ("một", None)
    assert stamps.of_records(db, "note", ["n1"])["n1"].keys() == {"title"}


def test_a_revoked_device_hands_in_what_it_holds_and_nothing_is_applied(db: Database, phone: Phone) -> None:
    known = slip()
    phone.push(db, known)
    phone.revoked = True
    answer = phone.push(db, known, slip(), sent("slip", b"not json"))
    assert answer["revoked"] is True
    assert statuses(answer) == [APPLIED, ("quarantined", "device_revoked"), ("quarantined", "device_revoked")]
    assert count(db, "signed") == 1


def test_the_office_can_apply_what_a_revoked_device_handed_in(db: Database, phone: Phone) -> None:
    phone.revoked = True
    op = slip()
    answer = phone.push(db, op)
    with history.write(db, NOW) as tx:
        receive.release(tx, quarantine.waiting(db)[0], kinds=KINDS, by="alice")
    assert signed.digest(db, "slip", op.id) == op.header["sha256"]
    again = phone.push(db, op)
    assert again["receipts"] == [{**answer["receipts"][0], "decision": "applied"}]


def test_what_still_cannot_be_applied_stays_in_the_inbox(db: Database, phone: Phone) -> None:
    phone.push(db, sent("slip", {"id": "a", "text": 5}), slip(refused=True))
    for entry in quarantine.waiting(db):
        with pytest.raises(CannotApply), history.write(db, NOW) as tx:
            receive.release(tx, entry, kinds=KINDS, by="alice")
    assert len(quarantine.waiting(db)) == 2


def test_a_dismissed_op_keeps_its_bytes_and_its_device_is_told(db: Database, phone: Phone) -> None:
    op = slip(refused=True)
    phone.push(db, op)
    with history.write(db, NOW) as tx:
        quarantine.decide(tx, quarantine.waiting(db)[0], "dismissed", by="alice", reason="thử máy")
    assert not quarantine.waiting(db)
    kept = quarantine.read(db, op.op, op.header["sha256"])
    assert kept and (kept.op.line, kept.decision, kept.decided_by, kept.reason) == (
        op.line,
        "dismissed",
        "alice",
        "thử máy",
    )
    assert phone.push(db, op)["receipts"][0]["decision"] == "dismissed"


def test_what_an_older_server_did_not_know_can_be_applied_after_its_upgrade(db: Database, phone: Phone) -> None:
    """S5: old versions are accepted for ever; newer ones wait for the upgrade."""
    kinds = dict(KINDS)
    kept = kinds.pop("slip")
    message = wire.read_push(phone.message(op := slip()), phone.device)
    answer = receive.receive(db, message, phone.carrier, kinds=kinds, shelf=shelf_of(db), now=NOW)
    assert statuses(answer) == [("quarantined", "unknown_kind")]
    with history.write(db, NOW) as tx:
        receive.release(tx, quarantine.waiting(db)[0], kinds={**kinds, "slip": kept}, by="alice")
    assert signed.digest(db, "slip", op.id) is not None


# ---- records that arrive before what they build on ----


def test_what_waited_for_a_record_is_applied_as_soon_as_it_arrives(db: Database, phone: Phone, other: Phone) -> None:
    waits, edit = slip(note="n1"), patch("n1", text="thân", base="earlier-op")
    other.push(db, waits, edit)
    answer = phone.push(db, patch("n1", title="mới"))
    assert statuses(answer) == [APPLIED]
    assert note(db, "n1") == ("mới", "thân")
    record = signed.read(db, "slip", waits.id)
    assert record and (record.device, record.account) == ("phone-2", "chi")
    assert not quarantine.waiting(db)
    assert [r["decision"] for r in other.push(db, waits, edit)["receipts"]] == ["applied", "applied"]


def test_what_waited_is_applied_in_the_order_in_which_it_came(db: Database, phone: Phone, other: Phone) -> None:
    """After a restore a phone may offer its edits of a record before the phone that made the record: an edit and the
    one on top of it are no two writers, whatever their ids."""
    edits = [
        patch("n1", text=text, base=base, at=NOW + timedelta(minutes=n), header={"op": op})
        for n, (op, base, text) in enumerate([("op-3", "made", "một"), ("op-2", "op-3", "hai"), ("op-1", "op-2", "ba")])
    ]
    other.push(db, *edits)
    phone.push(db, patch("n1", title="mới", text="đầu", header={"op": "made"}))
    assert note(db, "n1") == ("mới", "ba")
    assert not stamps.open_conflicts(db, "note")


def test_the_order_within_one_push_does_not_matter_either(db: Database, phone: Phone) -> None:
    waits, made = slip(note="n1"), patch("n1", title="mới")
    answer = phone.push(db, waits, made)
    assert statuses(answer) == [("quarantined", "invalid_body"), APPLIED]
    assert answer["receipts"][0]["decision"] == "applied"
    assert signed.digest(db, "slip", waits.id) is not None


def test_what_waits_for_something_else_goes_on_waiting(db: Database, phone: Phone) -> None:
    phone.push(db, slip(note="n1"), patch("n2", title="khác"))
    assert len(quarantine.waiting(db)) == 1
