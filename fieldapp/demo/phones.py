"""What phones sent that waits for the office: the engine takes it in as it would from a real phone."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from sqlite_utils import Database

from fieldapp import database, establishments, exchange, findings, inspections, people
from fieldapp.demo.commune import Commune
from fieldapp.demo.records import APP, DEVICE, unsigned
from fieldapp.establishments import Establishment
from sync import receive
from sync.files import Shelf
from sync.history import NOTHING, instant
from sync.kinds import Carrier
from sync.wire import Op, Push

_DEVICES = {"kiemtra1": DEVICE, "kiemtra2": "00000000-0000-4000-8000-0000000d3e31"}


def send(db: Database, commune: Commune, shelf: Shelf) -> None:
    """One phone edits what the office has edited meanwhile, wants what it may not, and has found somebody new; the
    other one has not finished a visit."""
    with database.write(db, lambda: commune.tx.now) as tx:
        second, device = commune.people["kiemtra2"], _DEVICES["kiemtra2"]
        people.enrol(tx, second, device=device, device_name="Điện thoại mẫu 2", app=APP)
    first, *_, last = _untouched(db, commune)
    edited = commune.register[2]
    with database.write(db, lambda: commune.tx.now) as tx:
        establishments.change(tx, commune.actor, edited.id, {"phone": "0900000777"})
    _push(db, commune, shelf, "kiemtra1", [
        _op(commune, "establishment", _patch(commune, edited.id, {"phone": "0900000888"})),
        _op(commune, "establishment", _patch(commune, last.id, {"address": f"Số 99, {last.address}"})),
        _op(commune, "establishment", _patch(commune, commune.uuid(), _found(commune))),
    ])  # fmt: skip
    _push(db, commune, shelf, "kiemtra2", [_op(commune, "draft", _draft(commune, first))])


def _untouched(db: Database, commune: Commune) -> list[Establishment]:
    """Those that are operating and had no inspection of ours this year."""
    seen = {i.establishment for i in inspections.in_year(db, commune.year)}
    seen |= {f.establishment for f in findings.still_open(db)}
    return [e for e in commune.open_all_year() if e.id not in seen]


def _patch(commune: Commune, record_id: str, values: dict[str, Any]) -> dict[str, Any]:
    at = instant(commune.tx.now - timedelta(hours=3))
    return {"id": record_id, "fields": {name: {"v": value, "at": at, "base": None} for name, value in values.items()}}


def _found(commune: Commune) -> dict[str, Any]:
    area = commune.register[4].area
    return {"name": "Gội đầu Mới Thử", "type": "hair_wash", "address": "Ngõ chợ, cạnh trạm y tế", "area": area}


def _draft(commune: Commune, place: Establishment) -> dict[str, Any]:
    """A visit of yesterday that was begun and not finished."""
    begun = commune.tx.now - timedelta(days=1)
    at = instant(begun)
    record = unsigned(commune, place, commune.people["kiemtra2"], begun)
    draft = {
        "kind": "inspection", "id": record["id"], "establishment": place.id, "record": record, "extra_items": [],
        "place": {"screen": "", "section": "", "item": "", "begun": True}, "created_at": at, "updated_at": at,
    }  # fmt: skip
    return {
        "id": record["id"], "over": [], "kind": "inspection", "establishment": place.id, "begun_at": at,
        "saved_at": at, "draft": draft,
    }  # fmt: skip


def _op(commune: Commune, kind: str, body: dict[str, Any]) -> Op:
    line = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Op(commune.uuid(), kind, 1, hashlib.sha256(line).hexdigest(), (), {}, line)


def _push(db: Database, commune: Commune, shelf: Shelf, who: str, ops: list[Op]) -> None:
    now, person, device = commune.tx.now, commune.people[who], _DEVICES[who]
    push = Push(device, APP, now, NOTHING, (), tuple(ops))
    carrier = Carrier(person.id, device, person.role)
    receive.receive(db, push, carrier, kinds=exchange.kinds(commune.unit, now), shelf=shelf, now=now)
