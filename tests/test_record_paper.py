"""The inspection record in Word: what applies and nothing else; texts from phones stay texts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
from flask.testing import FlaskClient
from sqlite_utils import Database

from fieldapp import audit, complexity, inspections, people, plans
from fieldapp.clock import Clock
from fieldapp.database import write
from fieldapp.establishments import Establishment
from fieldapp.exporting import record
from fieldapp.inspections import Inspection
from tests import making
from tests.making import ACTOR
from tests.spreadsheets import Terminal, text_of

SIGNED = {
    "members": [{"name": "Trần Văn Bình", "position": "Thành viên"}], "opinion": "Xin gia hạn.",
    "representative": {"name": "Nguyễn Văn Mẫu", "capacity": "owner"}, "recommendation": "remedy",
    "figures": {"N01": 8, "N04": 6}, "second_visit": {"reason": "clear_signs"},
}  # fmt: skip


@pytest.fixture
def made(db: Database, clock: Clock) -> Callable[..., Inspection]:
    def make(**facts: Any) -> Inspection:
        with write(db, clock) as tx:
            author = next(a.id for a in people.accounts(db) if a.username == "binh")
            place = making.establishment(tx, address="Số 1 đường Mẫu", code=facts.pop("code", None))
            return making.inspect(tx, place, author=author, **{**SIGNED, **facts})

    return make


def paper(db: Database, inspection: Inspection) -> str:
    return text_of(record.docx(db, inspections.read(db, inspection.id)))


def test_it_says_what_was_signed_and_only_the_items_that_were_asked(
    db: Database, made: Callable[..., Inspection]
) -> None:
    bad = {"a": "khong_dat", "note": "Hết hạn", "files": [], "due_on": "2026-12-01"}
    text = paper(db, made(answers={"A01": bad, "C04": {"a": "dat", "note": "", "files": []}}))
    for said in ("BB-2026-0001", "hồi 09 giờ 15 phút, ngày 21 tháng 11 năm 2026", "Trần Văn Bình – Thành viên",
                 "Nguyễn Văn Mẫu – chủ cơ sở", "Karaoke Sao Thử 01", "☒ định kỳ", "☐ đột xuất", "Hết hạn", "01/12/2026",
                 "A. Hồ sơ pháp lý, giấy phép", "Xin gia hạn.", "Số người được tuyên truyền: 6"):  # fmt: skip
        assert said in text, said
    for left_out in ("D. Sử dụng lao động", "A02", "{{", "{%", "None"):
        assert left_out not in text, left_out


def test_the_page_to_print_and_word_say_the_same(
    alice: FlaskClient, db: Database, clock: Clock, made: Callable[..., Inspection]
) -> None:
    """Both are made of one reading of the record: every word of it stands on both."""
    with write(db, clock) as tx:
        plans.put(tx, ACTOR, plans.Plan("p", (date(2026, 1, 1), date(2026, 12, 31)), number="07/KH-UBND"))
    bad = {"a": "khong_dat", "note": "Hết hạn", "files": [], "due_on": "2026-12-01"}
    photos = {"a" * 64: {"class": "premises", "taken_at": "2026-11-21T02:00:00Z"}}
    inspection = inspections.read(
        db, made(answers={"A01": bad}, photos=photos, note="Đã nhắc nhở.", second_visit=None).id
    )
    printed = re.sub(r"<[^>]+>", " ", alice.get(f"/inspections/{inspection.id}/print").text)
    folded = [" ".join(html.unescape(text).split()).lower() for text in (printed, paper(db, inspection))]
    said = [" ".join(text.split()).lower() for text in texts(record.content(db, inspection))]
    assert len(said) > 40
    assert [text for text in said if text not in folded[0]] == []
    foot = record.content(db, inspection)["code"].lower()  # in Word it stands at the foot of every page
    assert [text for text in said if text not in folded[1] and text != foot] == []
    assert "1 ảnh hiện trạng" in folded[0]
    assert "0 ảnh" not in folded[0]


def texts(value: Any) -> Iterator[str]:
    """Every text in what the papers are made of but those that only choose, or are said of an attempt alone."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from texts(one) if key not in ("photos", "outcome") else ()
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def test_a_closed_door_has_no_answers_to_print(db: Database, made: Callable[..., Inspection]) -> None:
    text = paper(db, made(outcome="closed_door", answers={}, note="Không có người."))
    assert "Đóng cửa. Không có người." in text
    assert "6. Tồn tại" not in text
    assert "10. Kết thúc" not in text


def test_what_was_referred_and_how_a_place_is_classified_is_not_on_the_owners_copy(
    db: Database, clock: Clock, made: Callable[..., Inspection]
) -> None:
    inspection = made(answers={"D03": {"a": "khong_dat", "note": "Nguyễn Thị Không In", "files": []}})
    with write(db, clock) as tx:
        complexity.classify(
            tx, ACTOR, inspection.establishment, level="complex", authority="Công an Mật", document_no="9/MẬT",
            classified_on=tx.now.date(), expires_on=tx.now.date().replace(year=2027),
        )  # fmt: skip
    text = paper(db, inspection)
    assert "1 nội dung đã chuyển cơ quan có thẩm quyền" in text
    for secret in ("Nguyễn Thị Không In", "Công an Mật", "9/MẬT", "phức tạp"):
        assert secret not in text


NASTY = "<b>\"'&{{ 7 * 7 }}{% raw %}\x00\x01\x0b\ufffe\a\f\u202e]]>"


def test_no_text_of_a_phone_is_a_template_or_breaks_the_file(db: Database, made: Callable[..., Inspection]) -> None:
    facts = dict.fromkeys(("name", "address", "area", "entity"), NASTY)
    inspection = made(
        note=NASTY, opinion=NASTY, facts=facts, representative={"name": NASTY}, members=[{"name": NASTY}],
        refusal={"reason": NASTY, "witness_name": NASTY}, checklist="f" * 64, amend_reason=NASTY,
        answers={"A01": {"a": "khong_dat", "note": NASTY}, NASTY: {"a": "dat"}}, figures={"N01": NASTY},
    )  # fmt: skip
    text = paper(db, inspection)
    assert text.count("<b>\"'&{{ 7 * 7 }}{% raw %}") > 8
    assert "49" not in text
    assert "\u202e" not in text, "the office's own words after it would be turned around"


def test_an_amended_voided_or_mended_record_says_so(
    db: Database, clock: Clock, made: Callable[..., Inspection]
) -> None:
    old = made()
    place = Establishment(old.establishment, "", "", "karaoke")
    with write(db, clock) as tx:
        new = making.inspect(tx, place, amends=old.id, amend_reason="Ghi nhầm số phòng")
        inspections.void(tx, ACTOR, new.id, "Nhầm cơ sở")
    assert f"đã được thay bằng biên bản {new.number}" in paper(db, old)
    assert f"Thay cho biên bản {old.number}. Lý do: Ghi nhầm số phòng" in paper(db, new)
    assert "đã bị hủy: Nhầm cơ sở" in paper(db, new)


def test_earlier_checks_of_the_year_are_told_and_the_one_it_replaces_is_none(
    db: Database, clock: Clock, made: Callable[..., Inspection]
) -> None:
    first = made(started_at="2026-03-05T09:00:00+07:00")
    place = Establishment(first.establishment, "", "", "karaoke")
    with write(db, clock) as tx:
        second = making.inspect(tx, place, **SIGNED)
        again = making.inspect(tx, place, amends=second.id, **SIGNED)
    assert "trước buổi này (mọi cơ quan): 0." in paper(db, first)
    assert "trước buổi này (mọi cơ quan): 1 (Đội 178, 05/3/2026). Lý do kiểm tra thêm:" in paper(db, again)


def test_the_command_writes_it_and_notes_who_printed(
    db: Database, terminal: Terminal, made: Callable[..., Inspection], tmp_path: Path
) -> None:
    inspection = made()
    done = terminal("record", inspection.number.lower(), "--out", tmp_path / "bb.docx")
    assert (done.exit_code, done.stderr) == (0, "")
    assert inspection.number in text_of((tmp_path / "bb.docx").read_bytes())
    assert audit.of_object(db, "inspection", inspection.id)[0]["action"] == "record_printed"


@pytest.mark.parametrize(("words", "exit_code"), [
    ("BB-1999-0001 --out {}/x.docx", 1), ("BB-2026-0001 --out {}/x.pdf", 2), ("--out {}/x.docx", 2),
    ("BB-2026-0001 --out {}/no/where/x.docx", 1),
])  # fmt: skip
def test_the_command_refuses(
    terminal: Terminal, made: Callable[..., Inspection], tmp_path: Path, words: str, exit_code: int
) -> None:
    made()
    refused = terminal("record", *words.format(tmp_path).split())
    assert (refused.exit_code, bool(refused.stderr)) == (exit_code, True)
    assert "Traceback" not in refused.stderr
    assert not list(tmp_path.glob("**/x.*"))


def test_the_office_has_its_own_template_and_a_broken_one_is_named(
    sign_in: Callable[[str], FlaskClient], terminal: Terminal, made: Callable[..., Inspection], tmp_path: Path
) -> None:
    inspection = made()
    folder = terminal.data / "templates"
    folder.mkdir()
    own = docx.Document()
    own.add_paragraph("Mẫu của tỉnh: {{ number }}")
    own.save(folder / "record.docx")
    address = f"/inspections/{inspection.id}/record.docx"
    assert text_of(sign_in("alice").get(address).data) == f"Mẫu của tỉnh: {inspection.number}"
    (folder / "record.docx").write_bytes(b"no zip")
    refused = sign_in("alice").get(address)
    assert (refused.status_code, "record.docx" in refused.text) == (422, True)
