"""What a phone could not send and handed over as a file (sync/PROTOCOL.md, "Handed over as a file").

Opened and read whole before anything is changed; then every op goes the way of a push, with its receipt, so that the
same file again, or the phone itself later, changes nothing.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlite_utils import Database

from fieldapp import audit, evidence, exchange, people, sealing, stopping, units
from fieldapp.audit import Actor
from fieldapp.clock import Clock, parse_instant
from fieldapp.errors import Refusal, say
from fieldapp.people import Account
from sync import history, receipts, receive, wire
from sync.errors import WireRefusal
from sync.files import MAX_FILE_BYTES
from sync.history import NOTHING
from sync.kinds import Carrier
from sync.merge import in_calendar
from sync.wire import Op, Push

VERSION = 1
_LONGEST_LINE = 64 * 2**10
_KINDS = {
    "inspection": ("biên bản", "inspection"), "commitment": ("bản cam kết", "commitment"),
    "establishment": ("thay đổi thông tin cơ sở", "change of an establishment"), "draft": ("bản nháp", "draft"),
    "finding_event": ("việc khắc phục tồn tại", "follow-up of a finding"), "activity": ("hoạt động", "activity"),
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A file of the export: where its bytes are in the opened content."""

    sha256: str
    start: int
    size_bytes: int


@dataclass
class Content:
    """What a phone handed over. device, account: whose; made_at: by the phone's own clock."""

    device: str
    account: str
    made_at: datetime
    app: str
    ops: list[Op] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)


@dataclass
class Taken:
    """What became of it. ops: (kind, status) -> how many; a status is a receipt's, or `already_here`.

    why: reason -> how many were set aside for it. refused: file -> why it was not taken.
    """

    person: str
    made_at: datetime
    ops: Counter[tuple[str, str]] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)
    files_new: int = 0
    files_here: int = 0
    files_missing: int = 0
    refused: dict[str, str] = field(default_factory=dict)

    def count(self, status: str) -> int:
        return sum(number for (_, was), number in self.ops.items() if was == status)

    def lines(self) -> list[tuple[str, str, int]]:
        """(kind, status, how many), for a report."""
        return sorted((kind, status, number) for (kind, status), number in self.ops.items())


def kind_name(kind: str) -> str:
    return say(*_KINDS.get(kind, (kind, kind)))


def take_in(db: Database, data: Path, source: BinaryIO, name: str, *, actor: Actor, clock: Clock) -> Taken:
    """Open an export and take in what it holds. data: the data folder. name: of the file, for refusals.

    Raises Refusal export_not_ours, export_newer, export_wrong_key, export_damaged, export_person_unknown; then nothing
    was changed.
    """
    with tempfile.TemporaryFile(dir=data) as opened:
        sealing.unseal(db, source, opened, file=name)
        opened.seek(0)
        content = _read(opened, name)
        person = next((one for one in people.accounts(db) if one.id == content.account), None)
        if person is None:
            raise Refusal("export_person_unknown", file=name)
        stopping.too_late()  # each push of it stands by itself
        taking = _Taking(db, data, clock, _carrier(db, content, person), Taken(person.name, content.made_at))
        taking.take_ops(content)
        taking.take_files(content, opened)
    taken = taking.taken
    with history.write(db, clock()) as tx:
        audit.record(
            tx, actor, "phone_export_imported", "device", content.device, carried_for=content.account,
            ops=len(content.ops), files=len(content.files), set_aside=taken.count(receipts.QUARANTINED),
        )  # fmt: skip
    return taken


def _carrier(db: Database, content: Content, person: Account) -> Carrier:
    """Whom the ops come from. What a phone that was revoked, or that this office never enrolled, hands over goes to the
    inbox, as it would on the wire: a person looks at it first."""
    enrolled = people.may_carry(db, content.device, person.id)
    return Carrier(person.id, content.device, person.role, revoked=not enrolled)


@dataclass(frozen=True)
class _Taking:
    """One file being taken in, as if its phone had pushed it."""

    db: Database
    data: Path
    clock: Clock
    carrier: Carrier
    taken: Taken

    def take_ops(self, content: Content) -> None:
        kinds, shelf = exchange.kinds(units.read(self.db), self.clock()), evidence.shelf(self.data)
        missing: set[str] = set()
        for start in range(0, len(content.ops), wire.MAX_OPS):
            some = tuple(content.ops[start : start + wire.MAX_OPS])
            known = receive.receipted(self.db, some)
            push = Push(content.device, content.app, content.made_at, NOTHING, (), some)
            answer = receive.receive(self.db, push, self.carrier, kinds=kinds, shelf=shelf, now=self.clock())
            for op, receipt in zip(some, answer["receipts"], strict=True):
                here = (op.op, op.sha256) in known and receipt["status"] == receipts.APPLIED
                self.taken.ops[op.kind, "already_here" if here else receipt["status"]] += 1
                if receipt["status"] == receipts.QUARANTINED:
                    self.taken.why[receipt["why"]] += 1
                missing |= set(receipt["files_missing"])
        self.taken.files_missing = len(missing - {part.sha256 for part in content.files})

    def take_files(self, content: Content, opened: BinaryIO) -> None:
        shelf = evidence.shelf(self.data)
        for part in content.files:
            opened.seek(part.start)
            try:
                _, is_new = shelf.take(
                    self.db, part.sha256, opened.read(part.size_bytes), self.carrier, self.clock()
                )  # fmt: skip
            except WireRefusal as problem:
                self.taken.refused[part.sha256] = problem.code
            else:
                self.taken.files_new += is_new
                self.taken.files_here += not is_new


def _read(opened: BinaryIO, name: str) -> Content:
    """The content, every digest of an op verified. Raises Refusal export_newer, export_damaged."""
    try:
        lines = _lines(opened)
        first = next(lines)
        if first["v"] != VERSION:
            raise Refusal("export_newer", file=name)
        content = Content(
            str(first["device"]),
            str(first["person"]["id"]),
            in_calendar(parse_instant(first["made_at"])),
            str(first["app"]),
        )
        ended = False
        for told in lines:
            if "op" in told:
                content.ops.append(wire.read_op(told["op"], _body(opened, told["op"]["bytes"], wire.MAX_BODY_BYTES)))
            elif "file" in told:
                content.files.append(_part(opened, told))
            ended = "end" in told
        if not ended:
            raise ValueError("no end")
    except (ValueError, KeyError, TypeError, StopIteration, WireRefusal):
        raise Refusal("export_damaged", file=name) from None
    return content


def _lines(opened: BinaryIO) -> Iterator[dict[str, Any]]:
    while line := opened.readline(_LONGEST_LINE):
        told = wire.read_object(line.rstrip(b"\n"))
        if told is None:
            raise ValueError("not a JSON object")
        yield told


def _body(opened: BinaryIO, size_bytes: int, most: int) -> bytes:
    if type(size_bytes) is not int or not 0 <= size_bytes <= most:
        raise ValueError("length")
    data = opened.read(size_bytes)
    if len(data) != size_bytes or opened.read(1) != b"\n":
        raise ValueError("cut off")
    return data


def _part(opened: BinaryIO, told: dict[str, Any]) -> Part:
    start = opened.tell()
    if not wire.is_sha256(told["file"]):
        raise ValueError("name")
    return Part(told["file"], start, len(_body(opened, told["bytes"], MAX_FILE_BYTES)))
