"""The phone app in the engine of iPhones: pictures, then the journeys. A part of `make look`.

`python -m tests.webkit -k update` runs only the journeys named so.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.webkit import phone
from tests.webkit.walk import walk

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "build" / "look"
OF_SELENIUM = "ignore:setting remote_server_addr:DeprecationWarning"  # it warns of a call of its own


def main() -> int:
    lacking = phone.lacking()
    if lacking:
        print(f"\n{'!' * 80}\nNOT TRIED in the engine of iPhones: {lacking}\n{'!' * 80}", file=sys.stderr)  # noqa: T201
        return 0
    if not sys.argv[1:]:
        walk(OUT)
    options = ["-p", "tests.webkit.phones", "-W", OF_SELENIUM, "--tb=short"]
    return pytest.main([*options, str(HERE / "journeys.py"), *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
