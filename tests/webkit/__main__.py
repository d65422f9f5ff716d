"""The phone app in the engine of iPhones: `python -m tests.webkit`, and a part of `make look`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.webkit import phone

HERE = Path(__file__).parent
OF_SELENIUM = "ignore:setting remote_server_addr:DeprecationWarning"  # it warns of a call of its own


def main() -> int:
    lacking = phone.lacking()
    if lacking:
        print(f"\n{'!' * 80}\nNOT TRIED in the engine of iPhones: {lacking}\n{'!' * 80}", file=sys.stderr)  # noqa: T201
        return 0
    return pytest.main(["--tb=short", "-W", OF_SELENIUM, str(HERE / "journeys.py"), *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
