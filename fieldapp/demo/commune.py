"""What the telling goes by. The same dice every time; only the days follow the calendar."""

from __future__ import annotations

import hashlib
import random
import secrets
import uuid
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from fieldapp import checklists, people, units
from fieldapp.audit import COMMAND_LINE, Actor
from fieldapp.clock import local_day
from fieldapp.establishments import Establishment
from fieldapp.people import Account
from fieldapp.units import Unit
from sync.history import Transaction

UNITS = ("kim-mau", "yen-mau")
FACTS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "communes.yaml").read_text(encoding="utf-8"))


class Commune:
    """One commune while its story is told. pictures: sha256 -> bytes, which arrive after the records that name them.

    actor: the officer, once there are accounts. register: every establishment, in the order of its code.
    """

    def __init__(self, tx: Transaction, unit_key: str) -> None:
        self.tx = tx
        self.facts = FACTS[unit_key]
        self.unit = Unit(**self.facts["unit"], is_demo=True)
        self.dice = random.Random(unit_key)  # noqa: S311  a story, not a secret
        self.today = local_day(tx.now, self.unit.time_zone)
        self.year = self.today.year
        self.password = f"thu-nghiem-{secrets.randbelow(9000) + 1000}"
        self.people: dict[str, Account] = {}
        self.pictures: dict[str, bytes] = {}
        self.register: list[Establishment] = []
        self.actor = COMMAND_LINE

    def found(self) -> None:
        """The unit, its people, and the checklist in use."""
        units.settle(self.tx, self.unit, self.actor)
        for person in FACTS["people"]:
            account = people.open_account(self.tx, self.actor, password=self.password, **person)
            self.people[account.username] = account
        self.actor = self.by("canbo")
        self.checklist = checklists.shipped()
        self.checklist_id = checklists.adopt(self.tx, self.actor, self.checklist)

    def by(self, username: str) -> Actor:
        return Actor(self.people[username].id)

    def day(self, share: float) -> date:
        """A day of this year: 0 = the first of January, 1 = yesterday."""
        start = date(self.year, 1, 1)
        span = max(0, (self.today - start).days - 1)
        return start + timedelta(days=round(span * share))

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute), ZoneInfo(self.unit.time_zone))

    def open_all_year(self) -> list[Establishment]:
        """Those that were managed from the beginning to today."""
        return [e for e in self.register if not e.managed_until and not e.managed_since]

    def picture(self, content: bytes) -> str:
        """Remember a picture's bytes. Returns its sha256."""
        sha256 = hashlib.sha256(content).hexdigest()
        self.pictures[sha256] = content
        return sha256

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
