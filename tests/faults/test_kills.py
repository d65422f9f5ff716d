"""Nothing acknowledged is lost when the power goes, at whatever moment (tests/faults/kills.py tells how)."""

from __future__ import annotations

from pathlib import Path

from tests.faults.kills import Toll, killed_commands, storm


def test_a_server_that_is_killed_again_and_again_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    toll = Toll()
    storm(tmp_path, 15, 1, toll)
    assert toll.kills["server"] == 15
    assert toll.ops > 20
    assert toll.files > 10


def test_a_killed_backup_restore_or_import_leaves_the_old_state_or_the_new(tmp_path: Path) -> None:
    toll = Toll()
    killed_commands(tmp_path, 15, 1, toll)
    assert sum(toll.kills.values()) > 5
