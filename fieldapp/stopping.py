"""Ctrl+C while a command runs: it stops before its work stands, or it comes to its end and says so; never between.

Everything before is undone by a rolled back transaction or an unnamed file. Between the moment at which a database or a
file takes its place and the sentence that says so there is nothing left to stop.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_TOLD_TO_END = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
_obeyed: list[int] = []
"""The signals that stop the command of this process; none while there is none."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Ctrl+C, being told to end and a terminal that goes away raise KeyboardInterrupt in here.

    What was ignored before (`nohup`, a job in the background) stays ignored.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *_TOLD_TO_END)}
    obeyed = [number for number, was in before.items() if was is not signal.SIG_IGN]
    try:
        _obeyed.extend(obeyed)
        for number in obeyed:
            signal.signal(number, _stop)
        yield
    finally:
        _obeyed.clear()
        for number in obeyed:
            signal.signal(number, before[number])


def too_late() -> None:
    """From here on the command is not stopped any more: what it did is about to stand, and is going to be told.

    Does nothing where no command runs, and in a thread of the server, which no Ctrl+C reaches.
    """
    if threading.current_thread() is threading.main_thread():
        for number in _obeyed:
            signal.signal(number, signal.SIG_IGN)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
