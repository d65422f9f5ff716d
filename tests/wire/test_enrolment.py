"""Enrolment and tokens, over HTTP against the real application."""

from __future__ import annotations

import gzip
import json
import uuid
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from fieldapp import people
from fieldapp.audit import COMMAND_LINE
from tests.phones import Commune, WirePhone
from tests.wire.reading import JPEG_NAME, code


def test_a_phone_enrols_and_gets_its_token_its_person_and_its_unit(commune: Commune) -> None:
    device = str(uuid.uuid4())
    answer = WirePhone(commune, "binh", device).enrol()
    assert answer.status_code == 201
    assert answer.json.keys() == {"device", "token", "user", "unit"}
    assert answer.json["device"] == device
    assert answer.json["user"] == {
        "id": commune.account("binh"), "username": "binh", "name": "Trần Văn Bình", "role": "inspector",
        "body": "team_178", "position": "",
    }  # fmt: skip
    assert answer.json["unit"]["name"] == "Kim Tân"
    assert "Set-Cookie" not in answer.headers
    token = answer.json["token"]
    assert not commune.ask("SELECT 1 FROM token WHERE hash = ?", token)


def test_a_wrong_password_is_refused_without_saying_what_was_wrong(commune: Commune) -> None:
    assert code(WirePhone(commune, "binh", "d").enrol("sai mật khẩu")) == (401, "sign_in_failed")
    assert code(WirePhone(commune, "nobody", "d").enrol("sai mật khẩu")) == (401, "sign_in_failed")
    assert code(commune.app.test_client().post("/sync/v1/devices", json={"device": "d", "code": "123456"})) == (
        401, "sign_in_failed",
    )  # fmt: skip


def test_a_code_of_the_office_stands_in_for_the_password_once(commune: Commune) -> None:
    with commune.writing() as tx:
        binh = next(account for account in people.accounts(tx.db) if account.username == "binh")
        letters = people.issue_code(tx, COMMAND_LINE, binh.id)
    asked = {"code": letters, "device": "phone-9", "device_name": "Máy 9"}
    answer = commune.app.test_client().post("/sync/v1/devices", json=asked)
    assert answer.status_code == 201
    assert answer.get_json()["user"]["username"] == "binh"
    assert code(commune.app.test_client().post("/sync/v1/devices", json=asked)) == (401, "sign_in_failed")


def test_a_new_sign_in_of_a_device_ends_its_old_token(commune: Commune) -> None:
    phone = commune.phone("binh", "phone-1")
    old = phone.token
    phone.enrol()
    assert phone.call("GET", "status").status_code == 200
    phone.token = old
    assert code(phone.call("GET", "status")) == (401, "sign_in")


def test_guessing_is_slowed_down_and_told_how_long(commune: Commune) -> None:
    answers = [WirePhone(commune, "binh", "d").enrol("sai mật khẩu") for _ in range(11)]
    assert code(answers[9]) == (401, "sign_in_failed")
    assert code(answers[10]) == (429, "too_many_attempts")
    assert 1 <= int(answers[10].headers["Retry-After"]) <= 300
    assert answers[10].json["error"]["retry"] is True


def test_a_training_of_many_phones_behind_one_address_is_no_guessing(commune: Commune) -> None:
    answers = [WirePhone(commune, "binh", f"phone-{n}").enrol() for n in range(12)]
    assert {answer.status_code for answer in answers} == {201}


@pytest.mark.parametrize("dressed", ["as text", "packed"])
def test_guessing_from_many_addresses_is_counted_however_it_is_dressed(commune: Commune, dressed: str) -> None:
    def guess(n: int) -> TestResponse:
        asked = json.dumps({"username": " BINH ", "password": f"sai {n}", "device": "d"}).encode()
        packed = dressed == "packed"
        return commune.app.test_client().post(
            "/sync/v1/devices", data=gzip.compress(asked) if packed else asked, content_type="text/plain",
            headers={"Content-Encoding": "gzip"} if packed else {}, environ_base={"REMOTE_ADDR": f"10.0.0.{n}"},
        )  # fmt: skip

    answers = [guess(n) for n in range(11)]
    assert [code(answer) for answer in answers[9:]] == [(401, "sign_in_failed"), (429, "too_many_attempts")]


def test_guessing_at_the_office_is_counted_however_it_is_dressed(commune: Commune) -> None:
    commune.app.config["WTF_CSRF_ENABLED"] = False

    def guess(n: int) -> int:
        asked = {"username": ["binh", str(n)], "password": "sai"}
        browser = commune.app.test_client()
        return browser.post("/sign-in", json=asked, environ_base={"REMOTE_ADDR": f"10.0.0.{n}"}).status_code

    assert [guess(n) for n in range(11)][9:] == [401, 429]


def test_a_device_names_itself_plainly(commune: Commune) -> None:
    """What follows a good beginning counts too; no address could name "..", and no phone is the office."""
    for device in ("../../x", "d\n", "d<script>", "d" * 65, "", "..", "office", "cli", "server"):
        assert code(WirePhone(commune, "binh", device).enrol()) == (400, "malformed"), device
    have = commune.phone().call("POST", "files/have", json={"sha256": ["0" * 64 + "/../x"]})
    assert code(have) == (400, "malformed")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"device":"d","username":"x"}', b"\xff", b'["a"]'])
def test_an_enrolment_that_is_not_one_is_malformed(commune: Commune, body: bytes) -> None:
    answer = commune.app.test_client().post("/sync/v1/devices", data=body, content_type="application/json")
    assert code(answer) == (400, "malformed")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "push"), ("POST", "pull"), ("POST", "files/have"), ("PUT", f"files/{JPEG_NAME}"),
        ("GET", f"files/{JPEG_NAME}"), ("GET", "status"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer wrong", "Basic YTpi", "wrong"])
def test_every_call_but_enrolment_needs_a_token(commune: Commune, method: str, path: str, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = commune.app.test_client().open(f"/sync/v1/{path}", method=method, headers=headers, data=b"{}")
    assert code(answer) == (401, "sign_in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_status_tells_protocols_and_points(phone: WirePhone) -> None:
    answer = phone.call("GET", "status")
    mark = phone.commune.ask("SELECT seq, tag FROM commit_log ORDER BY seq DESC LIMIT 1")[0]
    assert answer.json == {"protocols": [1], "now": "2026-11-21T02:15:00.000Z", "mark": list(mark), "safe": 0}


def test_the_office_sees_when_a_phone_last_came_by(phone: WirePhone) -> None:
    phone.commune.clock.now += timedelta(hours=1)
    phone.call("GET", "status")
    seen = phone.commune.ask("SELECT seen_at FROM device WHERE id = ?", phone.device)
    assert seen == [("2026-11-21T03:15:00.000Z",)]
