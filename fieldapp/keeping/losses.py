"""Files that are whole nowhere any more, and that somebody has accepted as lost.

A backup that lacks a file is not a verified one, so that nothing is called safe that is not. A file that is gone for
good would hold up every backup after it: accepting the loss ends that. It is said on the record, with the day and the
reason, for as long as the file does not come back; a phone that still holds it may send it again at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from fieldapp import audit
from fieldapp.audit import Actor
from fieldapp.errors import Refusal, reason_given
from sync import files
from sync.files import Shelf
from sync.history import Transaction, instant


@dataclass(frozen=True)
class Loss:
    """accepted_at: instant. account: who accepted it, '' = on the command line."""

    sha256: str
    reason: str
    account: str
    accepted_at: str


def accept(tx: Transaction, actor: Actor, sha256: str, reason: str, shelves: Iterable[Shelf]) -> Loss:
    """Accept that a file is lost. shelves: the data's own first, and those of the backups.

    Damaged bytes go from the data, so that the file counts as missing and whoever holds it may send it. Raises Refusal
    file_unknown, file_not_lost, reason_required.
    """
    own, *others = shelves
    if not any(stored.sha256 == sha256 for stored in files.every(tx.db)):
        raise Refusal("file_unknown", file=sha256)
    if any(shelf.whole(sha256) for shelf in (own, *others)):
        raise Refusal("file_not_lost", file=sha256)
    loss = Loss(sha256, reason_given(reason), actor.account, instant(tx.now))
    tx.db.execute(
        "INSERT OR REPLACE INTO lost_file (sha256, reason, account, accepted_at) VALUES (?, ?, ?, ?)",
        list(vars(loss).values()),
    )
    audit.record(tx, actor, "file_loss_accepted", "file", sha256, reason=loss.reason)
    tx.afterwards(lambda: own.remove(sha256))
    return loss


def read(db: Database, sha256: str) -> Loss | None:
    """What was accepted about a file, whether or not it has come back since."""
    row = db.execute("SELECT sha256, reason, account, accepted_at FROM lost_file WHERE sha256 = ?", [sha256]).fetchone()
    return Loss(*row) if row else None


def accepted(db: Database) -> set[str]:
    """The files whose loss was accepted. A backup made before there was such a thing has none."""
    if "lost_file" not in db.table_names():
        return set()
    return {row[0] for row in db.execute("SELECT sha256 FROM lost_file")}
