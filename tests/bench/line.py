"""One line of the bench: what was measured, beside what nothing could beat."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def line(what: str, measured_ms: float, raw: str, raw_ms: float, aim: str) -> str:
    return f"{what:<40} {measured_ms:>9.1f} ms   {raw:>12} {raw_ms:>7.1f} ms  {measured_ms / raw_ms:>6.1f} ×   {aim}"


def once_ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def median_ms(work: Callable[[], object], times: int = 7) -> float:
    return statistics.median(once_ms(work) for _ in range(times))


def share(what: str, measured_ms: float, raw: str, raw_ms: float, goal: str) -> str:
    """How much of the raw limit's speed is reached: 1 is the limit itself."""
    reached = f"{raw_ms / measured_ms:.2f}".replace(".", ",")
    return f"{what:<40} {measured_ms:>9.1f} ms   {raw:>12} {raw_ms:>7.1f} ms  {reached:>6} of it   goal {goal}"
