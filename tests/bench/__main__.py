"""Prints import, coverage page, wire and phone, each beside its raw limit measured in the same run."""

from __future__ import annotations

import sys
import tempfile
from itertools import chain
from pathlib import Path

from tests.bench import coverage, office, phone, rows, wire


def main() -> None:
    print("what                                         measured         raw limit      ratio   aim")  # noqa: T201
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rows.write(folder)
        for line in chain(
            office.measure(folder), coverage.measure(folder), wire.measure(folder), phone.measure(folder)
        ):
            print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
