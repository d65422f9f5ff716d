"""A commune with its phones for each test of the wire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldapp.views import sync as wire_views
from tests.phones import Commune, WirePhone, copy_commune


@pytest.fixture
def commune(template: Path, tmp_path: Path) -> Iterator[Commune]:
    yield copy_commune(template, tmp_path / "data")
    wire_views.limiter.reset()


@pytest.fixture
def phone(commune: Commune) -> WirePhone:
    return commune.phone("binh")


@pytest.fixture
def other(commune: Commune) -> WirePhone:
    return commune.phone("hoa")
