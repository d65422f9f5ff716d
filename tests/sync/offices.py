"""Two offices for the simulation: the engine alone over toy records, fast; and the whole application, as it is served.

Both take the bytes of a call and give the bytes of an answer, keep backups that can be restored, and can die or run out
of disk at any writing statement.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import tempfile
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest import mock

from requests.structures import CaseInsensitiveDict
from sqlite_utils import Database

from fieldapp import checklists, database, establishments, people, units
from fieldapp.app import create_app
from fieldapp.audit import COMMAND_LINE, Actor
from fieldapp.config import Config
from fieldapp.errors import CATALOGUE
from fieldapp.exchange import kinds as kinds_of
from sync import feed, history, packing, quarantine, receive, signed, stamps, wire
from sync.errors import WireRefusal
from sync.files import MAX_FILE_BYTES, Shelf
from sync.history import Transaction, instant
from sync.kinds import CannotApply, Carrier, Kind, ServedKind
from tests.sync.toys import KINDS, SlipKind, make_tables

FAST = next((place for place in ("/dev/shm",) if Path(place).is_dir()), None)  # noqa: S108  memory, where there is
ACCOUNTS = 3
KEPT_BACKUPS = 4


class Crash(BaseException):
    """The process ends in the middle of something."""


class Mortal(sqlite3.Connection):
    """A connection whose process ends, or whose disk is full, at a writing statement to come."""

    fault = ""
    left = 0

    def strike(self, fault: str, left: int) -> None:
        """fault: crash, disk_full, or '' to live on. left: writing statements until then."""
        self.fault, self.left = fault, left

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        self._live(sql)
        return super().execute(sql, *given)

    def executemany(self, sql: str, *given: Any) -> sqlite3.Cursor:
        self._live(sql)
        return super().executemany(sql, *given)

    def _live(self, sql: str) -> None:
        if self.fault and sql.lstrip()[:6].upper() in {"INSERT", "UPDATE", "DELETE", "COMMIT"}:
            self.left -= 1
            if self.left < 0:
                fault, self.fault = self.fault, ""
                raise Crash if fault == "crash" else sqlite3.OperationalError("database or disk is full")


@dataclass(frozen=True)
class Call:
    """What arrives at the office. path: below /sync/v1/."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    status_code: int
    content: bytes
    headers: Mapping[str, str] = field(
        default_factory=lambda: CaseInsensitiveDict({"Content-Type": "application/json"})
    )


@dataclass(frozen=True)
class Made:
    """What was signed or edited, wherever: all that the invariants ask about."""

    op: str
    kind: str
    id: str
    sha256: str
    line: bytes
    device: str
    files: tuple[str, ...] = ()
    stray: bool = False  # nobody but the server ever held it

    @property
    def fields(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.line).get("fields") or {}
        return found


class Office(ABC):
    """merged, signed: the names of the kinds that phones edit and sign. erased: ids that no restore brings back."""

    merged: str
    signed: str

    def __init__(self, dice: Random, now: datetime) -> None:
        self.dice = dice
        self.now = now
        self.backups: list[Any] = []
        self.erased: set[str] = set()
        self.scope_moves = 0

    # ---- what it is ----

    @property
    @abstractmethod
    def db(self) -> Database:
        """A connection for looking and for the office's own deeds."""

    @property
    @abstractmethod
    def kinds(self) -> Mapping[str, Kind]: ...

    @abstractmethod
    def answer(self, call: Call, fault: str = "", left: int = 0) -> Reply:
        """Raises Crash when it dies before it can answer."""

    @abstractmethod
    def enrol(self, account: int, device: str) -> str:
        """A token for the device of one of the accounts."""

    @abstractmethod
    def end_tokens(self, device: str) -> None: ...

    @abstractmethod
    def revoke(self, device: str) -> None: ...

    @abstractmethod
    def account(self, number: int) -> str: ...

    @abstractmethod
    def body(self, device_now: datetime, files: list[str], account: str) -> dict[str, Any]:
        """Something to sign: usually right, sometimes not."""

    @abstractmethod
    def values(self) -> dict[str, Any]:
        """Fields to edit."""

    @abstractmethod
    def find(self) -> dict[str, Any]:
        """A new record of the merged kind, as a phone adds it."""

    @abstractmethod
    def bodies(self, account: str) -> dict[str, Any]:
        """Id -> body of the merged kind, as this account's phones are to hold them."""

    @abstractmethod
    def add(self) -> None:
        """The office enters a record of the merged kind."""

    @abstractmethod
    def edit(self) -> Made | None:
        """The office edits a field as a writer of its own."""

    @abstractmethod
    def move_scope(self) -> None:
        """A record leaves the phones, or comes back."""

    @abstractmethod
    def upgrade(self) -> None:
        """The server learns a newer version of the bodies."""

    @abstractmethod
    def close(self) -> None: ...

    # ---- what every office does ----

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with history.write(self.db, self.now) as tx:
            yield tx

    def back_up(self) -> None:
        """A verified backup: safe moves to the head that it holds, also in what a restore brings back."""
        with self.writing() as tx:
            history.set_state(tx, "safe", str(history.head(tx.db)[0]))
        copy = sqlite3.connect(":memory:")
        self.db.conn.backup(copy)
        self.backups = [*self.backups, (copy, self.files_there())][-KEPT_BACKUPS:]

    def restore(self, which: int = -1) -> None:
        copy, files = self.backups[which]
        copy.backup(self.db.conn)
        for place in set(self.files_there()) - set(files):
            place.unlink()
        for record_id in sorted(self.erased):  # whoever restores applies the list of erased ids again
            with self.writing() as tx:
                if not signed.is_erased(tx.db, self.signed, record_id):
                    signed.erase(tx, self.signed, record_id)

    def erase(self) -> None:
        """A record is erased under the retention rules."""
        rows = self.db.execute("SELECT id FROM signed WHERE kind = ? ORDER BY id", [self.signed]).fetchall()
        if rows:
            record_id = self.dice.choice(rows)[0]
            self.erased.add(record_id)
            with self.writing() as tx:
                signed.erase(tx, self.signed, record_id)

    def decide(self) -> None:
        """Somebody goes through the inbox: applies what can be, dismisses, or leaves it."""
        for held in quarantine.waiting(self.db):
            chance = self.dice.random()
            if chance < 0.3:
                with self.writing() as tx:
                    quarantine.decide(tx, held, "dismissed", by="office", reason="không cần")
            elif chance < 0.8:
                try:
                    with self.writing() as tx:
                        receive.release(tx, held, kinds=self.kinds, by="office")
                except CannotApply:
                    continue

    @property
    @abstractmethod
    def shelf(self) -> Shelf: ...

    def files_there(self) -> list[Path]:
        return sorted(self.shelf.folder.rglob("?" * 64)) if self.shelf.folder.is_dir() else []


class ToyOffice(Office):
    """The engine over toy records, spoken to as views/sync.py does."""

    merged, signed = "note", "slip"

    def __init__(self, dice: Random, now: datetime) -> None:
        super().__init__(dice, now)
        self.connection = sqlite3.connect(":memory:", isolation_level=None, factory=Mortal)
        self._db = Database(self.connection)
        self.slip = SlipKind()
        self._kinds = {**KINDS, "slip": self.slip}
        self.folder = Path(tempfile.mkdtemp(dir=FAST))
        make_tables(self._db)
        self._db.execute("CREATE TABLE token (token TEXT, account TEXT, device TEXT, revoked INTEGER)")
        self.remembered = feed.Remembered()
        self.back_up()

    @property
    def db(self) -> Database:
        return self._db

    @property
    def kinds(self) -> Mapping[str, Kind]:
        return self._kinds

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.folder)

    def account(self, number: int) -> str:
        return f"account {number}"

    def enrol(self, account: int, device: str) -> str:
        self.end_tokens(device)
        token = secrets.token_hex(8)
        self._db.execute("INSERT INTO token VALUES (?, ?, ?, 0)", [token, self.account(account), device])
        return token

    def end_tokens(self, device: str) -> None:
        self._db.execute("DELETE FROM token WHERE device = ?", [device])

    def revoke(self, device: str) -> None:
        self._db.execute("UPDATE token SET revoked = 1 WHERE device = ?", [device])

    def answer(self, call: Call, fault: str = "", left: int = 0) -> Reply:
        self.connection.strike(fault, left)
        try:
            return self._answer(call)
        except WireRefusal as refusal:
            return _refused(refusal.code, refusal.fields)
        except sqlite3.OperationalError:
            return _refused("storage_full", {})
        except Crash:
            self.remembered = feed.Remembered()
            raise
        finally:
            self.connection.strike("", 0)

    def _answer(self, call: Call) -> Reply:
        path, body = call.path, call.body
        token = call.headers.get("Authorization", "").removeprefix("Bearer ")
        row = self._db.execute("SELECT account, device, revoked FROM token WHERE token = ?", [token]).fetchone()
        if row is None:
            return _refused("sign_in", {})
        carrier = Carrier(row[0], row[1], "inspector", bool(row[2]))
        encoding = call.headers.get("Content-Encoding", "")
        if path == "push":
            message = wire.read_push(packing.unpack(body, encoding, wire.MAX_PUSH_BYTES), carrier.device)
            return _json(receive.receive(
                self._db, message, carrier, kinds=self._kinds, shelf=self.shelf, now=self.now
            ))  # fmt: skip
        if path == "files/have":
            asked = wire.read_have(packing.unpack(body, encoding, wire.MAX_MESSAGE_BYTES))
            missing = sorted(self.shelf.missing(self._db, asked))
            return _json({"missing": missing, "seq": history.head(self._db)[0]})
        if call.method == "PUT":
            name = path.removeprefix("files/")
            stored, is_new = self.shelf.take(self._db, name, body[: MAX_FILE_BYTES + 1], carrier, self.now)
            return _json({"sha256": name, "seq": stored.seq, "safe": history.safe(self._db)}, 201 if is_new else 200)
        if carrier.revoked:
            return _refused("device_revoked", {})
        pull = wire.read_pull(packing.unpack(body, encoding, wire.MAX_MESSAGE_BYTES), carrier.device)
        page = feed.packed_page(
            self._db, pull, carrier, kinds=self._kinds, now=self.now, scope="all", remembered=self.remembered
        )
        return Reply(200, packing.unpack(page.data, "gzip", 2**30))

    def body(self, device_now: datetime, files: list[str], account: str) -> dict[str, Any]:
        dice = self.dice
        body = {"text": str(dice.random()), "begun_at": instant(device_now)} | ({"picture": files[0]} if files else {})
        return body | dice.choice([{}, {}, {}, {"poison": True}, {"note": dice.choice(self._notes())}])

    def _notes(self) -> list[str]:
        return ["n1", "n2", *(row[0] for row in self._db.execute("SELECT id FROM note ORDER BY id"))]

    def values(self) -> dict[str, Any]:
        names = self.dice.choice([["title"], ["text"], ["title", "text"]])
        return {name: str(self.dice.random()) for name in names}

    def find(self) -> dict[str, Any]:
        return {"title": str(self.dice.random())}

    def bodies(self, account: str) -> dict[str, Any]:
        return {row["id"]: row for row in self._db.query("SELECT id, title, text FROM note WHERE hidden = 0")}

    def add(self) -> None:
        note = f"office's {self.dice.random()}"
        with self.writing() as tx:
            tx.db.execute("INSERT INTO note (id, title) VALUES (?, ?)", [note, "từ văn phòng"])
            tx.touch("note", note)

    def edit(self) -> Made | None:
        rows = self._db.execute("SELECT id FROM note ORDER BY id").fetchall()
        if not rows:
            return None
        note, name, value = self.dice.choice(rows)[0], self.dice.choice(["title", "text"]), str(self.dice.random())
        with self.writing() as tx:
            before = stamps.of_records(tx.db, "note", [note]).get(note, {}).get(name)
            tx.db.execute(f"UPDATE note SET {name} = ? WHERE id = ?", [value, note])  # noqa: S608
            op = f"office-{self.dice.getrandbits(64):016x}"
            stamps.overwrite(tx, kind="note", record_id=note, values={name: value}, account="office", op=op)
            tx.touch("note", note)
        return _office_edit(op, ("note", note), name, value, before and before[2])

    def move_scope(self) -> None:
        rows = self._db.execute("SELECT id, hidden FROM note ORDER BY id").fetchall()
        if rows:
            note, hidden = self.dice.choice(rows)
            self.scope_moves += 1
            with self.writing() as tx:
                tx.db.execute("UPDATE note SET hidden = ? WHERE id = ?", [1 - hidden, note])
                tx.touch("note", note)
                for (slip,) in tx.db.execute("SELECT id FROM slip WHERE note = ?", [note]).fetchall():
                    tx.touch("slip", slip)

    def upgrade(self) -> None:
        self.slip.newest_version = 5  # type: ignore[misc]  # a server upgraded meanwhile

    def close(self) -> None:
        self._db.close()
        shutil.rmtree(self.folder)


class RealOffice(Office):
    """fieldapp's own application over its own database, spoken to through WSGI."""

    merged, signed = "establishment", "inspection"
    _template: sqlite3.Connection | None = None

    def __init__(self, dice: Random, now: datetime) -> None:
        super().__init__(dice, now)
        self.folder = Path(tempfile.mkdtemp(dir=FAST))
        database.create(self.folder).close()
        self._db = database.connect(self.folder)
        self._found().backup(self._db.conn)
        config = Config(self.folder, "a secret of tests", testing=True)
        self.app = create_app(config, lambda: self.now)
        self.accounts = [row[0] for row in self._db.execute("SELECT id FROM account ORDER BY username")]
        self.places = [row[0] for row in self._db.execute("SELECT id FROM establishment ORDER BY code")]
        self._fault = ("", 0)
        self.back_up()

    def _found(self) -> sqlite3.Connection:
        """A commune with its people; made once, because its checklist takes its time, and always the same."""
        if RealOffice._template is None:
            ids = iter(range(1, 1000))
            same = SimpleNamespace(uuid4=lambda: uuid.UUID(int=next(ids), version=4))
            tags = SimpleNamespace(token_hex=lambda size: f"{next(ids):0{2 * size}x}")
            with database.opened(self.folder) as db:
                with mock.patch.object(history, "secrets", tags), database.write(db, lambda: self.now) as tx:
                    units.settle(tx, units.found("15187"), COMMAND_LINE)
                    checklists.adopt(tx, COMMAND_LINE, checklists.shipped())
                    unhashed = mock.patch.object(people, "_hash", lambda password: password)
                    with unhashed, mock.patch.object(people, "uuid", same):
                        for n in range(ACCOUNTS):
                            people.open_account(
                                tx, COMMAND_LINE, name=f"Người {n}", username=f"nguoi{n}", role="inspector",
                                password="một mật khẩu dài",
                            )  # fmt: skip
                    for n in (1, 2):
                        facts = {"name": f"Karaoke Sao Thử {n:02d}", "type": "karaoke", "phone": "0900000000"}
                        establishments.add(tx, COMMAND_LINE, facts, establishment_id=str(same.uuid4()))
                RealOffice._template = sqlite3.connect(":memory:")
                db.conn.backup(RealOffice._template)
        return RealOffice._template

    @property
    def db(self) -> Database:
        return self._db

    @property
    def kinds(self) -> Mapping[str, Kind]:
        return kinds_of(units.read(self._db), self.now)

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.folder / "files")

    def account(self, number: int) -> str:
        return self.accounts[number]

    def enrol(self, account: int, device: str) -> str:
        with self.writing() as tx:
            person = people.account_by_id(tx.db, self.accounts[account])
            return people.enrol(tx, person, device=device, device_name="Máy thử")

    def end_tokens(self, device: str) -> None:
        with self.writing() as tx:
            tx.db.execute("DELETE FROM token WHERE device = ?", [device])

    def revoke(self, device: str) -> None:
        with self.writing() as tx:
            people.revoke(tx, COMMAND_LINE, device, reason="mất máy")

    def answer(self, call: Call, fault: str = "", left: int = 0) -> Reply:
        self._fault = (fault, left)
        try:
            with mock.patch.object(database, "connect", self._connect):
                answer = self.app.test_client().open(
                    f"/sync/v1/{call.path}",
                    method=call.method,
                    data=call.body,
                    headers={**call.headers, "Accept-Encoding": "gzip"},
                )
        except Crash:
            for remembered in ("fieldapp_pages", "fieldapp_seen"):
                self.app.extensions.pop(remembered, None)
            raise
        told = CaseInsensitiveDict(answer.headers.items())
        return Reply(answer.status_code, packing.unpack(answer.data, told.get("Content-Encoding", ""), 2**30), told)

    def _connect(self, folder: Path) -> Database:
        connection = sqlite3.connect(folder / database.FILE_NAME, isolation_level=None, factory=Mortal)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = OFF")  # what a power cut does to a disk is not simulated here
        connection.strike(*self._fault)
        return Database(connection)

    def body(self, device_now: datetime, files: list[str], account: str) -> dict[str, Any]:
        dice, begun = self.dice, device_now.isoformat(timespec="seconds")
        answers = {"A01": {"a": dice.choice(["dat", "khong_dat"]), "note": "Ghi chú", "files": files}}
        body = {
            "establishment": dice.choice(self._places()), "author": account, "outcome": "conducted",
            "bodies": ["team_178"], "started_at": begun, "answers": answers,
            "photos": {file: {"class": "premises", "taken_at": begun} for file in files},
        }  # fmt: skip
        wrong: list[dict[str, Any]] = [{}, {}, {}, {}, {"bodies": ["không có"]}, {"answers": {"A01": {"a": "?"}}}]
        return body | dice.choice(wrong)

    def _places(self) -> list[str]:
        return [row[0] for row in self._db.execute("SELECT id FROM establishment ORDER BY code")] + ["chưa có"]

    def values(self) -> dict[str, Any]:
        dice = self.dice
        some = {"phone": f"09{dice.randrange(10**8):08d}", "rooms": dice.randrange(10**5), "note": str(dice.random())}
        return {name: some[name] for name in dice.sample(sorted(some), dice.choice([1, 1, 2]))}

    def find(self) -> dict[str, Any]:
        return {"name": f"Quán {self.dice.random()}", "type": "cafe"}

    def bodies(self, account: str) -> dict[str, Any]:
        kind = self.kinds["establishment"]
        assert isinstance(kind, ServedKind)
        ids = [record.id for record in establishments.every(self._db)]
        return dict(kind.bodies(self._db, ids, Carrier(account, "", "inspector")))

    def add(self) -> None:
        with self.writing() as tx:
            place = str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
            establishments.add(tx, COMMAND_LINE, {"name": f"Nhà trọ {place}"}, establishment_id=place)

    def edit(self) -> Made | None:
        place, value = self.dice.choice(self.places), f"09{self.dice.randrange(10**8):08d}"
        before = stamps.of_records(self._db, "establishment", [place]).get(place, {}).get("phone")
        with self.writing() as tx:
            if not establishments.change(tx, Actor(self.accounts[0]), place, {"phone": value}):
                return None
            op = stamps.of_records(tx.db, "establishment", [place])[place]["phone"][2]
        return _office_edit(op, ("establishment", place), "phone", value, before and before[2])

    def move_scope(self) -> None:
        self.scope_moves += 1
        place = self.dice.choice(self.places)
        until = self.dice.choice([None, date(2026, 1, 1), (self.now + timedelta(days=1)).date()])
        with self.writing() as tx:
            establishments.change(tx, Actor(self.accounts[0]), place, {"managed_until": until})

    def upgrade(self) -> None:
        """Its kinds are made anew for each call; the toys' office shows what an upgrade does."""

    def close(self) -> None:
        self.app.extensions["fieldapp_open"].close()
        self._db.close()
        shutil.rmtree(self.folder)


def _office_edit(op: str, record: tuple[str, str], name: str, value: Any, base: str | None) -> Made:
    line = json.dumps({"id": record[1], "fields": {name: {"v": value, "at": "", "base": base}}}).encode()
    return Made(op, *record, "", line, stamps.OFFICE, stray=True)


def _json(answer: Mapping[str, Any], status: int = 200) -> Reply:
    return Reply(status, json.dumps(answer, ensure_ascii=False).encode())


def _refused(code: str, fields: Mapping[str, Any]) -> Reply:
    problem = CATALOGUE[code]
    told = {"code": code, "message": code, "retry": problem.retry, "fields": fields}
    return _json({"error": told}, problem.status)
