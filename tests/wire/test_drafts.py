"""Drafts on the wire: kept for their author's phones alone, and of two versions that had not seen each other both."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import timedelta

import pytest

from fieldapp import drafts
from fieldapp.audit import COMMAND_LINE
from fieldapp.drafts import EXPIRES, LOOSE
from tests.phones import Commune, WirePhone, wire_op
from tests.wire.reading import verdict

JPEG = b"\xff\xd8\xff" + b"a photo of a paper"
NAME = hashlib.sha256(JPEG).hexdigest()


@pytest.fixture
def second(commune: Commune) -> WirePhone:
    """Bình's other phone."""
    return commune.phone("binh")


@pytest.fixture
def x() -> str:
    return str(uuid.uuid4())


def test_a_draft_comes_back_on_another_phone_of_its_author_and_on_nobody_elses(
    phone: WirePhone, second: WirePhone, other: WirePhone, x: str
) -> None:
    op = phone.draft(x, note="đang ghi")
    assert verdict(phone.receipts(op)[0]) == ("applied", None)
    (told,) = [change for change in second.changes() if change["kind"] == "draft"]
    assert (told["type"], told["op"], told["sha256"]) == ("put", op.op, op.header["sha256"])
    assert told["body"]["draft"] == {"record": {"id": x, "note": "đang ghi"}}
    assert told["body"]["from"] == {"device": "Máy thử", "person": ""}
    assert not [change for change in other.changes() if change["kind"] == "draft"]
    assert not [change for change in phone.commune.phone("alice").changes() if change["kind"] == "draft"]


def test_a_newer_version_takes_the_place_of_the_one_it_was_made_from(
    phone: WirePhone, second: WirePhone, x: str
) -> None:
    first = phone.draft(x, note="một")
    phone.receipts(first)
    going_on = second.draft(x, over=[first.op], note="một hai")
    assert second.receipts(going_on)[0]["conflicts"] == []
    assert phone.drafts() == {x: "một hai"}


def test_a_late_copy_of_an_older_version_changes_nothing(phone: WirePhone, x: str) -> None:
    first = phone.draft(x, note="một")
    newer = phone.draft(x, over=[first.op], note="hai")
    phone.receipts(newer)
    assert verdict(phone.receipts(first)[0]) == ("applied", None)
    assert phone.drafts() == {x: "hai"}


def test_of_two_phones_that_went_on_apart_both_versions_stay(phone: WirePhone, second: WirePhone, x: str) -> None:
    first = phone.draft(x, note="chung")
    phone.receipts(first)
    on_second = second.draft(x, over=[first.op], note="máy hai")
    on_first = phone.draft(x, over=[first.op], note="máy một")
    second.receipts(on_second)
    told = phone.receipts(on_first)[0]
    assert (told["status"], told["conflicts"]) == ("applied", ["id"])
    assert phone.drafts() == {x: "máy hai", on_first.op: "máy một"}
    again = phone.draft(on_first.op, over=[on_first.op, first.op], note="máy một, tiếp")
    assert phone.receipts(again)[0]["conflicts"] == []
    assert second.drafts() == {x: "máy hai", on_first.op: "máy một, tiếp"}


def test_the_phone_that_gives_up_the_id_is_told_the_other_version_again(
    phone: WirePhone, second: WirePhone, x: str
) -> None:
    first = phone.draft(x)
    phone.receipts(first)
    second.receipts(second.draft(x, over=[first.op], note="máy hai"))
    cursor = phone.pull().json["cursor"]
    phone.receipts(phone.draft(x, over=[first.op], note="máy một"))
    assert x in {change["id"] for change in phone.changes(cursor=cursor)}


def test_a_finished_draft_is_gone_everywhere(phone: WirePhone, second: WirePhone, x: str) -> None:
    first = phone.draft(x)
    phone.receipts(first)
    record = phone.inspection(id=x)
    phone.receipts(record, phone.ended(x, over=[first.op]))
    assert second.drafts() == {}
    assert [c["type"] for c in second.changes(cursor=None) if c["id"] == x and c["kind"] == "draft"] == ["tombstone"]
    assert phone.commune.ask("SELECT state, body FROM draft") == [("signed", "")]


def test_what_was_saved_elsewhere_unseen_by_the_phone_that_signs_goes_on_beside_the_record(
    phone: WirePhone, second: WirePhone, x: str
) -> None:
    first = phone.draft(x)
    phone.receipts(first)
    unseen = second.draft(x, over=[first.op], note="chưa ai thấy")
    second.receipts(unseen)
    phone.receipts(phone.inspection(id=x), phone.ended(x, over=[first.op]))
    assert phone.drafts() == {unseen.op: "chưa ai thấy"}


def test_what_comes_after_the_end_is_kept_too(phone: WirePhone, second: WirePhone, x: str) -> None:
    first = phone.draft(x)
    phone.receipts(first)
    phone.receipts(phone.ended(x, "dropped", over=[first.op]))
    late = second.draft(x, over=[first.op], note="sửa khi không có mạng")
    assert second.receipts(late)[0]["conflicts"] == ["id"]
    assert phone.drafts() == {late.op: "sửa khi không có mạng"}
    assert verdict(phone.receipts(first)[0]) == ("applied", None)  # an old copy of what was thrown away is no news
    assert phone.drafts() == {late.op: "sửa khi không có mạng"}


def test_a_draft_that_is_handed_over_leaves_its_author_and_comes_to_the_colleague(
    phone: WirePhone, other: WirePhone, x: str
) -> None:
    first = phone.draft(x, note="dở", files=[NAME])
    phone.receipts(first)
    phone.put_file(JPEG)
    cursor = phone.pull().json["cursor"]
    with phone.commune.writing() as tx:
        drafts.hand_over(tx, COMMAND_LINE, x, to=other.account, reason="Nghỉ ốm")
    assert [(c["type"], c["id"]) for c in phone.changes(cursor=cursor)] == [("leave", x)]
    assert other.drafts() == {x: "dở"}
    (told,) = [change for change in other.changes() if change["kind"] == "draft"]
    assert told["body"]["from"]["person"] == "Trần Văn Bình"
    assert other.call("GET", f"files/{NAME}").data == JPEG
    assert phone.call("GET", f"files/{NAME}").status_code == 403
    unsent = phone.draft(x, over=[first.op], note="dở, ghi thêm")
    assert phone.receipts(unsent)[0]["conflicts"] == ["id"]
    assert (phone.drafts(), other.drafts()) == ({unsent.op: "dở, ghi thêm"}, {x: "dở"})
    assert phone.commune.ask("SELECT reason FROM audit WHERE action = 'draft_handed_over'") == [("Nghỉ ốm",)]


def test_a_photo_of_a_draft_is_shown_to_its_author_only_and_goes_with_it(
    phone: WirePhone, other: WirePhone, x: str
) -> None:
    op = phone.draft(x, files=[NAME])
    assert phone.receipts(op)[0]["files_missing"] == [NAME]
    phone.put_file(JPEG)
    assert phone.call("GET", f"files/{NAME}").status_code == 200
    assert other.call("GET", f"files/{NAME}").status_code == 403
    phone.receipts(phone.ended(x, "dropped", over=[op.op]))
    commune = phone.commune
    path = commune.folder / "files" / NAME[:2] / NAME
    phone.pull()
    assert path.exists()
    commune.clock.now += LOOSE + timedelta(minutes=1)
    phone.pull()
    assert not path.exists()
    assert phone.call("POST", "files/have", json={"sha256": [NAME]}).json["missing"] == [NAME]


def test_a_photo_that_became_part_of_a_record_stays(phone: WirePhone, x: str) -> None:
    op = phone.draft(x, files=[NAME])
    phone.receipts(op)
    phone.put_file(JPEG)
    photos = {NAME: {"class": "document", "taken_at": "2026-11-21T02:00:00Z"}}
    phone.receipts(phone.inspection(id=x, photos=photos), phone.ended(x, over=[op.op]))
    phone.commune.clock.now += LOOSE + timedelta(minutes=1)
    phone.pull()
    assert phone.call("GET", f"files/{NAME}").status_code == 200


def test_a_draft_that_nobody_saves_any_more_is_erased_and_may_be_saved_again(
    phone: WirePhone, second: WirePhone, x: str
) -> None:
    first = phone.draft(x, note="cũ", files=[NAME])
    phone.receipts(first)
    phone.put_file(JPEG)
    phone.commune.clock.now += EXPIRES + timedelta(minutes=1)
    phone.pull()
    assert second.drafts() == {}
    assert phone.commune.ask("SELECT state, body FROM draft") == [("expired", "")]
    phone.receipts(phone.draft(x, over=[first.op], note="cũ, làm tiếp", files=[NAME]))
    assert second.drafts() == {x: "cũ, làm tiếp"}
    phone.commune.clock.now += LOOSE + timedelta(minutes=1)
    phone.pull()
    assert phone.call("GET", f"files/{NAME}").status_code == 200  # named again in time


def days_pass(phone: WirePhone, days: int) -> None:
    """On each of which somebody syncs."""
    for _ in range(days):
        phone.commune.clock.now += timedelta(days=1)
        phone.pull()


def test_a_clock_that_is_years_ahead_for_days_erases_no_draft(phone: WirePhone, second: WirePhone, x: str) -> None:
    clock = phone.commune.clock
    phone.receipts(phone.draft(x, note="dở"))
    assert second.drafts() == {x: "dở"}
    for _day in range(10):
        clock.now += timedelta(days=365)
        phone.pull()
    assert second.drafts() == {x: "dở"}
    clock.now -= timedelta(days=3650)
    days_pass(phone, EXPIRES.days + 1)
    assert second.drafts() == {}


def test_a_revoked_phone_still_hands_its_drafts_in(phone: WirePhone, second: WirePhone, x: str) -> None:
    commune = phone.commune
    with commune.writing() as tx:
        tx.db.execute("UPDATE token SET revoked_at = '2026' WHERE device = ?", [phone.device])
    op = phone.draft(x, note="trên máy mất", files=[NAME])
    assert verdict(phone.receipts(op)[0]) == ("quarantined", "device_revoked")
    phone.put_file(JPEG)
    assert second.drafts() == {}
    # there it is kept no longer than any other draft, with its photo; that it came stays
    for lived, kept in ((EXPIRES, (b"", 1)), (LOOSE, (b"", 0))):
        assert commune.ask("SELECT length(body) > 0 FROM quarantine") == [(lived == EXPIRES,)]
        days_pass(second, lived.days + 1)
        (entry,) = commune.ask("SELECT body, (SELECT count(*) FROM file), decision FROM quarantine")
        assert entry == (*kept, "dismissed")
    assert phone.receipts(op)[0]["decision"] == "dismissed"


@pytest.mark.parametrize("wrong", [{"over": "x"}, {"draft": None}, {"begun_at": "hôm qua"}, {"end": "burnt"}])
def test_a_draft_that_is_none_is_kept_aside(phone: WirePhone, x: str, wrong: dict[str, object]) -> None:
    good = phone.draft(x)
    bad = wire_op("draft", {**json.loads(good.line), **wrong})
    receipt = phone.receipts(bad)[0]
    assert verdict(receipt) == ("quarantined", "invalid_body")
    assert list(receipt["fields"]) == list(wrong)


@pytest.mark.parametrize("username", ["quan", "em"])
def test_who_makes_no_records_keeps_no_drafts(commune: Commune, x: str, username: str) -> None:
    phone = commune.phone(username)
    assert verdict(phone.receipts(phone.draft(x))[0]) == ("quarantined", "not_allowed")


def test_drafts_are_in_no_list_and_no_figure(phone: WirePhone, x: str) -> None:
    phone.receipts(phone.draft(x))
    commune = phone.commune
    for table in ("inspection", "visit", "commitment", "signed"):
        assert commune.ask(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608
