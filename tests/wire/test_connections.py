"""Connections are kept from request to request; nothing of one request, and no file that is gone, is kept with them."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fieldapp import database
from fieldapp.views.request import db
from tests.phones import Commune, WirePhone


def test_what_a_request_did_not_commit_is_undone_and_keeps_nobody_from_writing(phone: WirePhone) -> None:
    with phone.commune.app.app_context():
        db().execute("BEGIN IMMEDIATE")
        db().execute("UPDATE account SET name = 'nobody'")
    assert phone.receipts(phone.inspection())[0]["status"] == "applied"
    assert phone.commune.ask("SELECT count(*) FROM account WHERE name = 'nobody'") == [(0,)]


def test_another_file_in_the_place_of_the_database_is_read_from_then_on(commune: Commune, phone: WirePhone) -> None:
    copy = commune.folder / "copy.sqlite"
    kept = commune.app.extensions["fieldapp_open"]
    assert phone.receipts(phone.inspection())[0]["status"] == "applied"
    kept.close()  # so that the copy below is whole
    shutil.copyfile(commune.folder / database.FILE_NAME, copy)
    assert phone.receipts(phone.inspection())[0]["status"] == "applied"
    later = phone.mark
    copy.replace(commune.folder / database.FILE_NAME)
    for end in ("-wal", "-shm"):
        (commune.folder / f"{database.FILE_NAME}{end}").unlink()
    assert phone.call("GET", "status").json["mark"] < later


def test_a_folder_that_is_away_is_told_in_words_and_read_again_when_it_is_back(phone: WirePhone) -> None:
    away = phone.commune.folder.with_name("away")
    assert phone.call("GET", "status").status_code == 200
    phone.commune.folder.rename(away)
    assert phone.call("GET", "status").status_code == 503
    away.rename(phone.commune.folder)
    assert phone.call("GET", "status").status_code == 200


def test_requests_at_one_time_have_a_connection_each(phone: WirePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    together, taken = threading.Barrier(4), []
    take = database.Kept.take

    def noted(kept: database.Kept) -> object:
        taken.append(take(kept))
        together.wait(timeout=20)
        return taken[-1]

    monkeypatch.setattr(database.Kept, "take", noted)
    for _ in range(2):
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: phone.call("GET", "status").status_code, range(4)))
        assert answers == [200] * 4
    assert len(set(taken)) == 4
