"""Ops opened: bodies parsed and judged by themselves, without the database and before any lock is taken."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync.kinds import WRITTEN, CannotApply, Kinds, MergedKind, Mistakes, Offer, PrivateKind, SignedKind
from sync.merge import LEAD, Edit
from sync.wire import Op, read_object

log = logging.getLogger("sync")


@dataclass(frozen=True)
class Opened:
    """An op whose body was parsed and judged by itself. problem: why it cannot be applied, whatever is stored."""

    op: Op
    body: dict[str, Any]
    problem: CannotApply | None

    @property
    def record_id(self) -> str:
        found = self.body.get("id")
        return found if isinstance(found, str) else ""


def open_op(op: Op, kinds: Kinds) -> Opened:
    """Parse a body and judge it by itself."""
    body = read_object(op.line)
    if body is None:
        return Opened(op, {}, CannotApply("invalid_body", {"": ["not a JSON object"]}))
    return judged(op, body, kinds)


def judged(op: Op, body: dict[str, Any], kinds: Kinds) -> Opened:
    """The op with a body that is to count, judged by itself."""
    kind = kinds.get(op.kind)
    if kind is None:
        problem: CannotApply | None = CannotApply("unknown_kind")
    elif not isinstance(kind, WRITTEN):
        problem = CannotApply("not_allowed", {"kind": ["written by the office only"]})
    elif op.ver > kind.newest_version:
        problem = CannotApply("version_too_new", {"ver": [f"at most {kind.newest_version}"]})
    else:
        try:
            mistakes = _mistakes(kind, body, op.ver)
        except MemoryError:
            raise
        except Exception as failure:  # it is kept like any other, or it would come again for ever
            log.exception("op %s of kind %s could not be judged", op.op, op.kind)
            mistakes = not_recorded(failure)
        problem = CannotApply("invalid_body", mistakes) if mistakes else None
    return Opened(op, body, problem)


def not_recorded(failure: Exception) -> Mistakes:
    """What is told of an op that our own code broke at: its shape is no mistake of the phone's that could be named."""
    return {"": [f"not recorded: {type(failure).__name__}"]}


def _mistakes(kind: MergedKind | SignedKind | PrivateKind, body: dict[str, Any], ver: int) -> Mistakes:
    if not isinstance(body.get("id"), str) or not body["id"]:
        return {"id": ["required"]}
    if not isinstance(kind, MergedKind):
        return kind.check(body, ver)
    wrong = _patch_mistakes(body.get("fields"))
    return wrong or kind.check({name: edit["v"] for name, edit in body["fields"].items()}, ver)


def _patch_mistakes(patch: Any) -> Mistakes:
    """What is wrong with the shape `{name: {"v", "at", "base"}}`."""
    if not isinstance(patch, dict) or not patch:
        return {"fields": ["an object that names at least one field"]}
    wrong = {}
    for name, edit in patch.items():
        if not isinstance(edit, dict) or "v" not in edit or not isinstance(edit.get("base"), str | None):
            wrong[name] = ['an object with "v", "at", "base"']
        elif _moment(edit.get("at")) is None:
            wrong[name] = ["at: an instant with an offset"]
    return wrong


def edits(offer: Offer) -> dict[str, Edit]:
    """The edits of a patch; the times that an earlier receipt gave stand in place of the device's own."""
    found = {}
    for name, edit in offer.body["fields"].items():
        at = offer.op.eff.get(name) or datetime.fromisoformat(edit["at"])
        found[name] = Edit(edit["v"], at, offer.carrier.device, offer.op.op, edit.get("base"))
    return found


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def skew(kind: SignedKind, offer: Offer, now: datetime) -> int | None:
    """By how many seconds the author's clock was off, where it matters (more than five minutes); else None.

    The clock of a colleague's phone that only carries the record says nothing about its author's.
    """
    off = offer.sent - now
    begun = kind.begun_at(offer.body)
    if begun is not None and begun - now > LEAD:
        off = max(off, begun - now)
    elif kind.author(offer.body) not in {None, offer.carrier.account}:
        return None
    return int(off.total_seconds()) if abs(off) > LEAD else None
