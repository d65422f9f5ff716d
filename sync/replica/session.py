"""As whom this device speaks: its id, its token, and whether the office has revoked it. 401, signing out and revocation
never touch the outbox (invariant C7)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync.replica import outbox, records, shelf
from sync.replica.api import Answer, Request, Retry, SignIn, Steps
from sync.replica.errors import ReplicaError
from sync.replica.push import APP
from sync.replica.store import Store

_TABLES = ("session", "standpoint", "known", "held", "body", "outbox", "file_state", "file_bytes")


@dataclass(frozen=True)
class Session:
    """account: the person's id, username, name, role … as the enrolment told. token: None = signed out."""

    device: str
    token: str | None
    revoked: bool
    account: dict[str, Any]


def read(db: sqlite3.Connection) -> Session | None:
    """None before the first enrolment, and after a wipe."""
    row = db.execute("SELECT device, token, revoked, account FROM session").fetchone()
    return Session(row[0], row[1], bool(row[2]), json.loads(row[3])) if row else None


def enrol(store: Store, credentials: Mapping[str, str], device_name: str) -> Steps[Session | Retry | SignIn]:
    """Sign in at the server. credentials: username and password, or code (one-time, shown at the office).

    The same device signing in again keeps its outbox and its replica; its old token ends. Raises ReplicaError
    another_person: what one person signed is not handed in by another.
    """
    known = read(store.db)
    device = known.device if known else store.new_id()
    told = {**credentials, "device": device, "device_name": device_name, "app": APP}
    outcome = yield Request("POST", "devices", _is_enrolment, None, json.dumps(told).encode())
    if not isinstance(outcome, Answer):
        return outcome
    if known and known.account["id"] != outcome.body["user"]["id"]:
        raise ReplicaError("another_person", known.account.get("username", ""))
    keep(store, device, outcome.body["token"], outcome.body["user"], unit=outcome.body["unit"])
    return Session(device, outcome.body["token"], False, outcome.body["user"])


def keep(store: Store, device: str, token: str, user: dict[str, Any], unit: dict[str, Any] | None = None) -> None:
    """Keep what an enrolment answered. The unit stands until it is pulled."""
    with store.write() as tx:
        tx.execute("DELETE FROM session")
        tx.execute(
            "INSERT INTO session (device, token, revoked, account) VALUES (?, ?, 0, ?)",
            [device, token, json.dumps(user, ensure_ascii=False)],
        )
        if unit is not None and not records.shown(tx, "unit", unit["id"]):
            records.put(tx, "unit", unit["id"], unit, {}, epoch=0)


def forget_token(store: Store, token: str) -> None:
    """The server no longer takes this token; unless there is a new one meanwhile."""
    with store.write() as tx:
        tx.execute("UPDATE session SET token = NULL WHERE token = ?", [token])


def note_revoked(store: Store, token: str) -> None:
    """The office revoked this device: from now on it only hands in what it holds."""
    with store.write() as tx:
        tx.execute("UPDATE session SET revoked = 1 WHERE token = ?", [token])


def wipe(store: Store) -> bool:
    """Remove everything of a revoked device, also from the disk. False, and nothing is touched, while an op has no
    receipt or a file is not sent."""
    store.db.execute("PRAGMA secure_delete = ON")
    with store.write() as tx:
        if outbox.count(tx, outbox.PENDING) or shelf.every(tx, shelf.PENDING):
            return False
        for table in _TABLES:
            tx.execute(f"DELETE FROM {table}")  # noqa: S608  names
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return True


def _is_enrolment(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and isinstance(body.get("token"), str)
        and all(isinstance(body.get(key), dict) and isinstance(body[key].get("id"), str) for key in ("user", "unit"))
    )
