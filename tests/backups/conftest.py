"""A commune, a phone, and the terminal of its server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp.app import create_app
from fieldapp.config import Config
from tests.phones import Commune, WirePhone, copy_commune
from tests.spreadsheets import Terminal


@pytest.fixture
def commune(template: Path, tmp_path: Path) -> Commune:
    return copy_commune(template, tmp_path / "data")


@pytest.fixture
def phone(commune: Commune) -> WirePhone:
    return commune.phone("binh")


@pytest.fixture
def terminal(commune: Commune, tmp_path: Path) -> Terminal:
    return Terminal(tmp_path, commune.folder, commune.clock)


@pytest.fixture
def restart(commune: Commune) -> Callable[[], None]:
    """The server ends; what it had open is closed. `commune.app` is a new one afterwards."""

    def again() -> None:
        commune.app.extensions["fieldapp_open"].close()
        config = Config(commune.folder, "a secret of tests", sign_in_limit="10 per 5 minutes", testing=True)
        commune.app = create_app(config, commune.clock)

    return again
