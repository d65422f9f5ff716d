"""A commune with a small cast, and phones that speak the wire to its real application."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlite_utils import Database
from werkzeug.test import TestResponse

from fieldapp import database, establishments, people, units
from fieldapp.app import create_app
from fieldapp.audit import COMMAND_LINE
from fieldapp.config import Config
from fieldapp.establishments import Establishment
from sync.history import Transaction, instant
from tests.cast import PASSWORD, Clock, found
from tests.sync.toys import Sent as WireOp
from tests.sync.toys import sent as wire_op

CAST = ("alice", "binh", "hoa", "em", "quan")


def found_commune(folder: Path) -> None:
    """A commune with its cast, its checklist and two establishments."""
    found(folder, "15187", CAST)
    db = database.connect(folder)
    with database.write(db, Clock()) as tx:
        for n in (1, 2):
            add_establishment(tx, n)
    db.close()


def add_establishment(tx: Transaction, n: int, **facts: Any) -> Establishment:
    values = {
        "name": f"Karaoke Sao Thử {n:02d}", "type": "karaoke", "representative": "Nguyễn Văn Mẫu",
        "representative_role": "Chủ cơ sở", "phone": "0900000000", "address": f"Số {n} đường Mẫu",
    }  # fmt: skip
    return establishments.add(tx, COMMAND_LINE, {**values, **facts})


@dataclass
class Commune:
    """One running application over its own copy of the commune. clock: stands still."""

    folder: Path
    app: Flask
    clock: Clock
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        return database.connect(self.folder)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        db = self.db
        try:
            with database.write(db, self.clock) as tx:
                yield tx
        finally:
            db.close()

    def ask(self, sql: str, *given: Any) -> list[tuple[Any, ...]]:
        db = self.db
        try:
            return list(db.execute(sql, given).fetchall())
        finally:
            db.close()

    def establishment(self, n: int = 1) -> str:
        return str(self.ask("SELECT id FROM establishment WHERE code = ?", f"CS-{n:03d}")[0][0])

    def account(self, username: str) -> str:
        return str(self.ask("SELECT id FROM account WHERE username = ?", username)[0][0])

    def office(self, username: str = "alice") -> FlaskClient:
        """A browser in which somebody of the cast is signed in."""
        self.app.config["WTF_CSRF_ENABLED"] = False
        browser = self.app.test_client()
        account = people.account_by_id(self.db, self.account(username))
        with browser.session_transaction() as session:
            session.update(account=account.id, key=account.session_key, unit=units.read(self.db).code)
        return browser

    def phone(self, username: str = "binh", device: str | None = None) -> WirePhone:
        """An enrolled phone of somebody of the cast."""
        phone = WirePhone(self, username, device or str(uuid.uuid4()))
        with self.writing() as tx:
            account = people.account_by_id(tx.db, phone.account)
            phone.token = people.enrol(tx, account, device=phone.device, device_name="Máy thử")
        return phone


def copy_commune(template: Path, folder: Path) -> Commune:
    shutil.copytree(template, folder)
    clock = Clock()
    config = Config(folder, "a secret of tests", sign_in_limit="10 per 5 minutes", testing=True)
    return Commune(folder, create_app(config, clock), clock)


@dataclass
class WirePhone:
    """Speaks for one person on one device; every call returns the server's answer as it came."""

    commune: Commune
    username: str
    device: str
    token: str = ""
    mark: list[Any] | None = None

    @property
    def client(self) -> FlaskClient:
        return self.commune.app.test_client()

    @property
    def account(self) -> str:
        return self.commune.account(self.username)

    def enrol(self, password: str = PASSWORD) -> TestResponse:
        told = {"username": self.username, "password": password, "device": self.device, "device_name": "Máy thử"}
        answer = self.client.post("/sync/v1/devices", json=told)
        if answer.status_code == 201:
            self.token = answer.json["token"]
        return answer

    def call(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **kwargs.pop("headers", {})}
        return self.client.open(f"/sync/v1/{path}", method=method, headers=headers, **kwargs)

    def push(self, *ops: WireOp, packed: bool = False, **envelope: Any) -> TestResponse:
        data = self.message(*ops, **envelope)
        headers = {"Content-Type": "application/x-ndjson"} | ({"Content-Encoding": "gzip"} if packed else {})
        answer = self.call("POST", "push", data=gzip.compress(data) if packed else data, headers=headers)
        if answer.status_code == 200 and "mark" in answer.json:
            self.mark = answer.json["mark"]
        return answer

    def message(self, *ops: WireOp, **envelope: Any) -> bytes:
        told = {
            "v": 1, "device": self.device, "app": "1.0.0", "sent": instant(self.commune.clock()), "mark": self.mark,
            "trail": [], "ops": [op.header for op in ops], **envelope,
        }  # fmt: skip
        return b"\n".join([json.dumps(told).encode(), *(op.line for op in ops), b""])

    def receipts(self, *ops: WireOp, **envelope: Any) -> list[dict[str, Any]]:
        answer = self.push(*ops, **envelope)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json["receipts"]
        return found

    def pull(self, stream: str = "essentials", cursor: Any = None, **told: Any) -> TestResponse:
        asked = {
            "v": 1,
            "device": self.device,
            "stream": stream,
            "cursor": cursor,
            "mark": self.mark,
            "trail": [],
            **told,
        }
        return self.call("POST", "pull", json=asked)

    def changes(self, stream: str = "essentials", cursor: Any = None, **told: Any) -> list[dict[str, Any]]:
        answer = self.pull(stream, cursor, **told)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json["changes"]
        return found

    def put_file(self, data: bytes, sha256: str | None = None) -> TestResponse:
        name = sha256 or hashlib.sha256(data).hexdigest()
        return self.call("PUT", f"files/{name}", data=data, headers={"Content-Type": "image/jpeg"})

    def inspection(self, **facts: Any) -> WireOp:
        """An inspection of the first establishment, signed by this phone's person."""
        body = {
            "id": str(uuid.uuid4()), "establishment": self.commune.establishment(), "author": self.account,
            "kind": "planned", "mode": "on_site", "outcome": "conducted", "bodies": ["team_178"],
            "started_at": "2026-11-21T09:00:00+07:00", "ended_at": "2026-11-21T09:40:00+07:00", "checklist": None,
            "answers": {"A01": {"a": "dat", "note": "", "files": []}}, "figures": {"N01": 8}, "note": "",
            "amends": None,
        }  # fmt: skip
        return wire_op("inspection", {**body, **facts})

    def commitment(self, **facts: Any) -> WireOp:
        body = {
            "id": str(uuid.uuid4()), "establishment": self.commune.establishment(), "author": self.account,
            "inspection": None, "template": "1", "clauses": [1, 2], "signed_on": "2026-11-21",
            "valid_until": "2026-12-31",
            "signer": {"name": "Nguyễn Văn Mẫu", "capacity": "owner"}, "signed_at": "2026-11-21T09:30:00+07:00",
            "signature": None, "scans": ["0" * 64], "refusal": None,
        }  # fmt: skip
        return wire_op("commitment", {**body, **facts})

    def draft(self, draft_id: str, *, over: Sequence[str] = (), files: Sequence[str] = (), note: str = "") -> WireOp:
        """An unfinished inspection of the first establishment, as this phone holds it. over: what it was made from."""
        body = {
            "id": draft_id, "over": list(over), "kind": "inspection",
            "establishment": self.commune.establishment(), "begun_at": "2026-11-21T02:00:00.000Z",
            "saved_at": instant(self.commune.clock()), "draft": {"record": {"id": draft_id, "note": note}},
        }  # fmt: skip
        return wire_op("draft", body, files=list(files))

    def ended(self, draft_id: str, how: str = "signed", *, over: Sequence[str] = ()) -> WireOp:
        """The word that a draft is finished or thrown away."""
        return wire_op("draft", {"id": draft_id, "over": list(over), "end": how})

    def drafts(self) -> dict[str, str]:
        """Id -> note of every draft that a phone signing in anew is told of."""
        told = [change for change in self.changes() if change["kind"] == "draft" and change["type"] == "put"]
        return {change["id"]: change["body"]["draft"]["record"]["note"] for change in told}

    def patch(self, establishment: str | None = None, *, base: str | None = None, **values: Any) -> WireOp:
        at = instant(self.commune.clock())
        fields = {name: {"v": value, "at": at, "base": base} for name, value in values.items()}
        return wire_op("establishment", {"id": establishment or self.commune.establishment(), "fields": fields})
