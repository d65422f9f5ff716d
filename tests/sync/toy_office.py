"""The engine over toy records, spoken to as views/sync.py does: fast, so that tens of thousands of schedules run."""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from sqlite_utils import Database

from fieldapp.errors import CATALOGUE
from sync import feed, history, packing, receive, stamps, wire
from sync.errors import WireRefusal
from sync.files import MAX_FILE_BYTES, Shelf
from sync.history import Point, instant
from sync.kinds import Carrier, Kind
from tests.sync.office import FAST, Call, Crash, Made, Mortal, Office, Reply, edit_of_the_office
from tests.sync.toys import KINDS, SlipKind, make_tables


@cache
def _empty() -> sqlite3.Connection:
    """The tables of a new office; made once, because sqlite-utils looks at every table for every migration."""
    made = sqlite3.connect(":memory:", isolation_level=None)
    make_tables(Database(made))
    made.execute("CREATE TABLE token (token TEXT, account TEXT, device TEXT, revoked INTEGER)")
    return made


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
        _empty().backup(self.connection)
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
            return _json({"missing": sorted(self.shelf.missing(self._db, asked)), "mark": self._head_beyond(call)})
        if call.method == "PUT":
            name = path.removeprefix("files/")
            stored, is_new = self.shelf.take(self._db, name, body[: MAX_FILE_BYTES + 1], carrier, self.now)
            told = {"sha256": name, "seq": stored.seq, "mark": self._head_beyond(call)}
            return _json(told, 201 if is_new else 200)
        if carrier.revoked:
            return _refused("device_revoked", {})
        pull = wire.read_pull(packing.unpack(body, encoding, wire.MAX_MESSAGE_BYTES), carrier.device)
        page = feed.packed_page(
            self._db, pull, carrier, kinds=self._kinds, now=self.now, scope="all", remembered=self.remembered
        )
        return Reply(200, packing.unpack(page.data, "gzip", 2**30))

    def _head_beyond(self, call: Call) -> Point | None:
        return history.head_beyond(self._db, wire.read_mark(call.headers["Sync-Mark"]))

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
        return edit_of_the_office(op, ("note", note), name, value, before and before[2])

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


def _json(answer: Mapping[str, Any], status: int = 200) -> Reply:
    return Reply(status, json.dumps(answer, ensure_ascii=False).encode())


def _refused(code: str, fields: Mapping[str, Any]) -> Reply:
    problem = CATALOGUE[code]
    told = {"code": code, "message": code, "retry": problem.retry, "fields": fields}
    return _json({"error": told}, problem.status)
