"""The real server as a process of its own, to be stopped, killed and started again at the same address."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.faults.warm import Process, Warm, answers, free_port, until

CODE = Path(__file__).parents[2]


class Cold:
    """A server over the code of another build, which a process of ours has not imported."""

    def __init__(self, words: list[str], env: dict[str, str], code: Path) -> None:
        command = [sys.executable, "-m", "fieldapp", *words]
        self._process = subprocess.Popen(command, env={**os.environ, **env}, cwd=code, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)


class Server:
    """`fieldapp serve` over a data folder. url: where it answers, the same after every start.

    code: the folder that holds the packages; the tests' own unless a test serves another build.
    """

    def __init__(self, data: Path, code: Path = CODE) -> None:
        self.data, self.code = data, code
        self.port = free_port()
        self.process: Process | Cold | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        assert self.process is None
        # the test's own address makes many sign-ins; the limit has a test of its own
        env = {"FIELDAPP_DATA": str(self.data), "FIELDAPP_SIGN_IN_LIMIT": "1000 per minute", "FIELDAPP_LANG": "vi"}
        self._warm = Warm(self.data)
        if self.code == CODE:
            self.process = self._warm.serve(self.port, **env)
        else:
            self.process = Cold(["serve", "--port", str(self.port)], env, self.code)
            until(lambda: answers(self.port), "the server answers")

    def kill(self) -> None:
        """As a power cut would: SIGKILL, nothing is told."""
        assert self.process is not None
        self.process.kill()
        self._end()

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()
            self._end()

    def _end(self) -> None:
        self.process = None
        self._warm.close()
