"""The phone app's shell, its worker and its manifest, as a browser asks for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.webkit.newer import COMMON, GUARDED, NEWER


@pytest.mark.parametrize("address", ["/app", "/app/places", "/app/i/0b9e/review"])
def test_every_address_of_the_app_is_the_same_shell(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.text == client.get("/app").text


def test_the_shell_holds_nothing_inline_and_what_it_names_is_there(client: FlaskClient) -> None:
    page = client.get("/app").text
    assert not re.search(r"<style|style=|<script(?![^>]* src=)|\son\w+=", page)
    for named in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert client.get(named, buffered=True).status_code == 200, named


def test_the_worker_is_never_taken_from_a_cache(client: FlaskClient) -> None:
    answer = client.get("/sw.js", buffered=True)
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/"


def test_the_manifest_bears_the_communes_name_and_icons_that_exist(client: FlaskClient, app: Flask) -> None:
    answer = client.get("/manifest.webmanifest")
    content = answer.get_json()
    assert answer.mimetype == "application/manifest+json"
    assert content["name"] == "Kiểm tra cơ sở – xã Kim Tân"
    assert {(icon["purpose"], icon["sizes"]) for icon in content["icons"]} == {
        (purpose, size) for purpose in ("any", "maskable") for size in ("192x192", "512x512")
    }
    for icon in content["icons"]:
        assert (Path(app.root_path) / icon["src"].lstrip("/")).read_bytes().startswith(b"\x89PNG")


def test_the_app_names_nothing_that_the_oldest_supported_browsers_lack(app: Flask) -> None:
    newer = {name for names in NEWER.values() for name in names} - GUARDED - COMMON
    built = list((Path(app.static_folder or "") / "dist").glob("*.js"))
    assert built
    for file in built:
        assert not newer & set(re.findall(r"\w+", file.read_text(encoding="utf-8"))), file.name
