"""A phone with the engine of iPhones before the real server. The commune is that of the browser journeys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import data, server  # noqa: F401  fixtures
from tests.browser.server import Server
from tests.webkit.phone import Phone, screen


@pytest.fixture(scope="session", autouse=True)
def _display() -> Iterator[None]:
    with screen():
        yield


@pytest.fixture
def phone(tmp_path: Path, server: Server) -> Iterator[Phone]:  # noqa: F811
    one = Phone(tmp_path / "phone", server.url)
    yield one
    one.close()
