"""Who may open what: every route × every role, read off the application itself.

Source of the matrix: the role table of the privacy rules. An administrator keeps accounts and sees no case data; an
inspector reads the register and his or her own records; the leadership reads; officer and leader work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlite_utils import Database
from werkzeug.routing import Rule

from fieldapp import database, establishments, people
from fieldapp.database import write
from tests import making
from tests.cast import PASSWORD
from tests.conftest import CAST

PUBLIC = {
    "static": "files of the page itself",
    "session.sign_in": "asks who it is",
}
ELSEWHERE = {"phone", "sync"}
"""The phone's shell holds no data; the wire asks for a bearer token (tests/test_sync_*.py)."""

ALL = frozenset({"admin", "officer", "leader", "inspector", "viewer"})
CASE = ALL - {"admin"}
ADMIN = frozenset({"admin"})
OFFICE = frozenset({"officer", "leader"})
LEADER = frozenset({"leader"})
READERS = OFFICE | {"viewer"}
MATRIX: dict[str, frozenset[str]] = {
    # own account
    "session.sign_out": ALL, "session.password": ALL, "today.search": ALL, "today.suggest": ALL,
    "today.today_page": ALL,  # an administrator is led to the accounts
    # the register: read by all with cases, written by the office
    "establishments.register": CASE, "establishments.page": CASE,
    "establishments.add": OFFICE, "establishments.edit": OFFICE, "establishments.decide": OFFICE,
    "establishments.drop_licence": OFFICE, "establishments.export": OFFICE,
    "establishments.choose": OFFICE,
    "imports.upload": OFFICE, "imports.report": OFFICE, "imports.confirm": OFFICE, "imports.drop": OFFICE,
    "imports.columns": OFFICE,
    # what the plans count: read by those with cases; classification only by who may know of it
    "schedule.year": CASE, "schedule.public": CASE, "schedule.add": OFFICE, "schedule.propose": OFFICE,
    "schedule.approve": LEADER, "schedule.entry": OFFICE, "schedule.cancel": OFFICE, "schedule.export": OFFICE,
    "ledger.year": READERS, "ledger.second": READERS, "ledger.add": OFFICE, "ledger.void": OFFICE,
    "ledger.answer": OFFICE, "ledger.explain": OFFICE, "ledger.decide": LEADER, "ledger.export": OFFICE,
    "activities.year": CASE, "activities.export": OFFICE, "activities.add": OFFICE, "activities.void": OFFICE,
    "teams.every": CASE, "teams.add": OFFICE, "teams.edit": OFFICE, "teams.void": OFFICE,
    "sanctions.every": READERS, "sanctions.export": OFFICE, "sanctions.page": READERS,
    "sanctions.add": OFFICE, "sanctions.tell": OFFICE,
    "sanctions.classified": OFFICE, "sanctions.classify": OFFICE, "sanctions.unclassify": OFFICE,
    "legal.every": CASE, "legal.add": OFFICE, "legal.edit": OFFICE, "legal.drop": OFFICE, "legal.rule": LEADER,
    # coverage: the office and the leadership
    "coverage.year": READERS, "coverage.rows": READERS, "coverage.export_rows": READERS, "coverage.export": OFFICE,
    "plans.overview": READERS, "plans.page": READERS, "plans.take_shipped": OFFICE, "plans.add": OFFICE,
    "plans.edit": OFFICE, "plans.activate": OFFICE, "plans.target": OFFICE, "plans.drop_target": OFFICE,
    "plans.figure": OFFICE, "plan_files.upload": OFFICE, "plan_files.report": OFFICE, "plan_files.confirm": OFFICE,
    "plan_files.drop": OFFICE,
    # records: an inspector sees his or her own (tested below)
    "inspections.waiting": CASE, "inspections.of_year": CASE, "inspections.page": CASE, "inspections.paper": CASE,
    "inspections.in_word": CASE,
    "inspections.decide": OFFICE, "inspections.settle_day": OFFICE,
    "changes.inbox": OFFICE, "changes.page": OFFICE, "changes.take": OFFICE, "changes.mend": OFFICE,
    "changes.dismiss": OFFICE, "changes.many": OFFICE,
    "conflicts.waiting": OFFICE, "conflicts.choose": OFFICE, "conflicts.many": OFFICE,
    "findings.still_open": CASE, "findings.page": CASE, "findings.note_event": OFFICE, "findings.notice": CASE,
    "findings.export": OFFICE, "inspections.export": OFFICE,
    "commitments.overview": CASE, "commitments.page": CASE, "commitments.blank": CASE, "commitments.export": READERS,
    "files.show": CASE,
    "drafts.unfinished": OFFICE, "drafts.hand_over": OFFICE, "phone_exports.upload": OFFICE,
    # backups: the administrator; what a restore means for the work, also the office
    "backups.page": ADMIN, "backups.take": ADMIN, "backups.accept_loss": ADMIN, "backups.restored_page": ADMIN | OFFICE,
    "backups.seen": ADMIN | OFFICE,
    "reports.every": READERS, "reports.page": READERS, "reports.in_word": READERS, "reports.in_excel": OFFICE,
    "reports.begin": OFFICE, "reports.write": OFFICE, "reports.issue": OFFICE, "reports.discard": OFFICE,
    # accounts: the administrator; the trail also the leader
    "accounts.people_page": ADMIN, "accounts.one": ADMIN, "accounts.phones": ADMIN,
    "accounts.revoke": ADMIN, "accounts.words_page": ADMIN, "accounts.trail": ADMIN | {"leader"},
}  # fmt: skip


def office_rules(app: Flask) -> list[Rule]:
    return [
        rule for rule in app.url_map.iter_rules()
        if rule.endpoint not in PUBLIC and rule.endpoint.split(".")[0] not in ELSEWHERE
    ]  # fmt: skip


def address(app: Flask, rule: Rule) -> str:
    """An address of the route, for records that need not exist: whether one may comes before whether it is there."""
    of_form = {"form": "csv"}
    given: dict[str, Any] = {
        name: of_form.get(name, UUID(int=1) if name.endswith("_id") else "0" * 64) for name in rule.arguments
    }
    with app.test_request_context():
        return str(rule.build(given)[1])  # type: ignore[index]


def test_every_route_names_its_roles(app: Flask) -> None:
    for rule in office_rules(app):
        roles = getattr(app.view_functions[rule.endpoint], "roles", None)
        assert roles is not None, f"{rule.endpoint} opens to anybody"
        assert frozenset(roles) == MATRIX[rule.endpoint], rule.endpoint


def test_the_matrix_names_no_route_that_is_gone(app: Flask) -> None:
    assert set(MATRIX) == {rule.endpoint for rule in office_rules(app)}


@pytest.mark.parametrize("who", CAST)
def test_other_roles_are_refused(who: str, app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    browser = sign_in(who)
    for rule in office_rules(app):
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            status = browser.open(address(app, rule), method=method).status_code
            if CAST[who] in MATRIX[rule.endpoint]:
                assert status != 403, f"{who} {method} {rule.endpoint}"
                if rule.endpoint == "session.sign_out":
                    browser.post("/sign-in", data={"username": who, "password": PASSWORD})
            else:
                assert status == 403, f"{who} {method} {rule.endpoint}"


def test_whoever_is_signed_out_is_asked_to_sign_in(app: Flask, client: FlaskClient) -> None:
    for rule in office_rules(app):
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = client.open(address(app, rule), method=method)
            assert answer.status_code == 302, rule.endpoint
            assert answer.location.startswith("/sign-in"), rule.endpoint


def test_another_communes_cookie_opens_nothing(app: Flask, other_app: Flask) -> None:
    chi = other_app.test_client()
    assert chi.post("/sign-in", data={"username": "chi", "password": PASSWORD}).status_code == 302
    assert chi.get("/establishments").status_code == 200
    cookie = chi.get_cookie(other_app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    browser = app.test_client()
    for name in (app.config["SESSION_COOKIE_NAME"], other_app.config["SESSION_COOKIE_NAME"]):
        browser.set_cookie(name, cookie.value)
    for rule in office_rules(app):
        if "GET" in (rule.methods or set()):
            assert browser.get(address(app, rule)).status_code == 302, rule.endpoint


def test_a_closed_account_and_an_old_password_end_their_sessions(
    app: Flask, sign_in: Callable[[str], FlaskClient]
) -> None:  # fmt: skip
    binh, quan = sign_in("binh"), sign_in("quan")
    assert binh.get("/establishments").status_code == 200
    account = _account(app, "binh")
    quan.post(f"/accounts/{account}", data={"set-password": "một mật khẩu khác"})
    assert binh.get("/establishments").status_code == 302
    binh.post("/sign-in", data={"username": "binh", "password": "một mật khẩu khác"})
    assert binh.get("/establishments").status_code == 200
    quan.post(f"/accounts/{account}", data={"close-reason": "Chuyển công tác"})
    assert binh.get("/establishments").status_code == 302


def _account(app: Flask, username: str) -> str:
    db = database.connect(app.config["DATA_FOLDER"])
    found = next(a.id for a in people.accounts(db) if a.username == username)
    db.close()
    return found


def test_an_inspector_opens_only_own_records(app: Flask, db: Database, sign_in: Callable[[str], FlaskClient]) -> None:
    with write(db) as tx:
        place = making.establishment(tx)
        own = making.inspect(tx, place, author=_account(app, "binh"))
        other = making.inspect(tx, place, author=_account(app, "dung"))
        pledge = making.commit(tx, place, author=_account(app, "dung"))
    binh, alice = sign_in("binh"), sign_in("alice")
    assert binh.get(f"/inspections/{own.id}").status_code == 200
    papers = ("print", "record.docx")
    assert all(binh.get(f"/inspections/{own.id}/{paper}").status_code == 200 for paper in papers)
    others = [f"/inspections/{other.id}/{paper}" for paper in papers]
    for path in (f"/inspections/{other.id}", *others, f"/commitments/{pledge.id}"):
        assert binh.get(path).status_code == 403, path
        assert alice.get(path).status_code == 200, path
    listed = binh.get("/inspections/year").text
    assert own.number in listed
    assert other.number not in listed
    assert binh.get(f"/search/suggest?q={other.number}").json == []


def test_the_administrator_finds_no_case(db: Database, sign_in: Callable[[str], FlaskClient]) -> None:
    with write(db) as tx:
        making.establishment(tx, "Karaoke Sao Thử 01")
    quan = sign_in("quan")
    assert quan.get("/search/suggest?q=karaoke").json == []
    assert "Karaoke" not in quan.get("/audit").text
    assert quan.get("/").location == "/accounts"


def test_who_only_reads_sees_no_contacts(db: Database, sign_in: Callable[[str], FlaskClient]) -> None:
    with write(db) as tx:
        place = making.establishment(tx, representative="Nguyễn Văn Mẫu", phone="0900000001", address="Số 1 đường Mẫu")
        making.inspect(tx, place)
    em, alice = sign_in("em"), sign_in("alice")
    paths = (
        "/establishments", "/coverage/rows?set=counted", f"/establishments/{place.id}", "/commitments",
        "/commitments/blank?id=CS-001", "/coverage/rows/export.csv?set=counted", "/commitments/export.csv",
    )  # fmt: skip
    for path in paths:
        assert "0900000001" not in em.get(path).text, path
    assert "0900000001" in alice.get("/establishments").text


def test_an_inspector_who_may_read_on_the_phone_sees_no_contacts_of_what_is_over(
    db: Database, sign_in: Callable[[str], FlaskClient]
) -> None:
    with write(db) as tx:
        facts = {"representative": "Nguyễn Văn Mẫu", "phone": "0900000001"}
        place = making.establishment(tx, "Quán Đã Đóng", code="CS-001", status="closed", **facts)
    pages = ("/establishments", f"/establishments/{place.id}", "/commitments/blank?id=CS-001")
    for path in pages:
        assert "0900000001" not in sign_in("binh").get(path).text, path
        assert "0900000001" in sign_in("alice").get(path).text, path
    with write(db) as tx:
        establishments.change(tx, making.ACTOR, place.id, {"status": "operating"})
    for path in pages:
        assert "0900000001" in sign_in("binh").get(path).text, path
