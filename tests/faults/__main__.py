"""`python -m tests.faults --kills 300 [--seed 7]`: kills and full disks for as long as one likes (`make soak`)."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.disk import full_disk
from tests.faults.kills import Toll, killed_commands, storm


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    for run, times in ((storm, asked.kills // 2), (killed_commands, asked.kills // 2), (full_disk, asked.kills // 30)):
        toll, begun = Toll(), time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            run(Path(folder), times, asked.seed, toll)
        sys.stdout.write(f"seed {asked.seed}, {run.__name__}, {time.monotonic() - begun:.0f} s: {toll}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
