"""A phone of the simulation: the product's own Python replica over a database of its own, in two tabs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from sync.replica import Replica, ReplicaError, api, outbox, session, standpoint
from sync.replica.api import Outcome, Request, Steps
from sync.replica.round import Ended
from sync.replica.store import Store
from tests.sync.office import ACCOUNTS, Call, Made, Mortal, Reply

if TYPE_CHECKING:
    from tests.sync.simulation import World


@cache
def _empty() -> sqlite3.Connection:
    """A new replica's tables."""
    return Store(sqlite3.connect(":memory:", isolation_level=None)).db


@dataclass
class Tab:
    """One tab's round of the exchange, stopped before its call leaves (`request`) or after it came back (`outcome`).

    pushed: how often the office had been restored when it last answered a push of this tab. older: how often from an
    older backup, when it last answered anything.
    """

    steps: Steps[Ended]
    request: Request | None = None
    outcome: Outcome | None = None
    pushed: int = 0
    older: int = 0


class Phone:
    """A device of one account: a replica, two tabs, a clock of its own."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.number = number
        self.account = number % ACCOUNTS
        self.skew = timedelta(0)
        self.tabs: list[Tab | None] = [None, None]
        self.replica = self._over(self._new_database())
        self.sign_in()
        self.snapshot = self.database.serialize()

    @property
    def database(self) -> Mortal:
        found = self.replica.store.db
        assert isinstance(found, Mortal)
        return found

    @staticmethod
    def _new_database() -> Mortal:
        made = sqlite3.connect(":memory:", isolation_level=None, factory=Mortal)
        _empty().backup(made)
        return made

    def _over(self, database: Mortal) -> Replica:
        store = Store(database, clock=self.clock, new_id=self.world.uuid)
        return Replica(store, "", Network(self))

    def clock(self) -> datetime:
        return self.world.now + self.skew

    @property
    def device(self) -> str:
        row = self.database.execute("SELECT device FROM session").fetchone()
        return row[0] if row else ""

    @property
    def revoked(self) -> bool:
        who = session.read(self.database)
        return who is not None and who.revoked

    def sign_in(self) -> None:
        who = session.read(self.database)
        device = who.device if who else self.world.uuid()
        office = self.world.office
        token = office.enrol(self.account, device)
        session.keep(self.replica.store, device, token, {"id": office.account(self.account)})

    # ---- making ----

    def sign(self) -> None:
        world, office = self.world, self.world.office
        files = []
        if world.dice.random() < 0.3:
            files = [self.replica.keep_file(b"\xff\xd8\xff\xe0" + self.world.uuid().encode(), "image/jpeg")]
        body = {"id": world.uuid(), **office.body(self.clock(), files, office.account(self.account))}
        ver = world.dice.choice([1, 1, 1, 1, 1, 1, 5])
        self._made(self.replica.sign(office.signed, body, files, ver))

    def edit(self) -> None:
        world, office = self.world, self.world.office
        shown = self.replica.records(office.merged)
        if not shown or world.dice.random() < 0.1:
            self._made(self.replica.add(office.merged, **office.find()))
        else:
            record = world.dice.choice(shown)
            op = self.replica.edit(office.merged, record.id, **office.values())
            if op:
                self._made(op)

    def _made(self, op: outbox.Op) -> None:
        line = outbox.body(self.database, op.sha256)
        assert line is not None
        self.world.made.append(Made(op.op, op.kind, op.record, op.sha256, line, self.device, op.files))

    # ---- two tabs ----

    def turn(self, number: int) -> bool:
        """A tab goes on by a step: its call leaves, or its answer is looked at. Returns whether its round has ended."""
        tab = self.tabs[number]
        if tab is None:
            dice = self.world.dice
            steps = self.replica.steps(
                asked=dice.random() < 0.3, batch_ops=dice.choice([1, 3, 50]), page_rows=dice.choice([1, 3, 500])
            )
            self.tabs[number] = tab = Tab(steps, older=self.world.faults["older_restored"])
            self._go_on(number, tab, lambda: next(steps))
        elif tab.request is not None:
            if tab.request.path == "push":
                tab.pushed = self.world.restores
            tab.older = self.world.faults["older_restored"]
            tab.outcome, tab.request = self.replica.call(tab.request), None
        else:
            outcome, tab.outcome = tab.outcome, None
            assert outcome is not None
            self._go_on(number, tab, lambda: tab.steps.send(outcome))
        return self.tabs[number] is None

    def _go_on(self, number: int, tab: Tab, step: Callable[[], Request]) -> None:
        epoch, device = standpoint.read(self.database).epoch, self.device
        # Nobody can know: the office was restored from an older backup after it had said that a newer one holds an
        # edit, or between a revoked phone's last receipt and its emptying itself.
        outdated = tab.older != self.world.faults["older_restored"]
        ending = self.revoked and tab.pushed != self.world.restores
        before = self.world.copies() if outdated or ending else set()
        try:
            tab.request = step()
        except StopIteration:
            self.tabs[number] = None
        except ReplicaError:
            self.tabs[number] = None  # the storage is full: the person sees it, and the next round tries again
            self.world.faults["quota_refused"] += 1
        wiped = session.read(self.database) is None
        if before and (outdated or wiped):
            self.world.excused |= before - self.world.copies()
        if wiped:
            self.world.faults["wiped"] += bool(device)
            self.tabs = [None, None]
        elif standpoint.read(self.database).epoch > epoch:
            self.world.faults["rewind"] += 1
            self.world.times |= {
                (op.op, op.record, name): at
                for op in outbox.every(self.database)
                for name, at in (op.eff or {}).items()
            }

    def die(self) -> None:
        """The app is killed: whatever was on its way is forgotten."""
        self.tabs = [None, None]
        self.database.strike("", 0)
        if self.database.in_transaction:
            self.database.rollback()

    def put_back(self) -> None:
        """The phone is restored from a copy of itself."""
        database = self._new_database()
        database.deserialize(self.snapshot)
        self.database.close()
        self.replica = self._over(database)
        self.tabs = [None, None]

    def limit(self, full: bool) -> None:
        pages = self.database.execute("PRAGMA page_count").fetchone()[0]
        self.database.execute(f"PRAGMA max_page_count = {pages + self.world.dice.randrange(3) if full else 2**30}")

    def round(self) -> Ended:
        """A whole round without faults."""
        steps = self.replica.steps(asked=True)
        try:
            request = next(steps)
            while True:
                request = steps.send(self.replica.call(request))
        except StopIteration as end:
            ended: Ended = end.value
            return ended


class Network:
    """Stands in for a phone's requests.Session."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone

    def request(
        self, method: str, url: str, *, data: bytes | None, headers: Mapping[str, str], timeout: float,
        allow_redirects: bool,
    ) -> Reply:  # fmt: skip
        return self.phone.world.carry(Call(method, url.removeprefix(api.ROOT), headers, data or b""))
