"""The ground: units by their code, accounts and tokens, the audit chain, folding, points and transactions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from fieldapp import audit, people, units, visits
from fieldapp.clock import Clock
from fieldapp.database import write
from fieldapp.errors import Refusal
from fieldapp.folding import fold, natural
from sync import history
from tests import making
from tests.making import ACTOR

PASSWORD = "một mật khẩu dài"


@pytest.mark.parametrize(
    ("code", "full_name", "province", "area_word"),
    [("15187", "xã Kim Tân", "Thanh Hóa", "thôn"), ("09562", "phường Yên Nghĩa", "Hà Nội", "tổ dân phố")],
)
def test_a_unit_is_known_by_its_code(code: str, full_name: str, province: str, area_word: str) -> None:
    unit = units.found(code)
    assert (unit.full_name, unit.area_word) == (full_name, area_word)
    assert province in unit.province
    assert unit.committee == f"Ủy ban nhân dân {full_name}"


def test_an_unknown_code_needs_its_names() -> None:
    with pytest.raises(Refusal, match="99999"):
        units.found("99999")
    assert units.found("99999", kind="đặc khu", name="Mẫu", province="Ví Dụ").full_name == "đặc khu Mẫu"


def test_the_units_own_words_stand_in_the_notice(db: Database) -> None:
    told = " ".join(point["answer"] for point in units.notice(units.read(db))["points"])
    assert units.read(db).committee in told
    assert "{" not in told


def test_a_password_is_never_stored_and_never_half_told(db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        people.open_account(tx, ACTOR, name="Nguyễn Thị Ân", role="officer", password=PASSWORD)
    account = people.authenticate(db, " Nguyen.Thi.An ", PASSWORD)
    assert account.name == "Nguyễn Thị Ân"
    assert PASSWORD not in str(list(db.query("SELECT * FROM account")))
    for username, password in [("nguyen.thi.an", "sai mật khẩu"), ("nobody", PASSWORD)]:
        with pytest.raises(Refusal) as refused:
            people.authenticate(db, username, password)
        assert refused.value.code == "sign_in_failed"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"role": "king"}, "role_unknown"), ({"password": "ngắn"}, "password_too_short"),
        ({"username": "a b"}, "username_invalid"),
        ({"body": "navy"}, "body_unknown"),
    ],
)  # fmt: skip
def test_a_bad_account_is_refused_and_nothing_changes(
    db: Database, clock: Clock, facts: dict[str, str], code: str
) -> None:
    before = people.accounts(db)
    with pytest.raises(Refusal) as refused, write(db, clock) as tx:
        people.open_account(tx, ACTOR, **{"name": "Lê Văn Mẫu", "role": "viewer", "password": PASSWORD, **facts})
    assert refused.value.code == code
    assert people.accounts(db) == before


def test_a_new_sign_in_ends_the_devices_old_token(db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        account = people.open_account(tx, ACTOR, name="Lê Văn Dũng", role="inspector", password=PASSWORD)
        old = people.enrol(tx, account, device="d1", device_name="Máy 1")
        new = people.enrol(tx, account, device="d1", device_name="Máy 1")
        other = people.enrol(tx, account, device="d2", device_name="Máy 2")
        people.revoke(tx, ACTOR, "d2", reason="Mất máy.")
    assert people.bearer_of(db, old) is None
    found, lost = people.bearer_of(db, new), people.bearer_of(db, other)
    assert found is not None
    assert (found.account.id, found.device, found.revoked) == (account.id, "d1", False)
    assert lost is not None
    assert lost.revoked


def test_the_last_administrator_stays(db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        for account in people.accounts(db):
            if account.role == "admin":
                last = account.id
        with pytest.raises(Refusal, match="last administrator"):
            people.close_account(tx, ACTOR, last, reason="thử")


def test_the_audit_chain_shows_what_was_changed_or_removed(db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        for n in range(5):
            audit.record(tx, ACTOR, "tried", "thing", str(n), reason="vì thế", count=n)
    assert audit.first_broken(db) is None
    last = db.execute("SELECT max(number) FROM audit").fetchone()[0]
    with pytest.raises(ZeroDivisionError), db.atomic():
        db.execute("UPDATE audit SET reason = 'khác' WHERE number = ?", [last - 2])
        assert audit.first_broken(db) == last - 2
        raise ZeroDivisionError  # put it back
    db.execute("DELETE FROM audit WHERE number = ?", [last - 1])
    assert audit.first_broken(db) == last


def test_the_same_row_of_a_file_is_one_visit(db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        place = making.establishment(tx)
        row = visits.Visit(place.id, clock().date(), ("police",), source="imported")
        assert visits.enter(tx, row) is not None
        assert visits.enter(tx, row) is None
    assert len(visits.of_establishment(db, place.id)) == 1


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Khách sạn  ĐÔNG Đô", "khach san dong do"), ("Ổ Ẫm", "o am"), ("Nhà nghỉ “Ưu”", "nha nghi “uu”"), ("", "")],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_names_stand_as_people_count() -> None:
    names = ["Thôn 10", "thôn 2", "Thôn Đồng", "Thôn 2 Bắc", "Tổ 1", ""]
    assert sorted(names, key=natural) == ["", "thôn 2", "Thôn 2 Bắc", "Thôn 10", "Thôn Đồng", "Tổ 1"]


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_point_is_taken_only_by_a_change_of_synced_records(db: Database, clock: Clock) -> None:
    before = history.head(db)
    with write(db, clock) as tx:
        audit.record(tx, ACTOR, "looked", "thing", "1")
    assert history.head(db) == before
    with write(db, clock) as tx:
        making.establishment(tx)
    assert history.head(db)[0] == before[0] + 1


def test_a_transaction_takes_a_new_point_after_200_changes(db: Database, clock: Clock) -> None:
    before = history.head(db)[0]
    with write(db, clock) as tx:
        for n in range(450):
            tx.touch("establishment", str(n))
    per_point = [row[0] for row in db.execute("SELECT count(*) FROM change WHERE seq > ? GROUP BY seq", [before])]
    assert per_point == [200, 200, 50]


def test_what_fails_leaves_nothing_behind(db: Database, clock: Clock) -> None:
    before = history.head(db)
    with pytest.raises(Refusal), write(db, clock) as tx:
        making.establishment(tx, code="CS-001")
        making.establishment(tx, code="CS-001")
    assert history.head(db) == before
    assert db.execute("SELECT count(*) FROM establishment").fetchone()[0] == 0


def test_a_code_stands_in_for_the_password_once_and_not_for_long(db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        account = people.open_account(tx, ACTOR, name="Lê Văn Dũng", role="inspector", password=PASSWORD)
        first = people.issue_code(tx, ACTOR, account.id)
        second = people.issue_code(tx, ACTOR, account.id)
    assert second not in str(list(db.query("SELECT * FROM enrolment_code")))

    def redeem(code: str, later: timedelta = timedelta(0)) -> str:
        with write(db, lambda: clock() + later) as tx:
            return people.redeem_code(tx, code).id

    for refused in (first, "ABCD2345"):  # replaced by the second; never given out
        with pytest.raises(Refusal):
            redeem(refused)
    with pytest.raises(Refusal):
        redeem(second, later=people.CODE_LIFE)
    assert redeem(f" {second[:4].lower()} {second[4:]}") == account.id
    with pytest.raises(Refusal):
        redeem(second)
