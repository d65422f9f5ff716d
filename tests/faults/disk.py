"""A disk that is really full: a small tmpfs under a real server. Needs root, so it belongs to the long run."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.clients import Client
from tests.faults.kills import Toll, nothing_missing, template_in
from tests.faults.warm import Warm, free_port, until
from tests.phones import copy_commune


@contextmanager
def small_disk(folder: Path, mebibytes: float) -> Iterator[Path]:
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={int(mebibytes * 1024)}k", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def full_disk(folder: Path, times: int, seed: int, toll: Toll) -> None:
    """The disk fills up under pushes and photos, and is made larger: all drains, nothing acknowledged is missing."""
    if os.geteuid() != 0:
        sys.stdout.write("full_disk: left out, mounting a small disk needs root\n")
        return
    dice = random.Random(seed)
    for n in range(times):
        with small_disk(folder / f"disk {n}", dice.uniform(2.5, 6)) as disk:
            _fill_and_drain(disk, template_in(folder), dice, toll)


def _fill_and_drain(disk: Path, template: Path, dice: random.Random, toll: Toll) -> None:
    commune = copy_commune(template, disk / "data")
    commune.app.extensions["fieldapp_open"].close()
    port, archive = free_port(), disk / "all.zip"
    with Warm(commune.folder) as warm:
        server = warm.serve(port)
        clients = [Client(commune, port, random.Random(dice.random())) for _ in range(2)]
        for client in clients:
            client.start()
        until(lambda: all(c.acknowledged.statuses.get(507) or c.problem for c in clients), "both were told 507")
        refused = warm.run("backup", archive)
        assert refused.wait() == 1, refused.said()
        assert not list(disk.glob("all.zip*"))
        if dice.random() < 0.5:
            server.kill()
            toll.kills["server on a full disk"] += 1
            server = warm.serve(port)
        subprocess.run(["mount", "-o", "remount,size=256m", disk], check=True)
        before = {client: len(client.acknowledged.ops) for client in clients}
        until(lambda: all(len(c.acknowledged.ops) > before[c] or c.problem for c in clients), "both went on")
        warm.done("backup", archive)
        acknowledged = [client.end() for client in clients]
        assert server.stop() == 0
        assert all(set(one.statuses) <= {200, 201, 503, 507} for one in acknowledged), [
            o.statuses for o in acknowledged
        ]
        nothing_missing(commune, acknowledged)
        warm.done("check")
    toll.ops += sum(len(one.ops) for one in acknowledged)
    toll.files += sum(len(one.files) for one in acknowledged)
