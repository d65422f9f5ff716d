"""The engine's tables. Append-only: a released migration never changes."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("sync")


@migrations()
def m001_points(db: Database) -> None:
    """The commit log and what each commit touched (see history.py)."""
    db.execute(
        """CREATE TABLE commit_log (
             seq INTEGER PRIMARY KEY AUTOINCREMENT, tag TEXT NOT NULL, committed_at TEXT NOT NULL) STRICT"""
    )
    # audience: '' = everybody who may see the record; else the account a change of scope is addressed to.
    # type: put, tombstone (deleted) or leave (no longer in the audience's scope).
    db.execute(
        """CREATE TABLE change (
             seq INTEGER NOT NULL REFERENCES commit_log, kind TEXT NOT NULL, id TEXT NOT NULL,
             audience TEXT NOT NULL DEFAULT '',
             type TEXT NOT NULL DEFAULT 'put' CHECK (type IN ('put', 'tombstone', 'leave')),
             PRIMARY KEY (seq, kind, id, audience)) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX change_of_record ON change (kind, id, seq)")
    db.execute("CREATE INDEX change_addressed ON change (audience) WHERE audience <> ''")
    db.execute("CREATE TABLE sync_state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID")


@migrations()
def m002_records(db: Database) -> None:
    """Receipts, quarantine, signed bytes, field stamps, files."""
    db.execute(
        """CREATE TABLE receipt (
             op TEXT NOT NULL, sha256 TEXT NOT NULL, status TEXT NOT NULL, seq INTEGER NOT NULL,
             why TEXT, fields TEXT, conflicts TEXT, eff TEXT,
             kind TEXT NOT NULL, device TEXT NOT NULL, account TEXT NOT NULL, received_at TEXT NOT NULL,
             PRIMARY KEY (op, sha256)) STRICT, WITHOUT ROWID"""
    )
    # body: the exact bytes, which need not even be UTF-8. awaits: "kind/id" of a record that has to arrive first.
    db.execute(
        """CREATE TABLE quarantine (
             op TEXT NOT NULL, sha256 TEXT NOT NULL, kind TEXT NOT NULL, ver INTEGER NOT NULL, body BLOB NOT NULL,
             files TEXT NOT NULL, eff TEXT, why TEXT NOT NULL, fields TEXT NOT NULL, awaits TEXT,
             device TEXT NOT NULL, account TEXT NOT NULL, sent_at TEXT NOT NULL, received_at TEXT NOT NULL,
             decision TEXT CHECK (decision IN ('applied', 'dismissed')), decided_at TEXT, decided_by TEXT, reason TEXT,
             PRIMARY KEY (op, sha256)) STRICT"""
    )
    db.execute("CREATE INDEX quarantine_open ON quarantine (received_at) WHERE decision IS NULL")
    db.execute("CREATE INDEX quarantine_awaits ON quarantine (awaits) WHERE decision IS NULL AND awaits IS NOT NULL")
    db.execute(
        """CREATE TABLE signed (
             kind TEXT NOT NULL, id TEXT NOT NULL, op TEXT NOT NULL, ver INTEGER NOT NULL, sha256 TEXT NOT NULL,
             size_bytes INTEGER NOT NULL, body TEXT NOT NULL,
             device TEXT NOT NULL, account TEXT NOT NULL, received_at TEXT NOT NULL, skew_s INTEGER,
             PRIMARY KEY (kind, id)) STRICT"""
    )
    db.execute("CREATE UNIQUE INDEX signed_op ON signed (op)")
    # value: JSON. at: effective time; skew_s: by how much the writer's own time was in the future, where it was cut.
    db.execute(
        """CREATE TABLE stamp (
             kind TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL, value TEXT,
             at TEXT NOT NULL, device TEXT NOT NULL, op TEXT NOT NULL, base TEXT, account TEXT NOT NULL, skew_s INTEGER,
             PRIMARY KEY (kind, id, field)) STRICT, WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE conflict (
             op TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL, value TEXT,
             at TEXT NOT NULL, device TEXT NOT NULL, account TEXT NOT NULL, skew_s INTEGER,
             winner TEXT NOT NULL, found_at TEXT NOT NULL,
             decision TEXT, decided_at TEXT, decided_by TEXT,
             PRIMARY KEY (op, field)) STRICT"""
    )
    # seq: a point of its own, so that a device can tell when a verified backup holds the file.
    db.execute(
        """CREATE TABLE file (
             sha256 TEXT PRIMARY KEY, media_type TEXT NOT NULL, size_bytes INTEGER NOT NULL, seq INTEGER NOT NULL,
             device TEXT NOT NULL, account TEXT NOT NULL, received_at TEXT NOT NULL) STRICT, WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE file_use (
             sha256 TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
             PRIMARY KEY (sha256, kind, id)) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX file_use_of_record ON file_use (kind, id)")
    # ids only: records erased under the retention rules stay erased, also after a restore
    db.execute(
        "CREATE TABLE erased (kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID"
    )


@migrations()
def m003_repairs_and_conflicts(db: Database) -> None:
    """What the office mended of a signed record, beside its bytes; a conflict with both sides and what was before."""
    # fields: key -> the value that counts in place of the signed one; dropped: keys that do not count. JSON.
    db.execute(
        """CREATE TABLE repair (
             kind TEXT NOT NULL, id TEXT NOT NULL, fields TEXT NOT NULL, dropped TEXT NOT NULL, reason TEXT NOT NULL,
             account TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID"""
    )
    db.execute("ALTER TABLE quarantine ADD COLUMN mended INTEGER NOT NULL DEFAULT 0")
    # before: JSON of the value that this one replaced; NULL = not known
    db.execute("ALTER TABLE stamp ADD COLUMN before TEXT")
    for column in ("before", "stands", "stands_at", "stands_device", "stands_account"):
        db.execute(f"ALTER TABLE conflict ADD COLUMN {column} TEXT")
    db.execute("CREATE INDEX conflict_open ON conflict (kind, id) WHERE decision IS NULL")
