"""`make soak`: what takes too long for the suite, run for as long as one likes.

    make soak                                                 every part, for its usual time
    make soak ARGS="schedules --seconds 3600"                 one part, for an hour
    make soak ARGS="schedules --office toy --seed 17"         one schedule alone, as a failure names it
    make soak ARGS="bugs --schedules 2000"                    how many schedules each planted bug takes
    make soak ARGS="phones --seed 17"                         the phone's own code, from that seed on
    make soak ARGS="kills --kills 3000"                       processes killed at random, disks that fill up

A part is a click command in a module of its own; it exits with an error when it finds something. To add one, enter it
below.
"""

from __future__ import annotations

import click

from tests.soak import bugs, kills, phones, schedules

PARTS = (schedules.schedules, phones.phones, kills.kills, bugs.bugs)


@click.group(invoke_without_command=True)
@click.pass_context
def soak(context: click.Context) -> None:
    """Every part, or the one named."""
    if context.invoked_subcommand is None:
        for part in PARTS:
            click.secho(f"\n{part.name}", bold=True)
            context.invoke(part)


for part in PARTS:
    soak.add_command(part)

if __name__ == "__main__":
    soak(prog_name="soak")
