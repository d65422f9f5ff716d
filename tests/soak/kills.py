"""Processes killed and disks filled (tests/faults), over the real server and the real commands."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click

from tests.faults.disk import full_disk
from tests.faults.kills import Toll, killed_commands, storm


@click.command()
@click.option("--kills", default=300, show_default=True, help="Half of a server under load, half of commands.")
@click.option("--seed", type=int, help="As a failure told it; else the time.")
def kills(kills: int, seed: int | None) -> None:
    """Kills and full disks."""
    seed = int(time.time()) if seed is None else seed
    for run, times in ((storm, kills // 2), (killed_commands, kills // 2), (full_disk, kills // 30)):
        toll, begun = Toll(), time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            run(Path(folder), times, seed, toll)
        click.echo(f"seed {seed}, {run.__name__}, {time.monotonic() - begun:.0f} s: {toll}")
