"""A file that is whole nowhere any more: nothing is called safe without it, until somebody accepts that it is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fieldapp import evidence
from tests.backups.steps import inspect, safe, stop, take
from tests.phones import Commune, WirePhone
from tests.spreadsheets import Terminal
from tests.wire.reading import JPEG, JPEG_NAME

SAYS = "Ảnh đã mất, chấp nhận ngày 21/11/2026 vì Ổ đĩa hỏng"


def lose(commune: Commune) -> None:
    evidence.shelf(commune.folder).path(JPEG_NAME).unlink()


def test_the_administrator_accepts_a_loss_and_backups_verify_again(commune: Commune, phone: WirePhone) -> None:
    inspect(phone)
    ((record,),) = commune.ask("SELECT id FROM inspection")
    lose(commune)
    assert take(commune).gone == [JPEG_NAME]
    assert safe(commune) == 0
    admin, alice = commune.office("quan"), commune.office("alice")
    page = admin.get("/backups").text
    assert "Tệp không còn ở đâu" in page
    assert f"biên bản {record[:8]}" in page

    told = {"file": JPEG_NAME, "reason": "Ổ đĩa hỏng"}
    assert alice.post("/backups/lost", data=told).status_code == 403
    assert "Phải ghi lý do." in admin.post("/backups/lost", data={**told, "reason": " "}).text
    assert commune.ask("SELECT * FROM lost_file") == []
    assert SAYS not in alice.get(f"/inspections/{record}").text
    assert "Đã ghi là đã mất" in admin.post("/backups/lost", data=told, follow_redirects=True).text
    assert "Tệp không còn ở đâu" not in admin.get("/backups").text
    assert SAYS in alice.get(f"/inspections/{record}").text
    assert commune.ask("SELECT object, reason FROM audit WHERE action = 'file_loss_accepted'") == [
        (JPEG_NAME, "Ổ đĩa hỏng")
    ]
    assert not take(commune).faults
    assert safe(commune) > 0

    assert phone.put_file(JPEG).status_code == 201  # a phone had it all the same
    assert SAYS not in alice.get(f"/inspections/{record}").text
    assert admin.post("/backups/lost", data=told).status_code == 409


def test_a_loss_is_accepted_on_the_command_line_and_a_backup_without_the_file_is_restored(
    commune: Commune, phone: WirePhone, terminal: Terminal, tmp_path: Path, restart: Callable[[], None]
) -> None:
    inspect(phone)
    for wrong, says in (
        ((JPEG_NAME, "--reason", "x"), "is whole in the data"),
        (("0" * 64, "--reason", "x"), "No file"),
    ):
        refused = terminal("accept-loss", *wrong)
        assert (refused.exit_code, says in refused.stderr) == (1, True)
    evidence.shelf(commune.folder).path(JPEG_NAME).write_bytes(JPEG[::-1])
    assert terminal("accept-loss", JPEG_NAME).exit_code == 1
    assert terminal("backup", str(tmp_path / "all.zip")).exit_code == 1
    terminal.done("accept-loss", JPEG_NAME, "--reason", "Ổ đĩa hỏng")
    assert not evidence.shelf(commune.folder).path(JPEG_NAME).exists(), "damaged bytes are not asked for again"
    terminal.done("check")
    terminal.done("backup", str(tmp_path / "all.zip"))
    stop(commune)
    terminal.done("restore", str(tmp_path / "all.zip"))
    restart()
    assert phone.put_file(JPEG).status_code == 201
