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
from datetime import date, datetime
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
