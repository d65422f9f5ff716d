"""The office's page of unfinished drafts: who, where, since when; never what is in them. And handing one over."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlite_utils import Database

from fieldapp import drafts, evidence, exchange, people, units
from fieldapp.audit import COMMAND_LINE
from fieldapp.database import write
from fieldapp.drafts import Draft
from fieldapp.exchange import inbox
from sync import quarantine
from sync.files import Shelf
from sync.kinds import CannotApply, Carrier
from sync.wire import Op
from tests import making
from tests.cast import NOW

SECRET = "điều chỉ người lập được xem"
PLACE = "Karaoke Sao Thử 01, cơ sở có tên rất dài ở cuối đường liên thôn"


@pytest.fixture
def draft(db: Database) -> Draft:
    """Bình's unfinished inspection."""
    with write(db, lambda: NOW) as tx:
        place = making.establishment(tx, PLACE)
        made = Draft(
            id=str(uuid.uuid4()), account=account(db, "binh"), device="máy 1", kind="inspection",
            establishment=place.id, begun_at="2026-11-21T01:00:00.000Z", saved_at="2026-11-21T01:30:00.000Z",
            received_at="2026-11-21T01:31:00.000Z", op=str(uuid.uuid4()), over=(), ver=1, sha256="0" * 64,
            body=f'{{"draft": {{"note": "{SECRET}"}}}}',
        )  # fmt: skip
        drafts.save(tx, made, [])
    return made


def account(db: Database, username: str) -> str:
    return next(one.id for one in people.accounts(db) if one.username == username)


def test_the_office_sees_who_where_and_since_when_and_not_what(alice: FlaskClient, draft: Draft) -> None:
    page = alice.get("/drafts").text
    for shown in ("Trần Văn Bình", PLACE, "21/11/2026, 08:00", "21/11/2026, 08:31", "Biên bản kiểm tra"):
        assert shown in page
    assert SECRET not in page
    for path in ("/", "/inspections", "/inspections/year", "/changes", "/coverage"):
        assert SECRET not in alice.get(path).text


def test_a_draft_is_handed_to_a_colleague_with_a_reason(alice: FlaskClient, db: Database, draft: Draft) -> None:
    dung = account(db, "dung")
    path = f"/drafts/{draft.id}/hand-over"
    assert alice.post(path, data={"to": dung, "reason": " "}).status_code == 422
    assert alice.post(path, data={"to": "", "reason": "Nghỉ ốm"}).status_code == 422
    assert alice.post(path, data={"to": account(db, "em"), "reason": "Nghỉ ốm"}).status_code == 422
    assert alice.post(path, data={"to": draft.account, "reason": "Nghỉ ốm"}).status_code == 422
    assert drafts.unfinished(db)[0].account == draft.account
    page = alice.post(path, data={"to": dung, "reason": "Nghỉ ốm"}, follow_redirects=True).text
    assert "nhận bàn giao từ Trần Văn Bình" in page
    (given,) = drafts.unfinished(db)
    assert (given.account, given.handed_from, given.over[0]) == (dung, draft.account, draft.op)
    trail = db.query("SELECT reason, object FROM audit WHERE action = 'draft_handed_over'")
    assert [(entry["reason"], entry["object"]) for entry in trail] == [("Nghỉ ốm", draft.id)]
    assert alice.post(f"/drafts/{uuid.uuid4()}/hand-over", data={}).status_code == 404


def test_a_draft_in_the_inbox_shows_whose_it_is_and_can_be_let_in_but_not_read(
    alice: FlaskClient, db: Database, draft: Draft
) -> None:
    """A revoked phone hands its drafts in before it wipes itself; the office lets them through to the author."""
    line = json.dumps(
        {
            "id": str(uuid.uuid4()), "over": [], "kind": "inspection", "establishment": draft.establishment,
            "begun_at": draft.begun_at, "saved_at": draft.saved_at, "draft": {"note": SECRET},
        },
        ensure_ascii=False,
    ).encode()  # fmt: skip
    op = Op(str(uuid.uuid4()), "draft", 1, hashlib.sha256(line).hexdigest(), (), {}, line)
    with write(db, lambda: NOW) as tx:
        quarantine.hold(tx, op, CannotApply("device_revoked"), Carrier(draft.account, "máy 1"), NOW)
    held = quarantine.waiting(db)[0]
    assert "draft" not in inbox.body_of(held)
    page = alice.get("/changes").text
    assert "Trần Văn Bình" in page
    assert SECRET not in page
    with write(db, lambda: NOW) as tx:
        inbox.let_in(tx, COMMAND_LINE, held, kinds=exchange.kinds(units.read(db), NOW))
    assert len(drafts.unfinished(db)) == 2


def test_a_draft_that_ended_or_expired_is_on_no_list(alice: FlaskClient, db: Database, draft: Draft) -> None:
    with write(db, lambda: NOW + drafts.EXPIRES + timedelta(hours=1)) as tx:
        drafts.tidy(tx, Shelf(Path("nowhere")), drafts.outlived(tx))
    assert "Không có bản nháp nào" in alice.get("/drafts").text
    assert alice.post(f"/drafts/{draft.id}/hand-over", data={}).status_code == 404


def test_a_photo_of_a_draft_is_no_business_of_the_office(
    app: Flask, db: Database, draft: Draft, sign_in: Callable[[str], FlaskClient]
) -> None:
    data = b"\xff\xd8\xff a photo of a paper"
    name = hashlib.sha256(data).hexdigest()
    with write(db, lambda: NOW) as tx:
        drafts.save(tx, draft, [name])
    evidence.shelf(app.config["DATA_FOLDER"]).take(db, name, data, Carrier(draft.account, "máy 1"), NOW)
    for who in ("alice", "dung", "binh", "em"):
        assert sign_in(who).get(f"/files/{name}").status_code == 404
