"""Pushes as every released app sent them, byte for byte: accepted for ever (tests/client/frozen.test.ts makes them)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fieldapp import establishments, people
from fieldapp.audit import COMMAND_LINE
from tests.cast import PASSWORD
from tests.phones import Commune

FROZEN = sorted((Path(__file__).parents[1] / "client" / "frozen").glob("*.json"))


@pytest.mark.parametrize("file", FROZEN, ids=lambda file: file.stem)
def test_what_a_released_app_sends_is_entered(commune: Commune, file: Path) -> None:
    frozen: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    message = frozen["push"].encode()
    envelope = json.loads(message.split(b"\n", 1)[0])
    token = prepare(commune, frozen["person"], envelope["device"])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    # the commune is another one, which has seen nothing of that history
    first = {**envelope, "mark": None, "trail": []}
    sent = json.dumps(first).encode() + b"\n" + message.split(b"\n", 1)[1]
    answer = commune.app.test_client().post("/sync/v1/push", data=sent, headers=headers)
    assert answer.status_code == 200, answer.text
    told = Counter(op["kind"] for op in envelope["ops"] if op["kind"] != "draft")
    assert told == Counter(inspection=1, commitment=1, establishment=3)
    assert {receipt["status"] for receipt in answer.json["receipts"]} == {"applied"}
    stored = [line.encode() for (line,) in commune.ask("SELECT body FROM signed")]
    assert all(line in message for line in stored)  # verbatim
    assert len(stored) == 2
    again = commune.app.test_client().post("/sync/v1/push", data=sent, headers=headers)
    assert again.json["receipts"] == answer.json["receipts"]


def prepare(commune: Commune, person: dict[str, str], device: str) -> str:
    """The person and the establishments that the fixture speaks of."""
    with commune.writing() as tx:
        account = people.open_account(
            tx, COMMAND_LINE, name="Bình cũ", username="binh.cu", role="inspector", password=PASSWORD,
            account_id=person["id"],
        )  # fmt: skip
        for place in ("e1", "e2"):
            establishments.add(
                tx, COMMAND_LINE, {"name": f"Karaoke {place}", "type": "karaoke"}, establishment_id=place
            )
        return people.enrol(tx, account, device=device, device_name="")
