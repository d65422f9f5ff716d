"""One round of the exchange: hand in the records, bring the essentials, hand in the photos, bring the history."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sync.history import instant
from sync.replica import session, standpoint
from sync.replica.api import Retry, SignIn, Steps
from sync.replica.files import send_files
from sync.replica.pull import PAGE_ROWS, Pulled, pull
from sync.replica.push import Pushed, Wire, push
from sync.replica.store import Store
from sync.wire import MAX_OPS

MAX_REWINDS = 5
"""After a rewind everything is offered again; more than this in one round is the next round's business."""


@dataclass(frozen=True)
class Done:
    """All is handed in and pulled."""


@dataclass(frozen=True)
class Wiped:
    """The device is revoked, had handed in everything, and is empty now."""


Ended = Done | Wiped | Retry | SignIn


def sync_round(
    store: Store, *, asked: bool = False, batch_ops: int = MAX_OPS, page_rows: int = PAGE_ROWS
) -> Steps[Ended]:  # fmt: skip
    """A round. asked: by a person, so ask about refused ops and files as well. batch_ops, page_rows: at most, at once.

    Raises ReplicaError when the device's storage fails; everything up to there is kept.
    """
    who = session.read(store.db)
    if who is None or who.token is None:
        return SignIn()
    wire = Wire(who.device, who.token)
    ended: Ended
    if who.revoked:
        ended = yield from _hand_in(store, wire, asked, batch_ops)
    else:
        ended = yield from _exchange(store, wire, asked, batch_ops, page_rows)
    if isinstance(ended, Retry) and ended.code == "device_revoked" and not who.revoked:
        session.note_revoked(store, wire.token)
        ended = yield from _hand_in(store, wire, asked, batch_ops)
    if isinstance(ended, SignIn):
        session.forget_token(store, wire.token)
    if isinstance(ended, Done):
        with store.write() as tx:
            standpoint.move(tx, replace(standpoint.read(tx), last_success_at=instant(store.clock())))
    return ended


def _exchange(store: Store, wire: Wire, asked: bool, batch_ops: int, page_rows: int) -> Steps[Ended]:
    for _ in range(MAX_REWINDS + 1):
        parts: tuple[Steps[Pushed | Pulled | Retry | SignIn | None], ...] = (
            push(store, wire, asked=asked, batch_ops=batch_ops), pull(store, wire, "essentials", limit=page_rows),
            send_files(store, wire, asked=asked), pull(store, wire, "history", limit=page_rows),
        )  # fmt: skip
        for part in parts:
            outcome = yield from part
            if isinstance(outcome, Retry | SignIn):
                return outcome
            if isinstance(outcome, Pushed) and outcome.revoked:
                return Retry("device_revoked", 200)
            if outcome is not None and outcome.rewound:
                break
        else:
            return Done()
    return Retry("bad_answer", 200)


def _hand_in(store: Store, wire: Wire, asked: bool, batch_ops: int) -> Steps[Ended]:
    """A revoked device only hands in what it holds; once all of it has receipts, it empties itself.

    It pulls no more, so only a push tells it that the office was restored and lost what had its receipt.
    """
    pushed = yield from push(store, wire, asked=asked, batch_ops=batch_ops, even_nothing=True)
    if isinstance(pushed, Retry | SignIn):
        return pushed
    failure = yield from send_files(store, wire, asked=asked)
    if failure is not None:
        return failure
    return Wiped() if session.wipe(store) else Retry("device_revoked", 200)
