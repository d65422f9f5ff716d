"""`python -m tests.client.commune`: real communes for the phone's tests, and what can happen to their servers.

Prints its address, then does what it is told by `POST /` with one JSON object, one call after the other. A
server is the product's own, as a process forked off with everything imported: it is killed and started within
milliseconds, so a test that needs fifty deaths stays short.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

import waitress
from flask import Flask, Response, request

from fieldapp import checklists, database, drafts, establishments, evidence, people, units
from fieldapp.app import create_app
from fieldapp.audit import COMMAND_LINE
from fieldapp.config import Config
from fieldapp.views.request import db as of_request
from sync import history
from tests.cast import QUICK

PASSWORD = "mật khẩu của bài thử"
CAST = ("binh", "chi", "hoa")
NOW = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
START_S = 60
KILL = "X-Kill-After"
NOW_MS = "X-Now"


def found(folder: Path) -> None:
    """A commune with three inspectors and two establishments."""
    quick = mock.patch.object(people, "_hasher", QUICK)
    with quick, closing(database.create(folder)) as db, database.write(db, lambda: NOW) as tx:
        units.settle(tx, units.found("15187"), COMMAND_LINE)
        checklists.adopt(tx, COMMAND_LINE, checklists.shipped())
        for name in CAST:
            people.open_account(tx, COMMAND_LINE, name=name.title(), username=name, role="inspector", password=PASSWORD)
        for n in (1, 2):
            establishments.add(tx, COMMAND_LINE, {"name": f"Karaoke Sao Thử {n:02d}", "type": "karaoke"})


def killed_on_request(app: Flask) -> None:
    """A request may name the moment of the server's death: after so many statements, or before its answer. One that
    ends before its moment leaves nothing behind: its connection goes on to other requests."""

    @app.before_request
    def count() -> None:
        wanted = request.headers.get(KILL, "")
        if wanted.isdigit():
            left = iter(range(int(wanted)))
            of_request().conn.set_trace_callback(lambda _sql: next(left, None) is None and die())

    @app.after_request
    def answered(response: Response) -> Response:
        if request.headers.get(KILL) == "answer":
            die()
        if KILL in request.headers:
            of_request().conn.set_trace_callback(None)
        return response


def told_the_time(app: Flask, commune: Commune) -> None:
    """A request tells the server what time it is."""

    @app.before_request
    def listen() -> None:
        commune.now_ms = int(request.headers.get(NOW_MS, commune.now_ms))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Commune:
    """One commune's data folder, its server, and its last backup. now_ms: what the server takes for now."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder, self.data, self.copy = folder, folder / "data", folder / "backup"
        shutil.copytree(template, self.data)
        self.now_ms = int(NOW.timestamp() * 1000)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.process: int | None = None
        self.back_up()
        self.start()

    # ---- the server ----

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms / 1000, UTC)

    def start(self) -> None:
        """Start the server unless it runs."""
        if self.runs():
            return
        self.process = os.fork()
        if self.process == 0:
            serve(self)
        deadline = time.monotonic() + START_S
        while not self.answers():
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.005)

    def runs(self) -> bool:
        if self.process and os.waitpid(self.process, os.WNOHANG)[0]:
            self.process = None  # it died by itself
        return self.process is not None

    def answers(self) -> bool:
        with socket.socket() as knock:
            return knock.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """As a power cut would."""
        if self.runs() and self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
            self.process = None

    def close(self) -> None:
        """Nobody asks about it any more."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- what happens at the office ----

    def back_up(self) -> None:
        """A verified backup. It says itself up to where it is safe, so that a restored office does too."""
        with self.writing() as tx:
            history.set_state(tx, "safe", str(history.head(tx.db)[0]))
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.data, self.copy, ignore=shutil.ignore_patterns(f"{database.FILE_NAME}*"))
        with closing(database.connect(self.data)) as db:
            db.execute("VACUUM INTO ?", [str(self.copy / database.FILE_NAME)])

    def restore(self) -> None:
        """Yesterday's backup in place of everything."""
        self.kill()
        shutil.rmtree(self.data)
        shutil.copytree(self.copy, self.data)
        self.start()

    def edit(self, nth: int, **fields: Any) -> None:
        """The office edits the nth establishment of its register, counted round and round."""
        with self.writing() as tx:
            register = establishments.every(tx.db)
            establishments.change(tx, COMMAND_LINE, register[nth % len(register)].id, fields)

    def expire(self, device: str, username: str) -> None:
        """The phone's token ends, as by a sign-in elsewhere."""
        with self.writing() as tx:
            account = next(one for one in people.accounts(tx.db) if one.username == username)
            people.enrol(tx, account, device=device, device_name="")

    def hand_over(self, to: str) -> None:
        """The office gives every unfinished draft of others to somebody."""
        with self.writing() as tx:
            receiver = next(one for one in people.accounts(tx.db) if one.username == to)
            for draft in (one for one in drafts.unfinished(tx.db) if one.account != receiver.id):
                drafts.hand_over(tx, COMMAND_LINE, draft.id, to=receiver.id, reason="sick")

    def revoke(self, device: str) -> None:
        with self.writing() as tx:
            people.revoke(tx, COMMAND_LINE, device, reason="lost")

    @contextmanager
    def writing(self) -> Iterator[history.Transaction]:
        with closing(database.connect(self.data)) as db, database.write(db, self.now) as tx:
            yield tx

    def held(self) -> dict[str, Any]:
        """What the office has: op -> digest of what is signed, of what is in its inbox and of what has a receipt;
        the digests of its files; its history; and how often each signed record was told to phones."""
        with closing(database.connect(self.data)) as db:
            rows = db.execute("SELECT op, sha256, body FROM signed").fetchall()
            assert all(hashlib.sha256(body.encode()).hexdigest() == sha256 for _op, sha256, body in rows)
            told = db.execute("SELECT count(*) FROM change WHERE kind = 'inspection' AND type = 'put' GROUP BY id")
            return {
                "signed": {op: sha256 for op, sha256, _body in rows},
                "inbox": dict(db.execute("SELECT op, sha256 FROM quarantine").fetchall()),
                "receipts": dict(db.execute("SELECT op, sha256 FROM receipt").fetchall()),
                "files": [row[0] for row in db.execute("SELECT sha256 FROM file") if self.has_whole(row[0])],
                "points": db.execute("SELECT seq, tag FROM commit_log").fetchall(),
                "told": [row[0] for row in told.fetchall()],
            }

    def has_whole(self, sha256: str) -> bool:
        with closing(database.connect(self.data)) as db:
            file = evidence.read(db, self.data, sha256)
        return file is not None and hashlib.sha256(file.path.read_bytes()).hexdigest() == sha256


def serve(commune: Commune) -> NoReturn:
    """The forked process: the product's server until it is killed, or its parent has gone."""
    parent = os.getppid()

    def follow() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        die()

    threading.Thread(target=follow, daemon=True).start()
    config = Config(commune.data, "a secret of tests", sign_in_limit="10000 per minute", testing=True)
    try:
        app = create_app(config, commune.now)
        told_the_time(app, commune)
        killed_on_request(app)
        waitress.create_server(app, host="127.0.0.1", port=commune.port, threads=4).run()
    finally:
        os._exit(1)


# ---- being told ----


class Communes(HTTPServer):
    """Every test's communes, by number. One call at a time, in one thread: only so may it fork."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.scratch, self.template = scratch, scratch / "template"
        self.parent = os.getppid()
        self.open: list[Commune] = []
        found(self.template)

    def do(self, told: dict[str, Any]) -> Any:
        what = told.pop("do")
        if what == "open":
            self.open.append(Commune(self.scratch / str(len(self.open)), self.template))
            return {"commune": len(self.open) - 1, "port": self.open[-1].port}
        commune = self.open[told.pop("commune")]
        commune.now_ms = told.pop("now")
        return getattr(commune, what)(**told)

    def service_actions(self) -> None:
        if os.getppid() != self.parent:  # whoever ran the tests was killed
            raise KeyboardInterrupt

    def server_close(self) -> None:
        for commune in self.open:
            commune.kill()
        super().server_close()


class Call(BaseHTTPRequestHandler):
    server: Communes

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            status, answer = 200, self.server.do(told)
        except Exception as problem:  # noqa: BLE001  whatever it is, the test that asked shall fail with it
            status, answer = 500, traceback.format_exception(problem)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Nothing: the tests tell what goes wrong."""


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), tempfile.TemporaryDirectory() as scratch, Communes(Path(scratch)) as communes:
        print(f"http://127.0.0.1:{communes.server_port}", flush=True)  # noqa: T201
        communes.serve_forever()


if __name__ == "__main__":
    main()
