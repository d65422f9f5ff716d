"""Random schedules of the phone's own code (tests/client/schedules.test.ts) against the real server over real HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import click

BATCH = 100
"""Schedules between two looks at the clock."""


@click.command()
@click.option("--seconds", default=600.0, show_default=True, help="For how long, give or take a batch.")
@click.option("--seed", type=int, help="The first seed; else the time.")
def phones(seconds: float, seed: int | None) -> None:
    """Random schedules with faults, of phones as they are."""
    first = seed = int(time.time()) if seed is None else seed
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        told = {**os.environ, "SCHEDULES": str(BATCH), "SEED": str(seed)}
        # vitest names each schedule that failed, and how to run it alone
        if subprocess.run([sys.executable, "-m", "tests.client", "schedules"], env=told, check=False).returncode:
            raise SystemExit(1)
        seed += BATCH
    took_s = time.monotonic() - started
    click.secho(
        f"{seed - first} schedules from seed {first} in {took_s:.0f} s: nothing lost, doubled or stuck", fg="green"
    )
