"""Every planted bug (tests/sync/planted), and how many schedules it took to find it."""

from __future__ import annotations

import re
import time

import click
import pytest

from tests.sync import planted


@click.command()
@click.option("--schedules", default=2000, show_default=True, help="At most so many for each bug.")
@click.argument("names", nargs=-1)
def bugs(schedules: int, names: tuple[str, ...]) -> None:
    """Plant each bug, or those named, and look for it. Prints the table of tests/sync/README.md."""
    missed = []
    click.echo("| planted in | bug | schedules | found as |\n|---|---|---:|---|")
    for name in names or planted.BUGS:
        side = "server" if name in planted.server.BUGS else "replica"
        with pytest.MonkeyPatch.context() as patch:
            planted.BUGS[name](patch)
            started = time.monotonic()
            for seed in range(schedules):
                found = planted.found_in(seed)
                if found:
                    click.echo(f"| {side} | {name.replace('_', ' ')} | {seed + 1} | {_as_what(found)} |")
                    break
            else:
                missed.append(name)
                click.secho(f"| {side} | {name} | not in {schedules}, {time.monotonic() - started:.0f} s | |", fg="red")
    if missed:
        raise SystemExit(1)


def _as_what(found: str) -> str:
    """What was wrong, without the ids of this schedule."""
    words = re.sub(r"^phone \d+: ", "", found)
    return re.sub(r" (at|of|to) [(0-9a-f].*|[0-9a-f]{8}-\S+ |:.*", "", words)
