"""What the simulation asks of an office, whichever of the two it is: the engine alone over toy records
(toy_office.py), or the whole application as it is served (real_office.py).

Both take the bytes of a call and give the bytes of an answer, keep backups that can be restored, and can die or run out
of disk at any writing statement.
"""

from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from requests.structures import CaseInsensitiveDict
from sqlite_utils import Database

from sync import history, quarantine, receive, signed, stamps
from sync.files import Shelf
from sync.history import Transaction
from sync.kinds import CannotApply, Kind

FAST = next((place for place in ("/dev/shm",) if Path(place).is_dir()), None)  # noqa: S108  memory, where there is
ACCOUNTS = 3
KEPT_BACKUPS = 4


class Crash(BaseException):
    """The process ends in the middle of something."""


class Mortal(sqlite3.Connection):
    """A connection whose process ends, or whose disk is full, at a writing statement to come."""

    fault = ""
    left = 0

    def strike(self, fault: str, left: int) -> None:
        """fault: crash, disk_full, or '' to live on. left: writing statements until then."""
        self.fault, self.left = fault, left
        for name in ("execute", "executemany"):
            if fault:  # only then: these two are called seven thousand times in a schedule
                setattr(self, name, self._mortally(getattr(super(), name)))
            else:
                vars(self).pop(name, None)

    def _mortally(self, execute: Callable[..., sqlite3.Cursor]) -> Callable[..., sqlite3.Cursor]:
        def live(sql: str, *given: Any) -> sqlite3.Cursor:
            if self.fault and sql.lstrip()[:6].upper() in {"INSERT", "UPDATE", "DELETE", "COMMIT"}:
                self.left -= 1
                if self.left < 0:
                    fault = self.fault
                    self.strike("", 0)
                    raise Crash if fault == "crash" else sqlite3.OperationalError("database or disk is full")
            return execute(sql, *given)

        return live


@dataclass(frozen=True)
class Call:
    """What arrives at the office. path: below /sync/v1/."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    status_code: int
    content: bytes
    headers: Mapping[str, str] = field(
        default_factory=lambda: CaseInsensitiveDict({"Content-Type": "application/json"})
    )


@dataclass(frozen=True)
class Made:
    """What was signed or edited, wherever: all that the invariants ask about."""

    op: str
    kind: str
    id: str
    sha256: str
    line: bytes
    device: str
    files: tuple[str, ...] = ()
    stray: bool = False  # nobody but the server ever held it

    @property
    def fields(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.line).get("fields") or {}
        return found


class Office(ABC):
    """merged, signed: the names of the kinds that phones edit and sign. erased: ids that no restore brings back."""

    merged: str
    signed: str

    def __init__(self, dice: Random, now: datetime) -> None:
        self.dice = dice
        self.now = now
        self.backups: list[Any] = []
        self.erased: set[str] = set()
        self.scope_moves = 0

    # ---- what it is ----

    @property
    @abstractmethod
    def db(self) -> Database:
        """A connection for looking and for the office's own deeds."""

    @property
    @abstractmethod
    def kinds(self) -> Mapping[str, Kind]: ...

    @abstractmethod
    def answer(self, call: Call, fault: str = "", left: int = 0) -> Reply:
        """Raises Crash when it dies before it can answer."""

    @abstractmethod
    def enrol(self, account: int, device: str) -> str:
        """A token for the device of one of the accounts."""

    @abstractmethod
    def end_tokens(self, device: str) -> None: ...

    @abstractmethod
    def revoke(self, device: str) -> None: ...

    @abstractmethod
    def account(self, number: int) -> str: ...

    @abstractmethod
    def body(self, device_now: datetime, files: list[str], account: str) -> dict[str, Any]:
        """Something to sign: usually right, sometimes not."""

    @abstractmethod
    def values(self) -> dict[str, Any]:
        """Fields to edit."""

    @abstractmethod
    def find(self) -> dict[str, Any]:
        """A new record of the merged kind, as a phone adds it."""

    @abstractmethod
    def bodies(self, account: str) -> dict[str, Any]:
        """Id -> body of the merged kind, as this account's phones are to hold them."""

    @abstractmethod
    def add(self) -> None:
        """The office enters a record of the merged kind."""

    @abstractmethod
    def edit(self) -> Made | None:
        """The office edits a field as a writer of its own."""

    @abstractmethod
    def move_scope(self) -> None:
        """A record leaves the phones, or comes back."""

    @abstractmethod
    def upgrade(self) -> None:
        """The server learns a newer version of the bodies."""

    @abstractmethod
    def close(self) -> None: ...

    # ---- what every office does ----

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with history.write(self.db, self.now) as tx:
            yield tx

    def back_up(self) -> None:
        """A verified backup: safe moves to the head that it holds, also in what a restore brings back."""
        with self.writing() as tx:
            history.set_state(tx, "safe", str(history.head(tx.db)[0]))
        copy = sqlite3.connect(":memory:")
        self.db.conn.backup(copy)
        self.backups.append((copy, self.files_there()))
        while len(self.backups) > KEPT_BACKUPS:
            self.backups.pop(0)[0].close()

    def restore(self, which: int = -1) -> None:
        copy, files = self.backups[which]
        copy.backup(self.db.conn)
        there = self.files_there()
        for place in there.keys() - files.keys():
            place.unlink()
        for place in files.keys() - there.keys():
            place.write_bytes(files[place])
        for record_id in sorted(self.erased):  # whoever restores applies the list of erased ids again
            with self.writing() as tx:
                if not signed.is_erased(tx.db, self.signed, record_id):
                    signed.erase(tx, self.signed, record_id)

    def erase(self) -> None:
        """A record is erased under the retention rules."""
        rows = self.db.execute("SELECT id FROM signed WHERE kind = ? ORDER BY id", [self.signed]).fetchall()
        if rows:
            record_id = self.dice.choice(rows)[0]
            self.erased.add(record_id)
            with self.writing() as tx:
                signed.erase(tx, self.signed, record_id)

    def decide(self) -> None:
        """Somebody goes through the inbox: applies what can be, dismisses, or leaves it."""
        for held in quarantine.waiting(self.db):
            chance = self.dice.random()
            if chance < 0.3:
                with self.writing() as tx:
                    quarantine.decide(tx, held, "dismissed", by="office", reason="không cần")
            elif chance < 0.8:
                try:
                    with self.writing() as tx:
                        receive.release(tx, held, kinds=self.kinds, by="office")
                except CannotApply:
                    continue

    @property
    @abstractmethod
    def shelf(self) -> Shelf: ...

    def files_there(self) -> dict[Path, bytes]:
        found = self.shelf.folder.rglob("?" * 64) if self.shelf.folder.is_dir() else ()
        return {place: place.read_bytes() for place in found}


def edit_of_the_office(op: str, record: tuple[str, str], name: str, value: Any, base: str | None) -> Made:
    line = json.dumps({"id": record[1], "fields": {name: {"v": value, "at": "", "base": base}}}).encode()
    return Made(op, *record, "", line, stamps.OFFICE, stray=True)
