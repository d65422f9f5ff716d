"""A push: one verdict and receipt an op, in one commit; what comes again is known."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from sync import history, opening, quarantine, receive, signed, stamps
from tests.sync.conftest import Connect
from tests.sync.toys import APPLIED, KINDS, NOW, Phone, Sent, count, note, patch, sent, shelf_of, slip, statuses


def held(db: Database) -> list[tuple[str, str]]:
    return [(entry.op.op, entry.why) for entry in quarantine.waiting(db)]


# ---- signed records ----


def test_a_signed_record_is_kept_byte_for_byte(db: Database, phone: Phone) -> None:
    """S5: odd spacing, order of keys and escapes are the author's."""
    line = '{ "id":"x-1",\t"text" : "Đ\\u1ea1t",  "z":1, "a":2 }'.encode()
    answer = phone.push(db, op := sent("slip", line, files=["a" * 64]))
    assert statuses(answer) == [APPLIED]
    record = signed.read(db, "slip", "x-1")
    assert record
    assert (record.body.encode(), record.sha256, record.op) == (line, op.header["sha256"], op.op)
    assert (record.device, record.account, record.skew_s) == ("phone-1", "bình", None)
    assert signed.files(db, "slip", ["x-1"]) == {"x-1": ["a" * 64]}


def test_the_answer_tells_the_head_and_one_receipt_an_op_in_order(db: Database, phone: Phone) -> None:
    ops = [slip() for _ in range(3)]
    answer = phone.push(db, *ops)
    assert answer["kind"] == "push"
    assert answer["mark"] == list(history.head(db))
    assert (answer["safe"], answer["now"]) == (0, "2026-11-21T02:15:00.000Z")
    assert [r["op"] for r in answer["receipts"]] == [op.op for op in ops]
    assert {r["seq"] for r in answer["receipts"]} == {answer["mark"][0]}


def test_an_identical_resend_gets_its_first_receipt_and_makes_no_commit(db: Database, phone: Phone) -> None:
    ops = [slip(), patch("n1", title="một"), slip(text=5), patch("n1", secret="x")]
    first = phone.push(db, *ops)
    head = history.head(db)
    again = phone.push(db, *ops, now=NOW + timedelta(days=3))
    assert again["receipts"] == first["receipts"]
    assert history.head(db) == head
    assert count(db, "receipt") == 4


def test_a_resend_is_looked_up_before_its_body_is_parsed(
    db: Database, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    op = slip()
    phone.push(db, op)
    monkeypatch.setattr(opening, "read_object", lambda line: pytest.fail("parsed"))
    assert statuses(phone.push(db, op)) == [APPLIED]


def test_a_resend_beside_new_ops_is_told_its_first_receipt(db: Database, phone: Phone) -> None:
    old = slip()
    first = phone.push(db, old)["receipts"][0]
    answer = phone.push(db, slip(), old)
    assert answer["receipts"][1] == first
    assert answer["receipts"][0]["seq"] == first["seq"] + 1


def test_the_same_op_twice_in_one_push_is_one_record(db: Database, phone: Phone) -> None:
    op = slip()
    answer = phone.push(db, op, op)
    assert statuses(answer) == [APPLIED, APPLIED]
    assert count(db, "signed") == 1


def test_another_content_under_a_known_id_is_kept_and_refused(db: Database, phone: Phone) -> None:
    first = slip(text="một")
    phone.push(db, first)
    other = sent("slip", {"id": first.id, "text": "hai"})
    assert statuses(phone.push(db, other)) == [("quarantined", "record_exists")]
    record = signed.read(db, "slip", first.id)
    assert record and record.body.encode() == first.line
    kept = quarantine.waiting(db)[0]
    assert (kept.op.line, kept.carrier.device) == (other.line, "phone-1")


def test_the_same_content_under_another_op_is_the_same_record(db: Database, phone: Phone) -> None:
    first = slip()
    phone.push(db, first)
    again = Sent({**first.header, "op": "another-op"}, first.line)
    assert statuses(phone.push(db, again)) == [APPLIED]
    assert count(db, "signed") == 1
    assert count(db, "change") == 2


def test_so_is_what_the_office_had_to_mend(db: Database, phone: Phone) -> None:
    """Another phone that holds the same bytes offers them again after a restore: nobody has to mend them twice."""
    wrong = slip(text=5)
    phone.push(db, wrong)
    with history.write(db, NOW) as tx:
        mended = {**json.loads(wrong.line), "text": "năm"}
        receive.release(tx, quarantine.waiting(db)[0], kinds=KINDS, by="alice", mended=mended, reason="phải là chữ")
    again = Sent({**wrong.header, "op": "another-op"}, wrong.line)
    assert statuses(phone.push(db, again)) == [APPLIED]
    assert (count(db, "signed"), quarantine.waiting(db)) == (1, [])


def test_another_content_under_a_known_op_is_kept_and_refused(db: Database, phone: Phone) -> None:
    first, other = slip(), slip()
    phone.push(db, first)
    reused = Sent({**other.header, "op": first.op}, other.line)
    answer = phone.push(db, reused)
    assert statuses(answer) == [("quarantined", "op_reused")]
    assert statuses(phone.push(db, first)) == [APPLIED]
    assert phone.push(db, reused)["receipts"] == answer["receipts"]
    assert held(db) == [(first.op, "op_reused")]


def test_an_op_reused_within_one_push_is_seen_too(db: Database, phone: Phone) -> None:
    first, other = slip(), slip()
    reused = Sent({**other.header, "op": first.op}, other.line)
    assert statuses(phone.push(db, first, reused)) == [APPLIED, ("quarantined", "op_reused")]


def test_the_office_can_let_a_reused_op_in_under_another_name(db: Database, phone: Phone) -> None:
    first, other = slip(), slip()
    phone.push(db, first, Sent({**other.header, "op": first.op}, other.line))
    with history.write(db, NOW) as tx:
        receive.release(tx, quarantine.waiting(db)[0], kinds=KINDS, by="alice")
    assert signed.digest(db, "slip", other.id) == other.header["sha256"]
    assert not quarantine.waiting(db)


# ---- erased records ----


def test_an_erased_record_stays_erased_and_a_reoffer_is_told_so(db: Database, phone: Phone, other: Phone) -> None:
    op, neighbour = slip(header={"files": ["a" * 64, "b" * 64]}), slip(header={"files": ["b" * 64]})
    ops = [op, sent("slip", op.line), sent("slip", {"id": op.id, "text": "khác"})]  # again, and with another content
    naming = sent("slip", {"id": "another", "text": 1, "about": op.id})  # waits in the inbox and only names it
    phone.push(db, *ops, neighbour, naming)
    with history.write(db, NOW) as tx:
        assert signed.erase(tx, "slip", op.id) == ["a" * 64]
    for device in (phone, other):
        assert statuses(device.push(db, *ops)) == [("erased", None)] * 3
    assert signed.read(db, "slip", op.id) is None
    assert [held.op.op for held in quarantine.waiting(db)] == [naming.op]


def test_a_revoked_device_cannot_bring_an_erased_record_back_into_the_inbox(db: Database, phone: Phone) -> None:
    op = slip()
    phone.push(db, op)
    with history.write(db, NOW) as tx:
        signed.erase(tx, "slip", op.id)
    phone.revoked = True
    assert statuses(phone.push(db, op)) == [("erased", None)]
    assert count(db, "quarantine") == 0


# ---- fields with several writers ----


def test_a_patch_tells_its_effective_times_and_leaves_stamps(db: Database, phone: Phone) -> None:
    op = patch("n1", title="một", text="hai")
    answer = phone.push(db, op)
    at = history.instant(NOW)
    assert answer["receipts"][0]["eff"] == {"title": at, "text": at}
    assert stamps.of_records(db, "note", ["n1"]) == {"n1": {key: [at, "phone-1", op.op] for key in ("title", "text")}}


def test_of_two_phones_that_had_not_seen_each_other_the_later_wins_and_the_other_is_kept(
    db: Database, phone: Phone, other: Phone
) -> None:
    phone.push(db, made := patch("n1", title="gốc"))
    phone.push(db, early := patch("n1", title="sớm", base=made.op, at=NOW + timedelta(minutes=1)))
    answer = other.push(db, late := patch("n1", title="muộn", base=made.op, at=NOW + timedelta(minutes=2)))
    assert (note(db, "n1"), answer["receipts"][0]["conflicts"]) == (("muộn", None), [])
    kept = stamps.open_conflicts(db, "note", "n1")
    assert [(c.op, c.field, c.value, c.winner, c.account) for c in kept] == [
        (early.op, "title", "sớm", late.op, "bình")
    ]


def test_a_value_that_loses_on_arrival_is_kept_and_its_device_is_told(db: Database, phone: Phone, other: Phone) -> None:
    phone.push(db, made := patch("n1", title="gốc"))
    other.push(db, patch("n1", title="muộn", base=made.op, at=NOW + timedelta(minutes=2)))
    head = history.head(db)
    answer = phone.push(db, lost := patch("n1", title="sớm", base=made.op, at=NOW + timedelta(minutes=1)))
    assert statuses(answer) == [APPLIED]
    assert answer["receipts"][0]["conflicts"] == ["title"]
    assert note(db, "n1") == ("muộn", None)
    assert [c.op for c in stamps.open_conflicts(db, "note")] == [lost.op]
    assert not db.execute("SELECT 1 FROM change WHERE seq > ? AND kind = 'note'", [head[0]]).fetchone()
    with history.write(db, NOW) as tx:
        stamps.settle(tx, stamps.open_conflicts(db, "note")[0], "left", by="alice")
    assert stamps.open_conflicts(db, "note") == []


def test_the_office_writes_on_top_of_what_stands(db: Database, phone: Phone) -> None:
    phone.push(db, made := patch("n1", title="gốc", at=NOW + timedelta(minutes=4)))
    with history.write(db, NOW) as tx:
        op = stamps.overwrite(tx, kind="note", record_id="n1", values={"title": "văn phòng"}, account="alice")
    at, device, stamped = stamps.of_records(db, "note", ["n1"])["n1"]["title"]
    assert (at > history.instant(NOW + timedelta(minutes=4)), device, stamped) == (True, "office", op)
    assert stamps.open_conflicts(db, "note") == []
    answer = phone.push(db, patch("n1", title="máy", base=made.op, at=NOW + timedelta(minutes=1)))
    assert answer["receipts"][0]["conflicts"] == ["title"]


def test_a_stamp_in_the_future_is_cut_never_refused_and_the_skew_is_kept(db: Database, phone: Phone) -> None:
    """S7."""
    answer = phone.push(db, patch("n1", title="một", at=NOW + timedelta(days=365)))
    assert statuses(answer) == [APPLIED]
    assert answer["receipts"][0]["eff"] == {"title": history.instant(NOW + timedelta(minutes=5))}
    assert db.execute("SELECT skew_s FROM stamp").fetchone() == (365 * 86400,)


def test_times_of_an_earlier_receipt_stand_in_place_of_the_device_s(db: Database, phone: Phone) -> None:
    told = NOW - timedelta(hours=3)
    op = patch("n1", title="một", at=NOW + timedelta(days=365), header={"eff": {"title": history.instant(told)}})
    assert phone.push(db, op)["receipts"][0]["eff"] == {"title": history.instant(told)}


# ---- clocks ----


@pytest.mark.parametrize(
    ("sent_off", "begun_off", "skew_s"),
    [
        (timedelta(0), timedelta(hours=-1), None),
        (timedelta(minutes=4), timedelta(hours=-1), None),
        (timedelta(minutes=6), timedelta(hours=-1), 360),
        (timedelta(days=-400), timedelta(days=-401), -400 * 86400),
        (timedelta(0), timedelta(hours=2), 7200),
    ],
)
def test_a_clock_that_was_off_is_flagged_on_the_record(
    db: Database, phone: Phone, sent_off: timedelta, begun_off: timedelta, skew_s: int | None
) -> None:
    op = slip(begun_at=history.instant(NOW + begun_off))
    phone.push(db, op, at=NOW + sent_off)
    record = signed.read(db, "slip", op.id)
    assert record and record.skew_s == skew_s


def test_a_carrier_s_clock_says_nothing_about_the_author_s(db: Database, phone: Phone) -> None:
    op = slip(begun_at=history.instant(NOW - timedelta(hours=1)), author="chi")
    phone.push(db, op, at=NOW + timedelta(days=2))
    record = signed.read(db, "slip", op.id)
    assert record and record.skew_s is None


# ---- rewind ----


def restored(db: Database, tmp_path: Path) -> Database:
    """The database as a backup taken now would bring it back."""
    path = tmp_path / "restored"
    path.mkdir()
    copy = Database(sqlite3.connect(path / "toys.sqlite", isolation_level=None))
    db.conn.backup(copy.conn)
    return copy


def test_a_push_to_a_restored_server_is_told_to_rewind_and_applies_nothing(
    db: Database, phone: Phone, tmp_path: Path
) -> None:  # fmt: skip
    """S3."""
    phone.push(db, slip())
    common = phone.mark
    back = restored(db, tmp_path)
    phone.push(db, lost := slip())
    answer = phone.push(back, slip(), lost)
    assert answer == {"kind": "push", "rewind": list(common), "now": history.instant(NOW)}
    assert count(back, "signed") == 1
    assert history.head(back) == common
    phone.mark, phone.trail = common, [common]
    assert statuses(phone.push(back, lost)) == [APPLIED]
    back.close()


def test_a_device_that_saw_only_what_the_backup_holds_goes_on(db: Database, phone: Phone, tmp_path: Path) -> None:
    phone.push(db, slip())
    back = restored(db, tmp_path)
    assert statuses(phone.push(back, slip())) == [APPLIED]
    back.close()


def test_a_resend_to_a_restored_server_rewinds_even_if_every_receipt_is_there(
    db: Database, phone: Phone, other: Phone, tmp_path: Path
) -> None:
    phone.push(db, op := slip())
    back = restored(db, tmp_path)
    phone.push(db, slip())
    assert "rewind" in phone.push(back, op)
    back.close()


def test_a_device_of_quite_another_history_goes_back_to_the_beginning(db: Database, phone: Phone) -> None:
    phone.mark, phone.trail = (9, "feed"), [(3, "beef"), (9, "feed")]
    assert phone.push(db, slip())["rewind"] == [0, ""]
    phone.revoked = True
    assert phone.push(db, slip())["revoked"] is True


# ---- files named ----


def test_missing_files_are_told_anew_each_time(db: Database, phone: Phone) -> None:
    picture = b"\xff\xd8\xff" + b"0" * 100
    op = slip(header={"files": [sha := hashlib.sha256(picture).hexdigest(), "b" * 64]})
    assert phone.push(db, op)["receipts"][0]["files_missing"] == [sha, "b" * 64]
    shelf_of(db).take(db, sha, picture, phone.carrier, NOW)
    assert phone.push(db, op)["receipts"][0]["files_missing"] == ["b" * 64]


# ---- all or nothing ----


def test_a_full_disk_in_the_middle_of_a_batch_stores_nothing(db: Database, phone: Phone) -> None:
    phone.push(db, slip())
    before = (history.head(db), count(db, "signed"), count(db, "receipt"))
    ops = [slip(text="x" * 3000) for _ in range(100)]
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        phone.push(db, *ops)
    assert (history.head(db), count(db, "signed"), count(db, "receipt")) == before
    db.execute("PRAGMA max_page_count = 1000000")
    assert statuses(phone.push(db, *ops)) == [APPLIED] * 100


def test_what_is_not_the_op_s_fault_is_not_blamed_on_it(
    db: Database, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    def broken(*_: Any, **__: Any) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(signed, "keep", broken)
    with pytest.raises(sqlite3.DatabaseError):
        phone.push(db, slip())
    assert count(db, "receipt") == count(db, "quarantine") == 0


def test_two_tabs_that_push_the_same_make_one_record_each_and_get_the_same_receipts(connect: Connect) -> None:
    ops = [slip() for _ in range(20)]
    answers: list[list[dict[str, Any]]] = []
    ready = threading.Barrier(4)

    def tab() -> None:
        db = connect()
        device = Phone()
        ready.wait()
        answers.append([receipt for op in ops for receipt in device.push(db, op)["receipts"]])

    threads = [threading.Thread(target=tab) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db = connect()
    assert len(answers) == 4
    assert all(receipts == answers[0] for receipts in answers)
    assert count(db, "signed") == count(db, "receipt") == 20
    assert history.head(db)[0] == 20


def test_a_push_of_nothing_is_answered_and_makes_no_commit(db: Database, phone: Phone) -> None:
    answer = phone.push(db)
    assert (answer["receipts"], answer["mark"]) == ([], [0, ""])
    assert json.loads(json.dumps(answer)) == answer
