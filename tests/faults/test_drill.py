"""Restore drills: the real server, real backups, whole replicas over HTTP. Afterwards nothing is lost, whatever was
restored when, and the office is told what came back."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from fieldapp import people
from fieldapp.audit import COMMAND_LINE
from sync.replica import Done, Replica, outbox, session, shelf
from sync.replica.api import Outcome, Request
from sync.replica.round import sync_round
from tests.cast import PASSWORD
from tests.faults.warm import Process, Warm, free_port
from tests.phones import Commune, WirePhone, copy_commune
from tests.sealed import content, key_of, seal
from tests.sync.toys import Sent

PAGE_ROWS = 3
TOLD = "SELECT count(*) FROM change WHERE kind = 'inspection' AND type = 'put' GROUP BY id"
PHOTO = b"\xff\xd8\xff\xe0 a picture of "


class Drill:
    """A commune's server that can be backed up, stopped, restored and started, and its people's phones."""

    def __init__(self, commune: Commune, warm: Warm, folder: Path) -> None:
        self.commune = commune
        self.warm = warm
        self.folder = folder
        self.port = free_port()
        self.server: Process | None = warm.serve(self.port)
        self.phones: dict[str, Replica] = {}
        self.accounts: dict[Replica, str] = {}
        self.signed: set[str] = set()
        self.photos: set[str] = set()
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def phone(self, name: str, username: str) -> Replica:
        """A phone that is signed in and holds the commune."""
        phone = self.phones[name] = Replica.open(self.folder / f"{name}.sqlite", self.url)
        with self.commune.writing() as tx:
            code = people.issue_code(tx, COMMAND_LINE, self.commune.account(username))
        phone.enrol(code=code, device_name=f"Máy {name}")
        self.accounts[phone] = self.commune.account(username)
        self.sync(phone)
        return phone

    def sync(self, *phones: Replica) -> None:
        for phone in phones:
            assert isinstance(phone.sync(), Done)

    def sign(self, phone: Replica, times: int = 1) -> None:
        """Inspections with a photo each, signed on the phone."""
        for _ in range(times):
            photo = phone.keep_file(PHOTO + str(next(self._numbers)).encode(), "image/jpeg")
            body = {
                "establishment": self.commune.establishment(), "author": self.accounts[phone],
                "outcome": "conducted", "bodies": ["team_178"],
                "started_at": "2026-11-21T09:00:00+07:00", "answers": {"A01": {"a": "dat", "files": [photo]}},
                "photos": {photo: {"class": "premises", "taken_at": "2026-11-21T09:00:00+07:00"}},
            }  # fmt: skip
            op = phone.sign("inspection", body, files=[photo])
            self.signed.add(op.record)
            self.photos.add(photo)

    def backup(self, name: str) -> Path:
        archive = self.folder / f"{name}.zip"
        self.warm.done("backup", archive)
        return archive

    def restore(self, archive: Path) -> str:
        """What an administrator does: stop, restore, start."""
        assert self.server
        self.server.kill()
        said = self.warm.done("restore", archive)
        self.server = self.warm.serve(self.port)
        return said

    def exported(self, name: str) -> Path:
        """The emergency export of what waits on a phone."""
        phone = self.phones[name]
        db, who = phone.store.db, session.read(phone.store.db)
        assert who
        waiting = [
            Sent(
                {"op": op.op, "kind": op.kind, "ver": op.ver, "sha256": op.sha256, "bytes": op.size_bytes,
                 "files": list(op.files)},
                outbox.body(db, op.sha256) or b"",
            )
            for op in outbox.every(db, outbox.PENDING)
        ]  # fmt: skip
        photos = [shelf.read(db, sha256) or b"" for op in waiting for sha256 in op.header["files"]]
        speaks_for = WirePhone(self.commune, name, who.device)
        file = self.folder / f"{name}.fieldapp"
        file.write_bytes(seal(content(speaks_for, waiting, photos), key_of(self.commune)))
        return file

    def take_in(self, file: Path) -> str:
        return self.warm.done("import", "phone-export", file)

    def whole(self) -> None:
        """Every phone and the server hold every record once, with its photo, and the data are sound."""
        for phone in [*self.phones.values(), *self.phones.values()]:  # the second round brings what the others gave
            self.sync(phone)
        assert {row[0] for row in self.commune.ask("SELECT id FROM inspection")} == self.signed
        assert {row[0] for row in self.commune.ask("SELECT sha256 FROM file")} == self.photos
        assert self.commune.ask("SELECT count(*) FROM quarantine WHERE decision IS NULL") == [(0,)]
        assert {row[0] for row in self.commune.ask(TOLD)} <= {1}, "a record was taken for a new one when it came again"
        for phone in self.phones.values():
            assert {record.id for record in phone.signed("inspection")} == self.signed
            assert not phone.outbox("pending", "quarantined")
        self.warm.done("check")

    def office(self, username: str = "alice") -> requests.Session:
        browser = requests.Session()
        page = browser.get(f"{self.url}/sign-in", timeout=10).text
        token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
        form = {"username": username, "password": PASSWORD, "csrf_token": token}
        assert "Đăng xuất" in browser.post(f"{self.url}/sign-in", data=form, timeout=10).text
        return browser

    def told(self) -> str:
        """The office's page about the restore."""
        with self.office() as browser:
            assert "Xem gì đã về" in browser.get(f"{self.url}/", timeout=10).text
            return browser.get(f"{self.url}/backups/restored", timeout=10).text


@pytest.fixture
def drill(template: Path, tmp_path: Path) -> Iterator[Drill]:
    commune = copy_commune(template, tmp_path / "data")
    commune.app.extensions["fieldapp_open"].close()
    commune.clock.now = datetime.now(UTC)  # the server's own
    with Warm(commune.folder) as warm:
        made = Drill(commune, warm, tmp_path)
        made.phone("binh", "binh")
        made.phone("hoa", "hoa")
        yield made
        for phone in made.phones.values():
            phone.close()


def test_yesterdays_backup_and_the_phones_give_back_today(drill: Drill) -> None:
    """The restored sequence ends below the phones' marks."""
    binh, hoa = drill.phones["binh"], drill.phones["hoa"]
    drill.sign(binh, 2)
    drill.sync(binh, hoa)
    archive = drill.backup("yesterday")
    drill.sign(binh, 3)
    drill.sign(hoa)
    drill.sync(binh, hoa)
    mark = binh.standpoint.mark
    assert "Restored the data of xã Kim Tân" in drill.restore(archive)
    assert drill.commune.ask("SELECT max(seq) FROM commit_log")[0][0] < mark[0]
    drill.whole()
    page = drill.told()
    assert "Máy binh" in page
    assert "BB-2026-0003" in page


def test_a_restored_server_that_has_gone_on_past_the_phones_marks(drill: Drill) -> None:
    """The same numbers with other tags: nobody takes the new history for the old one."""
    binh, hoa = drill.phones["binh"], drill.phones["hoa"]
    archive = drill.backup("yesterday")
    drill.sign(binh, 2)
    drill.sync(binh)
    mark = binh.standpoint.mark
    drill.restore(archive)
    for _ in range(mark[0]):
        drill.sign(hoa)
        drill.sync(hoa)
    assert drill.commune.ask("SELECT max(seq) FROM commit_log")[0][0] > mark[0]
    assert drill.commune.ask("SELECT tag FROM commit_log WHERE seq = ?", mark[0]) != [(mark[1],)]
    drill.whole()


def test_twice_in_a_row(drill: Drill) -> None:
    binh, hoa = drill.phones["binh"], drill.phones["hoa"]
    first = drill.backup("first")
    drill.sign(binh)
    drill.sync(binh)
    second = drill.backup("second")
    drill.sign(hoa, 2)
    drill.sync(hoa)
    drill.restore(second)
    drill.sign(binh)
    drill.sync(binh)  # has seen the second history; hoa has not
    drill.restore(first)
    drill.sync(hoa)
    drill.restore(second)
    drill.whole()


def test_a_phone_that_carries_a_colleagues_records_gives_them_back(drill: Drill) -> None:
    """The author's phone is gone for good; a colleague's replica holds the exact bytes."""
    archive = drill.backup("yesterday")
    drill.sign(drill.phones["binh"], 2)
    drill.sync(drill.phones["binh"], drill.phones["hoa"])
    drill.phones.pop("binh").close()
    drill.photos.clear()  # a colleague's replica holds the records, not the photos of them
    drill.restore(archive)
    drill.sync(drill.phones["hoa"])
    drill.photos |= {row[0] for row in drill.commune.ask("SELECT sha256 FROM file")}
    drill.whole()
    assert drill.commune.ask("SELECT count(*) FROM audit WHERE action = 'record_carried'") == [(2,)]
    assert re.search(r"Máy hoa.*?<td class=\"num\">2</td></tr>", drill.told(), re.DOTALL), "two were carried"


def test_a_restore_between_any_two_messages_of_a_round(drill: Drill) -> None:
    """Also between two pages of a pull. One restore for each message that a round of a phone with work to do sends."""
    binh, hoa = drill.phones["binh"], drill.phones["hoa"]
    drill.sign(hoa, 4)
    drill.sync(hoa)
    archive = drill.backup("yesterday")
    drill.sign(hoa)
    drill.sync(hoa)
    for moment in itertools.count():
        for _ in range(2):
            drill.sign(hoa)
            drill.sync(hoa)
        drill.sign(binh)
        asked = _round(binh, moment, lambda: drill.restore(archive))
        if moment >= len(asked):
            break
    assert {request.path for request in asked} >= {"push", "pull", "files/have"}
    assert sum(request.path == "pull" for request in asked) >= 3, "several pages"
    drill.whole()


def _round(phone: Replica, moment: int, happens: Callable[[], object]) -> list[Request]:
    """A round with small pages; something happens before one of its messages. Returns the messages."""
    steps, asked = sync_round(phone.store, page_rows=PAGE_ROWS), []
    answer: Any = None
    try:
        while True:
            request: Request = next(steps) if answer is None else steps.send(answer)
            if len(asked) == moment:
                happens()
            asked.append(request)
            answered: Outcome = phone.call(request)
            answer = answered
    except StopIteration as end:
        assert isinstance(end.value, Done), end.value
        return asked


def test_a_phones_export_comes_in_twice_and_again_after_an_older_backup_came_back(drill: Drill) -> None:
    """What it could not send, beside what the office had received and has lost again."""
    archive = drill.backup("yesterday")
    binh = drill.phones["binh"]
    drill.sign(binh)
    drill.sync(binh)
    drill.sign(binh, 2)
    file = drill.exported("binh")
    assert "inspection: 2 entered" in drill.take_in(file)
    assert "inspection: 2 here already" in drill.take_in(file)
    drill.restore(archive)
    assert "inspection: 2 entered" in drill.take_in(file)
    drill.whole()
    assert "inspection: 2 here already" in drill.take_in(file)
    drill.whole()


def test_a_phones_export_comes_in_between_any_two_messages_in_which_it_sends_the_same(drill: Drill) -> None:
    binh = drill.phones["binh"]
    for moment in itertools.count():
        drill.sign(binh)
        file = drill.exported("binh")
        if moment >= len(_round(binh, moment, lambda: drill.take_in(file))):  # noqa: B023  called within this turn
            break
    assert moment > 3
    drill.whole()


def test_what_a_verified_backup_holds_leaves_the_phones_and_is_still_there_after_a_restore(drill: Drill) -> None:
    """`safe` moves, the outbox empties, and the backup that let it empty gives the records back."""
    binh = drill.phones["binh"]
    drill.sign(binh, 2)
    drill.sync(binh)
    assert [op.state for op in binh.outbox()] == ["acknowledged"] * 2
    archive = drill.backup("today")
    drill.sync(binh)
    assert binh.outbox() == []
    drill.sign(binh)
    drill.sync(binh)
    assert len(binh.outbox()) == 1, "what came after the backup stays on the phone"
    drill.restore(archive)
    drill.whole()
