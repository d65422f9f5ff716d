"""Accounts, roles, enrolled phones and their tokens.

Passwords are stored as argon2 hashes, tokens as SHA-256 of 256 random bits. An account is closed, never deleted: what
it signed keeps its author.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlite_utils import Database

from fieldapp import audit, units
from fieldapp.audit import Actor
from fieldapp.errors import Refusal, reason_given
from fieldapp.folding import fold, natural
from sync.history import Transaction, instant
from sync.stamps import OFFICE

ROLES = ("admin", "officer", "leader", "inspector", "viewer")
OFFICE_ROLES = ("officer", "leader")
"""Who decides at the office."""
FIELD_ROLES = ("officer", "leader", "inspector")
SHORTEST_PASSWORD = 10
NO_PHONES = (OFFICE, audit.COMMAND_LINE.device, audit.SERVER.device)
CODE_LIFE = timedelta(minutes=15)
CODE_LENGTH = 8
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that are mistaken for another
_USERNAME = re.compile(r"[a-z0-9][a-z0-9.\-]{1,39}")
_hasher = PasswordHasher()
_COST = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
_NOBODY = f"$argon2id$v=19${_COST}${'A' * 22}${'A' * 43}"
"""A hash that no known password has, verified when the name is unknown, so that both answers take as long."""


@dataclass(frozen=True)
class Account:
    """role: one of ROLES. body: the inspecting body it belongs to. session_key changes to end its office sessions."""

    id: str
    username: str
    name: str
    position: str
    role: str
    body: str
    session_key: str
    closed_at: str | None


@dataclass(frozen=True)
class Bearer:
    """Who a phone's token speaks for. revoked: it may only hand in what it still holds."""

    account: Account
    device: str
    revoked: bool


_COLUMNS = "id, username, name, position, role, body, session_key, closed_at"


def open_account(
    tx: Transaction, actor: Actor, *, name: str, role: str, password: str, username: str | None = None,
    body: str = "team_178", position: str = "", account_id: str | None = None,
) -> Account:  # fmt: skip
    """Make an account. username: by default the name without marks and spaces.

    Raises Refusal username_invalid, username_taken, role_unknown, body_unknown, password_too_short.
    """
    username = (username or fold(name).replace(" ", ".")).lower()
    if not _USERNAME.fullmatch(username):
        raise Refusal("username_invalid", username=username)
    if role not in ROLES:
        raise Refusal("role_unknown", role=role, known=", ".join(ROLES))
    known = units.read(tx.db).bodies
    if body not in known:
        raise Refusal("body_unknown", body=body, known=", ".join(known))
    if tx.db.execute("SELECT 1 FROM account WHERE username = ?", [username]).fetchone():
        raise Refusal("username_taken", username=username)
    account = Account(
        account_id or str(uuid.uuid4()), username, name.strip(), position.strip(), role, body, _key(), None
    )
    tx.db.execute(
        f"INSERT INTO account ({_COLUMNS}, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [*vars(account).values(), _hash(password), instant(tx.now)],
    )
    audit.record(tx, actor, "account_opened", "account", account.id, username=username, role=role, body=body)
    return account


def set_password(tx: Transaction, actor: Actor, account_id: str, password: str) -> None:
    """Change a password; the account's office sessions end, its phones stay enrolled."""
    tx.db.execute(
        "UPDATE account SET password_hash = ?, session_key = ? WHERE id = ?", [_hash(password), _key(), account_id]
    )
    audit.record(tx, actor, "password_set", "account", account_id)


def close_account(tx: Transaction, actor: Actor, account_id: str, *, reason: str) -> None:
    """End an account: no sign-in, sessions over, tokens revoked. Raises Refusal last_admin, reason_required."""
    reason = reason_given(reason)
    account = account_by_id(tx.db, account_id)
    others = tx.db.execute(
        "SELECT count(*) FROM account WHERE role = 'admin' AND closed_at IS NULL AND id <> ?", [account_id]
    ).fetchone()[0]
    if account.role == "admin" and not others:
        raise Refusal("last_admin")
    now = instant(tx.now)
    tx.db.execute("UPDATE account SET closed_at = ?, session_key = ? WHERE id = ?", [now, _key(), account_id])
    tx.db.execute("UPDATE token SET revoked_at = ? WHERE account = ? AND revoked_at IS NULL", [now, account_id])
    audit.record(tx, actor, "account_closed", "account", account_id, reason=reason)


def stay_shut_out(tx: Transaction, actor: Actor, before: Database | None, *, reason: str) -> None:
    """After a restore: who was shut out since the backup stays shut out, and every office session ends.

    before: the replaced database where it is a later state of this one; its revoked phones, closed accounts (but for a
    last administrator's) and changed passwords hold on. The same token, cookie or old password must not open again.
    """
    tx.db.execute("DELETE FROM enrolment_code")
    for (account_id,) in tx.db.execute("SELECT id FROM account").fetchall():
        tx.db.execute("UPDATE account SET session_key = ? WHERE id = ?", [_key(), account_id])
    if before is None:
        return
    for device in sorted({phone["id"] for phone in devices(before) if phone["revoked"]}):
        if any(phone["id"] == device and not phone["revoked"] for phone in devices(tx.db)):
            revoke(tx, actor, device, reason=reason)
    hashes = dict(tx.db.execute("SELECT id, password_hash FROM account").fetchall())
    for account_id, kept, closed in before.execute("SELECT id, password_hash, closed_at FROM account").fetchall():
        if account_id in hashes and hashes[account_id] != kept:
            tx.db.execute("UPDATE account SET password_hash = ? WHERE id = ?", [kept, account_id])
            audit.record(tx, actor, "password_set", "account", account_id, reason=reason)
        if account_id in hashes and closed and account_by_id(tx.db, account_id).closed_at is None:
            with suppress(Refusal):  # last_admin: somebody must be able to go on
                close_account(tx, actor, account_id, reason=reason)


def authenticate(db: Database, username: str, password: str) -> Account:
    """The account of a username and password. Raises Refusal sign_in_failed, without saying which was wrong."""
    row = db.execute(
        f"SELECT {_COLUMNS}, password_hash FROM account WHERE username = ? AND closed_at IS NULL",  # noqa: S608
        [username.strip().lower()],
    ).fetchone()
    try:
        _hasher.verify(row[-1] if row else _NOBODY, password)
    except VerificationError:
        raise Refusal("sign_in_failed") from None
    if row is None:
        raise Refusal("sign_in_failed")
    return Account(*row[:-1])


def account_by_id(db: Database, account_id: str) -> Account:
    """Raises Refusal account_unknown."""
    row = db.execute(f"SELECT {_COLUMNS} FROM account WHERE id = ?", [account_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("account_unknown")
    return Account(*row)


def accounts(db: Database) -> list[Account]:
    """Every account, open ones first, then by name."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM account")  # noqa: S608
    return sorted((Account(*row) for row in rows), key=lambda one: (one.closed_at is not None, natural(one.name)))


def names(db: Database) -> dict[str, str]:
    """Account id -> the name of the person."""
    return dict(db.execute("SELECT id, name FROM account").fetchall())


def enrol(tx: Transaction, account: Account, *, device: str, device_name: str, app: str = "") -> str:
    """Let a phone speak for an account. Returns the new token; the device's earlier one for this account ends.

    Raises Refusal malformed for the name of a device that is no phone: what it did would pass for the office's deeds.
    """
    if device in NO_PHONES:
        raise Refusal("malformed", {"device": ["a random UUID of the phone's own"]})
    now = instant(tx.now)
    tx.db.execute(
        "INSERT INTO device (id, account, name, enrolled_at, seen_at, app) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET account = excluded.account, name = excluded.name, seen_at = excluded.seen_at, "
        "app = excluded.app",
        [device, account.id, device_name, now, now, app],
    )
    token = secrets.token_urlsafe(32)
    tx.db.execute(
        "INSERT INTO token (hash, device, account, issued_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (device, account) DO UPDATE SET hash = excluded.hash, issued_at = excluded.issued_at, "
        "revoked_at = NULL",
        [_token_hash(token), device, account.id, now],
    )
    audit.record(tx, Actor(account.id, device), "device_enrolled", "device", device)
    return token


def issue_code(tx: Transaction, actor: Actor, account_id: str) -> str:
    """A code that stands in for the account's password once, on a phone, within CODE_LIFE; an earlier one ends.

    Raises Refusal account_unknown, also for a closed account.
    """
    if account_by_id(tx.db, account_id).closed_at:
        raise Refusal("account_unknown")
    code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(CODE_LENGTH))
    tx.db.execute(
        "INSERT OR REPLACE INTO enrolment_code (account, hash, expires_at) VALUES (?, ?, ?)",
        [account_id, _token_hash(code), instant(tx.now + CODE_LIFE)],
    )
    audit.record(tx, actor, "code_issued", "account", account_id)
    return code


def redeem_code(tx: Transaction, code: str) -> Account:
    """Whose code it is; it is used up with that. Raises Refusal sign_in_failed (unknown, used, too old)."""
    row = tx.db.execute(
        "DELETE FROM enrolment_code WHERE hash = ? AND expires_at > ? RETURNING account",
        [_token_hash("".join(code.split()).upper()), instant(tx.now)],
    ).fetchone()
    account = account_by_id(tx.db, row[0]) if row else None
    if account is None or account.closed_at:
        raise Refusal("sign_in_failed")
    return account


def bearer_of(db: Database, token: str) -> Bearer | None:
    """Who the token speaks for; None when it is unknown."""
    columns = ", ".join("account." + c.strip() for c in _COLUMNS.split(","))
    row = db.execute(
        f"SELECT {columns}, token.device, token.revoked_at FROM token JOIN account ON account.id = token.account "  # noqa: S608
        "WHERE token.hash = ?",
        [_token_hash(token)],
    ).fetchone()
    return Bearer(Account(*row[:-2]), row[-2], row[-1] is not None) if row else None


def may_carry(db: Database, device: str, account: str) -> bool:
    """Whether a phone was enrolled for an account and not revoked since; it need not be signed in just now."""
    row = db.execute(
        "SELECT 1 FROM token WHERE device = ? AND account = ? AND revoked_at IS NULL", [device, account]
    ).fetchone()
    return row is not None


def note_seen(tx: Transaction, device: str) -> None:
    """Remember when a phone last came by; the office shows it."""
    tx.db.execute("UPDATE device SET seen_at = ? WHERE id = ?", [instant(tx.now), device])


def revoke(tx: Transaction, actor: Actor, device: str, *, reason: str) -> None:
    """Take a phone's tokens away (lost, handed on). What it holds unsent is still taken in, into quarantine."""
    reason = reason_given(reason)
    tx.db.execute("UPDATE token SET revoked_at = ? WHERE device = ? AND revoked_at IS NULL", [instant(tx.now), device])
    audit.record(tx, actor, "device_revoked", "device", device, reason=reason)


def devices(db: Database) -> list[dict[str, Any]]:
    """Enrolled phones, the last heard of first: id, name, account (an id), person (its name), enrolled_at, seen_at,
    app, revoked (bool)."""
    rows = db.query(
        "SELECT device.id, device.name, device.account, account.name AS person, enrolled_at, seen_at, app, "
        "NOT EXISTS (SELECT 1 FROM token WHERE token.device = device.id AND revoked_at IS NULL) AS revoked "
        "FROM device JOIN account ON account.id = device.account ORDER BY device.seen_at DESC"
    )
    return [{**row, "revoked": bool(row["revoked"])} for row in rows]


def device_names(db: Database) -> dict[str, str]:
    """Device id -> what its phone calls itself."""
    return dict(db.execute("SELECT id, name FROM device").fetchall())


def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal("password_too_short", least=SHORTEST_PASSWORD)
    return _hasher.hash(password)


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _key() -> str:
    return secrets.token_hex(16)
