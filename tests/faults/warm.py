"""Real processes of the program without its start-up time: a process that has imported everything forks each of them.

`python -m tests.faults.warm` reads one JSON object a line and answers with one: {"run": [words], "env": {}, "limit"?}
-> {"pid"}; {"wait": pid} -> {"status"}. A forked process is the program itself, with its own memory, files and locks;
SIGKILL ends it as a power cut ends a server, except that the system's cache survives.
"""

from __future__ import annotations

import atexit
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Self

from fieldapp import cli

READY_S = 30


@cache
def _parent() -> subprocess.Popen[str]:
    """The process that forks; one for all tests, because importing everything takes its time."""
    command = [sys.executable, "-m", "tests.faults.warm"]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(_end, started)
    return started


def _end(started: subprocess.Popen[str]) -> None:
    assert started.stdin
    assert started.stdout
    started.stdin.close()
    started.wait(timeout=30)
    started.stdout.close()


def _ask(question: dict[str, Any]) -> dict[str, Any]:
    parent = _parent()
    assert parent.stdin
    assert parent.stdout
    parent.stdin.write(json.dumps(question) + "\n")
    parent.stdin.flush()
    answer: dict[str, Any] = json.loads(parent.stdout.readline())
    return answer


class Process:
    """One process of the program. output: a file with what it printed."""

    def __init__(self, pid: int, output: Path) -> None:
        self.pid = pid
        self.output = output
        self.status: int | None = None

    def kill(self) -> None:
        """As a power cut would; returns once it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        os.kill(self.pid, signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """The exit status; negative: the signal that ended it."""
        if self.status is None:
            self.status = int(_ask({"wait": self.pid})["status"])
        return self.status

    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text(encoding="utf-8")


class Warm:
    """Starts processes of the program on one data folder; what still runs at the end is killed."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._started: list[Process] = []
        self._said = tempfile.TemporaryDirectory()  # not beside the data: that disk may be full

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.close()

    def close(self) -> None:
        for process in self._started:
            if process.status is None:
                process.kill()
        self._said.cleanup()

    def run(self, *words: object, limit: int = 0, data: Path | None = None, **env: str) -> Process:
        """Start a command; returns at once. limit: of the size of a file in bytes (RLIMIT_FSIZE), 0 = none."""
        folder = data or self.data
        output = Path(self._said.name) / str(len(self._started))
        given = {
            "FIELDAPP_DATA": str(folder),
            "FIELDAPP_LANG": "en",
            "FIELDAPP_SIGN_IN_LIMIT": "1000 per minute",
            **env,
        }
        asked = {"run": [str(word) for word in words], "env": given, "limit": limit, "output": str(output)}
        process = Process(int(_ask(asked)["pid"]), output)
        self._started.append(process)
        return process

    def done(self, *words: object, **how: Any) -> str:
        """Run a command that must succeed; what it printed."""
        process = self.run(*words, **how)
        status = process.wait()
        assert status == 0, f"{words}: {status}: {process.said()}"
        return process.said()

    def serve(self, port: int, *, limit: int = 0, **env: str) -> Process:
        """Start a server and wait until it answers."""
        process = self.run("serve", "--port", port, limit=limit, **env)
        try:
            until(lambda: answers(port), "the server answers")
        except AssertionError as late:
            raise AssertionError(f"{late}, it said: {process.said()}") from None
        return process


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether somebody answers in HTTP. (That the port takes a connection says less: a server tries it first.)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_S)
    try:
        connection.request("GET", "/sync/v1/status")
        return connection.getresponse().status == 401
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + READY_S
    while not true():
        assert time.monotonic() < deadline, f"not within {READY_S} s: {what}"
        time.sleep(0.005)


def _fork(words: Sequence[str], env: dict[str, str], limit: int, output: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for stream, given in ((0, nothing), (1, written), (2, written)):
            os.dup2(given, stream)
        os.environ.update(env)
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        cli.main(list(words))
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 0)
    finally:
        os._exit(70)


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            _, status = os.waitpid(asked["wait"], 0)
            answer = {"status": os.waitstatus_to_exitcode(status)}
        else:
            answer = {"pid": _fork(asked["run"], asked["env"], asked["limit"], asked["output"])}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
