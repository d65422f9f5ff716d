"""Pages: whole commits, the newest state, both streams; what goes out of sight leaves."""

from __future__ import annotations

import gzip
import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from sync import feed, history, signed
from sync.history import NOTHING
from sync.wire import Pull
from tests.sync.toys import KINDS, NOW, Phone, Sent, make_tables, patch, sent, slip


def walk(
    db: Database, phone: Phone, stream: str, cursor: Any = None, limit: int = 500
) -> tuple[list[dict[str, Any]], Any]:
    """Every change from a cursor to the head, and the cursor after it; the phone goes on from each page."""
    changes: list[dict[str, Any]] = []
    while True:
        page = phone.pull(db, stream, cursor, limit)
        assert page["kind"] == "pull"
        changes += page["changes"]
        cursor, phone.mark = page["cursor"], (page["mark"][0], page["mark"][1])
        if not page["more"]:
            return changes, cursor


def test_an_empty_server_has_an_empty_page(db: Database, phone: Phone) -> None:
    assert phone.pull(db) == {
        "kind": "pull", "changes": [], "cursor": [0, ""], "mark": [0, ""], "more": False, "safe": 0,
        "now": "2026-11-21T02:15:00.000Z",
    }  # fmt: skip


def test_a_merged_record_comes_with_its_body_and_stamps(db: Database, phone: Phone) -> None:
    phone.push(db, op := patch("n1", title="một"))
    page = phone.pull(db)
    assert page["changes"] == [
        {
            "type": "put", "kind": "note", "id": "n1", "seq": 1, "op": op.op,
            "body": {"id": "n1", "title": "một", "text": None},
            "stamps": {"title": [history.instant(NOW), "phone-1", op.op]},
        }
    ]  # fmt: skip
    assert page["cursor"] == page["mark"] == list(history.head(db))


def test_a_signed_record_comes_with_its_exact_bytes(db: Database, phone: Phone) -> None:
    """S5: a device can offer these bytes again under the same op."""
    line = '{ "id":"x-1", "text" : "Đ\\u1ea1t" }'.encode()
    phone.push(db, op := sent("slip", line, files=["b" * 64, "a" * 64], ver=2))
    change = phone.pull(db, "history")["changes"][0]
    assert change == {
        "type": "put", "kind": "slip", "id": "x-1", "seq": 1, "op": op.op, "ver": 2, "sha256": op.header["sha256"],
        "files": ["a" * 64, "b" * 64], "raw": line.decode(),
    }  # fmt: skip
    assert json.loads(json.dumps(change))["raw"].encode() == line


def test_the_streams_are_apart(db: Database, phone: Phone) -> None:
    phone.push(db, slip(), patch("n1", title="một"))
    assert {c["kind"] for c in walk(db, phone, "essentials")[0]} == {"note", "tag"}
    assert {c["kind"] for c in walk(db, phone, "history")[0]} == {"slip"}


def test_a_page_never_splits_a_commit(db: Database, phone: Phone) -> None:
    for size in (3, 1, 4):
        phone.push(db, *(slip() for _ in range(size)))
    page = phone.pull(db, "history", limit=2)
    assert ([c["seq"] for c in page["changes"]], page["more"], page["cursor"][0]) == ([1, 1, 1], True, 1)
    page = phone.pull(db, "history", page["cursor"], limit=2)
    assert ([c["seq"] for c in page["changes"]], page["more"]) == ([2, 3, 3, 3, 3], False)


def test_a_page_is_bounded_in_bytes_too(db: Database, phone: Phone) -> None:
    for _ in range(5):
        phone.push(db, slip(text="x" * 900_000))
    assert [len(phone.pull(db, "history", limit=500)["changes"])] == [3]
    assert len(walk(db, phone, "history")[0]) == 5


def test_a_page_shows_states_as_new_as_the_head_and_says_so(db: Database, phone: Phone) -> None:
    phone.push(db, made := patch("n1", title="một"))
    phone.push(db, patch("n2", title="hai"))
    phone.push(db, patch("n1", title="ba", base=made.op))
    page = phone.pull(db, limit=1)
    assert [(c["id"], c["body"]["title"], c["seq"]) for c in page["changes"]] == [("n2", "hai", 2)]
    assert (page["cursor"][0], page["mark"], page["more"]) == (2, list(history.head(db)), True)
    page = phone.pull(db, cursor=page["cursor"])
    assert [(c["id"], c["body"]["title"]) for c in page["changes"]] == [("n1", "ba")]


def test_nothing_new_is_an_empty_page_whose_cursor_is_the_head(db: Database, phone: Phone) -> None:
    phone.push(db, patch("n1", title="một"))
    _, cursor = walk(db, phone, "history")
    assert cursor == list(history.head(db))
    assert phone.pull(db, "history", cursor)["changes"] == []


def test_what_goes_out_of_sight_leaves_and_comes_back(db: Database, phone: Phone) -> None:
    phone.push(db, patch("n1", title="một"), op := slip(note="n1"))
    _, essentials = walk(db, phone, "essentials")
    _, past = walk(db, phone, "history")
    for hidden, kind in ((1, "leave"), (0, "put")):
        with history.write(db, NOW) as tx:
            tx.db.execute("UPDATE note SET hidden = ?", [hidden])
            tx.touch("note", "n1")
            tx.touch("slip", op.id)
        changes, essentials = walk(db, phone, "essentials", essentials)
        assert [(c["type"], c["kind"], c["id"]) for c in changes] == [(kind, "note", "n1")]
        changes, past = walk(db, phone, "history", past)
        assert [(c["type"], c["kind"], c["id"]) for c in changes] == [(kind, "slip", op.id)]
        assert ("raw" in changes[0]) == (kind == "put")


def test_a_deleted_record_is_a_tombstone(db: Database, phone: Phone) -> None:
    phone.push(db, op := slip())
    with history.write(db, NOW) as tx:
        signed.erase(tx, "slip", op.id)
    assert phone.pull(db, "history")["changes"] == [{"type": "tombstone", "kind": "slip", "id": op.id, "seq": 2}]


def test_a_change_of_scope_is_told_to_whom_it_is_addressed(db: Database, phone: Phone, other: Phone) -> None:
    phone.push(db, patch("n1", title="một"))
    with history.write(db, NOW) as tx:
        tx.touch("note", "n1", audience="chi", change="leave")
    assert [c["type"] for c in walk(db, phone, "essentials")[0]] == ["put"]
    assert [c["type"] for c in walk(db, other, "essentials")[0]] == ["leave"]
    with history.write(db, NOW) as tx:
        tx.touch("note", "n1")
        tx.touch("note", "n1", audience="chi", change="leave")
    assert [c["type"] for c in walk(db, other, "essentials")[0]] == ["leave"]


def test_one_page_is_one_moment(db: Database, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another connection commits while a page is read is not in it."""
    phone.push(db, patch("n1", title="một"))
    writer = Database(sqlite3.connect(db.execute("PRAGMA database_list").fetchone()[2], isolation_level=None))
    seen = feed._told

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        Phone("phone-2").push(writer, patch("n1", title="hai", at=NOW + timedelta(minutes=1)), patch("n2", title="mới"))
        return seen(*args, **kwargs)

    monkeypatch.setattr(feed, "_told", meanwhile)
    page = phone.pull(db)
    writer.close()
    assert [(c["id"], c["body"]["title"]) for c in page["changes"]] == [("n1", "một")]
    assert page["mark"][0] == 1
    assert history.head(db)[0] == 2


@pytest.mark.parametrize("stale", ["mark", "cursor"])
def test_a_pull_from_a_restored_server_is_told_to_rewind(
    db: Database, phone: Phone, tmp_path: Path, stale: str
) -> None:
    """S3: both the mark and the cursor are checked."""
    phone.push(db, patch("n1", title="một"))
    common = phone.mark
    backup = Database(sqlite3.connect(tmp_path / "backup.sqlite", isolation_level=None))
    db.conn.backup(backup.conn)
    phone.push(db, patch("n2", title="hai"))
    lost = phone.mark
    Phone("phone-2").push(backup, patch("n3", title="ba"))
    phone.mark = lost if stale == "mark" else common
    page = phone.pull(backup, cursor=list(lost) if stale == "cursor" else list(common))
    assert page == {"kind": "pull", "rewind": list(common), "now": history.instant(NOW)}
    backup.close()


# ---- any history, any pages ----

step = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from("abc"), st.sampled_from(["title", "text"])),
    st.tuples(st.just("sign"), st.integers(1, 3), st.none()),
    st.tuples(st.just("hide"), st.sampled_from("abc"), st.booleans()),
    st.tuples(st.just("pull"), st.sampled_from(["essentials", "history"]), st.sampled_from([1, 2, 5])),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(step, min_size=5, max_size=40))
def test_whatever_happens_a_replica_ends_up_with_what_it_may_see(steps: list[tuple[str, Any, Any]]) -> None:
    db = Database(sqlite3.connect(":memory:", isolation_level=None))
    make_tables(db)
    writer, reader, replica = Phone("phone-2"), Phone(), Replica()
    for n, (deed, a, b) in enumerate(steps):
        if deed == "edit":
            at = NOW + timedelta(seconds=n)
            values = {"title": f"{n}", b: f"{n}"}
            writer.push(db, patch(a, at=at, **values))
        elif deed == "sign":
            writer.push(db, *(slip() for _ in range(a)))
        elif deed == "hide":
            with history.write(db, NOW) as tx:
                tx.db.execute("UPDATE note SET hidden = ? WHERE id = ?", [b, a])
                tx.touch("note", a)
        else:
            replica.turn(db, reader, a, b)
    while replica.turn(db, reader, "essentials", 2) | replica.turn(db, reader, "history", 2):
        pass
    assert replica.records == truth(db)
    db.close()


class Replica:
    """What a device holds: changed by pages only."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], Any] = {}
        self.cursor: dict[str, Any] = {"essentials": None, "history": None}

    def turn(self, db: Database, phone: Phone, stream: str, limit: int) -> bool:
        """Pull one page. Returns whether there is more."""
        page = phone.pull(db, stream, self.cursor[stream], limit)
        since = (self.cursor[stream] or NOTHING)[0]
        commits = [c["seq"] for c in page["changes"]]
        assert commits == sorted(commits)
        assert all(since < seq <= page["cursor"][0] <= page["mark"][0] for seq in commits)
        for change in page["changes"]:
            key = (change["kind"], change["id"])
            if change["type"] == "put":
                self.records[key] = change.get("raw") or change["body"]
            else:
                self.records.pop(key, None)
        self.cursor[stream] = page["cursor"]
        phone.mark = (page["mark"][0], page["mark"][1])
        return bool(page["more"])


def truth(db: Database) -> dict[tuple[str, str], Any]:
    phone = Phone().carrier
    notes = KINDS["note"].bodies(db, "abc", phone)  # type: ignore[attr-defined]
    slips = db.execute("SELECT id, body FROM signed").fetchall()
    return {("note", i): body for i, body in notes.items()} | {("slip", i): body for i, body in slips}


# ---- pages remembered for others ----


def packed(db: Database, phone: Phone, remembered: feed.Remembered, scope: str = "all", **told: Any) -> dict[str, Any]:
    pull = Pull(
        phone.device, told.get("stream", "history"), NOTHING, phone.mark, tuple(phone.trail), told.get("limit", 500)
    )
    answer = feed.packed_page(
        db, pull, phone.carrier, kinds=KINDS, now=told.get("now", NOW), scope=scope, remembered=remembered
    )  # fmt: skip
    found: dict[str, Any] = json.loads(gzip.decompress(answer.data))
    assert answer.more == ({"cursor": found["cursor"], "mark": found["mark"]} if found.get("more") else None)
    return found


def test_a_packed_page_says_what_a_plain_one_says(db: Database, phone: Phone, other: Phone) -> None:
    for _ in range(3):
        phone.push(db, slip(), slip())
    remembered = feed.Remembered()
    for limit in (1, 500):
        for _ in range(2):
            assert packed(db, phone, remembered, limit=limit) == phone.pull(db, "history", limit=limit)
    common, phone.mark = phone.mark, (99, "feed")
    assert packed(db, phone, remembered) == phone.pull(db, "history")
    assert packed(db, phone, remembered)["rewind"] == list(common)


def test_a_second_phone_s_page_is_not_read_again_but_tells_its_own_time(
    db: Database, phone: Phone, other: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.push(db, slip())
    remembered = feed.Remembered()
    first = packed(db, phone, remembered)
    monkeypatch.setattr(feed, "_lasting", lambda *_: pytest.fail("read again"))
    second = packed(db, other, remembered, now=NOW + timedelta(hours=1))
    assert second == first | {"now": history.instant(NOW + timedelta(hours=1))}


def test_a_page_is_remembered_for_its_scope_and_its_head_only(db: Database, phone: Phone, other: Phone) -> None:
    phone.push(db, op := slip())
    remembered = feed.Remembered()
    assert len(packed(db, phone, remembered)["changes"]) == 1
    made: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        real = feed._lasting
        patch.setattr(feed, "_lasting", lambda *given: made.append("") or real(*given))
        packed(db, other, remembered, scope="nothing")
        assert len(made) == 1
        phone.push(db, slip())
        assert len(packed(db, other, remembered)["changes"]) == 2
        assert len(made) == 2
        with history.write(db, NOW) as tx:
            tx.touch("slip", op.id, audience="chi", change="leave")
        assert [c["type"] for c in packed(db, phone, remembered)["changes"]] == ["put", "put"]
        assert sorted(c["type"] for c in packed(db, other, remembered)["changes"]) == ["leave", "put"]


def test_no_more_is_remembered_than_there_is_room_for(db: Database, phone: Phone) -> None:
    phone.push(db, *(slip() for _ in range(50)))
    remembered = feed.Remembered(limit_bytes=5000)
    for limit in range(1, 20):
        phone.push(db, slip())
        packed(db, phone, remembered, limit=limit)
    assert remembered._size_bytes <= 5000
    assert remembered._size_bytes == sum(len(begun.packed) for begun, _ in remembered._pages.values())


def test_a_page_is_told_the_same_way_twice(db: Database, phone: Phone) -> None:
    ops: list[Sent] = [patch("n1", title="một"), slip(), slip()]
    phone.push(db, *ops)
    assert phone.pull(db, "history") == phone.pull(db, "history")
