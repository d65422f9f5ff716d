"""`fieldapp check` names every fault."""

from __future__ import annotations

import json
import sqlite3
import uuid

import pytest
from click.testing import Result

from fieldapp import database, evidence
from tests.backups.steps import inspect, stop, take
from tests.phones import Commune, WirePhone, wire_op
from tests.spreadsheets import Terminal
from tests.wire.reading import JPEG, JPEG_NAME


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE signed SET body = replace(body, 'planned', 'Planned')", "no longer those that were signed"),
        ("UPDATE audit SET details = '{}' WHERE number = 3", "broken from entry 3"),
        ("DELETE FROM visit; DELETE FROM inspection", "what was signed and the books differ"),
        ("UPDATE visit SET establishment = 'nowhere'", "names no row of establishment"),
        ("DELETE FROM signed", "was acknowledged and is gone"),
        (
            "DELETE FROM file_use; DELETE FROM signed; DELETE FROM visit; DELETE FROM inspection",
            "acknowledged and is gone",
        ),
    ],
)
def test_check_names_every_fault(
    commune: Commune, phone: WirePhone, terminal: Terminal, sql: str, says: str
) -> None:  # fmt: skip
    inspect(phone)
    terminal.done("check")
    checked = vandalised(commune, terminal, sql)
    assert says in checked.stderr
    assert "restore the newest backup" in checked.stderr


@pytest.mark.parametrize("kind", ["finding_event", "activity"])
def test_check_compares_every_kind_of_signed_record(
    commune: Commune, phone: WirePhone, terminal: Terminal, kind: str
) -> None:  # fmt: skip
    hand_in_the_rest(phone)
    terminal.done("check")
    checked = vandalised(commune, terminal, f"DELETE FROM {kind}")  # noqa: S608  a table
    assert f"{kind} e1e1e1e1-0000-4000-8000-000000000001: what was signed and the books differ" in checked.stderr


def test_an_unfinished_draft_with_a_photo_is_no_fault(commune: Commune, phone: WirePhone, terminal: Terminal) -> None:
    body = {
        "id": str(uuid.uuid4()), "over": [], "kind": "inspection", "establishment": commune.establishment(),
        "begun_at": "2026-11-21T09:00:00+07:00", "saved_at": "2026-11-21T09:05:00+07:00", "draft": {},
    }  # fmt: skip
    (receipt,) = phone.receipts(wire_op("draft", body, files=[JPEG_NAME]))
    assert receipt["status"] == "applied"
    assert phone.put_file(JPEG).status_code in (200, 201)
    terminal.done("check")
    assert not take(commune).faults
    checked = vandalised(commune, terminal, "UPDATE file_use SET id = 'nobody'")
    assert "draft nobody: has files and no record" in checked.stderr


def vandalised(commune: Commune, terminal: Terminal, sql: str) -> Result:
    vandal = sqlite3.connect(commune.folder / database.FILE_NAME)
    vandal.executescript(sql)
    vandal.close()
    checked = terminal("check")
    assert checked.exit_code == 1
    return checked


def hand_in_the_rest(phone: WirePhone) -> None:
    """An inspection with a shortcoming, what became of that, and a session."""
    found = json.loads(phone.inspection(answers={"A01": {"a": "khong_dat", "note": "Hết hạn", "files": []}}).line)
    event = {
        "id": "e1e1e1e1-0000-4000-8000-000000000001", "finding": str(uuid.uuid5(uuid.UUID(found["id"]), "A01")),
        "inspection": found["id"], "establishment": found["establishment"], "author": phone.account,
        "event": "evidence", "at": "2026-11-21T09:00:00+07:00", "how": "dossier", "conclusion": "remedied",
    }  # fmt: skip
    session = {
        "id": "e1e1e1e1-0000-4000-8000-000000000001", "author": phone.account, "form": "meeting",
        "held_on": "2026-11-20", "headcount": 30,
    }  # fmt: skip
    ops = [wire_op("inspection", found), wire_op("finding_event", event), wire_op("activity", session)]
    assert [receipt["status"] for receipt in phone.receipts(*ops)] == ["applied"] * 3


def test_check_finds_torn_pages_and_photos_that_are_not_what_they_were(
    commune: Commune, phone: WirePhone, terminal: Terminal
) -> None:
    inspect(phone)
    photo = evidence.shelf(commune.folder).path(JPEG_NAME)
    photo.write_bytes(JPEG[::-1])
    assert f"{JPEG_NAME} (of inspection" in terminal("check").stderr
    photo.unlink()
    assert "is gone" in terminal("check").stderr
    photo.write_bytes(JPEG)
    stop(commune)
    terminal.done("check")
    live = commune.folder / database.FILE_NAME
    pages = bytearray(live.read_bytes())
    for page in range(8, len(pages) // 4096, 3):
        pages[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    live.write_bytes(pages)
    torn = terminal("check")
    assert torn.exit_code == 1
    assert "Traceback" not in torn.output
