"""Points: every commit has one, a restored history has others, and a device's mark tells which it has seen."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from sync import history
from sync.history import NOTHING, Point
from tests.sync.conftest import Connect
from tests.sync.toys import NOW, Phone, count, make_tables, slip


def commit(db: Database, *records: str) -> Point:
    with history.write(db, NOW) as tx:
        for record in records:
            tx.touch("note", record)
    return history.head(db)


def test_a_commit_that_changes_synced_records_takes_the_next_point(db: Database) -> None:
    assert history.head(db) == NOTHING
    first, second = commit(db, "a"), commit(db, "a")
    assert (first[0], second[0]) == (1, 2)
    assert len(second[1]) == 16


def test_a_commit_that_changes_none_takes_no_point(db: Database) -> None:
    with history.write(db, NOW) as tx:
        history.set_state(tx, "key", "value")
    assert history.head(db) == NOTHING


def test_a_block_that_raises_leaves_nothing_behind(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), history.write(db, NOW) as tx:
        tx.touch("note", "a")
        raise ZeroDivisionError
    assert history.head(db) == NOTHING
    assert commit(db, "a")[0] == 1


def test_no_point_holds_more_than_two_hundred_changes(db: Database) -> None:
    commit(db, *(str(n) for n in range(450)))
    sizes = db.execute("SELECT count(*) FROM change GROUP BY seq ORDER BY seq").fetchall()
    assert sizes == [(200,), (200,), (50,)]


def test_touching_a_record_again_is_one_change_and_the_last_word_counts(db: Database) -> None:
    with history.write(db, NOW) as tx:
        for change in ("put", "put", "tombstone"):
            tx.touch("note", "a", change=change)
    assert db.execute("SELECT seq, id, type FROM change").fetchall() == [(1, "a", "tombstone")]


def test_a_part_that_fails_alone_is_undone_alone(db: Database) -> None:
    with history.write(db, NOW) as tx:
        tx.touch("note", "before")
        with pytest.raises(ZeroDivisionError), tx.attempt():
            tx.touch("note", "inside")
            raise ZeroDivisionError
        tx.touch("note", "inside")
        tx.touch("note", "after")
    assert [row[0] for row in db.execute("SELECT id FROM change ORDER BY id")] == ["after", "before", "inside"]


def test_a_point_taken_inside_a_failed_part_is_not_told_to_anybody(db: Database) -> None:
    with history.write(db, NOW) as tx:
        with pytest.raises(ZeroDivisionError), tx.attempt():
            for n in range(history.CHANGES_A_POINT + 1):
                tx.touch("note", str(n))
            raise ZeroDivisionError
        assert tx.seq == history.head(db)[0] == 1
        tx.touch("note", "a")
    assert db.execute("SELECT seq FROM change").fetchall() == [(1,)]


def test_points_are_never_used_again_even_after_a_rollback(db: Database) -> None:
    seen = {commit(db, "a")}
    with pytest.raises(ZeroDivisionError), history.write(db, NOW) as tx:
        tx.touch("note", "a")
        seen.add(history.head(db))
        raise ZeroDivisionError
    assert commit(db, "a") not in seen


def test_a_mark_of_this_history_needs_no_rewind(db: Database) -> None:
    mark = commit(db, "a")
    commit(db, "b")
    assert history.common_point(db, mark, []) is None
    assert history.common_point(db, NOTHING, []) is None


def test_after_a_restore_the_newest_common_point_is_found_in_the_trail(db: Database, tmp_path: Path) -> None:
    """S3: the same seq with another tag is another history."""
    older, newer = commit(db, "a"), commit(db, "b")
    backup = Database(tmp_path / "backup.sqlite")
    db.conn.backup(backup.conn)
    lost = commit(db, "c")
    assert commit(backup, "d")[0] == lost[0]
    assert history.common_point(backup, lost, [older, newer, lost]) == newer
    assert history.common_point(backup, lost, [older]) == older
    assert history.common_point(backup, lost, []) == NOTHING
    backup.close()


def test_a_mark_from_the_future_of_an_older_backup_rewinds(db: Database) -> None:
    mark = commit(db, "a")
    assert history.common_point(db, (7, "0" * 16), [mark]) == mark


def test_safe_is_told_as_it_was_set_and_never_the_head(db: Database) -> None:
    """S6: only a verified backup moves it."""
    commit(db, "a")
    assert history.safe(db) == 0
    with history.write(db, NOW) as tx:
        history.set_state(tx, "safe", "1")
    commit(db, "b")
    assert history.safe(db) == 1


def test_points_come_in_order_whoever_writes(connect: Connect) -> None:
    """S1: seq is given inside the write lock, so it grows with the order of the commits."""
    problems: list[Exception] = []

    def work(name: str) -> None:
        db = connect()
        try:
            for n in range(30):
                commit(db, f"{name}{n}")
        except Exception as problem:  # noqa: BLE001  told by the assertion
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db = connect()
    assert not problems
    assert [row[0] for row in db.execute("SELECT seq FROM commit_log ORDER BY rowid")] == list(range(1, 91))
    assert count(db, "change") == 90
    assert len({row[0] for row in db.execute("SELECT tag FROM commit_log")}) == 90


def test_the_write_lock_is_taken_before_anything_is_read(db: Database) -> None:
    """S1, for a writer in another process, whom the lock of this one does not know."""
    stranger = sqlite3.connect(db.execute("PRAGMA database_list").fetchone()[2], timeout=0, isolation_level=None)
    with history.write(db, NOW), pytest.raises(sqlite3.OperationalError, match="locked"):
        stranger.execute("BEGIN IMMEDIATE")
    stranger.execute("BEGIN IMMEDIATE")
    stranger.close()


def test_writers_of_several_processes_queue_up(db: Database) -> None:
    """Each waits until it is woken; left to SQLite they would poll, and some of them wait long."""
    file = Path(db.execute("PRAGMA database_list").fetchone()[2])
    history.make_queue(file)
    queued = threading.Thread(target=commit, args=(db, "a"))
    with Path(f"{file}.lock").open() as other_process:
        fcntl.flock(other_process, fcntl.LOCK_EX)
        queued.start()
        queued.join(0.1)
        assert queued.is_alive()
    queued.join()
    assert commit(db, "b")[0] == 2


def test_a_writer_that_stands_still_holds_up_the_others_only_so_long(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """A command stopped with Ctrl+Z in the middle of its transaction: each is told to come again, and nobody hangs."""
    file = Path(db.execute("PRAGMA database_list").fetchone()[2])
    history.make_queue(file)
    monkeypatch.setattr(history, "TURN_WAIT_S", 0.2)
    before = threading.active_count()
    with Path(f"{file}.lock").open() as stopped:
        fcntl.flock(stopped, fcntl.LOCK_EX)
        with ThreadPoolExecutor(3) as pool:  # the one at the file, and two behind it
            problems = [told.exception(timeout=5) for told in [pool.submit(commit, db, "a") for _ in range(3)]]
        assert [str(problem) for problem in problems] == ["database is locked"] * 3
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            commit(db, "b")
        assert threading.active_count() == before + 1
    assert commit(db, "c")[0] == 1


def test_an_acknowledged_push_survives_whatever_comes_next(connect: Connect, phone: Phone) -> None:
    """S2: when the answer exists, another connection finds record, change and receipt."""
    phone.push(connect(), sent := slip())
    reader = connect()
    assert reader.execute("SELECT op FROM signed").fetchall() == [(sent.op,)]
    assert reader.execute("SELECT op FROM receipt").fetchall() == [(sent.op,)]
    assert count(reader, "change") == 2


def test_instants_are_utc_with_milliseconds_and_sort_as_text() -> None:
    assert history.instant(datetime(2026, 11, 21, 2, 15, 0, 999, tzinfo=UTC)) == "2026-11-21T02:15:00.000Z"
    assert history.instant(datetime(1, 1, 1, tzinfo=UTC)) < history.instant(NOW)


def test_the_toys_stand_on_the_engine_s_tables(tmp_path: Path) -> None:
    db = Database(tmp_path / "fresh.sqlite")
    make_tables(db)
    assert {"commit_log", "change", "receipt", "quarantine", "signed", "stamp", "conflict", "file"} <= set(
        db.table_names()
    )
    db.close()
