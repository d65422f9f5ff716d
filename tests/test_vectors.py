"""Rules that phone and office both know, held together by the same examples (tests/client runs them in TypeScript).

Each file of `vectors/` is a list of cases, and each case says in `what` which rule it shows. Those of the sync
contract, where an op, a device and a file are named by any short text and points are `[seq, tag]`:

    merge.json      edits of one field, in the order in which they `arrive` at a server whose clock says `now`, each
                    with what its `receipt` tells of the field (`conflict`: another value stands; `eff`). Then which
                    edit `stands`, and which ops' values are `kept` for the office to choose.
    edits.json      one field on a phone: what was `pulled` (value, stamp `[at, device, op]` or null, `seq` of the
                    essentials' cursor), the phone's `own` edits in their order, the device's `clock` and the server's
                    clock minus it (`offset_ms`). Then the value that is `shown`, and what an `edit` to `v` becomes:
                    its `at` and `base`; `at` is null where it becomes no op.
    answers.json    an answer of the wire to a `call` (push of `ops`, or pull): `status`, body (`json`, or `text` of a
                    `type`), `retry_after`. Then what it `is`: answer, retry (with `code`, `after_s`) or sign_in.
    receipts.json   an op of the outbox, the files it names, its `receipt`. Then the op `after` it (null: gone, and its
                    record and files with it) and `files_after`.
    rewind.json     a `device` and the `common` point it is sent back to. Then, `after`: where it stands, which ops are
                    in which state and which files wait. Both cursors are null then; the mutable records go when the
                    essentials have come anew. `signed` are the ops of signed records whose bytes the device holds.
    prune.json      an outbox and its files (kept long ago; no drafts), `safe` and the essentials' cursor (its seq, or
                    null). Then what is `left`.
    schedule.json   the `entries` of one establishment and its `visits` (on site and conducted unless they say
                    otherwise). Then which entries are `done`, and on which day.
    trail.json      points seen one after the other (`seqs`), and which of them are `kept`.

Keys that a case leaves out: an op is not `decided`, has no `seq`, `why`, `eff`, `conflicts` and names no `files`.
Lists of ops and files are sorted by name; their order means nothing, but for `arrive`, `own`, `ops` and `seqs`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from fieldapp import checklists, guard, schedule
from fieldapp.folding import fold
from fieldapp.schedule import Entry
from fieldapp.visits import Visit
from sync import history, stamps
from sync.merge import Edit
from sync.migrations import migrations
from sync.replica import making, outbox, records, shelf, standpoint
from sync.replica.api import Answer, Request, Retry, SignIn, judge
from sync.replica.outbox import ACKNOWLEDGED, PENDING, QUARANTINED, Op
from sync.replica.prune import prune
from sync.replica.pull import is_page
from sync.replica.receipts import apply_receipts, is_push_answer
from sync.replica.rewind import rewind
from sync.replica.standpoint import Standpoint, point, remember
from sync.replica.store import Store

VECTORS = Path(__file__).parent / "vectors"


def read(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", read("folding"), ids=lambda example: example["text"])
def test_folding(example: dict[str, str]) -> None:
    assert fold(example["text"]) == example["folded"]


@pytest.mark.parametrize("example", read("guard"), ids=lambda example: example["text"])
def test_free_text(example: dict[str, Any]) -> None:
    assert guard.remarks(example["text"]) == [remark["text"] for remark in example["remarks"]]


def test_the_vectors_are_of_the_shipped_checklist() -> None:
    keys = ("id", "types", "default_on", "default_off_for", "default_on_for")
    assert read("checklist")["items"] == [{key: item[key] for key in keys} for item in checklists.shipped()["items"]]


@pytest.mark.parametrize(("establishment_type", "expected"), read("checklist")["applies"].items())
def test_which_items_apply(establishment_type: str, expected: list[str]) -> None:
    items = checklists.shipped()["items"]
    assert [item["id"] for item in items if checklists.applies(item, establishment_type)] == expected


VISIT = {"mode": "on_site", "outcome": "conducted"}


@pytest.mark.parametrize("case", read("schedule"), ids=lambda case: case["why"])
def test_what_fulfils_an_entry(case: dict[str, Any]) -> None:
    entries = [
        Entry(
            e["id"], "s", "e1", e["month"], e["kind"], tuple(e["bodies"]), since=date.fromisoformat(e["since"])
        ) for e in case["entries"]
    ]  # fmt: skip
    held = [
        Visit("e1", date.fromisoformat(v["visited_on"]), tuple(v["bodies"]), **{**VISIT, **_rest(v)})
        for v in case["visits"]
    ]
    done = {entry: day.isoformat() for entry, day in schedule.fulfilled(entries, held).items()}
    assert done == case["done"]


def _rest(visit: dict[str, Any]) -> dict[str, Any]:
    return {name: visit[name] for name in ("kind", "mode", "outcome") if name in visit}


# ---- the sync contract ----


def what(example: Any) -> Any:
    return example["what"] if isinstance(example, dict) and "what" in example else None


@pytest.mark.parametrize("case", read("merge"), ids=what)
def test_which_value_stands(case: dict[str, Any]) -> None:
    db = Database(memory=True)
    migrations.apply(db)
    for edit in case["arrive"]:
        told = Edit(edit["v"], datetime.fromisoformat(edit["at"]), edit["device"], edit["op"], edit["base"])
        with history.write(db, datetime.fromisoformat(case["now"])) as tx:
            merged = stamps.apply_patch(tx, kind="establishment", record_id="e", edits={"phone": told}, account="x")
        assert edit["receipt"] == {"conflict": merged.conflicts == ["phone"], "eff": merged.eff["phone"]}, edit["op"]
    ((value, at, op),) = db.execute("SELECT value, at, op FROM stamp").fetchall()
    assert {"op": op, "v": json.loads(value), "at": at} == case["stands"]
    assert [lost.op for lost in stamps.open_conflicts(db, "establishment")] == case["kept"]
    db.close()


# ---- what a device makes of it: sync/replica here, fieldapp/client in tests/client ----

AT = "2026-11-21T09:00:00.000Z"


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store(sqlite3.connect(":memory:", isolation_level=None))
    yield opened
    opened.db.close()


def op_of(told: dict[str, Any], **more: Any) -> Op:
    """An op as a case tells it, with whatever a case leaves out."""
    lists = {name: tuple(told[name]) for name in ("files", "conflicts") if name in told}
    return Op(
        **{
            "kind": "inspection",
            "ver": 1,
            "sha256": told["op"],
            "size_bytes": 2,
            "record": told["op"],
            "created_at": AT,
            **told,
            **lists,
            **more,
        }
    )


def put_file(tx: sqlite3.Connection, name: str, state: str, seq: int | None) -> None:
    tx.execute("INSERT INTO file_state VALUES (?, 'image/jpeg', 1, ?, ?, NULL)", [name, state, seq])


def ops_in(store: Store, state: str) -> list[str]:
    return sorted(op.op for op in outbox.every(store.db, state))


def files_in(store: Store, *states: str) -> list[str]:
    return sorted(file.sha256 for file in shelf.every(store.db, *states))


@pytest.mark.parametrize("case", read("trail"), ids=lambda case: case["name"])
def test_which_points_are_remembered(case: dict[str, Any]) -> None:
    trail: tuple[tuple[int, str], ...] = ()
    for seq in case["seqs"]:
        trail = remember(trail, (seq, f"{seq}"))
    assert trail == tuple((seq, f"{seq}") for seq in case["kept"])


@pytest.mark.parametrize("case", read("answers"), ids=what)
def test_what_an_answer_is(case: dict[str, Any]) -> None:
    asked = [op_of({"op": op}) for op in case.get("ops", [])]
    expected = is_page if case["call"] == "pull" else lambda body: is_push_answer(body, asked)
    headers = {"Content-Type": case.get("type", "application/json")}
    if "retry_after" in case:
        headers["Retry-After"] = case["retry_after"]
    text = case["text"] if "text" in case else json.dumps(case["json"])
    outcome = judge(Request("POST", case["call"], expected), case["status"], headers, text.encode())
    assert isinstance(outcome, {"answer": Answer, "retry": Retry, "sign_in": SignIn}[case["is"]])
    if isinstance(outcome, Retry):
        assert (outcome.code, outcome.after_s) == (case["code"], case.get("after_s"))


@pytest.mark.parametrize("case", read("receipts"), ids=what)
def test_what_a_receipt_does(case: dict[str, Any], store: Store) -> None:
    made = op_of({"op": "a", **case["op"], "files": list(case["files"])})
    with store.write() as tx:
        outbox.enqueue(tx, made, b"{}")
        records.hold(tx, kind=made.kind, record_id=made.record, op="a", ver=1, sha256="a", files=[], own=True)
        for name, file in case["files"].items():
            put_file(tx, name, **file)
        answer = {"kind": "push", "mark": [9, "i"], "safe": 0, "now": AT, "receipts": [{"op": "a", **case["receipt"]}]}
        assert apply_receipts(tx, (0, ""), answer, 0, AT) == "moved"
    after = outbox.find(store.db, "a")
    if case["after"] is None:
        assert (after, records.held(store.db), outbox.body(store.db, "a")) == (None, [], None)
    else:
        assert after
        told = {name: getattr(after, name) for name in case["after"]}
        assert told | {"conflicts": list(after.conflicts)} == case["after"]
    assert {f.sha256: {"state": f.state, "seq": f.seq} for f in shelf.every(store.db)} == case["files_after"]


@pytest.mark.parametrize("case", read("rewind"), ids=what)
def test_what_a_rewind_offers_again(case: dict[str, Any], store: Store) -> None:
    device, after = case["device"], case["after"]
    pointed = {name: device[name] and point(device[name]) for name in ("mark", "essentials", "history")}
    stand = Standpoint(**pointed, trail=tuple(map(point, device["trail"])), safe=device["safe"], whole=True)
    with store.write() as tx:
        records.put(tx, "establishment", "e", {}, {}, epoch=0)
        for told in device["outbox"]:
            outbox.enqueue(tx, op_of(told), b"{}")
        for signed in device["signed"]:
            told = {"op": signed, "sha256": signed} if isinstance(signed, str) else signed
            records.hold(
                tx, kind="inspection", record_id=told["sha256"], **told, ver=1, files=[], own=True, line=b"{}"
            )  # fmt: skip
        for file in device["files"]:
            put_file(tx, file["file"], file["state"], file["seq"])
        standpoint.move(tx, stand)
        rewind(tx, stand, point(case["common"]), AT)
    now = standpoint.read(store.db)
    assert ([*now.mark], [[*one] for one in now.trail], now.safe) == (after["mark"], after["trail"], after["safe"])
    assert (now.essentials, now.history, now.whole, now.epoch) == (None, None, False, 1)
    states = (PENDING, ACKNOWLEDGED, QUARANTINED)
    assert {state: ops_in(store, state) for state in states} == {state: after[state] for state in states}
    assert files_in(store, shelf.PENDING) == after["files_pending"]
    assert records.shown(store.db, "establishment").keys() == {"e"}, "readable until the essentials are whole again"
    with store.write() as tx:
        records.sweep_earlier(tx, now)
    assert records.shown(store.db, "establishment") == {}


@pytest.mark.parametrize("case", read("prune"), ids=what)
def test_what_may_leave(case: dict[str, Any], store: Store) -> None:
    essentials = None if case["essentials"] is None else (case["essentials"], "x")
    with store.write() as tx:
        for told in case["outbox"]:
            outbox.enqueue(tx, op_of(told), b"{}")
        for file in case["files"]:
            put_file(tx, file["file"], file["state"], file["seq"])
        prune(tx, Standpoint(safe=case["safe"], essentials=essentials))
    assert {"outbox": sorted(op.op for op in outbox.every(store.db)), "files": files_in(store)} == case["left"]


@pytest.mark.parametrize("case", read("edits"), ids=what)
def test_what_an_edit_is_based_on(case: dict[str, Any], store: Store) -> None:
    pulled, edit = case["pulled"], case["edit"]
    store.clock = lambda: datetime.fromisoformat(case["clock"])
    with store.write() as tx:
        standpoint.move(tx, Standpoint(essentials=(pulled["seq"], "x"), offset_ms=case["offset_ms"]))
        stamps = {"phone": pulled["stamp"]} if pulled["stamp"] else {}
        records.put(tx, "establishment", "e", {"id": "e", "phone": pulled["v"]}, stamps, epoch=0)
        for own in case["own"]:
            patch = {"id": "e", "fields": {"phone": {"v": own["v"], "at": own["at"], "base": None}}}
            made, line = outbox.prepare(
                own["op"], "establishment", "e", patch, at=store.clock() - timedelta(hours=2), edited=["phone"]
            )
            outbox.enqueue(tx, made, line)
            eff = own["eff"] and {"phone": own["eff"]}
            conflicts = ["phone"] if own["conflict"] else []
            outbox.change(tx, made, state=own["state"], seq=own["seq"], eff=eff, conflicts=conflicts)
    assert records.shown(store.db, "establishment")["e"].body["phone"] == case["shown"]
    op = making.edit(store, "establishment", "e", {"phone": edit["v"]})
    if edit["at"] is None:
        assert op is None
    else:
        assert op
        line = outbox.body(store.db, op.sha256)
        assert line
        assert json.loads(line)["fields"] == {"phone": edit}
