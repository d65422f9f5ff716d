"""What must hold once every fault has ended and all phones have synced, whatever happened before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sync.history import instant
from sync.kinds import Carrier, SignedKind
from sync.replica import outbox, records, shelf
from sync.replica.outbox import PENDING, QUARANTINED
from tests.sync.phone import Phone
from tests.sync.simulation import World


def violations(world: World) -> list[str]:
    """What is wrong in the end; empty when nothing is."""
    found = world.heal()
    if found:
        return found
    return [*_records(world), *_edits(world), *_times(world), *_history(world), *_phones(world), *_files(world)]


def _records(world: World) -> Iterator[str]:
    """No signed record is lost, doubled or changed, and none comes from nowhere."""
    office = world.office
    there = {
        (record_id, sha256): line.encode()
        for record_id, sha256, line in office.db.execute("SELECT id, sha256, body FROM signed")
    }
    # whatever the op: who offers another's record may have to give it one of its own
    inbox = {sha256: bytes(line) for sha256, line in office.db.execute("SELECT sha256, body FROM quarantine")}
    made = {(one.id, one.sha256): one for one in world.made if one.kind == office.signed}
    for key, one in made.items():
        if one.id in office.erased:
            if key in there:
                yield f"erased, and back: {one.op}"
            continue
        kept = [there.get(key), inbox.get(one.sha256)]
        if kept == [None, None] and (one.op, one.sha256) not in world.excused:
            yield f"lost: {one.op} of {one.device}"
        if any(line not in {None, one.line} for line in kept):
            yield f"changed: {one.op}"
    yield from (f"from nowhere: {key[0]}" for key in there if key not in made)


def _edits(world: World) -> Iterator[str]:
    """Every edit of a field stands, waits as a conflict, was edited by who had seen it, or is in the inbox."""
    office, db = world.office, world.office.db
    stands = {tuple(row[:3]): row[3] for row in db.execute("SELECT op, id, field, at FROM stamp")}
    lost = db.execute("SELECT op, id, field, winner FROM conflict").fetchall()
    kept = {tuple(row[:3]) for row in lost}
    applied = set(db.execute("SELECT op, sha256 FROM receipt WHERE status = 'applied'"))
    inbox = {tuple(row[:2]): row[2] for row in db.execute("SELECT op, sha256, decision FROM quarantine")}
    latest = instant(world.now + timedelta(minutes=6))
    yield from (f"stamped in the future: {key}" for key, at in stands.items() if at > latest)
    made = [one for one in world.made if one.kind == office.merged]
    bases = {(one.op, one.id, name): edit["base"] for one in made for name, edit in one.fields.items()}
    taken_in = {one.op for one in made if (one.op, one.sha256) in applied}
    for op, record_id, name, winner in lost:
        if bases.get((winner, record_id, name)) == op:
            yield f"called lost what its successor had seen: {op} {name}"
    for one in made:
        key = (one.op, one.sha256)
        if key not in applied and key not in inbox and not one.stray and key not in world.excused:
            yield f"edit lost: {one.op} of {one.device}"
        if key not in applied:
            continue  # what the office let in later may stand under another op
        for name in one.fields:
            field = (one.op, one.id, name)
            later = {(op, *rest) for (op, *rest), base in bases.items() if base == one.op and rest == [one.id, name]}
            if field not in stands and field not in kept and not later:
                yield f"overwritten without a trace: {field}"
            if field in stands and any(other[0] in taken_in and other not in kept for other in later):
                yield f"beat an edit made after seeing it: {field}"


def _times(world: World) -> Iterator[str]:
    """An edit that is offered again keeps the time of its first receipt; its base apart, nothing else dates it."""
    rows = world.office.db.execute("SELECT op, id, field, at FROM stamp UNION SELECT op, id, field, at FROM conflict")
    dated = {tuple(row[:3]): row[3] for row in rows}
    first = {(one.op, one.id, name) for one in world.made for name, edit in one.fields.items() if edit["base"] is None}
    for key, at in world.times.items():
        if world.strict and key in first and dated.get(key, at) != at:
            yield f"dated anew when it was offered again: {key}"


def _history(world: World) -> Iterator[str]:
    """A resend makes no commit, and nothing is told twice."""
    idle = world.office.db.execute(
        "SELECT count(*) FROM commit_log WHERE seq NOT IN (SELECT seq FROM change) "
        "AND seq NOT IN (SELECT seq FROM receipt) AND seq NOT IN (SELECT seq FROM file)"
    ).fetchone()[0]
    if idle and not world.office.erased and not world.faults["decided"]:
        yield "a commit of nothing"
    twice = world.office.db.execute(
        "SELECT count(*) FROM (SELECT 1 FROM change WHERE kind = ? AND type = 'put' GROUP BY id HAVING count(*) > 1)",
        [world.office.signed],
    ).fetchone()[0]
    if twice and not world.office.scope_moves:
        yield "a resend changed a record"


def _phones(world: World) -> Iterator[str]:
    """Outboxes have drained and been pruned, and each phone holds what one that has just come would be told."""
    restored = world.faults["server_restored"] + world.faults["older_restored"] + world.faults["phone_restored"]
    fresh: dict[int, Phone] = {}
    for phone in world.phones:
        name = f"phone {phone.number}"
        for op in outbox.every(phone.database):
            if op.state == PENDING:
                yield f"{name}: {op.op} does not get through ({op.error})"
            elif not (op.state == QUARANTINED and not op.decided):
                yield f"{name}: {op.op} is never pruned"
        if not restored:
            yield from (f"{name}: {op} is not kept, and nobody has decided" for op in _let_go(world, phone))
        if phone.account not in fresh:
            fresh[phone.account] = Phone(world, phone.account)
            fresh[phone.account].round()
            yield from _untold(world, fresh[phone.account])
        yield from (f"{name}: {problem}" for problem in _differences(world, phone, fresh[phone.account]))
    for phone in fresh.values():
        phone.replica.close()


def _let_go(world: World, phone: Phone) -> set[str]:
    """What is in the inbox undecided, and not with the device that made it (C4)."""
    mine = {(one.op, one.sha256) for one in world.made if one.device == phone.device and not one.stray}
    inbox = world.office.db.execute("SELECT op, sha256 FROM quarantine WHERE decision IS NULL").fetchall()
    kept = {(op.op, op.sha256) for op in outbox.every(phone.database, QUARANTINED)}
    return {op for op, _ in (mine & set(inbox)) - kept}


def _untold(world: World, fresh: Phone) -> Iterator[str]:
    """What a new phone is told is all that there is for it."""
    office, account = world.office, world.office.account(fresh.account)
    told = {record.id: record.body for record in fresh.replica.records(office.merged)}
    for record_id, body in office.bodies(account).items():
        if told.get(record_id) != json.loads(json.dumps(body)):
            yield f"a new phone is not told of {record_id}"
    ids = [row[0] for row in office.db.execute("SELECT id FROM signed WHERE kind = ?", [office.signed])]
    kind = office.kinds[office.signed]
    assert isinstance(kind, SignedKind)
    visible = kind.visible(office.db, ids, Carrier(account, "", "inspector"))
    for record_id in visible - {record.id for record in records.held(fresh.database)}:
        yield f"a new phone is not told of {record_id}"


def _differences(world: World, phone: Phone, fresh: Phone) -> Iterator[str]:
    mine, theirs = _known(phone), _known(fresh)
    for key in sorted(mine.keys() | theirs.keys()):
        if mine.get(key) != theirs.get(key):
            yield f"differs at {key}"
    told = {(one.kind, one.id): one.line for one in records.held(fresh.database)}
    held = {(one.kind, one.id): one.line for one in records.held(phone.database)}
    recorded = {tuple(row) for row in world.office.db.execute("SELECT kind, id FROM signed")}
    for key in sorted(told.keys() | held.keys()):
        if (key in told or key in recorded or key[1] in world.office.erased) and told.get(key) != held.get(key):
            yield f"its signed records differ at {key}"


def _known(phone: Phone) -> dict[tuple[str, str], Any]:
    rows = phone.database.execute("SELECT kind, id, body, stamps FROM known")
    return {(kind, record_id): (json.loads(body), json.loads(stamps)) for kind, record_id, body, stamps in rows}


def _files(world: World) -> Iterator[str]:
    """A file that a record names is where its record is; and a phone keeps none that a backup holds."""
    office = world.office
    recorded = {(record_id, sha256) for record_id, sha256 in office.db.execute("SELECT id, sha256 FROM signed")}
    for one in world.made:
        there = all(office.shelf.path(file).is_file() for file in one.files)
        if world.strict and (one.id, one.sha256) in recorded and not there:
            yield f"a file is lost: {one.op} of {one.device}"
    for phone in world.phones:
        waiting = {digest for op in outbox.every(phone.database) for digest in op.files}
        for file in shelf.every(phone.database):
            if file.sha256 not in waiting:
                yield f"phone {phone.number}: file {file.state} ({file.error}) is never pruned"
