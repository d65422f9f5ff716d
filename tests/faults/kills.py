"""SIGKILL at random moments: what was acknowledged is there, what was not is whole or absent.

`make soak ARGS=kills` runs as long as one likes; the suite runs a few dozen.
"""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sync.files import Shelf
from tests.faults.clients import Acknowledged, Client
from tests.faults.warm import Process, Warm, free_port
from tests.phones import Commune, copy_commune, found_commune
from tests.spreadsheets import csv_bytes

CLIENTS = 4
LONGEST_S = 0.25


@dataclass
class Toll:
    """What a storm was: kills by what was killed, and what had been acknowledged by then."""

    kills: Counter[str] = field(default_factory=Counter)
    ops: int = 0
    files: int = 0

    def __str__(self) -> str:
        killed = ", ".join(f"{n} × {what}" for what, n in self.kills.items())
        kept = f"{self.ops} ops and {self.files} files acknowledged, none missing"
        return f"{sum(self.kills.values())} kills ({killed}); {kept}"


def storm(folder: Path, kills: int, seed: int, toll: Toll) -> None:
    """Clients push and upload all the time while the server is killed and started again on the same data."""
    dice, port = random.Random(seed), free_port()
    commune = copy_commune(template_in(folder), folder / "data")
    commune.app.extensions["fieldapp_open"].close()
    clients = [Client(commune, port, random.Random(dice.random())) for _ in range(CLIENTS)]
    with Warm(commune.folder) as warm:
        for client in clients:
            client.start()
        for n in range(kills):
            server = warm.serve(port)
            backup = warm.run("backup", folder / "all.zip") if n % 3 == 0 else None
            time.sleep(dice.uniform(0.01, LONGEST_S))
            server.kill()
            toll.kills["server"] += 1
            if backup:
                _kill(backup, toll, "backup beside it")
        server = warm.serve(port)
        time.sleep(LONGEST_S)
        acknowledged = [client.end() for client in clients]
        assert server.stop() == 0
        warm.done("check")
        nothing_missing(commune, acknowledged)
        only_whole_backups(warm, folder, [folder / "all.zip"])
    toll.ops += sum(len(one.ops) for one in acknowledged)
    toll.files += sum(len(one.files) for one in acknowledged)


def nothing_missing(commune: Commune, acknowledged: list[Acknowledged]) -> None:
    """Every acknowledged op has its record, once; every acknowledged file its bytes."""
    records = Counter(row[0] for row in commune.ask("SELECT id FROM signed"))
    entered = {row[0] for row in commune.ask("SELECT id FROM inspection")}
    receipts = {row[0] for row in commune.ask("SELECT op FROM receipt WHERE status = 'applied'")}
    shelf = Shelf(commune.folder / "files")
    for one in acknowledged:
        assert not set(one.ops) - receipts
        assert not set(one.ops.values()) - entered
        assert all(records[record] == 1 for record in one.ops.values())
        assert not [sha256 for sha256 in one.files if not shelf.whole(sha256)]
    assert commune.ask("PRAGMA integrity_check") == [("ok",)]


def only_whole_backups(warm: Warm, folder: Path, named: list[Path]) -> None:
    """Whatever bears the name of a backup can be restored."""
    for n, backup in enumerate(file for file in named if file.exists()):
        machine = folder / f"another machine {n}"
        warm.done("restore", backup, data=machine)
        warm.done("check", data=machine)


def killed_commands(folder: Path, kills: int, seed: int, toll: Toll) -> None:
    """A backup, a restore and an import, each killed again and again: the old state stands, or the new."""
    dice = random.Random(seed)
    commune = copy_commune(template_in(folder), folder / "commands")
    commune.app.extensions["fieldapp_open"].close()
    phone = commune.phone()
    register = folder / "register.csv"
    register.write_bytes(csv_bytes([["name", "type"], *([f"Karaoke Mẫu {n}", "karaoke"] for n in range(400))]))
    archive, other = folder / "commands.zip", folder / "other.zip"
    del phone
    with Warm(commune.folder) as warm:
        warm.done("backup", archive)
        old = _content(commune)
        warm.done("import", "establishments", register)
        new = _content(commune)
        warm.done("backup", other)
        states = {old: archive, new: other}
        now = new
        for n in range(kills):
            words: tuple[Any, ...]
            words = (("restore", states[old if now == new else new]), ("backup", other if now == new else archive),
                     ("import", "establishments", register))[n % 3]  # fmt: skip
            usual = _usual(warm, words, folder)
            process = warm.run(*words)
            time.sleep(dice.uniform(0, usual))
            _kill(process, toll, str(words[0]))
            warm.done("check")
            found = _content(commune)
            assert found in states, f"{words}: neither the old state nor the new"
            now = found
        only_whole_backups(warm, folder / "whole", [archive, other])


_TAKES: dict[str, float] = {}


def _usual(warm: Warm, words: tuple[Any, ...], folder: Path) -> float:
    """How long the command takes when nobody kills it, on a copy."""
    if words[0] not in _TAKES:
        machine = folder / f"timing {words[0]}"
        commune = copy_commune(template_in(folder), machine)
        commune.app.extensions["fieldapp_open"].close()
        begun = time.monotonic()
        target = (folder / "timing.zip",) if words[0] == "backup" else words[1:]
        warm.done(words[0], *target, data=machine)
        _TAKES[words[0]] = time.monotonic() - begun
    return _TAKES[words[0]]


def _kill(process: Process, toll: Toll, what: str) -> None:
    """Kill it, unless it was done before."""
    process.kill()
    toll.kills[what] += process.status == -signal.SIGKILL


def _content(commune: Commune) -> str:
    """The register as one text: what a killed restore or import must not leave half."""
    return json.dumps(commune.ask("SELECT name, code FROM establishment ORDER BY name, code"))


def template_in(folder: Path) -> Path:
    template = folder / "template"
    if not template.exists():
        found_commune(template)
    return template
