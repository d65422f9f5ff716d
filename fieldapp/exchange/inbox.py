"""What the office does with an op of its inbox: lets it in as it came, mends it and lets it in, or does not take it.

The bytes that came are never changed. What was mended of a signed record is kept beside them; a patch that had to be
mended becomes an edit of the office's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, drafts, establishments
from fieldapp.audit import Actor
from fieldapp.errors import Refusal, reason_given
from sync import quarantine, receipts, receive, signed, wire
from sync.history import Transaction
from sync.kinds import Kinds
from sync.quarantine import Held

_OF_DRAFTS = ("id", "kind", "establishment", "begun_at", "saved_at")


def body_of(held: Held) -> dict[str, Any]:
    """The body as far as it is one; {} where the bytes are no JSON object. Of a draft only what it is about: what is in
    it is its author's own business."""
    body = wire.read_object(held.op.line)
    if body is None:
        return {}
    return {name: body[name] for name in _OF_DRAFTS if name in body} if held.op.kind == drafts.NAME else body


def patch_of(held: Held) -> dict[str, Any]:
    """The fields of a patch as they came; {} where they are none."""
    fields = body_of(held).get("fields")
    return fields if isinstance(fields, dict) else {}


def establishment_of(held: Held) -> str:
    """The id of the establishment that an op is about, known or not; ''."""
    body = body_of(held)
    found = body.get("id") if held.op.kind == "establishment" else body.get("establishment")
    return found if isinstance(found, str) else ""


def record_there(db: Database, held: Held) -> signed.Signed | None:
    """The record that stands under the id which a held record carries too."""
    found = body_of(held).get("id")
    return signed.read(db, held.op.kind, found) if isinstance(found, str) else None


def let_in(tx: Transaction, actor: Actor, held: Held, *, kinds: Kinds) -> None:
    """Take it in as it came; it is judged anew. Raises CannotApply, Refusal; then nothing is changed."""
    receive.release(tx, held, kinds=kinds, by=actor.account)
    audit.record(tx, actor, "change_taken", *_object(held), why=held.why)


def mend(
    tx: Transaction, actor: Actor, held: Held, body: Mapping[str, Any], reason: str, *, kinds: Kinds
) -> None:  # fmt: skip
    """Take a signed record in with what was wrong mended. body: as it is to count. reason: required, told on its page.

    Raises Refusal reason_required; CannotApply when it still cannot be taken in; then nothing is changed.
    """
    was, now, said = body_of(held), dict(body), reason_given(reason)
    receive.release(tx, held, kinds=kinds, by=actor.account, mended=now, reason=said)
    changed = sorted(name for name in {*was, *now} if was.get(name) != now.get(name))
    audit.record(tx, actor, "change_mended", held.op.kind, str(now["id"]), reason=said, fields=changed, why=held.why)


def mend_patch(
    tx: Transaction, actor: Actor, held: Held, values: Mapping[str, Any], reason: str, *, kinds: Kinds
) -> None:  # fmt: skip
    """Take a patch in as the office's own edit. values: field -> what is to stand; what is left out is dropped.

    One that adds an establishment is let in as its finder's, with these values. Raises Refusal, CannotApply.
    """
    place, said = establishment_of(held), reason_given(reason)
    told = patch_of(held)
    if establishments.exists(tx.db, place):
        establishments.change(tx, actor, place, values)
        quarantine.decide(tx, held, receipts.APPLIED, by=actor.account, reason=said, mended=True)
    else:
        patch = {name: {"at": held.sent.isoformat(), "base": None, "v": value} for name, value in values.items()}
        body = {"id": place, "fields": patch}
        receive.release(tx, held, kinds=kinds, by=actor.account, mended=body, reason=said)
    left_out = sorted(set(told) - set(values))
    audit.record(
        tx, actor, "change_mended", "establishment", place, reason=said, fields=sorted(values), left_out=left_out,
        why=held.why,
    )  # fmt: skip


def dismiss(tx: Transaction, actor: Actor, held: Held, reason: str) -> None:
    """Not to be taken in. Its bytes stay, and whoever sent it is told why. Raises Refusal reason_required."""
    said = reason_given(reason)
    quarantine.decide(tx, held, "dismissed", by=actor.account, reason=said)
    audit.record(tx, actor, "change_dismissed", *_object(held), reason=said, why=held.why)


def forget_drafts(tx: Transaction, before: datetime) -> None:
    """A draft that waits here, from a revoked phone say, is kept no longer than others. before: `drafts.outlived`."""
    drafts.loosen(tx, quarantine.forget(tx, drafts.NAME, before))


def undecided(db: Database, keys: Collection[str]) -> list[Held]:
    """Those of the entries (`op/sha256`) that nobody has decided about. Raises Refusal not_found for any other."""
    found = [quarantine.read(db, *key.split("/", 1)) if "/" in key else None for key in keys]
    if any(held is None or held.decision for held in found):
        raise Refusal("not_found")
    return [held for held in found if held is not None]


def _object(held: Held) -> tuple[str, str]:
    """What the trail names: the establishment of a patch, else the record."""
    found = body_of(held).get("id")
    return held.op.kind, found if isinstance(found, str) else held.op.op
