"""The day's backup, made by a thread of the running server without anybody's step."""

from __future__ import annotations

import logging
import sqlite3
import threading
from datetime import datetime, timedelta

from sqlite_utils import Database

from fieldapp import database
from fieldapp.audit import SERVER, Actor
from fieldapp.clock import Clock
from fieldapp.config import Config
from fieldapp.errors import Refusal, say
from fieldapp.keeping import backups

log = logging.getLogger("fieldapp")
LOOKS_EVERY_S = 60
AGAIN_AFTER = timedelta(hours=1)


class DailyBackup(threading.Thread):
    """Looks every minute whether the day's backup is due; `ask` makes one now.

    running: whether one is being made. failure: when (instant) and why (a sentence) the last attempt failed, None when
    it did not; kept here because a full disk cannot take it.
    """

    def __init__(self, config: Config, clock: Clock) -> None:
        super().__init__(name="daily-backup", daemon=True)
        self.running = False
        self.failure: tuple[datetime, str] | None = None
        self._config = config
        self._clock = clock
        self._wake = threading.Event()
        self._over = threading.Event()
        self._asked_by: Actor | None = None
        self._tried: datetime | None = None

    def ask(self, actor: Actor) -> None:
        """Make a backup now; returns at once."""
        self._asked_by = actor
        self.running = True
        self._wake.set()

    def stop(self) -> None:
        """Make no more; one that is being made is given up with the process and leaves no trace."""
        self._over.set()
        self._wake.set()

    def run(self) -> None:
        while not self._over.is_set():
            if not self._wake.wait(LOOKS_EVERY_S) or not self._over.is_set():
                self._wake.clear()
                self.look()

    def look(self) -> None:
        """Make a backup if one was asked for or is due. Whatever goes wrong is kept for the office and logged."""
        asked_by, self._asked_by = self._asked_by, None
        try:
            with database.opened(self._config.data) as db:
                if asked_by or self._is_due(db):
                    self._take(db, asked_by or SERVER)
        except Exception as problem:  # noqa: BLE001  the server goes on, whatever happens to its backup
            self._failed(problem)
        finally:
            self.running = False

    def _is_due(self, db: Database) -> bool:
        now = self._clock()
        # either way: a clock that was ahead and is put right must not hold backups up until it is as late again
        waits = self._tried is not None and abs(now - self._tried) < AGAIN_AFTER
        return self._config.backup_days > 0 and not waits and backups.is_due(db, now, self._config.backup_hour)

    def _take(self, db: Database, actor: Actor) -> None:
        self.running, self._tried = True, self._clock()
        made = backups.take(
            db, self._config.data, self._config.backup_folder, self._clock(), actor=actor,
            days=self._config.backup_days, weeks=self._config.backup_weeks,
        )  # fmt: skip
        self.failure = (self._clock(), made.faults[0]) if made.faults else None

    def _failed(self, problem: Exception) -> None:
        if isinstance(problem, Refusal):
            why = problem.message()
        else:
            log.exception("the backup failed")
            why = say(f"Lỗi ngoài dự kiến: {problem}", f"Unexpected: {problem}")
        self.failure = (self._clock(), why)
        log.warning("backup: %s", why)
        try:
            with database.opened(self._config.data) as db, database.write(db, self._clock) as tx:
                backups.note_failure(tx, why)
        except (sqlite3.Error, OSError) as also:
            log.warning("backup: the failure could not be noted: %s", also)
