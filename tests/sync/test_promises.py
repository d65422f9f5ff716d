"""The promises of PROTOCOL.md by their names: each is seen to hold, then broken on purpose and seen to be broken.

S1-S7 are the server's, C1-C7 the device's (C8, when to sync, is the caller's). A promise says what is wrong, or "".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from sync import history
from sync.replica import Done, Replica, SignIn, files, outbox, push, records, session, shelf, standpoint
from sync.replica.outbox import ACKNOWLEDGED, PENDING
from tests.sync.office import Crash
from tests.sync.phone import Phone
from tests.sync.planted import replica, server
from tests.sync.planted.bugs import Plant
from tests.sync.simulation import World
from tests.sync.toys import make_tables

Promise = Callable[[], str]
Patch = pytest.MonkeyPatch


@contextmanager
def quiet() -> Iterator[World]:
    """An office and its phones, on a good day."""
    world = World(0)
    world.healed = True
    world.office.back_up()  # with the phones' tokens
    try:
        yield world
    finally:
        world.close()


def sign(phone: Phone, **body: Any) -> outbox.Op:
    return phone.replica.sign("slip", {"text": "xong", **body})


def recorded(world: World) -> set[str]:
    return {row[0] for row in world.office.db.execute("SELECT op FROM signed")}


# ---- the server ----


def s1_the_next_point_is_taken_under_the_write_lock() -> str:
    world = World(0)
    path = world.office.shelf.folder / "locked.sqlite"
    db = Database(sqlite3.connect(path, isolation_level=None))
    stranger = sqlite3.connect(path, timeout=0, isolation_level=None)
    make_tables(db)
    try:
        with history.write(db, world.now):
            stranger.execute("BEGIN IMMEDIATE")
        return "another writer came between"
    except sqlite3.OperationalError:
        return ""
    finally:
        stranger.close()
        db.close()
        world.close()


def takes_the_lock_late(patch: Patch) -> None:
    @contextmanager
    def write(db: Any, now: Any) -> Iterator[Any]:
        db.conn.execute("BEGIN")
        yield history.Transaction(db, now)
        db.conn.rollback()

    patch.setattr(history, "write", write)


def s2_record_change_and_receipt_are_one_commit() -> str:
    """Whenever the server dies, it has all three of an op or none."""
    for statements in range(12):
        with quiet() as world:
            phone = world.phones[0]
            sign(phone)
            steps = phone.replica.steps()
            request = next(steps)
            world.carry = lambda call, left=statements, w=world: dying(w, call, left)  # type: ignore[method-assign]
            phone.replica.call(request)
            db = world.office.db
            tables = ("signed", "receipt", "change WHERE kind = 'slip'")
            there = {bool(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in tables}  # noqa: S608
            if len(there) != 1:
                return f"a part of the op is there when it dies at statement {statements}"
    return ""


def dying(world: World, call: Any, left: int) -> Any:
    try:
        return world.office.answer(call, "crash", left)
    except Crash:
        raise ConnectionError from None


def s3_a_mark_of_another_history_changes_nothing_and_is_told() -> str:
    with quiet() as world:
        phone = world.phones[0]
        sign(phone)
        phone.round()
        world.office.restore()
        sign(phone)
        steps = phone.replica.steps()
        phone.replica.call(next(steps))
        return "ops of another history were applied" if recorded(world) else ""


def s4_nothing_authenticated_is_dropped() -> str:
    with quiet() as world:
        phone = world.phones[0]
        ops = [sign(phone, poison=True), sign(phone, refused=True), phone.replica.sign("unknown", {}), sign(phone)]
        phone.round()
        kept = recorded(world) | {row[0] for row in world.office.db.execute("SELECT op FROM quarantine")}
        return "" if kept == {op.op for op in ops} else "an op is nowhere"


def s5_signed_bytes_are_kept_verbatim() -> str:
    with quiet() as world:
        phone = world.phones[0]
        sign(phone, text=" Đủ  dấu ", more={"z": 1.50, "a": [1, 2]})
        made = phone.replica.signed("slip")[0].line
        phone.round()
        kept = world.office.db.execute("SELECT body FROM signed").fetchone()[0].encode()
        return "" if kept == made else "the bytes changed"


def s6_safe_moves_only_with_a_verified_backup() -> str:
    with quiet() as world:
        phone = world.phones[0]
        sign(phone)
        phone.round()
        phone.round()
        if phone.replica.standpoint.safe:
            return "safe moved without a backup"
        world.office.back_up()
        phone.round()
        return "" if phone.replica.standpoint.safe == history.head(world.office.db)[0] else "a backup moved nothing"


def s7_a_time_in_the_future_is_cut_and_never_refused() -> str:
    with quiet() as world:
        phone = world.phones[0]
        phone.skew = timedelta(days=9000)
        op = phone.replica.add("note", title="từ tương lai")
        phone.round()
        at = world.office.db.execute("SELECT at FROM stamp WHERE op = ?", [op.op]).fetchone()
        latest = history.instant(world.now + timedelta(minutes=6))
        return "" if at and at[0] <= latest else f"stands at {at}"


# ---- the device ----


def c1_record_and_op_are_one_commit() -> str:
    """Whenever the device dies while it signs, it holds both or neither; and both once `sign` has returned."""
    for statements in range(6):
        with quiet() as world:
            phone = world.phones[0]
            phone.database.strike("crash", statements)
            try:
                sign(phone)
            except Crash:
                phone.die()
            ops, held = outbox.every(phone.database), records.held(phone.database)
            if [op.op for op in ops] != [record.op for record in held]:
                return f"one without the other when it dies at statement {statements}"
    return ""


def c2_a_stranger_s_answer_changes_nothing() -> str:
    """Neither a captive portal's, nor one that comes after another tab was sent back to an earlier point."""
    with quiet() as world:
        phone = world.phones[0]
        sign(phone)
        world.healed, world.rate = False, 1.0
        world.dice.choice = lambda some: "captive_json"  # type: ignore[method-assign]
        phone.round()
        return "" if [op.state for op in phone.replica.outbox()] == [PENDING] else "a portal's page was believed"


def c2_an_answer_about_files_from_before_a_rewind_changes_nothing() -> str:
    with quiet() as world:
        phone = world.phones[0]
        photo = phone.replica.keep_file(b"\xff\xd8\xff\xe0 a picture", "image/jpeg")
        phone.replica.sign("slip", {"picture": photo}, files=[photo])
        steps = phone.replica.steps()
        request = next(steps)
        while request.method != "PUT":
            request = steps.send(phone.replica.call(request))
        late = phone.replica.call(request)
        world.office.restore()
        other = phone.replica.steps()  # another tab meets the restored office first
        request = next(other)
        while standpoint.read(phone.database).epoch == 0:
            request = other.send(phone.replica.call(request))
        steps.send(late)
        (file,) = phone.replica.files()
        return "" if file.state == shelf.PENDING else "a file of another history counts as sent"


def believes_files_of_another_history(patch: Patch) -> None:
    real = files._note
    patch.setattr(
        files, "_note",
        lambda store, some, state, asked_at, *rest, **more: real(
            store, some, state, standpoint.read(store.db).mark, *rest, **more
        ),
    )  # fmt: skip


def c3_data_cursor_mark_and_trail_move_together() -> str:
    """Whenever the device dies over a page, it has all of it or nothing."""
    for statements in range(40):
        with quiet() as world:
            one, other = world.phones[:2]
            for _ in range(3):
                sign(one)
            one.round()
            other.database.strike("crash", statements)
            try:
                other.round()
            except Crash:
                other.die()
            stand, held = other.replica.standpoint, len(other.replica.signed())
            if held != (3 if stand.history else 0):
                return f"its cursor is {stand.history} and it holds {held} when it dies at statement {statements}"
    return ""


def c4_nothing_leaves_before_a_backup_holds_it() -> str:
    with quiet() as world:
        phone = world.phones[0]
        sign(phone)
        phone.round()
        phone.round()
        if [op.state for op in phone.replica.outbox()] != [ACKNOWLEDGED]:
            return "it is gone, and no backup has it"
        world.office.back_up()
        phone.round()
        return "it never goes" if phone.replica.outbox() else ""


def c5_yesterday_s_backup_and_the_phones_give_back_today() -> str:
    with quiet() as world:
        one, other = world.phones[:2]
        mine = [sign(one), sign(other)]
        for phone in (one, other, one):
            phone.round()
        one.put_back()  # what it made is with its colleague alone
        world.office.restore()
        for phone in (one, other, one):
            phone.round()
        return "" if recorded(world) == {op.op for op in mine} else "something did not come back"


def c5_a_file_that_only_a_lost_history_held_is_sent_again() -> str:
    """The backup that comes back holds the record and not yet its file; nothing else has moved the mark."""
    with quiet() as world:
        phone, other = world.phones[:2]
        photo = phone.replica.keep_file(b"\xff\xd8\xff\xe0 a picture", "image/jpeg")
        phone.replica.sign("slip", {"picture": photo}, files=[photo])
        steps = phone.replica.steps()
        request = next(steps)
        while request.method != "PUT":
            request = steps.send(phone.replica.call(request))
        world.office.back_up()
        steps.send(phone.replica.call(request))  # and then the app is closed
        world.office.restore()
        for _ in range(2):
            sign(other)
            other.round()
            phone.round()
            world.office.back_up()
        return "" if world.office.shelf.path(photo).is_file() else "the file is lost"


def c5_a_revoked_device_asks_again_where_another_tab_overtook_the_answer() -> str:
    """An answer that changes nothing has told nothing: the office may have lost what the device is about to wipe."""
    with quiet() as world:
        phone, other = world.phones[:2]
        op = sign(phone)
        phone.round()
        sign(other)
        other.round()
        frozen = phone.replica.steps()  # a tab that is put aside with a page in its hand
        page = phone.replica.call(next(frozen))
        world.office.revoke(phone.device)
        steps = phone.replica.steps()
        asked = steps.send(phone.replica.call(next(steps)))  # the pull is refused, so it asks before it wipes itself
        world.office.restore()
        answer = phone.replica.call(asked)
        frozen.send(page)  # moves the mark, so that the answer counts no more
        with suppress(StopIteration):
            while True:
                answer = phone.replica.call(steps.send(answer))
        return "" if op.op in recorded(world) else "it wiped what the office had lost"


def takes_an_overtaken_answer_for_a_yes(patch: Patch) -> None:
    real = push._apply
    patch.setattr(push, "_apply", lambda *given: {"overtaken": "moved"}.get(found := real(*given), found))


def c6_two_tabs_that_drain_at_once_are_safe() -> str:
    with quiet() as world:
        phone = world.phones[0]
        ops = {sign(phone).op for _ in range(5)}
        for _ in range(60):
            for tab in (0, 1):
                phone.turn(tab)
        commits = history.head(world.office.db)[0]
        return "" if (recorded(world), commits) == (ops, 1) else "recorded twice, or not at all"


def c7_a_refused_token_deletes_nothing() -> str:
    with quiet() as world:
        phone = world.phones[0]
        op = sign(phone)
        world.office.end_tokens(phone.device)
        if not isinstance(phone.round(), SignIn):
            return "it does not ask for a sign-in"
        who = session.read(phone.database)
        if who is None or who.token is not None or not phone.replica.outbox():
            return "the outbox went with the token"
        phone.sign_in()
        return "" if isinstance(phone.round(), Done) and op.op in recorded(world) else "it does not go on"


PROMISES: list[tuple[Promise, Plant]] = [
    (s1_the_next_point_is_taken_under_the_write_lock, takes_the_lock_late),
    (s2_record_change_and_receipt_are_one_commit, server.commits_what_failed),
    (s3_a_mark_of_another_history_changes_nothing_and_is_told, server.ignores_tags),
    (s4_nothing_authenticated_is_dropped, server.drops_what_it_cannot_apply),
    (s5_signed_bytes_are_kept_verbatim, server.keeps_other_bytes),
    (s6_safe_moves_only_with_a_verified_backup, server.calls_its_head_safe),
    (s7_a_time_in_the_future_is_cut_and_never_refused, server.cuts_no_future_times),
    (c1_record_and_op_are_one_commit, replica.signs_in_two_steps),
    (c2_a_stranger_s_answer_changes_nothing, replica.trusts_any_200),
    (c2_an_answer_about_files_from_before_a_rewind_changes_nothing, believes_files_of_another_history),
    (c3_data_cursor_mark_and_trail_move_together, replica.moves_the_cursor_first),
    (c4_nothing_leaves_before_a_backup_holds_it, replica.prunes_what_is_acknowledged),
    (c5_yesterday_s_backup_and_the_phones_give_back_today, replica.offers_no_colleagues_records),
    (c5_a_file_that_only_a_lost_history_held_is_sent_again, replica.keeps_its_mark_when_a_file_has_arrived),
    (c5_a_revoked_device_asks_again_where_another_tab_overtook_the_answer, takes_an_overtaken_answer_for_a_yes),
    (c6_two_tabs_that_drain_at_once_are_safe, server.forgets_receipts),
    (c7_a_refused_token_deletes_nothing, replica.empties_itself_when_signed_out),
]


@pytest.mark.parametrize(("promise", "breach"), PROMISES, ids=lambda one: one.__name__)
def test_a_promise_holds_and_its_breach_is_seen(promise: Promise, breach: Plant, monkeypatch: Patch) -> None:
    assert promise() == ""
    breach(monkeypatch)
    try:
        assert promise() != "", f"nobody notices that it {breach.__name__}"
    except (AssertionError, sqlite3.Error):
        raise
    except Exception:  # noqa: BLE001  a breach that makes the product fail is seen too
        return


def test_what_was_signed_is_in_the_file_whatever_comes_next(tmp_path: Path) -> None:
    """C1: another process finds it without this one having closed anything."""
    phone = Replica.open(tmp_path / "phone.sqlite", "http://127.0.0.1:9")
    op = phone.sign("inspection", {"text": "xong"})
    with Replica.open(tmp_path / "phone.sqlite", "http://127.0.0.1:9") as again:
        assert [other.op for other in again.outbox(PENDING)] == [op.op]
        assert again.signed()[0].line == b'{"id":"' + op.record.encode() + b'","text":"xong"}'
    phone.close()
