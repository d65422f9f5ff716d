"""The access log: who opened, printed or took out which record. Once a day for each person, record and deed."""

from __future__ import annotations

import sqlite3
from typing import Any

from fieldapp import audit
from fieldapp.clock import local_day, parse_instant
from fieldapp.views.request import account, actor, db, today, unit, writing


def note(action: str, kind: str, object_id: str, **details: Any) -> None:
    """Write that the signed-in account did this. action: `record_opened`, `record_printed`, `list_exported`…

    Reading goes on when the database is busy or full: a log that keeps people from their records helps nobody.
    """
    for entry in audit.of_object(db(), kind, object_id):
        if local_day(parse_instant(entry["at"]), unit().time_zone) != today():
            break
        if entry["account"] == account().id and entry["action"] == action:
            return
    try:
        with writing() as tx:
            audit.record(tx, actor(), action, kind, object_id, **details)
    except sqlite3.OperationalError:
        return
