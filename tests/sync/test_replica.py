"""The Python replica: used as its docstring says, and the promises of a device (C1-C7), each broken on purpose.

The simulation (simulation.py) puts the same promises under every fault at once; here each one stands alone.
"""

from __future__ import annotations

import shutil
import sqlite3
import textwrap
from pathlib import Path
from typing import Any

import pytest
import requests

import sync.replica
from sync.replica import Replica
from sync.replica.api import Retry, SignIn
from sync.replica.store import Store
from tests.browser.server import Server


def test_the_ten_lines_of_the_docstring(template: Path, tmp_path: Path) -> None:
    """Against the real server in a process of its own."""
    shutil.copytree(template, tmp_path / "data")
    server = Server(tmp_path / "data")
    ten_lines = textwrap.dedent((sync.replica.__doc__ or "").partition("Ten lines:\n")[2].partition("\n\nIt may")[0])
    told: dict[str, Any] = {}
    try:
        for placeholder, real in {"http://127.0.0.1:8000": server.url, "binh.sqlite": f"{tmp_path}/1.sqlite"}.items():
            ten_lines = ten_lines.replace(placeholder, real)
        exec(ten_lines, told)  # noqa: S102  our own docstring
        phone: Replica = told["phone"]
        with phone:
            assert {(op.kind, op.state) for op in phone.outbox()} == {
                ("establishment", "acknowledged"), ("inspection", "acknowledged"),
            }  # fmt: skip
            assert [file.state for file in phone.files()] == ["sent"]
            assert phone.record("establishment", told["place"].id).body["rooms"] == 4
        with Replica.open(tmp_path / "2.sqlite", server.url) as second:
            second.enrol("hoa", "một mật khẩu dài")
            second.sync()
            (record,) = second.signed("inspection")
            assert record.body["establishment"] == told["place"].id
            assert second.fetch_file(told["photo"]).startswith(b"\xff\xd8\xff")
    finally:
        server.stop()


def test_it_waits_longer_after_each_failure_and_as_long_as_the_server_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    done = SignIn()
    ends = iter([Retry("unreachable"), Retry("busy", after_s=60), *[Retry("timeout")] * 8, done])
    store = Store(sqlite3.connect(":memory:", isolation_level=None))
    with Replica(store, "", requests.Session(), chance=lambda: 0.5, sleep=waited.append) as phone:
        monkeypatch.setattr(phone, "sync", lambda: next(ends))
        assert isinstance(phone.sync_until_done(3), Retry)  # it gives up for now
        assert waited == [2.5, 60]
        waited.clear()
        assert phone.sync_until_done() is done
    assert waited == [2.5, 5, 10, 20, 40, 80, 160]
