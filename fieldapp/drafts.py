"""Unfinished records, kept for their authors: a lost phone costs minutes.

Nothing here counts anywhere, and only its author's phones are told what is in it. The office sees who has something
unfinished about which establishment since when, and may hand it to a colleague.

Retention: a draft that its phone has not saved for EXPIRES is erased here with its photos (the phone keeps its own). A
photo that a draft no longer names is erased LOOSE after that, unless a record names it. Source: the privacy rules,
"draft never finalised 30 days". A server's clock may be years ahead one day: from one look at the drafts to the next no
more than a STRIDE counts as passed, so that there is time to put it right.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, people
from fieldapp.audit import Actor
from fieldapp.clock import parse_instant
from fieldapp.errors import Refusal, reason_given
from sync import files, history, signed
from sync.files import Shelf
from sync.history import Transaction, instant

NAME = "draft"
"""The kind, as on the wire."""
OPEN, EXPIRED = "open", "expired"
ENDS = ("signed", "dropped")
EXPIRES = timedelta(days=30)
LOOSE = timedelta(days=1)
STRIDE = timedelta(days=2)
_LOOKED = "drafts_looked_through"


@dataclass(frozen=True)
class Draft:
    """One draft as it was last saved.

    kind: of the record it is to become. op: of this version; over: the ops it was made from. body: as it was offered,
    JSON, blank once it has ended. state: OPEN, EXPIRED or one of ENDS. device: where it was saved. handed_from: the
    account that had it before.
    """

    id: str
    account: str
    device: str
    kind: str
    establishment: str
    begun_at: str
    saved_at: str
    received_at: str
    op: str
    over: tuple[str, ...]
    ver: int
    sha256: str
    body: str
    state: str = OPEN
    handed_from: str | None = None


_COLUMNS = (
    "id, account, device, kind, establishment, begun_at, saved_at, received_at, op, over, ver, sha256, body, state, "
    "handed_from"
)


def find(db: Database, draft_id: str) -> Draft | None:
    """The draft, ended or not; None when there never was one."""
    return next(iter(_read(db, "id = ?", [draft_id])), None)


def of_account(db: Database, account: str, ids: Collection[str]) -> list[Draft]:
    """A person's unfinished drafts among these ids."""
    return _read(
        db,
        "state = 'open' AND account = ? AND id IN (SELECT value FROM json_each(?))",
        [account, json.dumps(list(ids))],
    )


def unfinished(db: Database) -> list[Draft]:
    """Every unfinished draft, the longest unsaved first. What is in them is not read."""
    return [replace(draft, body="") for draft in _read(db, "state = 'open'", [])]


def save(tx: Transaction, draft: Draft, named: Iterable[str]) -> None:
    """Keep a version in the place of the one before. named: the sha256 of its files."""
    tx.db.execute(
        f"INSERT OR REPLACE INTO draft ({_COLUMNS}) VALUES ({', '.join('?' * len(_COLUMNS.split(',')))})",  # noqa: S608
        [json.dumps(value) if isinstance(value, tuple) else value for value in vars(draft).values()],
    )
    before = signed.unname_files(tx, NAME, draft.id)
    signed.name_files(tx, NAME, draft.id, named)
    loosen(tx, set(before) - set(named))
    tx.touch(NAME, draft.id, audience=draft.account)


def move_aside(tx: Transaction, draft: Draft) -> None:
    """Its id is taken by another version or by the signed record: it goes on under its op."""
    named = signed.unname_files(tx, NAME, draft.id)
    tx.db.execute("DELETE FROM draft WHERE id = ?", [draft.id])
    tx.touch(NAME, draft.id, audience=draft.account, change="tombstone")
    save(tx, replace(draft, id=draft.op), named)


def end(tx: Transaction, draft: Draft, how: str) -> None:
    """It is finished or thrown away: what was in it goes; that it ended is remembered. how: one of ENDS.

    draft: with the op that ended it.
    """
    save(tx, replace(draft, state=how, body=""), [])
    tx.touch(NAME, draft.id, audience=draft.account, change="tombstone")


def hand_over(tx: Transaction, actor: Actor, draft_id: str, *, to: str, reason: str) -> Draft:
    """Give an unfinished draft to a colleague; it leaves the phones of who had it.

    to: an account. Raises Refusal draft_unknown, reason_required, draft_receiver.
    """
    draft = find(tx.db, draft_id)
    if draft is None or draft.state != OPEN:
        raise Refusal("draft_unknown")
    reason = reason_given(reason)
    receiver = people.account_by_id(tx.db, to)
    if receiver.closed_at or receiver.role not in people.FIELD_ROLES or receiver.id == draft.account:
        raise Refusal("draft_receiver")
    named = signed.unname_files(tx, NAME, draft.id)
    tx.touch(NAME, draft.id, audience=draft.account, change="leave")
    # an op of its own: what its former author saves from now on has not seen the hand-over, and is kept beside it
    given = replace(
        draft, account=to, handed_from=draft.account, op=str(uuid.uuid4()), over=(draft.op, *draft.over)
    )  # fmt: skip
    save(tx, given, named)
    audit.record(
        tx, actor, "draft_handed_over", NAME, draft.id, reason=reason, given_by=draft.account, given_to=to,
        establishment=draft.establishment,
    )  # fmt: skip
    return given


def outlived(tx: Transaction) -> datetime:
    """What was last saved before this is to be erased. Asking is a look: the next one may go a STRIDE further."""
    last = parse_instant(history.state(tx.db, _LOOKED) or instant(tx.now))
    reached = max(last, min(tx.now, last + STRIDE))
    history.set_state(tx, _LOOKED, instant(reached))
    return min(tx.now, reached) - EXPIRES


def tidy(tx: Transaction, shelf: Shelf, before: datetime) -> None:
    """Erase what the retention rules say: drafts that nobody has saved for long, photos that nothing names any more.

    before: as `outlived` tells. A phone that still has such a draft keeps it, and may save it again.
    """
    for draft in _read(tx.db, "state = 'open' AND received_at < ?", [instant(before)]):
        tx.db.execute("UPDATE draft SET state = ?, body = '' WHERE id = ?", [EXPIRED, draft.id])
        loosen(tx, signed.unname_files(tx, NAME, draft.id))
    rows = tx.db.execute(
        "DELETE FROM loose_file WHERE since < ? RETURNING sha256", [instant(tx.now - LOOSE)]
    ).fetchall()  # fmt: skip
    for (sha256,) in rows:
        if not files.is_named(tx.db, sha256):
            shelf.drop(tx, sha256)


def loosen(tx: Transaction, shas: Iterable[str]) -> None:
    """Note that a draft names these files no more; what nothing else names is erased after LOOSE."""
    for sha256 in shas:
        tx.db.execute("INSERT OR REPLACE INTO loose_file (sha256, since) VALUES (?, ?)", [sha256, instant(tx.now)])


def _read(db: Database, condition: str, given: list[Any]) -> list[Draft]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM draft WHERE {condition} ORDER BY received_at, id", given)  # noqa: S608
    names = [name.strip() for name in _COLUMNS.split(",")]
    found = (dict(zip(names, row, strict=True)) for row in rows.fetchall())
    return [Draft(**{**row, "over": tuple(json.loads(row["over"]))}) for row in found]
