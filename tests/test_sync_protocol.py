"""The examples of sync/PROTOCOL.md, run in their order against the real application.

Blocks are marked by their info string: `json request: POST /sync/v1/…`, `json answer: 200`, `json body: inspection`
(pushed as an op of that kind, which must be applied), `json office: dismiss` and `change` (done there); likewise
`ndjson` and `base64` for other contents.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from fieldapp import areas, checklists, database, entities, establishments, people, units
from fieldapp.audit import COMMAND_LINE, Actor
from fieldapp.errors import CATALOGUE
from fieldapp.exchange import inbox
from sync import quarantine, wire
from tests.cast import NOW, PASSWORD
from tests.phones import Commune, WirePhone, copy_commune, wire_op

PAGE = Path(wire.__file__).parent / "PROTOCOL.md"
DEVICE = "5f0c8a50-2f8e-4c39-9a52-6f5d0f3b7e11"
ACCOUNT = "b1b1b1b1-0000-4000-8000-000000000001"
# what the server draws by lot: its tags and tokens, and the ids of what this test sets up
DRAWN = re.compile(r"[0-9a-f]{16}|[A-Za-z0-9_-]{43}|[ae]0[ae]0[ae]0[ae]0-[0-9a-f-]{27}")
CHECKLIST = {
    "version": "0.1",
    "types": [{"code": "cafe", "vi": "Quán cà phê"}],
    "sections": [{"code": "A", "vi": "Hồ sơ pháp lý, giấy phép"}],
    "items": [
        {
            "id": "A01", "section": "A", "text": "Có giấy chứng nhận đăng ký còn giá trị.", "types": ["cafe"],
            "remediation": {"days": 15, "follow_up": "dossier"}, "evidence": "document",
        }
    ],
    "figures": [{"id": "N01", "vi": "Tổng số lao động (người)", "types": ["cafe"]}],
}  # fmt: skip


@dataclass(frozen=True)
class Block:
    """One fenced example. line: where it stands. syntax: json, ndjson or base64."""

    line: int
    syntax: str
    role: str
    what: str
    text: str

    @property
    def data(self) -> bytes:
        return base64.b64decode(self.text) if self.syntax == "base64" else self.text.encode()


def blocks() -> Iterator[Block]:
    text = PAGE.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(json|ndjson|base64) (\w+): (.+?)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(line, found[1], found[2], found[3], found[4].removesuffix("\n"))


@pytest.fixture
def commune(tmp_path: Path) -> Commune:
    """The commune of the page: nothing in its register yet."""
    db = database.create(tmp_path / "kim-mau")
    with database.write(db, lambda: NOW) as tx:
        unit = units.found("99999", kind="xã", name="Kim Mẫu", province="Ví Dụ")
        units.settle(tx, unit, COMMAND_LINE)
        checklists.adopt(tx, COMMAND_LINE, checklists.resolve(CHECKLIST))
        areas.area_named(tx, "Thôn Mẫu 1")
        entities.entity_named(tx, "Hộ kinh doanh Mẫu")
        people.open_account(
            tx, COMMAND_LINE, account_id=ACCOUNT, username="binh", name="Trần Văn Bình", role="inspector",
            position="Thành viên", password=PASSWORD,
        )  # fmt: skip
        people.open_account(
            tx, COMMAND_LINE, username="an", name="Nguyễn Thị An", role="officer", password=PASSWORD
        )  # fmt: skip
    db.close()
    return copy_commune(tmp_path / "kim-mau", tmp_path / "data")


class Reader:
    """Goes through the page as a phone would. drawn: what the page calls a drawn value -> what the server drew."""

    def __init__(self, commune: Commune) -> None:
        self.phone = WirePhone(commune, "binh", DEVICE)
        self.drawn: dict[str, str] = {}
        self.answer: TestResponse | None = None

    def read(self, block: Block) -> None:
        if block.role == "request":
            method, path = block.what.split()
            kind = {"json": "application/json", "ndjson": "application/x-ndjson", "base64": "image/png"}[block.syntax]
            assert path.startswith("/sync/v1/")
            text = DRAWN.sub(lambda told: self.drawn.get(told[0], told[0]), block.text)
            data = block.data if block.syntax == "base64" else text.encode()
            self.answer = self.phone.call(
                method, path.removeprefix("/sync/v1/"), data=data, headers={"Content-Type": kind}
            )
        elif block.role == "answer":
            self.compare(block)
        elif block.role == "office":
            self.decide(block.what, json.loads(block.text))
        else:
            assert block.role == "body", block.role
            self.offer(block)

    def compare(self, block: Block) -> None:
        assert self.answer is not None, "an answer without a request"
        assert self.answer.status_code == int(block.what), self.answer.text
        if block.syntax == "base64":
            assert self.answer.data == block.data
            return
        self.same(json.loads(block.text), self.answer.json, "")
        if "token" in self.answer.json:
            self.phone.token = self.answer.json["token"]

    def decide(self, deed: str, told: dict[str, Any]) -> None:
        """The officer An does something."""
        with self.phone.commune.writing() as tx:
            an = Actor(next(account.id for account in people.accounts(tx.db) if account.username == "an"))
            if deed == "dismiss":
                held = next(held for held in quarantine.waiting(tx.db) if held.op.op == told["op"])
                inbox.dismiss(tx, an, held, told["reason"])
            else:
                assert deed == "change", deed
                establishments.change(tx, an, told["id"], told["fields"])

    def offer(self, block: Block) -> None:
        line = json.dumps(json.loads(block.text), ensure_ascii=False).encode()
        receipt = self.phone.receipts(wire_op(block.what, line), mark=None)[0]
        assert receipt["status"] == "applied", receipt

    def same(self, told: Any, answered: Any, where: str) -> None:
        """The page and the server agree: on every key, and on every value that is not drawn by lot."""
        if isinstance(told, dict):
            assert isinstance(answered, dict), where
            open_ended = "…" in told
            assert told.keys() - {"…"} <= answered.keys() if open_ended else told.keys() == answered.keys(), where
            for key in told.keys() - {"…"}:
                self.same(told[key], answered[key], f"{where}.{key}")
        elif isinstance(told, list):
            assert isinstance(answered, list), where
            assert len(told) == len(answered), where
            for place, (one, other) in enumerate(zip(told, answered, strict=True)):
                self.same(one, other, f"{where}[{place}]")
        elif isinstance(told, str) and DRAWN.fullmatch(told):
            assert isinstance(answered, str), where
            assert len(answered) == len(told), where
            assert self.drawn.setdefault(told, answered) == answered, where
        else:
            assert told == answered, where


def test_the_examples_are_what_the_server_says(commune: Commune, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDAPP_LANG", "en")
    reader, asked = Reader(commune), []
    for block in blocks():
        try:
            reader.read(block)
        except AssertionError as problem:
            raise AssertionError(f"PROTOCOL.md, line {block.line}: {problem}") from problem
        if block.role == "request":
            asked.append(re.sub("[0-9a-f]{64}", "<sha256>", block.what))
    assert {what.split()[1] for what in asked} == {
        "/sync/v1/devices", "/sync/v1/push", "/sync/v1/pull", "/sync/v1/files/have", "/sync/v1/files/<sha256>",
        "/sync/v1/status",
    }  # fmt: skip


def test_every_digest_on_the_page_is_that_of_the_line_below_it() -> None:
    """Says what to write where an example was changed."""
    for block in blocks():
        if block.syntax == "ndjson":
            envelope, *lines = block.text.split("\n")
            headers = json.loads(envelope)["ops"]
            for header, line in list(zip(headers, lines, strict=True)):
                data = line.encode()
                told = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
                cut_off = header["op"].endswith("05")
                assert cut_off or {**header, **told} == header, f"PROTOCOL.md, line {block.line}: {header['op']} {told}"


def test_the_page_lists_every_error_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|.*\| (yes|no) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) >= 15
    for status, code, retry in rows:
        entry = CATALOGUE[code]
        assert (entry.status, entry.retry) == (int(status), retry == "yes"), code
