"""What phones sent and could not be written at once: the office decides, nothing is lost."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlite_utils import Database

from fieldapp import audit, establishments, inspections, people
from fieldapp.database import write
from fieldapp.establishments import Establishment
from sync import quarantine, stamps
from sync.kinds import CannotApply, Carrier
from sync.merge import Edit
from sync.wire import Op
from tests import making
from tests.conftest import NOW, Clock


def binh(db: Database) -> str:
    return next(a.id for a in people.accounts(db) if a.username == "binh")


def held(db: Database, clock: Clock, kind: str, body: dict[str, Any], why: str = "not_allowed") -> str:
    """An op in the inbox. Returns its path."""
    line = json.dumps(body, ensure_ascii=False).encode()
    op = Op(str(uuid.uuid4()), kind, 1, hashlib.sha256(line).hexdigest(), (), {}, line)
    with write(db, clock) as tx:
        quarantine.hold(tx, op, CannotApply(why, {}), Carrier(binh(db), "phone"), NOW)
    return f"/changes/{op.op}/{op.sha256}"


def place_in(db: Database, clock: Clock) -> Establishment:
    with write(db, clock) as tx:
        return making.establishment(tx, "Karaoke Sao Thử", address="Số 1", phone="0900000001")


def patch(place: Establishment, **fields: Any) -> dict[str, Any]:
    return {
        "id": place.id,
        "fields": {k: {"v": v, "at": "2026-11-21T02:00:00Z", "base": None} for k, v in fields.items()},
    }


def test_a_patch_a_phone_may_not_make_waits_and_may_be_taken(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = place_in(db, clock)
    path = held(db, clock, "establishment", patch(place, address="Số 9", phone="0900000009"))
    assert "1 thay đổi từ điện thoại chưa nhận được" in alice.get("/").text
    page = alice.get("/changes").text
    for part in (
        "Karaoke Sao Thử",
        "Trần Văn Bình",
        "Số 9",
        "Số 1",
        "Địa chỉ",
        "Điện thoại không được sửa các mục này",
    ):
        assert part in page, part
    assert alice.post(f"{path}/take").location == "/changes"
    after = establishments.read(db, place.id)
    assert (after.address, after.phone) == ("Số 9", "0900000009")
    assert not quarantine.waiting(db)
    assert "Không có gì chờ quyết định" in alice.get("/changes").text
    assert alice.post(f"{path}/take").status_code == 404  # decided already


def test_not_taking_needs_a_reason(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = place_in(db, clock)
    path = held(db, clock, "establishment", patch(place, address="Số 9"))
    assert alice.post(f"{path}/dismiss", data={"reason": " "}).status_code == 422
    assert len(quarantine.waiting(db)) == 1
    alice.post(f"{path}/dismiss", data={"reason": "Địa chỉ trong sổ đúng"})
    assert not quarantine.waiting(db)
    assert establishments.read(db, place.id).address == "Số 1"
    assert audit.recent(db, limit=1)[0]["reason"] == "Địa chỉ trong sổ đúng"


def test_a_record_is_let_in_as_its_author_signed_it(alice: FlaskClient, db: Database, clock: Clock) -> None:
    place = place_in(db, clock)
    with write(db, clock) as tx:
        body = making.inspection_body(tx, place, author=binh(db), signatures=[])
    path = held(db, clock, "inspection", body, "device_revoked")
    page = alice.get("/changes").text
    assert "Biên bản kiểm tra" in page
    assert "Máy đã bị ngừng" in page
    alice.post(f"{path}/take")
    assert [i.id for i in inspections.waiting(db)] == [body["id"]]


@pytest.mark.parametrize("body", [{"id": "x"}, {}, [1, 2], {"id": None, "fields": None}])
def test_what_still_cannot_be_taken_stays(body: Any, alice: FlaskClient, db: Database, clock: Clock) -> None:
    for kind in ("inspection", "establishment", "schedule_entry"):
        path = held(db, clock, kind, body, "invalid_body")
        assert alice.get("/changes").status_code == 200
        assert alice.post(f"{path}/take").location == "/changes"
    assert len(quarantine.waiting(db)) == 3
    assert "Chưa nhận vào sổ được." in alice.get("/changes").text


@pytest.mark.parametrize(("take", "stands"), [("lost", "0900000022"), ("stands", "0900000011")])
def test_between_two_values_the_office_chooses(
    take: str, stands: str, alice: FlaskClient, db: Database, clock: Clock
) -> None:  # fmt: skip
    place = place_in(db, clock)
    with write(db, clock) as tx:
        for n, value in enumerate(("0900000011", "0900000022")):
            at = NOW - timedelta(minutes=5 + n)
            edit = Edit(value, at, f"phone-{n}", str(uuid.uuid4()), None)
            merged = stamps.apply_patch(
                tx, kind="establishment", record_id=place.id, edits={"phone": edit}, account=binh(db)
            )
            if merged.winners:
                establishments.write_fields(tx, place.id, merged.winners)
    lost = stamps.open_conflicts(db, "establishment")[0]
    page = alice.get("/changes").text
    assert "0900000011" in page
    assert "0900000022" in page
    assert "1 giá trị do hai người cùng sửa" in alice.get("/").text
    assert "1 giá trị của cơ sở này do hai người cùng sửa" in alice.get(f"/establishments/{place.id}").text
    assert alice.post(f"/changes/conflicts/{lost.op}/phone", data={"take": take}).location == "/changes"
    assert establishments.read(db, place.id).phone == stands
    assert not stamps.open_conflicts(db, "establishment")
    assert alice.post(f"/changes/conflicts/{lost.op}/phone", data={"take": take}).status_code == 404
