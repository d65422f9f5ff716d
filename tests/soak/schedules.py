"""Random schedules of the simulation (tests/sync/simulation.py), over the engine alone and over the application."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from dataclasses import dataclass, field

import click

from tests.sync import invariants, simulation

SHOWN = 10
REAL_EVERY = 5
Turn = tuple[str, int]
"""An office and a seed."""


@dataclass
class Tally:
    """What so many schedules came to. failed: (office, seed) -> what was wrong."""

    schedules: Counter[str] = field(default_factory=Counter)
    made: int = 0
    excused: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    failed: dict[Turn, list[str]] = field(default_factory=dict)

    def run(self, office: str, seed: int) -> None:
        try:
            with simulation.schedule(seed, office) as world:
                wrong = invariants.violations(world)
                self.made += len(world.made)
                self.excused += len(world.excused)
                self.faults += world.faults
        except Exception as problem:  # noqa: BLE001  told like any other failure, with its seed
            wrong = [f"{type(problem).__name__}: {problem}"]
        self.schedules[office] += 1
        if wrong:
            self.failed[office, seed] = wrong

    def add(self, other: Tally) -> None:
        self.schedules += other.schedules
        self.made += other.made
        self.excused += other.excused
        self.faults += other.faults
        self.failed |= other.failed


def _share(office: str, first: int, step: int, until: float) -> Tally:
    """Every so many-th seed until the time is up."""
    tally, number = Tally(), first
    while time.monotonic() < until and len(tally.failed) < SHOWN:
        tally.run(("real" if number % REAL_EVERY == 0 else "toy") if office == "both" else office, number)
        number += step
    return tally


@click.command()
@click.option("--seconds", default=600.0, show_default=True, help="For how long.")
@click.option("--office", type=click.Choice(["toy", "real", "both"]), default="both", show_default=True)
@click.option("--first", default=0, show_default=True, help="The first seed; give another to see other schedules.")
@click.option("--workers", default=os.cpu_count() or 1, show_default=True, help="Processes that share the seeds.")
@click.option("--seed", type=int, help="This schedule alone.")
def schedules(seconds: float, office: str, first: int, workers: int, seed: int | None) -> None:
    """Random schedules with faults; of five, one runs against the whole application."""
    tally, started = Tally(), time.monotonic()
    if seed is not None:
        for one in simulation.OFFICES if office == "both" else [office]:
            tally.run(one, seed)
    elif workers == 1:
        tally = _share(office, first, 1, started + seconds)
    else:
        shares = [(office, first + n, workers, started + seconds) for n in range(workers)]
        with multiprocessing.Pool(workers) as pool:
            for part in pool.starmap(_share, shares):
                tally.add(part)
    _tell(tally, time.monotonic() - started)
    if tally.failed:
        raise SystemExit(1)


def _tell(tally: Tally, took_s: float) -> None:
    total = sum(tally.schedules.values())
    offices = ", ".join(f"{count} {office}" for office, count in sorted(tally.schedules.items()))
    click.echo(
        f"{total} schedules ({offices}) in {took_s:.0f} s, {total / took_s:.1f} a second; "
        f"{tally.made} records and edits made"
    )
    click.echo(f"{tally.excused} of which no copy was left anywhere (restored phones, wiped phones, strays)")
    click.echo("  ".join(f"{name} {count}" for name, count in sorted(tally.faults.items()) if name))
    for (office, seed), wrong in tally.failed.items():
        click.secho(f'FAILED: make soak ARGS="schedules --office {office} --seed {seed}"', fg="red")
        for problem in wrong[:SHOWN]:
            click.echo(f"    {problem}")
    if not tally.failed:
        click.secho("nothing lost, doubled, changed or stuck", fg="green")
