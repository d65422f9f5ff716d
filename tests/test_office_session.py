"""Signing in and out, one's own password, and forms that only the office's own pages may send."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import argon2
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import PASSWORD


def test_signing_in_leads_to_where_one_wanted(client: FlaskClient) -> None:
    asked = client.get("/establishments?q=karaoke")
    assert asked.location == "/sign-in?next=/establishments?q%3Dkaraoke"
    answer = client.post(asked.location, data={"username": " Alice ", "password": PASSWORD})
    assert answer.location == "/establishments?q=karaoke"
    assert "Karaoke" not in answer.text
    assert client.get("/sign-in").location == "/"  # nobody signs in twice


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "data:,x", "x"]
)  # fmt: skip
def test_signing_in_leads_nowhere_else(elsewhere: str, client: FlaskClient) -> None:
    answer = client.post("/sign-in", query_string={"next": elsewhere}, data={"username": "alice", "password": PASSWORD})
    assert answer.location == "/"


def test_a_wrong_password_says_neither_which_was_wrong_nor_forgets_the_name(client: FlaskClient) -> None:
    for username in ("alice", "nobody"):
        answer = client.post("/sign-in", data={"username": username, "password": "sai mật khẩu"})
        assert answer.status_code == 401
        assert "Tên đăng nhập hoặc mật khẩu không đúng." in answer.text
        assert f'value="{username}"' in answer.text
    empty = client.post("/sign-in", data={"username": "", "password": ""})
    assert empty.text.count("Chưa điền ô này.") == 2


def test_who_lost_a_password_is_told_whom_to_ask(client: FlaskClient) -> None:
    assert "Phòng Văn hóa - Xã hội, Ủy ban nhân dân xã Kim Tân" in client.get("/sign-in").text


def test_guessing_is_slowed_by_address_and_by_account(app: Flask) -> None:
    app.config["SIGN_IN_LIMIT"] = "3 per 5 minutes"

    def guess(username: str, address: str) -> int:
        return app.test_client().post(
            "/sign-in", data={"username": username, "password": "x"}, environ_base={"REMOTE_ADDR": address}
        ).status_code  # fmt: skip

    assert [guess(f"someone{n}", "10.0.0.1") for n in range(4)] == [401, 401, 401, 429]
    assert [guess("Binh", f"10.0.1.{n}") for n in range(4)] == [401, 401, 401, 429]
    late = app.test_client().post("/sign-in", data={"username": "binh", "password": PASSWORD})
    assert late.status_code == 429
    assert "Đã thử quá nhiều lần. Hãy chờ 5 phút rồi thử lại." in late.text


def test_signing_out(alice: FlaskClient) -> None:
    assert alice.get("/sign-out").status_code == 404  # only by a form
    assert alice.post("/sign-out").location == "/sign-in"
    assert alice.get("/").status_code == 302


def test_changing_ones_own_password(alice: FlaskClient, sign_in: Callable[[str], FlaskClient]) -> None:
    other = sign_in("alice")
    new = "một câu dễ nhớ hơn"
    wrong = alice.post("/password", data={"current": "không phải", "password": new, "again": new})
    assert "Mật khẩu hiện nay không đúng." in wrong.text
    unlike = alice.post("/password", data={"current": PASSWORD, "password": new, "again": "khác"})
    assert "Hai lần gõ chưa giống nhau." in unlike.text
    short = alice.post("/password", data={"current": PASSWORD, "password": "ngắn", "again": "ngắn"})
    assert "Mật khẩu cần ít nhất 10 ký tự." in short.text
    assert alice.post("/password", data={"current": PASSWORD, "password": new, "again": new}).location == "/"
    assert alice.get("/").status_code == 200  # this browser goes on
    assert other.get("/").status_code == 302  # every other one signs in again


def test_a_password_costs_a_guesser_what_the_hash_library_advises() -> None:
    """These tests make their accounts at less; whoever signs in with an unknown name is kept as long as anybody."""
    code = "from fieldapp import people; print(people._hasher.hash('x')); print(people._NOBODY)"
    hashes = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    advised = argon2.profiles.RFC_9106_LOW_MEMORY
    assert [argon2.extract_parameters(one) for one in hashes] == [advised, advised]


def test_a_form_that_is_not_ours_is_refused(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    browser = app.test_client()
    refused = browser.post("/sign-in", data={"username": "alice", "password": PASSWORD})
    assert refused.status_code == 400
    assert "Trang đã mở quá lâu" in refused.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/sign-in").text)
    assert token
    data = {"username": "alice", "password": PASSWORD, "csrf_token": token[1]}
    assert browser.post("/sign-in", data=data).status_code == 302
    for path in ("/sign-out", "/establishments/new", "/import", "/import/confirm"):
        assert browser.post(path).status_code == 400, path


def test_the_cookie_is_out_of_reach(app: Flask) -> None:
    answer = app.test_client().post("/sign-in", data={"username": "alice", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("fieldapp_15187=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_form_posted_after_the_session_ended_opens_again(client: FlaskClient) -> None:
    assert client.post("/establishments/new", data={"name": "Karaoke"}).location == "/sign-in?next=/establishments/new"
