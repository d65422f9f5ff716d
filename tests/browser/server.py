"""The real server as a process of its own, to be stopped, killed and started again at the same address."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

START_S = 30
CODE = Path(__file__).parents[2]


class Server:
    """`fieldapp serve` over a data folder. url: where it answers, the same after every start.

    code: the folder that holds the packages; the tests' own unless a test serves another build.
    """

    def __init__(self, data: Path, code: Path = CODE) -> None:
        self.data, self.code = data, code
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        assert self.process is None
        # the test's own address makes many sign-ins; the limit has a test of its own
        env = {**os.environ, "FIELDAPP_DATA": str(self.data), "FIELDAPP_SIGN_IN_LIMIT": "1000 per minute"}
        command = [sys.executable, "-m", "fieldapp", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=env, cwd=self.code, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the server ended by itself"
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """As a power cut would: SIGKILL, nothing is told."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None
