"""What the engine must be told about each kind of record: how to check, write and read it.

The product derives one class for each kind and hands the engine a mapping of name to kind.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlite_utils import Database

from sync.history import Transaction
from sync.signed import Signed
from sync.wire import Op

Mistakes = dict[str, list[str]]
"""Field -> what is wrong with it; empty when nothing is."""


@dataclass(frozen=True)
class Carrier:
    """Whose token brought a message. revoked: it may only hand in what it still holds."""

    account: str
    device: str
    role: str = ""
    revoked: bool = False


@dataclass(frozen=True)
class Offer:
    """One op as it was offered. body: its line, parsed. sent: the carrier's raw clock when it was sent."""

    op: Op
    body: dict[str, Any]
    carrier: Carrier
    sent: datetime


class CannotApply(Exception):
    """An op cannot be applied and goes to the office's inbox. why: a word of PROTOCOL.md. fields: what is wrong."""

    def __init__(self, why: str, fields: Mistakes | None = None) -> None:
        self.why = why
        self.fields = fields or {}
        super().__init__(f"{why} {self.fields}")


class Awaits(CannotApply):
    """A record that the op builds on has not arrived. As soon as it does, the op is applied without anybody's help."""

    def __init__(self, kind: str, record_id: str, fields: Mistakes) -> None:
        self.kind = kind
        self.record_id = record_id
        super().__init__("invalid_body", fields)


class Kind(ABC):
    """name: as on the wire. stream: the pull stream it travels in, `essentials` or `history`."""

    name: ClassVar[str]
    stream: ClassVar[str] = "essentials"


class ServedKind(Kind):
    """Records that devices only read."""

    @abstractmethod
    def bodies(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        """Id -> body, of those records that the carrier may see, without what it may not see."""


class MergedKind(ServedKind):
    """Records with several writers, merged field by field."""

    newest_version: ClassVar[int] = 1

    @abstractmethod
    def check(self, values: Mapping[str, Any], ver: int) -> Mistakes:
        """Judge the values of a patch by themselves; fields a device may never write are `admit`'s to refuse."""

    @abstractmethod
    def admit(self, db: Database, record_id: str, names: Collection[str], carrier: Carrier) -> None:
        """Raise CannotApply when the carrier may not write these fields of this record, or not yet (Awaits)."""

    def values(self, db: Database, record_id: str) -> Mapping[str, Any]:
        """What the fields of a record hold now, as JSON knows it: a conflict tells what was there before."""
        return {}

    @abstractmethod
    def write(self, tx: Transaction, record_id: str, values: Mapping[str, Any], offer: Offer) -> None:
        """Write the values that won; make the record where there is none. Raises CannotApply."""


class SignedKind(Kind):
    """Append-only records whose exact bytes are kept."""

    stream: ClassVar[str] = "history"
    newest_version: ClassVar[int] = 1

    @abstractmethod
    def check(self, body: dict[str, Any], ver: int) -> Mistakes:
        """Judge a body by itself. Runs before any lock is taken."""

    @abstractmethod
    def begun_at(self, body: dict[str, Any]) -> datetime | None:
        """The instant that decides in which year the record counts; a clock that was off then is flagged."""

    def author(self, body: dict[str, Any]) -> str | None:
        """The account that made the record; None where the body does not say: then whoever carried it."""
        found = body.get("author")
        return found if isinstance(found, str) else None

    @abstractmethod
    def files(self, body: dict[str, Any]) -> Iterable[str]:
        """The sha256 of the files that the body names."""

    @abstractmethod
    def record(self, tx: Transaction, offer: Offer, skew_s: int | None) -> None:
        """Enter the record and touch what changed. Raises CannotApply."""

    @abstractmethod
    def visible(self, db: Database, ids: Collection[str], carrier: Carrier) -> set[str]:
        """Those of the ids that the carrier may see."""

    def beside(self, db: Database, ids: Collection[str]) -> Mapping[str, dict[str, Any]]:
        """Id -> further keys of the change that brings the record, in which the office says what became of it."""
        return {}

    @abstractmethod
    def sealed_for(self, record: Signed, sha256: str) -> str | None:
        """The only account that a phone may show this file of the record to; None = whoever sees the record."""


class PrivateKind(Kind):
    """Unfinished work of one person: overwritten whole, told to its owner's devices alone.

    It is neither merged nor append-only. A device offers the whole of it as it stands and names the ops it was made
    from (`over`); `merge.succession` tells which of two versions had seen the other. A version that was made from the
    standing one takes its place. One made without having seen it is kept too, as a record of its own whose id is its
    op, and the receipt lists `id` among its conflicts: nobody's work is lost, and every device gives the two the same
    names. A change is addressed to its owner's account (`tx.touch(…, audience=account)`), so that it stands in nobody
    else's pages.

    The invariants hold as for other kinds: the commit has its point, and the record, its change and the receipt are one
    commit (S1, S2); mark and cursor are checked before (S3); a version is stored, found to be contained in the one that
    stands, or quarantined (S4). A version is not signed, so that its bytes go when a newer one takes its place (S5 does
    not speak of it), and no clock decides anything (S7).
    """

    newest_version: ClassVar[int] = 1

    @abstractmethod
    def check(self, body: dict[str, Any], ver: int) -> Mistakes:
        """Judge a body by itself. Runs before any lock is taken."""

    @abstractmethod
    def keep(self, tx: Transaction, offer: Offer) -> bool:
        """Keep an offered version and touch what changed. Raises CannotApply.

        Returns False when it had to be kept beside another one, under its op as its id.
        """

    @abstractmethod
    def versions(self, db: Database, ids: Collection[str], carrier: Carrier) -> Mapping[str, dict[str, Any]]:
        """Id -> what a put of it says (op, ver, sha256, files, body), of those that are the carrier's own."""


Kinds = Mapping[str, Kind]
WRITTEN = (MergedKind, SignedKind, PrivateKind)
"""The kinds that devices write."""
