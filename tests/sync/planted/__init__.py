"""Bugs planted on purpose: each a small change of the product's code that the simulation must find.

A promise of the contract that no bug here breaks is one that nobody has shown to be checked. `make soak ARGS=bugs`
prints how many schedules each took; tests/sync/README.md keeps the last such table.
"""

from __future__ import annotations

from tests.sync import invariants, simulation
from tests.sync.planted import replica, server

BUGS = server.BUGS | replica.BUGS


def found_in(seed: int, office: str = "toy") -> str | None:
    """What the schedule of this seed finds wrong, if anything. A bug that makes the product fail is found too."""
    try:
        with simulation.schedule(seed, office) as world:
            return next(iter(invariants.violations(world)), None)
    except Exception as problem:  # noqa: BLE001
        return f"{type(problem).__name__}: {problem}"
