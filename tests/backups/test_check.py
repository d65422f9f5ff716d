"""`fieldapp check` names every fault."""

from __future__ import annotations

import sqlite3

import pytest

from fieldapp import database, evidence
from tests.backups.steps import inspect, stop
from tests.phones import Commune, WirePhone
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
    vandal = sqlite3.connect(commune.folder / database.FILE_NAME)
    vandal.executescript(sql)
    vandal.close()
    checked = terminal("check")
    assert checked.exit_code == 1
    assert says in checked.stderr
    assert "restore the newest backup" in checked.stderr


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
