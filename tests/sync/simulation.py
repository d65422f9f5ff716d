"""A deterministic simulation: several phones with two tabs each, one office, and everything that can go wrong.

The phones are the product's own Python replica, each over a SQLite database of its own; the office is the product's
engine over toy records, or its whole application through WSGI (phone.py, toy_office.py, real_office.py, network.py).
What must hold in the end is in invariants.py. One seed is one schedule, so that what was found once is found again:

    make soak ARGS="schedules --office toy --seed 1234"
"""

from __future__ import annotations

import json
import logging
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock

import requests

from sync import history, receive, stamps, wire
from sync.history import instant
from sync.replica import ReplicaError, outbox, records, session, standpoint
from sync.replica.api import Retry, SignIn
from tests.sync.network import CALL_FAULTS, MADE_UP, damaged
from tests.sync.office import Call, Crash, Made, Office, Reply
from tests.sync.phone import Phone
from tests.sync.real_office import RealOffice
from tests.sync.toy_office import ToyOffice
from tests.sync.toys import NOW

OFFICES: dict[str, type[Office]] = {"toy": ToyOffice, "real": RealOffice}
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
        if fault in MADE_UP:
            return MADE_UP[fault]
        if fault == "lost_request":
            raise requests.ConnectionError
        if fault in {"truncated", "garbled"} and call.body:
            proxy = call.path == "push" and self.dice.random() < 0.5
            call = replace(call, body=damaged(fault, call.body, self.dice.random(), by_a_proxy=proxy))
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
            if phone.turn(self.dice.randrange(2) if only is None else only):
                break  # the next round would find nothing new

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
        mock.patch.object(logging.getLogger("fieldapp"), "disabled", True),
    ):
        world = World(seed, office)
        try:
            for _ in range(world.dice.randint(30, 120)):
                world.step()
            yield world
        finally:
            world.close()
