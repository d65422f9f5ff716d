"""A replica as its user holds it: open, enrol, sign, edit, sync. The work is done in the modules beside this one."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import requests

from sync.replica import api, making, records, session, shelf, standpoint
from sync.replica import outbox as ops
from sync.replica.api import Answer, Outcome, Request, Retry, SignIn, Steps
from sync.replica.errors import NotEnrolled, ReplicaError
from sync.replica.files import fetch_file
from sync.replica.outbox import Op
from sync.replica.pull import PAGE_ROWS
from sync.replica.push import Wire
from sync.replica.records import Record, SignedRecord
from sync.replica.round import Ended, sync_round
from sync.replica.shelf import File
from sync.replica.standpoint import Standpoint
from sync.replica.store import Clock, Store, device_clock, random_id
from sync.wire import MAX_OPS

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 600.0
T = TypeVar("T")


class Replica:
    """One device of one person. Not for use by several threads at once; each opens its own.

    store: what the device holds. url: the office's server. network: a requests.Session or what stands in for one.
    chance: in [0, 1), spreads devices that failed at the same time. sleep: waits between tries.
    """

    def __init__(
        self, store: Store, url: str, network: api.Session, *,
        chance: Callable[[], float] = random.random, sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self.store = store
        self.url = url
        self.network = network
        self._chance = chance
        self._sleep = sleep

    @classmethod
    def open(
        cls, path: Path | str, url: str, *, network: api.Session | None = None, clock: Clock = device_clock,
        new_id: Callable[[], str] = random_id,
    ) -> Self:  # fmt: skip
        """A replica in a SQLite file, made where there is none. Raises ReplicaError newer_version."""
        store = Store(sqlite3.connect(path, isolation_level=None), clock=clock, new_id=new_id)
        return cls(store, url, network or requests.Session())

    def close(self) -> None:
        self.store.db.close()
        if isinstance(self.network, requests.Session):
            self.network.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    # ---- the exchange ----

    def enrol(
        self, username: str = "", password: str = "", *, code: str = "", device_name: str = "replica"
    ) -> session.Session:
        """Sign in with a password, or with a one-time code of the office. Outbox and replica stay as they are.

        Raises NotEnrolled, ReplicaError another_person.
        """
        credentials = {"code": code} if code else {"username": username, "password": password}
        outcome = self._drive(session.enrol(self.store, credentials, device_name))
        if isinstance(outcome, session.Session):
            return outcome
        if isinstance(outcome, Retry):
            raise NotEnrolled(outcome.code, outcome.after_s)
        raise NotEnrolled("sign_in_failed", None)

    def sync(self, *, asked: bool = False) -> Ended:
        """One round: hand in everything, bring everything. Tells how it ended; what arrived stays arrived.

        asked: also ask about refused ops and files. Raises ReplicaError storage_full.
        """
        return self._drive(self.steps(asked=asked))

    def sync_until_done(self, tries: int = 10) -> Ended:
        """Rounds until one succeeds or no further would: after a failure it waits, longer each time."""
        ended = self.sync()
        for failures in range(1, tries):
            if not isinstance(ended, Retry):
                return ended
            self._sleep(_wait_after_s(failures, ended.after_s, self._chance))
            ended = self.sync()
        return ended

    def steps(
        self, *, asked: bool = False, batch_ops: int = MAX_OPS, page_rows: int = PAGE_ROWS
    ) -> Steps[Ended]:  # fmt: skip
        """A round call by call, for who wants to come between (api.Steps). batch_ops, page_rows: at most, at once."""
        return sync_round(self.store, asked=asked, batch_ops=batch_ops, page_rows=page_rows)

    def call(self, request: Request) -> Outcome:
        return api.call(self.network, self.url, request)

    def fetch_file(self, sha256: str) -> bytes:
        """A file that a visible record names. Raises ReplicaError not_here where the server does not show it now."""
        who = session.read(self.store.db)
        if who is None or who.token is None:
            raise ReplicaError("not_here", sha256)
        found = self._drive(fetch_file(self.store, Wire(who.device, who.token), sha256))
        if isinstance(found, bytes):
            return found
        raise ReplicaError("not_here", f"{sha256} ({'sign_in' if isinstance(found, SignIn) else found.code})")

    def _drive(self, steps: Steps[T]) -> T:
        """Run the steps over the network."""
        outcome: Outcome = Answer(None)
        try:
            request = next(steps)
            while True:
                outcome = self.call(request)
                request = steps.send(outcome)
        except StopIteration as end:
            result: T = end.value
            return result

    # ---- making ----

    def sign(self, kind: str, body: Mapping[str, Any], files: Iterable[str] = (), ver: int = 1) -> Op:
        """See making.sign."""
        return making.sign(self.store, kind, body, files, ver)

    def edit(self, kind: str, record_id: str, /, **values: Any) -> Op | None:
        """See making.edit."""
        return making.edit(self.store, kind, record_id, values)

    def add(self, kind: str, /, **values: Any) -> Op:
        """See making.add."""
        return making.add(self.store, kind, values)

    def keep_file(self, data: bytes, media_type: str) -> str:
        """Keep a photo or signature to be sent. Returns its sha256; raises ReplicaError file_too_large …"""
        with self.store.write() as tx:
            return shelf.keep(tx, data, media_type)

    # ---- reading ----

    @property
    def standpoint(self) -> Standpoint:
        return standpoint.read(self.store.db)

    def records(self, kind: str) -> list[Record]:
        """The mutable records of a kind with own edits, by id."""
        return list(records.shown(self.store.db, kind).values())

    def record(self, kind: str, record_id: str) -> Record:
        """Raises ReplicaError not_here."""
        found = records.shown(self.store.db, kind, record_id).get(record_id)
        if found is None:
            raise ReplicaError("not_here", record_id)
        return found

    def signed(self, kind: str | None = None) -> list[SignedRecord]:
        """The signed records that this device holds, with their exact bytes."""
        return records.held(self.store.db, kind)

    def outbox(self, *states: str) -> list[Op]:
        """The ops that no verified backup holds yet, oldest first; those in these states, or all."""
        return ops.every(self.store.db, *states)

    def files(self) -> list[File]:
        return shelf.every(self.store.db)


def _wait_after_s(failures: int, after_s: float | None, chance: Callable[[], float]) -> float:
    """Seconds until the next try after so many failures in a row: anywhere up to a bound that doubles each time, so
    that devices spread; never less than the server asked for."""
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (failures - 1))
    return max(longest * chance(), after_s or 0.0)
