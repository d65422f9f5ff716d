"""The wire: push, resend, validation, pull, files, each as a share of what the disk and the parser alone can do.

The goals, P1 to P8, are those of the sync contract's design. The floors are measured in the same run on the same disk:
a transaction with the same rows and nothing decided, json.loads, the rows read, a write with fsync.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import os
import shutil
import sqlite3
import statistics
import threading
import time
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from fieldapp import bodies, database
from fieldapp.bodies.inspection import SIGNERS
from sync.files import Shelf
from tests.bench.line import once_ms, share
from tests.faults.warm import Warm, free_port
from tests.phones import Commune, WireOp, WirePhone, add_establishment, copy_commune, found_commune, wire_op

INSPECTIONS, BATCH, ESTABLISHMENTS = 2_000, 50, 500
PHOTOS, PHOTO_BYTES = 200, 150_000
WRITERS, WRITERS_BATCH = 4, 10
FILE = "a" * 64


def measure(folder: Path) -> Iterator[str]:
    found_commune(folder / "cast")
    commune = copy_commune(folder / "cast", folder / "wire")
    with commune.writing() as tx:
        places = [add_establishment(tx, n + 3).id for n in range(ESTABLISHMENTS)]
    phone = commune.phone("binh")
    ops = [wire_op("inspection", inspection(n, places, phone, commune), files=[FILE]) for n in range(INSPECTIONS)]
    yield from push(folder, commune, phone, ops)
    yield validation(ops)
    yield from pull(commune)
    for servers in (1, 2):
        yield from four_writers(folder, places, servers)
    yield from photos(folder, commune, phone)
    shutil.rmtree(folder / "wire")


def inspection(n: int, places: list[str], phone: WirePhone, commune: Commune) -> dict[str, Any]:
    """An inspection as a phone signs it, of about 3.8 KB: 34 answers, every third visit with shortcomings."""
    failed = {f"A{i:02d}": {"a": "khong_dat", "note": "Chưa có giấy chứng nhận", "files": [FILE]} for i in (7, 14, 21)}
    answers = {f"A{i:02d}": {"a": "dat", "note": "", "files": []} for i in range(34)} | (failed if n % 3 == 0 else {})
    return {
        "id": str(uuid.uuid4()), "establishment": places[n % len(places)], "author": phone.account, "kind": "planned",
        "mode": "on_site", "outcome": "conducted", "bodies": ["team_178", "police"],
        "members": [{"name": "Trần Văn Bình", "position": "Thành viên"}] * 3,
        "started_at": "2026-11-21T09:00:00+07:00", "ended_at": "2026-11-21T09:12:00+07:00",
        "checklist": FILE, "answers": answers,
        "figures": {f"N0{i}": i * 3 for i in range(1, 7)}, "note": "",
        "facts": {"code": f"CS-{n:03d}", "name": "Karaoke Mẫu", "type": "karaoke", "address": "Số 1 đường Mẫu",
                  "area": "Thôn Mẫu 1", "entity": "Hộ kinh doanh Mẫu", "representative": "Nguyễn Văn Mẫu",
                  "representative_role": "Chủ cơ sở", "phone": "0900000000", "rooms": 9, "employees": 12,
                  "employees_with_contract": 10, "licences": []},
        "notice": {"version": "1", "read_at": "2026-11-21T09:01:00+07:00"},
        "representative": {"name": "Nguyễn Văn Mẫu", "capacity": "owner"}, "opinion": "", "recommendation": "remedy",
        "signatures": [{"who": who, "name": "Nguyễn Văn Mẫu", "file": FILE} for who in SIGNERS], "amends": None,
        "photos": {FILE: {"class": "document", "taken_at": "2026-11-21T09:05:00+07:00"}}, "app": "1.0.0",
    }  # fmt: skip


# ---- P1, P4 ----


def push(folder: Path, commune: Commune, phone: WirePhone, ops: list[WireOp]) -> Iterator[str]:
    messages = [phone.message(*ops[n : n + BATCH]) for n in range(0, len(ops), BATCH)]
    floor_ms = once_ms(lambda: protocol_transaction(folder / "floor.sqlite", ops, BATCH))
    first_ms = once_ms(lambda: send(commune, phone, messages))
    yield share(f"P1 push of {len(ops):,} inspections", first_ms, "transaction", floor_ms, "0,22")
    yield share("P1 the same, to all that it writes", first_ms, "rows alone", rows_alone(folder, commune, ops), "none")
    resend_ms = once_ms(lambda: send(commune, phone, messages))
    yield share("P4 resend of the same, to the first push", first_ms, "resend", resend_ms, "at most 0,25")


def send(commune: Commune, phone: WirePhone, messages: list[bytes]) -> None:
    client = commune.app.test_client()
    for message in messages:
        answer = client.post("/sync/v1/push", data=message, headers={"Authorization": f"Bearer {phone.token}"})
        assert answer.status_code == 200, answer.text
        assert all(receipt["status"] == "applied" for receipt in answer.json["receipts"])


def protocol_transaction(file: Path, ops: list[WireOp], size: int) -> None:
    """Record, change and receipt in one durable commit a batch, nothing decided: what SQLite alone can do."""
    db = sqlite3.connect(file, isolation_level=None)
    db.executescript(
        """PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
           CREATE TABLE log (seq INTEGER PRIMARY KEY AUTOINCREMENT, tag TEXT);
           CREATE TABLE record (id TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID;
           CREATE TABLE change (seq INTEGER, kind TEXT, id TEXT, PRIMARY KEY (seq, kind, id)) WITHOUT ROWID;
           CREATE TABLE receipt (op TEXT PRIMARY KEY, sha256 TEXT, status TEXT, seq INTEGER) WITHOUT ROWID"""
    )
    for start in range(0, len(ops), size):
        batch = ops[start : start + size]
        db.execute("BEGIN IMMEDIATE")
        seq = db.execute("INSERT INTO log (tag) VALUES ('0123456789abcdef')").lastrowid
        db.executemany("INSERT INTO record VALUES (?, ?)", [(op.op, op.line.decode()) for op in batch])
        db.executemany("INSERT INTO change VALUES (?, 'inspection', ?)", [(seq, op.op) for op in batch])
        db.executemany(
            "INSERT INTO receipt VALUES (?, ?, 'applied', ?)", [(o.op, o.header["sha256"], seq) for o in batch]
        )
        db.execute("COMMIT")
    db.close()


WRITTEN = {
    "signed": "op", "receipt": "op", "change": "id", "file_use": "id", "inspection": "id", "visit": "inspection",
    "finding": "inspection", "audit": "object",
}  # fmt: skip
"""Table -> the column by which a row belongs to an op, or to its record."""


def rows_alone(folder: Path, commune: Commune, ops: list[WireOp]) -> float:
    """The rows that these ops left behind, entered by themselves into the same tables: a record is in the ledger, has
    its number, findings and audit entry besides what the protocol asks for. Returns milliseconds."""
    source, target, spent_ms = commune.db, database.create(folder / "rows").conn, 0.0
    target.execute("PRAGMA foreign_keys = OFF")
    for start in range(0, len(ops), BATCH):
        batch = ops[start : start + BATCH]
        named = {"op": json.dumps([op.op for op in batch])}
        named |= {c: json.dumps([json.loads(op.line)["id"] for op in batch]) for c in ("id", "inspection", "object")}
        rows = {
            table: source.execute(
                f"SELECT * FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))",  # noqa: S608  our names
                [named[column]],
            ).fetchall()
            for table, column in WRITTEN.items()
        }
        spent_ms += once_ms(partial(enter, target, rows))
    source.close()
    target.close()
    return spent_ms


def enter(db: sqlite3.Connection, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    db.execute("BEGIN IMMEDIATE")
    for table, those in rows.items():
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(those[0]))})", those)  # noqa: S608
    db.execute("COMMIT")


# ---- P2: four connections at one server, and at two over one data folder ----


def four_writers(folder: Path, places: list[str], servers: int) -> Iterator[str]:
    commune = copy_commune(folder / "wire", folder / "writers")
    commune.app.extensions["fieldapp_open"].close()
    phones = [commune.phone("binh") for _ in range(WRITERS)]
    each = INSPECTIONS // WRITERS // 2
    written = [[wire_op("inspection", inspection(n, places, one, commune)) for n in range(each)] for one in phones]
    all_of_them = [op for ops in written for op in ops]
    floor_ms = once_ms(lambda: protocol_transaction(folder / "writers.sqlite", all_of_them, WRITERS_BATCH))
    waits_ms: list[float] = []
    with Warm(commune.folder) as warm:
        ports = [free_port() for _ in range(servers)]
        for port in ports:
            warm.serve(port)
        threads = [
            threading.Thread(target=write, args=[ports[n % servers], phone, ops, waits_ms])
            for n, (phone, ops) in enumerate(zip(phones, written, strict=True))
        ]
        spent_ms = once_ms(lambda: [*(thread.start() for thread in threads), *(thread.join() for thread in threads)])
    assert len(waits_ms) == len(all_of_them) / WRITERS_BATCH
    what = f"P2 {WRITERS} writers, {servers} server{'s' * (servers > 1)}"
    told = share(what, spent_ms, "transaction", floor_ms, "0,30")
    p99_ms = statistics.quantiles(waits_ms, n=100)[98]
    yield f"{told}   {len(all_of_them) / spent_ms * 1000:,.0f} docs/s, p99 {p99_ms:.0f} ms (goal 80 ms)"
    shutil.rmtree(folder / "writers")
    (folder / "writers.sqlite").unlink()


def write(port: int, phone: WirePhone, ops: list[WireOp], waits_ms: list[float]) -> None:
    """One phone's pushes over one connection, each after the answer to the one before."""
    messages = [phone.message(*ops[n : n + WRITERS_BATCH]) for n in range(0, len(ops), WRITERS_BATCH)]
    headers = {"Authorization": f"Bearer {phone.token}", "Content-Type": "application/x-ndjson"}
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def send_one(message: bytes) -> None:
        connection.request("POST", "/sync/v1/push", message, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        assert answer.status == 200, told
        assert all(receipt["status"] == "applied" for receipt in told["receipts"])

    for message in messages:
        waits_ms.append(once_ms(partial(send_one, message)))
    connection.close()


# ---- P3 ----


def validation(ops: list[WireOp]) -> str:
    lines = [op.line for op in ops]
    read = [json.loads(line) for line in lines]
    assert not any(bodies.mistakes(bodies.INSPECTION, body) for body in read)
    loads_ms = min(once_ms(lambda: [json.loads(line) for line in lines]) for _ in range(5))
    judged_ms = min(once_ms(lambda: [bodies.mistakes(bodies.INSPECTION, body) for body in read]) for _ in range(5))
    return f"P3 validation: {judged_ms / loads_ms:.2f} × json.loads (goal at most 2,5 ×)"


# ---- P5 ----


def pull(commune: Commune) -> Iterator[str]:
    db = commune.db
    floor_ms = min(once_ms(lambda: raw_read(db)) for _ in range(5))
    plain_ms = min(everything(commune, commune.phone("hoa"), packed=False) for _ in range(2))
    yield share("P5 first pull, assembled", plain_ms, "raw read", floor_ms, "0,5")
    first, second = commune.phone("hoa"), commune.phone("binh")
    first_ms, second_ms = everything(commune, first, packed=True), everything(commune, second, packed=True)
    yield share("P5 a second phone's, to the first's", first_ms, "second", second_ms, "at most 0,1")
    db.close()


def raw_read(db: Any) -> int:
    rows = db.execute("SELECT body FROM signed").fetchall()
    rows += db.execute("SELECT * FROM establishment").fetchall()
    return len(rows)


def everything(commune: Commune, phone: WirePhone, *, packed: bool) -> float:
    """Both streams from the beginning, page by page. Returns the milliseconds that the server took."""
    spent_ms = 0.0
    headers = {"Accept-Encoding": "gzip"} if packed else {}
    for stream in ("essentials", "history"):
        cursor, more = None, True
        while more:
            asked = {"v": 1, "device": phone.device, "stream": stream, "cursor": cursor, "mark": None, "trail": []}
            start = time.perf_counter()
            answer = phone.call("POST", "pull", json=asked, headers=headers)
            spent_ms += (time.perf_counter() - start) * 1000
            page = json.loads(gzip.decompress(answer.data) if packed else answer.data)
            cursor, more = page["cursor"], page["more"]
    return spent_ms


# ---- P8 ----


def photos(folder: Path, commune: Commune, phone: WirePhone) -> Iterator[str]:
    pictures = [b"\xff\xd8\xff" + os.urandom(PHOTO_BYTES) for _ in range(PHOTOS)]
    named = [(hashlib.sha256(picture).hexdigest(), picture) for picture in pictures]
    floor = folder / "photos"
    floor.mkdir()
    client, headers = commune.app.test_client(), {"Authorization": f"Bearer {phone.token}"}

    def put() -> None:
        for sha256, picture in named:
            assert client.put(f"/sync/v1/files/{sha256}", data=picture, headers=headers).status_code == 201

    floor_ms = once_ms(lambda: [raw_write(floor / sha256, picture) for sha256, picture in named])
    put_ms = once_ms(put)
    yield share(f"P8 {PHOTOS} photos of 150 KB", put_ms, "write + fsync", floor_ms, "0,4")
    yield share(
        "P8 the same, to all that it makes durable", put_ms, "that alone", durable_alone(folder, commune, named), "none"
    )


def durable_alone(folder: Path, commune: Commune, named: list[tuple[str, bytes]]) -> float:
    """The same files on another shelf, each hashed, written, named and entered, with the three fsyncs that take: of the
    file, of its folder, of the commit with its row and point. Returns milliseconds."""
    source, target, shelf = commune.db, database.create(folder / "durable").conn, Shelf(folder / "shelf")
    target.execute("PRAGMA foreign_keys = OFF")
    rows = {}
    for sha256, _ in named:
        file = source.execute("SELECT * FROM file WHERE sha256 = ?", [sha256]).fetchall()
        point = source.execute("SELECT * FROM commit_log WHERE seq = (SELECT seq FROM file WHERE sha256 = ?)", [sha256])
        rows[sha256] = {"file": file, "commit_log": point.fetchall()}

    def keep() -> None:
        for sha256, picture in named:
            assert hashlib.sha256(picture).hexdigest() == sha256
            shelf.put(sha256, picture)
            enter(target, rows[sha256])

    spent_ms = once_ms(keep)
    source.close()
    target.close()
    return spent_ms


def raw_write(file: Path, data: bytes) -> None:
    with file.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
