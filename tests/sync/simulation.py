"""A deterministic simulation: several phones with two tabs each, one server, and everything that can go wrong.

The server is the real engine over a real SQLite database; the phones hold what the contract asks of a device (C1–C6),
as plainly as it can be written. One seed is one schedule, so that what was found once is found again.
"""

from __future__ import annotations

import copy
import json
import random
import sqlite3
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from sync import feed, history, receive, wire
from sync.errors import WireRefusal
from sync.files import Shelf
from sync.history import NOTHING, Point, Transaction, instant
from sync.kinds import Carrier, Kind, Offer
from tests.sync.toys import KINDS, NOW, Sent, SlipKind, make_tables, sent

NOTES = ("n1", "n2", "n3")
FAULTS = (
    "lost_request", "lost_answer", "duplicate", "late_duplicate", "truncated", "garbled", "disk_full", "crash",
    "captive_portal", "bad_gateway", "sign_in",
)  # fmt: skip
SKEWS = (
    timedelta(0),
    timedelta(days=-400),
    timedelta(hours=-1),
    timedelta(hours=1),
    timedelta(days=30),
    timedelta(days=25000),
)


class Unanswered(Exception):
    """The call failed; the phone tries again later."""


class Crash(BaseException):
    """The server's process ends in the middle of something."""


@dataclass
class Entry:
    """One op of an outbox. state: pending, acknowledged or quarantined."""

    sent: Sent
    state: str = "pending"
    seq: int = 0


@dataclass
class Stored:
    """What a phone's database holds; it changes in whole transactions only."""

    outbox: dict[str, Entry] = field(default_factory=dict)
    signed: dict[str, Sent] = field(default_factory=dict)
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)
    cursors: dict[str, Any] = field(default_factory=lambda: {"essentials": None, "history": None})
    mark: Point = NOTHING
    trail: list[Point] = field(default_factory=list)
    safe: int = 0
    offset: timedelta = timedelta(0)


class FaultySlip(SlipKind):
    """Ends the server, or fills its disk, while it records the n-th slip of a push."""

    def __init__(self) -> None:
        self.fault: tuple[str, int] | None = None

    def record(self, tx: Transaction, offer: Offer, skew_s: int | None) -> None:
        if self.fault:
            name, left = self.fault
            self.fault = (name, left - 1)
            if left == 0:
                raise Crash if name == "crash" else sqlite3.OperationalError("database or disk is full")
        super().record(tx, offer, skew_s)


class Server:
    """The engine over a database in memory, with backups that can be restored."""

    def __init__(self) -> None:
        self.slip = FaultySlip()
        self.kinds: dict[str, Kind] = {**KINDS, "slip": self.slip}
        self.db = Database(sqlite3.connect(":memory:", isolation_level=None))
        make_tables(self.db)
        self.copy = b""
        self.back_up()

    def back_up(self) -> None:
        """A verified backup: safe moves to the head that it holds, also in what a restore brings back."""
        with history.write(self.db, NOW) as tx:
            history.set_state(tx, "safe", str(history.head(self.db)[0]))
        self.copy = self.db.conn.serialize()

    def restore(self) -> None:
        self.db.close()
        self.db = Database(sqlite3.connect(":memory:", isolation_level=None))
        self.db.conn.deserialize(self.copy)

    def push(self, data: bytes, device: str, now: datetime) -> Any:
        message = wire.read_push(data, device)
        shelf = Shelf(Path("nowhere"))
        carrier = Carrier(f"person of {device}", device)
        return receive.receive(self.db, message, carrier, kinds=self.kinds, shelf=shelf, now=now)

    def pull(self, data: bytes, device: str, now: datetime) -> Any:
        message = wire.read_pull(data, device)
        return feed.page(self.db, message, Carrier("", device), kinds=self.kinds, now=now)


class Phone:
    """A device: signs, edits, syncs in two tabs."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.device = f"phone-{number}"
        self.skew = timedelta(0)
        self.stored = Stored()
        self.snapshot = copy.deepcopy(self.stored)
        self.tabs: list[Iterator[None] | None] = [None, None]

    @property
    def clock(self) -> datetime:
        """The device's raw clock."""
        try:
            return self.world.now + self.skew
        except OverflowError:  # pragma: no cover  beyond the calendar
            return self.world.now

    def sign(self) -> None:
        dice = self.world.dice
        body = {"id": self.world.uuid(), "text": str(dice.random()), "begun_at": instant(self.clock)}
        body |= dice.choice([{}, {}, {}, {"poison": True}, {"note": dice.choice(NOTES)}])
        ver = dice.choice([1, 1, 1, 2, 5])
        op = sent("slip", body, ver=ver, op=self.world.uuid())
        self.stored.outbox[op.op] = Entry(op)
        self.stored.signed[op.id] = op
        self.world.made[op.op] = op

    def edit(self) -> None:
        dice = self.world.dice
        note = dice.choice(NOTES)
        seen = self.view(note)
        names = ["title"] if not seen else [dice.choice(["title", "text"])]
        fields = {}
        for name in names:
            at, base = self.clock + self.stored.offset, None
            if name in seen:
                at, base = max(at, datetime.fromisoformat(seen[name][0]) + timedelta(milliseconds=1)), seen[name][2]
            fields[name] = {"v": str(dice.random()), "at": instant(at), "base": base}
        op = sent("note", {"id": note, "fields": fields}, op=self.world.uuid())
        self.stored.outbox[op.op] = Entry(op)
        self.world.made[op.op] = op

    def view(self, note: str) -> dict[str, Any]:
        """The stamps of a note as the person sees it: the replica with the phone's own pending edits over it."""
        stamps = dict(self.stored.notes.get(note, {}).get("stamps", {}))
        for op, entry in self.stored.outbox.items():
            body = json.loads(entry.sent.line)
            if entry.state == "pending" and entry.sent.header["kind"] == "note" and body["id"] == note:
                stamps |= {name: [edit["at"], self.device, op] for name, edit in body["fields"].items()}
        return stamps

    def sync(self, *, healed: bool = False) -> Iterator[None]:
        """One round in one tab; at every yield another tab, phone or fault may come between."""
        with suppress(Unanswered):
            for _ in range(40):
                if not (yield from self.push_once(healed)):
                    break
            for stream in ("essentials", "history"):
                for _ in range(60):
                    if not (yield from self.pull_once(stream, healed)):
                        break

    def push_once(self, healed: bool) -> Iterator[None]:
        """Offer some pending ops. Returns whether to go on."""
        pending = [e.sent for e in self.stored.outbox.values() if e.state == "pending"][
            : self.world.dice.choice([1, 3, 50])
        ]
        if not pending:
            return False
        before = self.stored.mark
        data = self.message(pending)
        yield
        answer = self.world.call("push", data, self, healed)
        yield
        if not (isinstance(answer, dict) and answer.get("kind") == "push"):
            return False  # C2: no answer of ours
        if self.stored.mark != before:
            return True  # C2: another tab was faster
        self.learn_time(answer)
        if "rewind" in answer:
            self.rewind(answer["rewind"])
            return True
        for receipt in answer["receipts"]:
            entry = self.stored.outbox.get(receipt["op"])
            if entry and entry.state == "pending":
                entry.state = "acknowledged" if receipt["status"] == "applied" else "quarantined"
                entry.seq = receipt["seq"]
                if receipt["eff"]:
                    entry.sent.header["eff"] = receipt["eff"]
        self.saw(answer)
        return True

    def pull_once(self, stream: str, healed: bool) -> Iterator[None]:
        before = (self.stored.mark, self.stored.cursors[stream])
        told = {
            "v": 1, "device": self.device, "stream": stream, "cursor": before[1], "mark": list(before[0]),
            "trail": self.stored.trail, "limit": self.world.dice.choice([1, 3, 500]),
        }  # fmt: skip
        yield
        answer = self.world.call("pull", json.dumps(told).encode(), self, healed)
        yield
        if not (isinstance(answer, dict) and answer.get("kind") == "pull"):
            return False
        if (self.stored.mark, self.stored.cursors[stream]) != before:
            return False
        self.learn_time(answer)
        if "rewind" in answer:
            self.rewind(answer["rewind"])
            return True
        for change in answer["changes"]:
            if change["kind"] == "note" and change["type"] == "put":
                self.stored.notes[change["id"]] = change
            elif change["kind"] == "slip" and change["type"] == "put":
                line = change["raw"].encode()
                header = {name: change[name] for name in ("op", "kind", "ver", "sha256", "files")}
                self.stored.signed.setdefault(change["id"], Sent({**header, "bytes": len(line)}, line))
        self.stored.cursors[stream] = answer["cursor"]
        self.saw(answer)
        return bool(answer["more"])

    def message(self, ops: list[Sent]) -> bytes:
        told = {
            "v": 1, "device": self.device, "app": "1", "sent": instant(self.clock), "mark": list(self.stored.mark),
            "trail": self.stored.trail, "ops": [op.header for op in ops],
        }  # fmt: skip
        return b"\n".join([json.dumps(told).encode(), *(op.line for op in ops)])

    def learn_time(self, answer: dict[str, Any]) -> None:
        self.stored.offset = datetime.fromisoformat(answer["now"]) - self.clock

    def saw(self, answer: dict[str, Any]) -> None:
        """C3, C4: the mark moves with the data; what a backup holds is dropped."""
        mark = (answer["mark"][0], answer["mark"][1])
        if mark[0] > self.stored.mark[0]:
            self.stored.mark = mark
        if mark not in self.stored.trail:
            self.stored.trail = sorted([*self.stored.trail, mark])[-16:]
        self.stored.safe = answer["safe"]
        settled = [op for op, e in self.stored.outbox.items() if e.state == "acknowledged" and e.seq <= answer["safe"]]
        for op in settled:
            del self.stored.outbox[op]

    def rewind(self, point: list[Any]) -> None:
        """C5."""
        stored = self.stored
        self.world.faults["rewind"] += 1
        stored.mark = (point[0], point[1])
        stored.trail = [seen for seen in stored.trail if seen[0] <= point[0]]
        stored.cursors = {"essentials": None, "history": None}
        stored.notes = {}
        for entry in stored.outbox.values():
            if entry.seq > point[0]:
                entry.state = "pending"
        for op in stored.signed.values():
            stored.outbox.setdefault(op.op, Entry(op))


class World:
    """One schedule. made: every op ever made. excused: ops of which no copy was left anywhere."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.now = NOW
        self.made: dict[str, Sent] = {}
        self.excused: set[str] = set()
        self.faults: Counter[str] = Counter()
        self.late: list[tuple[bytes, str]] = []
        self.server = Server()
        self.phones = [Phone(self, n) for n in range(self.dice.randint(2, 4))]
        self.rate = self.dice.choice([0, 0.05, 0.15, 0.35])
        self.devices_restored = self.dice.random() < 0.5

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))

    def call(self, what: str, data: bytes, phone: Phone, healed: bool) -> Any:
        fault = "" if healed or self.dice.random() >= self.rate else self.dice.choice(FAULTS)
        self.faults[fault] += 1
        if fault in {"lost_request", "bad_gateway", "sign_in"}:
            raise Unanswered
        if fault == "captive_portal":
            return "<html>Wi-Fi</html>"
        if fault == "truncated":
            data = data[: self.dice.randrange(len(data))]
        elif fault == "garbled":
            # in a body; the envelope is guarded by the checksum of the packed message
            place = self.dice.randrange(data.find(b"\n") + 1, len(data)) if b"\n" in data else 0
            data = data[:place] + bytes([48 + (data[place] - 47) % 10]) + data[place + 1 :]
        elif fault in {"disk_full", "crash"}:
            self.server.slip.fault = (fault, self.dice.randrange(3))
        answer = self.reach(what, data, phone.device)
        if fault == "lost_answer":
            raise Unanswered
        if fault == "late_duplicate" and what == "push":
            self.late.append((data, phone.device))
        return self.reach(what, data, phone.device) if fault == "duplicate" else answer

    def reach(self, what: str, data: bytes, device: str) -> Any:
        """The server gets the message; it may answer, refuse, or end."""
        try:
            return getattr(self.server, what)(data, device, self.now)
        except (WireRefusal, sqlite3.OperationalError, Crash):
            raise Unanswered from None
        finally:
            self.server.slip.fault = None

    def step(self) -> None:
        dice, phone = self.dice, self.dice.choice(self.phones)
        self.now += timedelta(seconds=dice.choice([1, 30, 3600]))
        chance = dice.random()
        if chance < 0.22:
            phone.sign()
        elif chance < 0.42:
            phone.edit()
        elif chance < 0.82:
            self.turn(phone)
        elif chance < 0.86 and self.late:
            with suppress(Unanswered):
                self.reach("push", *self.late.pop(dice.randrange(len(self.late))))
        elif chance < 0.89:
            self.server.back_up()
        elif chance < 0.91 and self.rate:
            self.lose(self.server.restore, "server restored")
        elif chance < 0.93:
            phone.snapshot = copy.deepcopy(phone.stored)
        elif chance < 0.94 and self.rate and self.devices_restored:
            self.lose(lambda: self.put_back(phone), "phone restored")
        elif chance < 0.97:
            phone.skew = dice.choice(SKEWS)
        else:
            phone.tabs = [None, None]  # the app is killed

    def turn(self, phone: Phone) -> None:
        """One of the phone's tabs goes on for a while."""
        tab = self.dice.randrange(2)
        if phone.tabs[tab] is None:
            phone.tabs[tab] = phone.sync()
        for _ in range(self.dice.choice([1, 2, 50])):
            running = phone.tabs[tab]
            if running is None or next(running, StopIteration) is StopIteration:
                phone.tabs[tab] = None
                return

    @staticmethod
    def put_back(phone: Phone) -> None:
        phone.stored = copy.deepcopy(phone.snapshot)
        phone.tabs = [None, None]

    def lose(self, deed: Any, name: str) -> None:
        before = self.copies()
        deed()
        self.faults[name] += 1
        if self.devices_restored:
            self.excused |= before - self.copies()

    def copies(self) -> set[str]:
        """Ops of which the bytes exist somewhere."""
        db = self.server.db
        found = {
            row[0]
            for row in db.execute("SELECT op FROM signed UNION SELECT op FROM quarantine UNION SELECT op FROM receipt")
        }
        for phone in self.phones:
            found |= phone.stored.outbox.keys() | {op.op for op in phone.stored.signed.values()}
        return found

    # ---- what must hold in the end ----

    def heal(self) -> list[str]:
        """Every fault ends; all phones sync until nothing moves any more."""
        for phone in self.phones:
            phone.tabs = [None, None]
        for _ in range(12):
            before = (history.head(self.server.db), [copy.deepcopy(p.stored.cursors) for p in self.phones])
            for phone in self.phones:
                for _step in phone.sync(healed=True):
                    pass
            if before == (history.head(self.server.db), [p.stored.cursors for p in self.phones]):
                return []
        return ["no rest after 12 rounds"]

    def violations(self) -> list[str]:
        found = self.heal()
        db = self.server.db
        signed = {row[0]: row[1:] for row in db.execute("SELECT op, id, sha256, body FROM signed")}
        held = {row[0]: row[1] for row in db.execute("SELECT op, body FROM quarantine")}
        found += self._records(signed, held)
        found += self._edits(held)
        found += [f"{p.device}: {problem}" for p in self.phones for problem in self._replica(p, signed)]
        idle = db.execute(
            "SELECT count(*) FROM commit_log WHERE seq NOT IN (SELECT seq FROM change) "
            "AND seq NOT IN (SELECT seq FROM receipt)"
        ).fetchone()[0]
        twice = db.execute(
            "SELECT count(*) FROM (SELECT 1 FROM change WHERE kind = 'slip' GROUP BY id HAVING count(*) > 1)"
        ).fetchone()[0]
        return found + ["a commit of nothing"] * bool(idle) + ["a resend changed a record"] * bool(twice)

    def _records(self, signed: dict[str, Any], held: dict[str, bytes]) -> list[str]:
        found = []
        for op, made in self.made.items():
            if made.header["kind"] != "slip":
                continue
            if op not in signed and op not in held and op not in self.excused:
                found.append(f"lost: {op}")
            if op in signed and (signed[op][0], signed[op][2].encode()) != (made.id, made.line):
                found.append(f"changed: {op}")
            if op in held and held[op] != made.line:
                found.append(f"changed in the inbox: {op}")
        return found + [f"from nowhere: {op}" for op in signed if op not in self.made]

    def _edits(self, held: dict[str, bytes]) -> list[str]:
        db = self.server.db
        stands = {(row[0], row[1], row[2]): row[3] for row in db.execute("SELECT op, id, field, at FROM stamp")}
        kept = {(row[0], row[1], row[2]) for row in db.execute("SELECT op, id, field FROM conflict")}
        applied = {row[0] for row in db.execute("SELECT op FROM receipt WHERE status = 'applied'")}
        latest = instant(self.now + timedelta(minutes=6))
        found = ["a field is stamped in the future"] * any(at > latest for at in stands.values())
        edits = {
            (op, json.loads(made.line)["id"], name): (edit["base"], json.loads(made.line)["id"], name)
            for op, made in self.made.items() if made.header["kind"] == "note"
            for name, edit in json.loads(made.line)["fields"].items()
        }  # fmt: skip
        for key in edits:
            later = [other for other, base in edits.items() if base == key]
            if key[0] not in applied and key[0] not in held and not self.devices_restored:
                found.append(f"edit lost: {key}")
            if key[0] in applied and key not in stands and key not in kept and not later:
                found.append(f"overwritten without a trace: {key}")
            if key in stands and any(other[0] in applied for other in later):
                found.append(f"beat an edit made after seeing it: {key}")
        return found

    def _replica(self, phone: Phone, signed: dict[str, Any]) -> list[str]:
        found = []
        if any(entry.state == "pending" for entry in phone.stored.outbox.values()):
            found.append("its outbox does not drain")
        there = {row[0]: row[2] for row in signed.values()}
        here = {i: op.line.decode() for i, op in phone.stored.signed.items() if i in there}
        if here != there:
            found.append("its signed records differ")
        notes = {row["id"]: row for row in self.server.db.query("SELECT id, title, text FROM note")}
        if {i: change["body"] for i, change in phone.stored.notes.items()} != notes:
            found.append("its notes differ")
        return found


def run(seed: int) -> World:
    """One schedule, to its end; what is wrong then is told by `violations`."""
    world = World(seed)
    for _ in range(world.dice.randint(30, 110)):
        world.step()
    return world
