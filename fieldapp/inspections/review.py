"""What the office says of an inspection: accepted, returned, voided, and on which day it took place after all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, findings, units, visits
from fieldapp.audit import Actor
from fieldapp.clock import local_day, parse_instant
from fieldapp.errors import Refusal, invalid, reason_given, say
from fieldapp.inspections.inspection import Inspection, read
from sync.history import Transaction, instant


def accept(tx: Transaction, actor: Actor, inspection_id: str) -> None:
    """The officer has read it and takes it as it is."""
    _decide(tx, actor, inspection_id, "accepted", "")


def send_back(tx: Transaction, actor: Actor, inspection_id: str, remark: str) -> None:
    """The author is asked to amend it. It still counts until it is voided. remark: what is missing, required."""
    _decide(tx, actor, inspection_id, "returned", reason_given(remark))


def void(tx: Transaction, actor: Actor, inspection_id: str, reason: str) -> None:
    """It no longer counts and its findings are withdrawn; it stays readable. reason: required."""
    _decide(tx, actor, inspection_id, "voided", reason_given(reason))
    visits.strike_inspection(tx, inspection_id)
    findings.withdraw(tx, inspection_id)


def settle_day(tx: Transaction, actor: Actor, inspection_id: str, day: date, reason: str) -> None:
    """The office holds that the visit took place on another day than the phone said, or on that day after all.

    The signed record stays as it is; the day decides in which year the visit counts. reason: required.
    Raises Refusal field_invalid for a day after the record had arrived.
    """
    inspection, said = _that_stands(tx.db, inspection_id), reason_given(reason)
    arrived_on = local_day(parse_instant(inspection.received_at), units.time_zone(tx.db))
    if day > arrived_on:
        why = say("không thể sau ngày văn phòng nhận được biên bản", "cannot be after the day the record arrived")
        raise invalid({"day": why})
    as_signed = inspection.day_as_signed or inspection.inspected_on
    _write_day(tx, inspection_id, day, [as_signed.isoformat(), said, actor.account, instant(tx.now)])
    days = {"day": day.isoformat(), "as_signed": as_signed.isoformat()}
    audit.record(tx, actor, "inspection_day_settled", "inspection", inspection_id, reason=said, **days)


def _write_day(tx: Transaction, inspection_id: str, day: date, settled: list[Any]) -> None:
    """settled: day_as_signed, day_reason, day_by, day_at."""
    tx.db.execute(
        "UPDATE inspection SET inspected_on = ?, day_as_signed = ?, day_reason = ?, day_by = ?, day_at = ? "
        "WHERE id = ?",
        [day.isoformat(), *settled, inspection_id],
    )
    visits.move_inspection(tx, inspection_id, day)
    tx.touch("inspection", inspection_id)


def carry_day(tx: Transaction, earlier: str, later: str) -> None:
    """An amendment begins as a copy and keeps the wrong day of a wrong clock: what the office has settled holds on."""
    was, now = read(tx.db, earlier), read(tx.db, later)
    if was.day_as_signed and now.day_as_signed is None and now.inspected_on == was.day_as_signed:
        _write_day(
            tx, later, was.inspected_on, [was.day_as_signed.isoformat(), was.day_reason, was.day_by, was.day_at]
        )  # fmt: skip


def reviews(db: Database, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Id -> what phones are told of the office's review of it (shape: Review)."""
    rows = db.execute(
        "SELECT id, number, state, remark, decided_at, amended_by, inspected_on, day_as_signed FROM inspection "
        "WHERE id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(ids))],
    )
    return {
        row[0]: {
            "number": row[1], "state": row[2], "remark": row[3], "decided_at": row[4], "amended_by": row[5],
            "day": row[6] if row[7] else None,
        }
        for row in rows
    }  # fmt: skip


def _decide(tx: Transaction, actor: Actor, inspection_id: str, state: str, remark: str) -> None:
    inspection = _that_stands(tx.db, inspection_id)
    tx.db.execute(
        "UPDATE inspection SET state = ?, remark = ?, decided_by = ?, decided_at = ? WHERE id = ?",
        [state, remark, actor.account, instant(tx.now), inspection_id],
    )
    tx.touch("inspection", inspection_id)
    tx.touch("establishment", inspection.establishment)
    audit.record(tx, actor, f"inspection_{state}", "inspection", inspection_id, reason=remark)


def _that_stands(db: Database, inspection_id: str) -> Inspection:
    inspection = read(db, inspection_id)
    if inspection.state == "voided":
        raise Refusal("inspection_voided")
    if inspection.amended_by:
        raise Refusal("inspection_amended", number=read(db, inspection.amended_by).number)
    return inspection
