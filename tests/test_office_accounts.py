"""Accounts, phones, the unit's own words, the trail."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlite_utils import Database

from fieldapp import audit, people, units
from fieldapp.database import write
from fieldapp.people import Account
from tests import making
from tests.cast import PASSWORD, Clock


@pytest.fixture
def quan(sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """The administrator's browser."""
    return sign_in("quan")


def one(db: Database, username: str) -> Account:
    return next(a for a in people.accounts(db) if a.username == username)


NEW = {"name": "Lê Văn Ví Dụ", "position": "Thành viên", "username": "", "role": "inspector", "body": "police",
       "password": "một mật khẩu mới"}  # fmt: skip


def test_opening_an_account(quan: FlaskClient, db: Database, sign_in: Callable[[str], FlaskClient]) -> None:
    assert quan.post("/accounts", data=NEW).location == "/accounts"
    page = quan.get("/accounts").text
    assert "Đã lập tài khoản le.van.vi.du cho Lê Văn Ví Dụ." in page
    made = one(db, "le.van.vi.du")
    assert (made.role, made.body, made.position) == ("inspector", "police", "Thành viên")
    assert NEW["password"] not in page
    taken = quan.post("/accounts", data=NEW)
    assert "Đã có tài khoản tên le.van.vi.du." in taken.text
    assert 'value="Lê Văn Ví Dụ"' in taken.text


def test_a_phone_stands_with_its_own_person_and_not_with_a_namesake(
    quan: FlaskClient, db: Database, clock: Clock
) -> None:
    for username in ("vi.du.1", "vi.du.2"):
        quan.post("/accounts", data={**NEW, "username": username})
    mine, namesake = one(db, "vi.du.1"), one(db, "vi.du.2")
    with write(db, clock) as tx:
        people.enrol(tx, mine, device="may-1", device_name="SM-A125F")
    assert "SM-A125F" in quan.get(f"/accounts/{mine.id}").text
    assert "SM-A125F" not in quan.get(f"/accounts/{namesake.id}").text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "Chưa điền ô này."),
        ({"password": "ngắn"}, "Mật khẩu cần ít nhất 10 ký tự."),
        ({"username": "có dấu"}, "không dùng được"),
        ({"role": "king"}, "Hãy chọn một mục trong danh sách."),
        ({"body": "nasa"}, "Hãy chọn một mục trong danh sách."),
    ],
)
def test_what_an_account_needs(wrong: dict[str, str], says: str, quan: FlaskClient, db: Database) -> None:
    before = len(people.accounts(db))
    assert says in quan.post("/accounts", data={**NEW, **wrong}).text
    assert len(people.accounts(db)) == before


def test_closing_needs_a_reason_and_leaves_one_administrator(quan: FlaskClient, db: Database) -> None:
    path = f"/accounts/{one(db, 'em').id}"
    assert "Phải ghi lý do." in quan.post(path, data={"close-reason": ""}).text
    assert one(db, "em").closed_at is None
    assert quan.post(path, data={"close-reason": "Nghỉ hưu"}).location == "/accounts"
    assert one(db, "em").closed_at
    assert "Tài khoản đã đóng." in quan.get(path).text
    own = f"/accounts/{one(db, 'quan').id}"
    quan.post(own, data={"close-reason": "Nhầm"})
    assert "Đây là quản trị viên cuối cùng" in quan.get(own).text
    assert one(db, "quan").closed_at is None


def test_setting_a_password(quan: FlaskClient, db: Database, sign_in: Callable[[str], FlaskClient]) -> None:
    path = f"/accounts/{one(db, 'quan').id}"
    assert "Mật khẩu cần ít nhất 10 ký tự." in quan.post(path, data={"set-password": "ngắn"}).text
    assert quan.post(path, data={"set-password": "một câu dễ nhớ hơn"}).status_code == 302
    assert quan.get("/accounts").status_code == 200  # one's own session goes on
    assert people.authenticate(db, "quan", "một câu dễ nhớ hơn")


def test_phones_are_stopped_with_a_reason(quan: FlaskClient, db: Database, clock: Clock) -> None:
    assert "Chưa có điện thoại nào" in quan.get("/devices").text
    with write(db, clock) as tx:
        token = people.enrol(tx, one(db, "binh"), device="d-1", device_name="Điện thoại của Bình", app="0.1.0")
    assert "Điện thoại của Bình" in quan.get("/devices").text
    refused = quan.post("/devices/d-1/revoke", data={"reason": ""})
    assert refused.status_code == 422
    assert "Phải ghi lý do." in refused.text
    bearer = people.bearer_of(db, token)
    assert bearer
    assert not bearer.revoked
    assert quan.post("/devices/d-1/revoke", data={"reason": "Mất máy"}).location == "/devices"
    bearer = people.bearer_of(db, token)
    assert bearer
    assert bearer.revoked
    assert quan.post("/devices/no-such/revoke", data={"reason": "x"}).status_code == 404


def test_a_phone_not_heard_of_for_a_week_is_mentioned(alice: FlaskClient, db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        making.establishment(tx)
        people.enrol(tx, one(db, "binh"), device="d-1", device_name="Máy của Bình")
    assert "chưa liên lạc" not in alice.get("/").text
    clock.now = clock.now.replace(day=28)
    assert "Máy của Bình của Trần Văn Bình chưa liên lạc" in alice.get("/").text


def test_a_code_signs_a_phone_in_once(quan: FlaskClient, db: Database, clock: Clock) -> None:
    path = f"/accounts/{one(db, 'binh').id}"
    page = quan.post(path, data={"issue-code": "1"}).text
    shown = re.search(r'code-letters">([A-Z2-9]{4}) ([A-Z2-9]{4})<', page)
    assert shown
    assert "<svg" in page
    assert "Địa chỉ trong hình chỉ mở được trên chính máy này." in page  # the test's server is called localhost
    with write(db, clock) as tx:
        assert people.redeem_code(tx, "".join(shown.groups())).username == "binh"
    assert "code-letters" not in quan.get(path).text
    assert quan.post("/accounts/00000000-0000-0000-0000-000000000000").status_code == 404


def test_the_units_words(quan: FlaskClient, db: Database) -> None:
    page = quan.get("/unit").text
    assert 'value="Đội kiểm tra liên ngành 178"' in page
    words = {
        "team_name": "Đội 178 xã", "office_name": "Phòng VH-XH", "area_word": "xóm",
        "contact": "Phòng  VH-XH\n0900", "recipients": "Sở Y tế\n\n UBND tỉnh ",
    }  # fmt: skip
    assert quan.post("/unit", data=words).location == "/unit"
    unit = units.read(db)
    assert (unit.team_name, unit.area_word, unit.contact) == ("Đội 178 xã", "xóm", "Phòng VH-XH 0900")
    assert unit.recipients == ("Sở Y tế", "UBND tỉnh")
    assert "Chưa điền ô này." in quan.post("/unit", data={**words, "team_name": ""}).text


def test_the_trail(quan: FlaskClient, db: Database, sign_in: Callable[[str], FlaskClient]) -> None:
    quan.post("/accounts", data=NEW)
    page = html.unescape(quan.get("/audit").text)
    for part in ("Lập tài khoản", "Hồ Quân", "le.van.vi.du", "Chuỗi còn nguyên"):
        assert part in page, part
    assert "Lập tài khoản" in sign_in("dung").get("/audit").text
    of_one = quan.get(f"/audit?account={one(db, 'quan').id}").text
    assert of_one.count('<th scope="row"') == 1
    assert quan.get("/audit?before=3").text.count('<th scope="row"') == 2
    assert quan.get("/audit?before=abc&account=nobody").status_code == 200
    db.execute("UPDATE audit SET reason = 'x' WHERE number = 2")
    assert "Chuỗi bị đứt từ dòng 2" in quan.get("/audit").text


def test_passwords_appear_nowhere(quan: FlaskClient, db: Database) -> None:
    quan.post("/accounts", data=NEW)
    for row in audit.recent(db, limit=1000):
        assert PASSWORD not in str(row)
        assert NEW["password"] not in str(row)
