"""A phone with the engine of iPhones before the real server. The commune is that of the browser journeys.

No conftest.py: `make test` would load that one, and it needs what only `make look` has.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import data, server, settled  # noqa: F401  fixtures
from tests.browser.server import Server
from tests.webkit.newer import taken_away
from tests.webkit.phone import Phone, screen


@pytest.fixture(scope="session", autouse=True)
def _display() -> Iterator[None]:
    with screen():
        yield


@pytest.fixture(params=["today's", "old"])
def any_phone(request: pytest.FixtureRequest, tmp_path: Path, server: Server) -> Iterator[Phone]:  # noqa: F811
    """A phone of today, and one that has only what iOS 15.4 had."""
    one = Phone(tmp_path / "phone", server.url, before=taken_away() if request.param == "old" else "")
    yield one
    one.close()


@pytest.fixture
def phone(tmp_path: Path, server: Server) -> Iterator[Phone]:  # noqa: F811
    one = Phone(tmp_path / "phone", server.url)
    yield one
    one.close()
