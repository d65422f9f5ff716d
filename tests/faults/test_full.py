"""No room left, at many points: 507, rolled back, nothing acknowledged missing, and all of it drains later."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlite_utils import Database

from fieldapp import database
from fieldapp.audit import COMMAND_LINE
from fieldapp.errors import Refusal
from fieldapp.keeping import archives, backups
from fieldapp.keeping.daily import DailyBackup
from sync import files, history
from tests.cast import PASSWORD
from tests.faults.clients import Client
from tests.faults.kills import nothing_missing
from tests.faults.warm import Warm, free_port, until
from tests.phones import Commune, copy_commune
from tests.spreadsheets import csv_bytes
from tests.wire.reading import JPEG, JPEG_NAME, code


@pytest.fixture
def commune(template: Path, tmp_path: Path) -> Commune:
    return copy_commune(template, tmp_path / "data")


@pytest.fixture
def room(commune: Commune, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int | None], None]]:
    """Leave the database so many more pages (4 KiB) than it has; None: as many as it likes."""
    connect: Callable[[Path], Database] = database.connect_file
    most: list[int | None] = [None]

    def bounded(file: Path) -> Database:
        db = connect(file)
        if most[0] is not None:
            db.execute(f"PRAGMA max_page_count = {most[0]}")
        return db

    monkeypatch.setattr(database, "connect_file", bounded)

    def leave(pages: int | None) -> None:
        most[0] = None if pages is None else commune.ask("PRAGMA page_count")[0][0] + pages
        commune.app.extensions["fieldapp_open"].close()  # the bound is one connection's own

    yield leave


def everything(commune: Commune) -> list[Any]:
    """What must not change when something is refused: every row of every table."""
    db = commune.db
    rows = [(table, list(db.table(table).rows)) for table in db.table_names() if table != "device"]
    db.close()
    return rows


# ---- a database that may not grow ----


@pytest.mark.parametrize("pages", range(0, 24, 3))
def test_a_push_is_taken_whole_or_refused_whole(
    commune: Commune, room: Callable[[int | None], None], pages: int
) -> None:
    phone = commune.phone()
    ops = [phone.inspection(note="x" * 3000) for _ in range(6)]
    room(pages)
    before = everything(commune)
    answer = phone.push(*ops)
    if answer.status_code != 200:
        assert code(answer) == (507, "storage_full")
        assert answer.headers["Retry-After"]
        assert everything(commune) == before
        room(None)
        answer = phone.push(*ops)
    assert [r["status"] for r in answer.json["receipts"]] == ["applied"] * 6
    assert phone.push(*ops).json["receipts"] == answer.json["receipts"]


def test_with_no_room_at_all_everything_is_refused_in_words_and_reading_goes_on(
    commune: Commune, room: Callable[[int | None], None]
) -> None:
    phone, office = commune.phone(), _office(commune)
    fill(commune)
    room(0)
    before = everything(commune)
    assert code(phone.push(*[phone.inspection(note="x" * 4000) for _ in range(30)])) == (507, "storage_full")
    long = {"name": "Karaoke Mẫu", "type": "karaoke", "status": "operating", "note": "x" * 500}
    refused = [office.post("/establishments/new", data={**long, "code": f"CS-{n}"}) for n in range(100, 130)]
    assert {answer.status_code for answer in refused} <= {302, 507}
    page = next(answer for answer in refused if answer.status_code == 507)
    assert "Máy chủ hết chỗ lưu" in page.text
    assert "dọn bớt ổ đĩa" in page.text
    assert "Những gì anh/chị vừa gõ được giữ" in page.text
    assert "Traceback" not in page.text
    assert phone.pull().status_code == phone.call("GET", "status").status_code == 200
    assert office.get("/").status_code == office.get("/establishments").status_code == 200
    assert len(everything(commune)) == len(before)
    room(None)
    assert phone.push(phone.inspection()).status_code == 200


def fill(commune: Commune) -> None:
    """Leave no free page inside the file."""
    db = commune.db
    db.execute("VACUUM")
    db.close()


def _office(commune: Commune) -> FlaskClient:
    commune.app.config["WTF_CSRF_ENABLED"] = False
    browser = commune.app.test_client()
    assert browser.post("/sign-in", data={"username": "alice", "password": PASSWORD}).status_code == 302
    return browser


def test_a_backup_that_cannot_be_noted_moves_nothing_and_the_failure_is_kept(
    commune: Commune, room: Callable[[int | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    commune.phone().receipts(commune.phone().inspection())
    fill(commune)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(database, "write", full)
        thread = DailyBackup(commune.app.config["SETTINGS"], commune.clock)
        thread.look()
    assert thread.failure is not None
    assert "hết chỗ" in thread.failure[1]
    assert history.safe(commune.db) == 0
    assert backups.snapshots(commune.folder / "backups") == []
    thread.ask(COMMAND_LINE)
    thread.look()
    assert history.safe(commune.db) == history.head(commune.db)[0]


@pytest.mark.parametrize("moment", ["write", "fsync", "rename"])
@pytest.mark.parametrize("why", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_photo_is_taken_whole_or_refused_whole(
    commune: Commune, monkeypatch: pytest.MonkeyPatch, why: int, moment: str
) -> None:
    phone = commune.phone()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(why, os.strerror(why))

    with monkeypatch.context() as patched:
        place = {"write": (files.secrets, "token_hex"), "fsync": (files.os, "fsync"), "rename": (Path, "replace")}
        patched.setattr(*place[moment], full)
        answer = phone.put_file(JPEG)
    assert code(answer) == (507, "storage_full")
    assert not list((commune.folder / "files").rglob("*.part"))
    assert phone.call("POST", "files/have", json={"sha256": [JPEG_NAME]}).json["missing"] == [JPEG_NAME]
    assert phone.put_file(JPEG).status_code == 201


def test_an_archive_stays_what_it_was_when_the_next_has_no_room(
    commune: Commune, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, db = tmp_path / "all.zip", commune.db
    backups.archive(db, commune.folder, archive, commune.clock(), actor=COMMAND_LINE)
    before = archive.read_bytes()
    for place, name in ((archives.os, "fsync"), (archives, "sync_folder"), (archives.zipfile.ZipFile, "writestr")):

        def full(*_: Any, **__: Any) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patched, pytest.raises(Refusal, match="full"):
            patched.setattr(place, name, full)
            backups.archive(db, commune.folder, archive, commune.clock(), actor=COMMAND_LINE)
        assert sorted(file.name for file in tmp_path.iterdir()) == ["all.zip", "data"]
    assert zipped(archive) == zipped_names(before, tmp_path)
    db.close()


def zipped(archive: Path) -> list[str]:
    with archives.zipfile.ZipFile(archive) as content:
        return content.namelist()


def zipped_names(data: bytes, folder: Path) -> list[str]:
    copy = folder / "copy.zip"
    copy.write_bytes(data)
    return zipped(copy)


# ---- a real server that may write no larger file ----


@pytest.mark.parametrize("spare_kib", [64, 600])
def test_a_server_without_room_refuses_and_drains_later(template: Path, tmp_path: Path, spare_kib: int) -> None:
    """RLIMIT_FSIZE stops the database, its log and the photos of a real process in the middle of a write."""
    commune = copy_commune(template, tmp_path / "data")
    commune.app.extensions["fieldapp_open"].close()
    commune.ask("PRAGMA wal_checkpoint(TRUNCATE)")
    limit = (commune.folder / database.FILE_NAME).stat().st_size + spare_kib * 1024
    port = free_port()
    register = tmp_path / "register.csv"
    register.write_bytes(csv_bytes([["name", "note"], *([f"Cơ sở Mẫu {n}", "x" * 480] for n in range(1500))]))
    with Warm(commune.folder) as warm:
        clients = [Client(commune, port, random.Random(n)) for n in range(2)]
        server = warm.serve(port, limit=limit)
        for client in clients:
            client.start()
        until(lambda: all(c.acknowledged.statuses.get(507) or c.problem for c in clients), "both were told 507")
        refused = warm.run("import", "establishments", register, limit=limit)
        assert refused.wait() == 1
        assert "storage is full" in refused.said()
        assert server.stop() == 0
        warm.done("check")
        before = {client: len(client.acknowledged.ops) for client in clients}
        server = warm.serve(port)
        until(lambda: all(len(c.acknowledged.ops) > before[c] or c.problem for c in clients), "both went on")
        acknowledged = [client.end() for client in clients]
        assert server.stop() == 0
        assert all(set(one.statuses) <= {200, 201, 507} for one in acknowledged), [o.statuses for o in acknowledged]
        nothing_missing(commune, acknowledged)
        warm.done("check")
    assert commune.ask("SELECT count(*) FROM establishment WHERE name LIKE 'Cơ sở Mẫu%'") == [(0,)]
