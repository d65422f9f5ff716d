"""A deterministic simulation: several phones with two tabs each, one office, and everything that can go wrong.

The phones are the product's own Python replica, each over a SQLite database of its own; the office is the product's
engine over toy records, or its whole application through WSGI (offices.py). What must hold in the end is in
invariants.py. One seed is one schedule, so that what was found once is found again:

    python -m tests.soak --seed 1234 --office toy
"""

from __future__ import annotations

import json
import random
import sqlite3
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock

import requests

from sync import history, packing, receive, stamps, wire
from sync.history import instant
from sync.replica import Replica, ReplicaError, api, outbox, records, session, standpoint
from sync.replica.api import Outcome, Request, Retry, SignIn, Steps
from sync.replica.round import Ended
from sync.replica.store import Store
from tests.sync.offices import ACCOUNTS, Call, Crash, Made, Mortal, Office, RealOffice, Reply, ToyOffice
from tests.sync.toys import NOW

OFFICES: dict[str, type[Office]] = {"toy": ToyOffice, "real": RealOffice}
CALL_FAULTS = (
    "lost_request", "lost_answer", "duplicate", "late_duplicate", "truncated", "garbled", "cut_answer", "disk_full",
    "crash", "captive_portal", "captive_json", "bad_gateway", "gateway_401", "busy",
)  # fmt: skip
EVENTS = (
    "late_delivery", "server_backup", "server_restored", "older_restored", "phone_restored", "clock_jump", "quota",
    "quota_refused", "app_killed", "phone_died", "signed_out", "revoked", "wiped", "op_reuse", "record_reuse",
    "office_edit", "office_add", "decided", "erased", "scope_moved", "upgraded", "rewind",
)  # fmt: skip
SKEWS = (
    timedelta(0), timedelta(days=-400), timedelta(hours=-1), timedelta(hours=1), timedelta(days=30),
    timedelta(days=25000),
)  # fmt: skip
STATEMENTS = 12
"""A process that dies does so within this many writing statements."""
ROUNDS_TO_REST = 12


@dataclass
class Tab:
    """One tab's round of the exchange, stopped before its call leaves (`request`) or after it came back (`outcome`).

    pushed: how often the office had been restored when it last answered a push of this tab.
    """

    steps: Steps[Ended]
    request: Request | None = None
    outcome: Outcome | None = None
    pushed: int = 0


class Phone:
    """A device of one account: a replica, two tabs, a clock of its own."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.number = number
        self.account = number % ACCOUNTS
        self.skew = timedelta(0)
        self.tabs: list[Tab | None] = [None, None]
        self.replica = self._over(self._new_database())
        self.sign_in()
        self.snapshot = self.database.serialize()

    @property
    def database(self) -> Mortal:
        found = self.replica.store.db
        assert isinstance(found, Mortal)
        return found

    @staticmethod
    def _new_database() -> Mortal:
        return sqlite3.connect(":memory:", isolation_level=None, factory=Mortal)

    def _over(self, database: Mortal) -> Replica:
        store = Store(database, clock=self.clock, new_id=self.world.uuid)
        return Replica(store, "", Network(self))

    def clock(self) -> datetime:
        return self.world.now + self.skew

    @property
    def device(self) -> str:
        who = session.read(self.database)
        return who.device if who else ""

    @property
    def revoked(self) -> bool:
        who = session.read(self.database)
        return who is not None and who.revoked

    def sign_in(self) -> None:
        who = session.read(self.database)
        device = who.device if who else self.world.uuid()
        office = self.world.office
        token = office.enrol(self.account, device)
        session.keep(self.replica.store, device, token, {"id": office.account(self.account)})

    # ---- making ----

    def sign(self) -> None:
        world, office = self.world, self.world.office
        files = []
        if world.dice.random() < 0.3:
            files = [self.replica.keep_file(b"\xff\xd8\xff\xe0" + self.world.uuid().encode(), "image/jpeg")]
        body = {"id": world.uuid(), **office.body(self.clock(), files, office.account(self.account))}
        ver = world.dice.choice([1, 1, 1, 1, 1, 1, 5])
        self._made(self.replica.sign(office.signed, body, files, ver))

    def edit(self) -> None:
        world, office = self.world, self.world.office
        shown = self.replica.records(office.merged)
        if not shown or world.dice.random() < 0.1:
            self._made(self.replica.add(office.merged, **office.find()))
        else:
            record = world.dice.choice(shown)
            op = self.replica.edit(office.merged, record.id, **office.values())
            if op:
                self._made(op)

    def _made(self, op: outbox.Op) -> None:
        line = outbox.body(self.database, op.sha256)
        assert line is not None
        self.world.made.append(Made(op.op, op.kind, op.record, op.sha256, line, self.device, op.files))

    # ---- two tabs ----

    def turn(self, number: int) -> None:
        """A tab goes on by a step: its call leaves, or its answer is looked at."""
        tab = self.tabs[number]
        if tab is None:
            dice = self.world.dice
            steps = self.replica.steps(
                asked=dice.random() < 0.3, batch_ops=dice.choice([1, 3, 50]), page_rows=dice.choice([1, 3, 500])
            )
            self.tabs[number] = tab = Tab(steps)
            self._go_on(number, tab, lambda: next(steps))
        elif tab.request is not None:
            if tab.request.path == "push":
                tab.pushed = self.world.restores
            tab.outcome, tab.request = self.replica.call(tab.request), None
        else:
            outcome, tab.outcome = tab.outcome, None
            assert outcome is not None
            self._go_on(number, tab, lambda: tab.steps.send(outcome))

    def _go_on(self, number: int, tab: Tab, step: Callable[[], Request]) -> None:
        epoch, device = standpoint.read(self.database).epoch, self.device
        # the office was restored between a revoked phone's last receipt and its emptying itself: nobody can know
        unlucky = set()
        if tab.pushed != self.world.restores and self.revoked:
            unlucky = self.world.copies()
        try:
            tab.request = step()
        except StopIteration:
            self.tabs[number] = None
        except ReplicaError:
            self.tabs[number] = None  # the storage is full: the person sees it, and the next round tries again
            self.world.faults["quota_refused"] += 1
        if session.read(self.database) is None:
            self.world.faults["wiped"] += bool(device)
            self.world.excused |= unlucky and unlucky - self.world.copies()
            self.tabs = [None, None]
        elif standpoint.read(self.database).epoch > epoch:
            self.world.faults["rewind"] += 1
            self.world.times |= {
                (op.op, op.record, name): at
                for op in outbox.every(self.database)
                for name, at in (op.eff or {}).items()
            }

    def die(self) -> None:
        """The app is killed: whatever was on its way is forgotten."""
        self.tabs = [None, None]
        self.database.strike("", 0)
        if self.database.in_transaction:
            self.database.rollback()

    def put_back(self) -> None:
        """The phone is restored from a copy of itself."""
        database = self._new_database()
        database.deserialize(self.snapshot)
        self.database.close()
        self.replica = self._over(database)
        self.tabs = [None, None]

    def limit(self, full: bool) -> None:
        pages = self.database.execute("PRAGMA page_count").fetchone()[0]
        self.database.execute(f"PRAGMA max_page_count = {pages + self.world.dice.randrange(3) if full else 2**30}")

    def round(self) -> Ended:
        """A whole round without faults."""
        steps = self.replica.steps(asked=True)
        try:
            request = next(steps)
            while True:
                request = steps.send(self.replica.call(request))
        except StopIteration as end:
            ended: Ended = end.value
            return ended


class Network:
    """Stands in for a phone's requests.Session."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone

    def request(
        self, method: str, url: str, *, data: bytes | None, headers: Mapping[str, str], timeout: float,
        allow_redirects: bool,
    ) -> Reply:  # fmt: skip
        return self.phone.world.carry(Call(method, url.removeprefix(api.ROOT), headers, data or b""))


class World:
    """One schedule. made: everything ever signed or edited. excused: (op, sha256) of which no copy was left anywhere.
    times: (op, record, field) -> the effective time that a receipt had given when its phone had to offer it again.

    strict: no phone is restored from a copy or revoked, and nothing that a phone signed may be excused.
    """

    def __init__(self, seed: int, office: str = "toy") -> None:
        self.dice = random.Random(f"{office} {seed}")
        self.now = NOW
        self.made: list[Made] = []
        self.excused: set[tuple[str, str]] = set()
        self.times: dict[tuple[str, str, str], str] = {}
        self.faults: Counter[str] = Counter()
        self.late: list[Call] = []
        self.strict = self.dice.random() < 0.5
        self.rate = self.dice.choice([0, 0.05, 0.15, 0.35])
        self.healed = False
        self.office = OFFICES[office](self.dice, NOW)
        self.phones = [Phone(self, n) for n in range(self.dice.randint(2, 5))]

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))

    def close(self) -> None:
        for phone in self.phones:
            phone.replica.close()
        self.office.close()

    # ---- the network ----

    def carry(self, call: Call) -> Reply:
        fault = "" if self.healed or self.dice.random() >= self.rate else self.dice.choice(CALL_FAULTS)
        self.faults[fault] += bool(fault)
        made_up = _made_up_answer(fault)
        if made_up is not None:
            return made_up
        if fault == "lost_request":
            raise requests.ConnectionError
        if fault in {"truncated", "garbled"} and call.body:
            proxy = call.path == "push" and self.dice.random() < 0.5
            call = replace(call, body=_damaged(fault, call.body, self.dice.random(), by_a_proxy=proxy))
        if fault == "late_duplicate":
            self.late.append(call)
        reply = self._reach(call, fault if fault in {"disk_full", "crash"} else "")
        if fault == "duplicate":
            reply = self._reach(call)
        if fault == "lost_answer":
            raise requests.ReadTimeout
        if fault == "cut_answer":
            return Reply(reply.status_code, reply.content[: len(reply.content) // 2], reply.headers)
        return reply

    def _reach(self, call: Call, fault: str = "") -> Reply:
        self.office.now = self.now
        try:
            return self.office.answer(call, fault, int(self.dice.random() * STATEMENTS))
        except Crash:
            raise requests.ConnectionError from None

    # ---- what happens ----

    def step(self) -> None:
        dice, phone = self.dice, self.dice.choice(self.phones)
        self.now += timedelta(seconds=dice.choice([1, 30, 3600]))
        self.office.now = self.now
        (deed,) = dice.choices(list(self.deeds), [weight for weight, _ in self.deeds.values()])
        dying = bool(self.rate) and dice.random() < 0.01
        if dying:
            phone.database.strike("crash", dice.randrange(STATEMENTS))
        try:
            self.deeds[deed][1](phone)
        except ReplicaError:
            self.faults["quota_refused"] += 1  # the person sees that it was not signed
        except Crash:
            self.faults["phone_died"] += 1
            phone.die()
        if dying:
            phone.database.strike("", 0)

    @property
    def restores(self) -> int:
        return self.faults["server_restored"] + self.faults["older_restored"]

    @property
    def deeds(self) -> dict[str, tuple[int, Callable[[Phone], Any]]]:
        """Name -> how often, and what. Of some hazards a schedule without faults, or a strict one, has none."""
        hazard, loose = int(self.rate > 0), int(self.rate > 0 and not self.strict)
        return {
            "sign": (160, Phone.sign),
            "edit": (160, Phone.edit),
            "turn": (500, self._turns),
            "late_delivery": (30, self._late_delivery),
            "server_backup": (30, lambda _: self._count("server_backup", self.office.back_up)),
            "server_restored": (24 * hazard, lambda _: self._lose("server_restored", self.office.restore)),
            "older_restored": (8 * loose, lambda _: self._lose("older_restored", self._restore_older)),
            "snapshot": (18, self._snapshot),
            "phone_restored": (14 * loose, lambda phone: self._lose("phone_restored", phone.put_back)),
            "clock_jump": (20, self._clock_jump),
            "quota": (12, self._quota),
            "app_killed": (15, lambda phone: self._count("app_killed", phone.die)),
            "signed_out": (8, self._signed_out),
            "sign_in": (15, self._sign_in),
            "revoked": (8 * loose, self._revoke),
            "op_reuse": (6, self._op_reuse),
            "record_reuse": (6, self._record_reuse),
            "office_edit": (20, self._office_edit),
            "office_add": (8, lambda _: self._count("office_add", self.office.add)),
            "decided": (15, lambda _: self._count("decided", self.office.decide)),
            "erased": (8 * hazard, lambda _: self._count("erased", self.office.erase)),
            "scope_moved": (10, lambda _: self._count("scope_moved", self.office.move_scope)),
            "upgraded": (4, lambda _: self._count("upgraded", self.office.upgrade)),
        }

    def _count(self, name: str, deed: Callable[[], Any]) -> None:
        deed()
        self.faults[name] += 1

    def _turns(self, phone: Phone) -> None:
        only = self.dice.choice([None, 0, 1])  # a frozen tab wakes up with an old answer in its hand
        for _ in range(self.dice.choice([1, 2, 3, 60])):
            phone.turn(self.dice.randrange(2) if only is None else only)

    def _late_delivery(self, _: Phone) -> None:
        if self.late:
            self.faults["late_delivery"] += 1
            try:
                self._reach(self.late.pop(self.dice.randrange(len(self.late))))
            except requests.RequestException:
                return

    def _restore_older(self) -> None:
        self.office.restore(self.dice.randrange(len(self.office.backups)))

    def _snapshot(self, phone: Phone) -> None:
        phone.snapshot = phone.database.serialize()

    def _clock_jump(self, phone: Phone) -> None:
        phone.skew = self.dice.choice(SKEWS)
        self.faults["clock_jump"] += 1

    def _quota(self, phone: Phone) -> None:
        phone.limit(full=self.dice.random() < 0.5)
        self.faults["quota"] += 1

    def _signed_out(self, phone: Phone) -> None:
        self.office.end_tokens(phone.device)
        self.faults["signed_out"] += 1

    def _sign_in(self, phone: Phone) -> None:
        who = session.read(phone.database)
        if who is None or who.token is None:
            phone.sign_in()

    def _revoke(self, phone: Phone) -> None:
        self.office.revoke(phone.device)
        self.faults["revoked"] += 1

    def _office_edit(self, _: Phone) -> None:
        made = self.office.edit()
        if made:
            self.made.append(made)
            self.faults["office_edit"] += 1

    def _op_reuse(self, phone: Phone) -> None:
        """A faulty device sends another record under an op that is somebody's already."""
        if self.made:
            self._stray(phone, self.dice.choice(self.made).op, self.uuid())
            self.faults["op_reuse"] += 1

    def _record_reuse(self, phone: Phone) -> None:
        """A faulty device signs another content under an id that is somebody's already."""
        signed = [made.id for made in self.made if made.kind == self.office.signed]
        if signed:
            self._stray(phone, self.uuid(), self.dice.choice(signed))
            self.faults["record_reuse"] += 1

    def _stray(self, phone: Phone, op_id: str, record_id: str) -> None:
        who = session.read(phone.database)
        if who is None or who.token is None:
            return
        body = {"id": record_id, **self.office.body(self.now, [], self.office.account(phone.account))}
        op, line = outbox.prepare(op_id, self.office.signed, record_id, body, at=self.now)
        told = {
            "v": wire.VERSION, "device": who.device, "sent": instant(self.now), "mark": None, "ops": [op.header]
        }  # fmt: skip
        data = json.dumps(told).encode() + b"\n" + line
        reply = self._reach(Call("POST", "push", {"Authorization": f"Bearer {who.token}"}, data))
        if reply.status_code == 200:
            self.made.append(Made(op.op, op.kind, record_id, op.sha256, line, who.device, stray=True))

    def _lose(self, name: str, deed: Callable[[], Any]) -> None:
        """What no copy is left of cannot be given back. In a strict schedule that is never what a phone signed."""
        before = self.copies()
        deed()
        self.faults[name] += 1
        strays = {(made.op, made.sha256) for made in self.made if made.stray}
        gone = before - self.copies()
        self.excused |= gone & strays if self.strict else gone

    def copies(self) -> set[tuple[str, str]]:
        """(op, sha256) of everything whose content exists somewhere."""
        found = set(
            self.office.db.execute(
                "SELECT op, sha256 FROM signed UNION SELECT op, sha256 FROM quarantine "
                "UNION SELECT op, sha256 FROM receipt WHERE kind = ? "
                "UNION SELECT op, '' FROM stamp WHERE device = 'office' "
                "UNION SELECT op, '' FROM conflict WHERE device = 'office'",
                [self.office.merged],
            ).fetchall()
        )
        for phone in self.phones:
            found |= {(op.op, op.sha256) for op in outbox.every(phone.database)}
            found |= {(record.op, record.sha256) for record in records.held(phone.database)}
        return found

    # ---- the end ----

    def heal(self) -> list[str]:
        """Every fault ends; all phones sync until nothing moves any more, and once more after a backup."""
        self.healed = True
        for phone in self.phones:
            phone.die()
            phone.limit(full=False)
        found = self._rest()
        self.office.back_up()
        return found or self._rest()

    def _rest(self) -> list[str]:
        for _ in range(ROUNDS_TO_REST):
            before = self._standing()
            for phone in self.phones:
                who = session.read(phone.database)
                if who is None or who.token is None:
                    phone.sign_in()
                ended = phone.round()
                if isinstance(ended, Retry) and ended.code != "device_revoked":
                    return [f"phone {phone.number}: ends with {ended.code}"]
                if isinstance(ended, SignIn):
                    phone.sign_in()
            if before == self._standing():
                return []
            self.now += timedelta(seconds=1)
        return [f"no rest after {ROUNDS_TO_REST} rounds"]

    def _standing(self) -> Any:
        phones = [(session.read(p.database), standpoint.read(p.database).mark) for p in self.phones]
        return history.head(self.office.db), phones, [len(outbox.every(p.database)) for p in self.phones]


def _damaged(fault: str, data: bytes, where: float, *, by_a_proxy: bool) -> bytes:
    """Cut off, or with a bit turned. A proxy that unpacks and packs again damages the bodies themselves; their envelope
    is then no better guarded than any other message."""
    if by_a_proxy and fault == "garbled":
        plain = packing.unpack(data, "gzip", 2**30)
        body = plain.index(b"\n") + 1
        place = body + int(where * (len(plain) - body))
        return packing.pack(plain[:place] + _turned(plain[place : place + 1]) + plain[place + 1 :])
    place = int(where * len(data))
    return data[:place] + (b"" if fault == "truncated" else _turned(data[place : place + 1]) + data[place + 1 :])


def _turned(byte: bytes) -> bytes:
    return bytes([byte[0] ^ 1]) if byte else b""


def _made_up_answer(fault: str) -> Reply | None:
    """What something between phone and office says in the office's place."""
    page = b"<html>Wi-Fi</html>"
    return {
        "captive_portal": Reply(200, page, {"Content-Type": "text/html"}),
        "captive_json": Reply(200, b'{"ok": true}'),
        "bad_gateway": Reply(502, page, {"Content-Type": "text/html", "Retry-After": "5"}),
        "gateway_401": Reply(401, page, {"Content-Type": "text/html"}),
        "busy": Reply(503, b'{"error": {"code": "busy", "message": "", "retry": true, "fields": {}}}'),
    }.get(fault)


@contextmanager
def schedule(seed: int, office: str = "toy") -> Iterator[World]:
    """One schedule, to its end; what is wrong then is told by invariants.violations."""
    chance = random.Random(f"the server's own {seed}")
    tags = SimpleNamespace(token_hex=lambda size: f"{chance.getrandbits(8 * size):0{2 * size}x}")
    ops = SimpleNamespace(uuid4=lambda: uuid.UUID(int=chance.getrandbits(128), version=4))
    with (
        mock.patch.object(history, "secrets", tags),
        mock.patch.object(stamps, "uuid", ops),
        mock.patch.object(receive.log, "disabled", True),
    ):
        world = World(seed, office)
        try:
            for _ in range(world.dice.randint(30, 120)):
                world.step()
            yield world
        finally:
            world.close()
