"""Where planted bugs are entered, by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


class Bugs(dict[str, Plant]):
    """Name -> what plants it."""

    def enter(self, plant: Plant) -> Plant:
        self[plant.__name__] = plant
        return plant
