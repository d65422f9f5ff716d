"""Clients that hammer a real server and remember exactly what it has acknowledged."""

from __future__ import annotations

import hashlib
import json
import random
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.phones import Commune, instant, wire_op
from tests.sync.toys import Sent

TIMEOUT_S = 10
RETRIED = (400, 500, 503, 507)


@dataclass
class Acknowledged:
    """What a server has promised to keep. ops: op -> record id. files: sha256. statuses: how often each came."""

    ops: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    statuses: dict[int, int] = field(default_factory=dict)
    offered: int = 0


class Client(threading.Thread):
    """Pushes inspections with a photo each, one batch after the other, and offers again what got no answer."""

    def __init__(self, commune: Commune, port: int, dice: random.Random, *, photos: bool = True) -> None:
        super().__init__(daemon=True)
        phone = commune.phone("binh")
        self.device, self.token, self.account = phone.device, phone.token, phone.account
        self.acknowledged = Acknowledged()
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{port}/sync/v1"
        self.problem: BaseException | None = None
        self._establishment = commune.establishment()
        self._sent = instant(commune.clock())
        self._dice = dice
        self._photos = photos

    def run(self) -> None:
        try:
            with requests.Session() as self.session:
                self.session.headers["Authorization"] = f"Bearer {self.token}"
                while not self.over.is_set():
                    self._offer([self._inspection() for _ in range(self._dice.randint(1, 8))])
        except BaseException as problem:  # noqa: BLE001  told by the test's own thread
            self.problem = problem

    def end(self) -> Acknowledged:
        self.over.set()
        self.join(TIMEOUT_S * 2)
        assert not self.is_alive()
        if self.problem:
            raise self.problem
        return self.acknowledged

    def _inspection(self) -> tuple[Sent, bytes]:
        photo = b"\xff\xd8\xff\xe0" + self._dice.randbytes(self._dice.randint(100, 60_000))
        sha256 = hashlib.sha256(photo).hexdigest()
        body = {
            "id": str(uuid.UUID(int=self._dice.getrandbits(128), version=4)), "establishment": self._establishment,
            "author": self.account, "outcome": "conducted", "bodies": ["team_178"],
            "started_at": "2026-11-21T09:00:00+07:00", "answers": {"A01": {"a": "dat", "note": "x" * 500}},
            "photos": {sha256: {"class": "premises", "taken_at": "2026-11-21T09:00:00+07:00"}},
        }  # fmt: skip
        op = wire_op("inspection", body, files=[sha256])
        return op, photo

    def _offer(self, batch: list[tuple[Sent, bytes]]) -> None:
        """Until it is acknowledged, or the test is over."""
        self.acknowledged.offered += len(batch)
        ops = [op for op, _ in batch]
        answer = self._until_answered("POST", "push", self._message(ops))
        if answer is None:
            return
        for op, receipt in zip(ops, answer["receipts"], strict=True):
            assert receipt["status"] == "applied", receipt
            self.acknowledged.ops[op.header["op"]] = json.loads(op.line)["id"]
        for _, photo in batch if self._photos else []:
            sha256 = hashlib.sha256(photo).hexdigest()
            if self._until_answered("PUT", f"files/{sha256}", photo) is None:
                return
            self.acknowledged.files.add(sha256)

    def _message(self, ops: list[Sent]) -> bytes:
        envelope = {
            "v": 1, "device": self.device, "app": "1.0.0", "sent": self._sent, "mark": None, "trail": [],
            "ops": [op.header for op in ops],
        }  # fmt: skip
        return b"\n".join([json.dumps(envelope).encode(), *(op.line for op in ops), b""])

    def _until_answered(self, method: str, path: str, data: bytes) -> dict[str, Any] | None:
        while not self.over.is_set():
            try:
                answer = self.session.request(method, f"{self.url}/{path}", data=data, timeout=TIMEOUT_S)
                told: dict[str, Any] = answer.json()
            except (requests.RequestException, ValueError):  # killed before, or in the middle of its answer
                self.over.wait(0.01)
                continue
            statuses = self.acknowledged.statuses
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            if answer.status_code in (200, 201):
                return told
            assert answer.status_code in RETRIED, told
            self.over.wait(0.02)
        return None
