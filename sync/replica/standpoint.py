"""Where a replica stands in the server's history: mark, trail, cursors. Moved together with what was received (C3)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from sync.history import NOTHING, Point

TRAIL_POINTS = 16


@dataclass(frozen=True)
class Standpoint:
    """mark: the newest point seen; trail: older ones, thinned. essentials, history: the cursors of both streams.

    whole: the essentials have been pulled to their end at least once in this epoch; a rewind begins the next one.
    offset_ms: the server's clock minus the device's.
    """

    mark: Point = NOTHING
    trail: tuple[Point, ...] = ()
    essentials: Point | None = None
    history: Point | None = None
    safe: int = 0
    epoch: int = 0
    whole: bool = False
    offset_ms: int = 0
    last_success_at: str | None = None

    def cursor(self, stream: str) -> Point | None:
        return self.essentials if stream == "essentials" else self.history

    @property
    def covered(self) -> int:
        """Up to here an op may leave the device: a backup holds it, and what it did has been pulled, so that what is
        shown does not step back."""
        return min(self.safe, self.essentials[0] if self.essentials else 0)


_COLUMNS = [field.name for field in fields(Standpoint)]
_READ = f"SELECT {', '.join(_COLUMNS)} FROM standpoint"  # noqa: S608  names
_POINTS = {"mark", "trail", "essentials", "history"}


def read(db: sqlite3.Connection) -> Standpoint:
    row = db.execute(_READ).fetchone()
    if row is None:
        return Standpoint()
    told = {name: _pointed(name, cell) for name, cell in zip(_COLUMNS, row, strict=True)}
    return Standpoint(**told | {"whole": bool(told["whole"])})


def move(tx: sqlite3.Connection, to: Standpoint) -> None:
    cells = [_json(getattr(to, name)) if name in _POINTS else getattr(to, name) for name in _COLUMNS]
    tx.execute("DELETE FROM standpoint")
    tx.execute(
        f"INSERT INTO standpoint ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(cells))})",  # noqa: S608  names
        cells,
    )


def point(told: Any) -> Point:
    """A point as it is stored and sent, `[seq, tag]`."""
    return (told[0], told[1])


def seen(stand: Standpoint, *points: Point) -> Standpoint:
    """Where the replica stands once it has seen these points, the last of them the server's head."""
    head, trail = points[-1], stand.trail
    for one in points:
        trail = remember(trail, one)
    return replace(stand, mark=head if head[0] > stand.mark[0] else stand.mark, trail=trail)


def remember(trail: Iterable[Point], seen_point: Point) -> tuple[Point, ...]:
    """The trail with a point added, thinned to TRAIL_POINTS: the point goes whose going leaves the smallest gap
    relative to its age. The first and the newest stay. fieldapp/client/exchange/trail.ts does the same."""
    if seen_point[0] == 0:
        return tuple(trail)
    points = sorted([*(one for one in trail if one[0] != seen_point[0]), seen_point])
    while len(points) > TRAIL_POINTS:
        del points[_least_missed([seq for seq, _ in points])]
    return tuple(points)


def _least_missed(seqs: list[int]) -> int:
    def loss(n: int) -> float:
        return (seqs[n + 1] - seqs[n - 1]) / (seqs[-1] - seqs[n] + 1)

    return min(range(1, len(seqs) - 1), key=loss)


def _pointed(name: str, cell: Any) -> Any:
    if name not in _POINTS or cell is None:
        return cell
    return _trail(cell) if name == "trail" else _point(cell)


@lru_cache(maxsize=256)  # it is read before and after every call, and seldom another
def _point(cell: str) -> Point:
    return point(json.loads(cell))


@lru_cache(maxsize=64)
def _trail(cell: str) -> tuple[Point, ...]:
    return tuple(point(one) for one in json.loads(cell))


def _json(points: Any) -> str | None:
    return None if points is None else json.dumps(points)
