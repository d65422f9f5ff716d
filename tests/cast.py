"""A small cast, the clock they live by, and how their commune is made.

Alice is the officer, Bình and Hoa inspect, Dũng leads the team, Em reads, Quân keeps the accounts; Chi is of another
commune and sees nothing of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from argon2 import PasswordHasher

from fieldapp import checklists, database, people, units
from fieldapp.audit import COMMAND_LINE

NOW = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
PASSWORD = "một mật khẩu dài"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A hash names its own costs: of an account that is made with this, no sign-in takes a fifth of a second."""
CAST = {
    "alice": ("Lê Thị Alice", "officer"), "binh": ("Trần Văn Bình", "inspector"), "hoa": ("Bùi Hoa", "inspector"),
    "dung": ("Vũ Dũng", "leader"), "em": ("Đỗ Em", "viewer"), "quan": ("Hồ Quân", "admin"),
    "chi": ("Mai Chi", "officer"),
}  # fmt: skip
"""Username -> name, role."""


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def found(folder: Path, code: str, usernames: Iterable[str]) -> None:
    """A commune with its people and its checklist, and nothing in its register."""
    db = database.create(folder)
    with database.write(db, Clock()) as tx:
        units.settle(tx, units.found(code), COMMAND_LINE)
        checklists.adopt(tx, COMMAND_LINE, checklists.shipped())
        for username in usernames:
            name, role = CAST[username]
            people.open_account(tx, COMMAND_LINE, name=name, username=username, role=role, password=PASSWORD)
    db.close()
