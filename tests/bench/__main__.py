"""Prints import, coverage page and phone at 5,000 establishments and 20,000 visits, beside their raw limits."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench import office, phone, rows


def main() -> None:
    print("what                                         measured         raw limit      ratio   aim")  # noqa: T201
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rows.write(folder)
        for line in (*office.measure(folder), *phone.measure(folder)):
            print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
