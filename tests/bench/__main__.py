"""Prints each part beside its raw limit measured in the same run: all parts, or those named.

make bench              make bench ARGS="wire office"
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench import coverage, office, phone, rows, wire

PARTS = {"office": office.measure, "coverage": coverage.measure, "wire": wire.measure, "phone": phone.measure}
"""In this order: the phone pulls the commune that the office's part has filled."""


def main(wanted: list[str]) -> str | None:
    """What is wrong with what was asked for; None when it was measured."""
    unknown = set(wanted) - set(PARTS)
    if unknown:
        return f"{', '.join(sorted(unknown))}: no such part; there are {', '.join(PARTS)}"
    print("what                                         measured         raw limit      ratio   aim")  # noqa: T201
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rows.write(folder)
        if "phone" in wanted and "office" not in wanted:
            list(office.filled(folder))
        for part in [part for part in PARTS if part in wanted or not wanted]:
            for line in PARTS[part](folder):
                print(line, flush=True)  # noqa: T201
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
