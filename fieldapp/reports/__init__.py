"""Periodic reports: drawn up from the same figures as the coverage page, worded by the officer, issued once.

    periods.py        quarters, halves, years
    compiled.py       everything a report says, as data: what Word and the spreadsheets are filled from
    register.py       I, PL1    the register and what moved
    visiting.py       III, PL2, PL3, PL5    visits, by type, by area, second ones
    results.py        IV, V, PL4    what inspections found, what became of it
    communication.py  VI        commitments, sessions, posts

The officer's own text stands apart from the figures and outlives them: a draft shows today's figures each time. Once
issued, a report keeps figures and rows; what arrives later is shown as a difference. An issued one is replaced, never
changed.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, plans
from fieldapp.audit import Actor
from fieldapp.database import insert
from fieldapp.errors import Refusal, invalid, say
from fieldapp.reports import periods
from fieldapp.reports.periods import Owed, Period, period
from sync.history import Transaction, instant

TEXTS = {"general": "Tình hình chung", "difficulties": "Khó khăn, vướng mắc", "tasks": "Nhiệm vụ, kiến nghị"}
"""Chapters that the officer writes."""
HEADINGS = ("number", "addressee", "signer_title", "signer_name")
"""What the officer puts around them: the paper's number, whom it is for, who signs."""
LONGEST_TEXT = 20_000
Content = dict[str, Any]


@dataclass(frozen=True)
class Report:
    """texts: a key of TEXTS or HEADINGS -> what the officer wrote. content: as issued (compiled.py); a draft has none.

    replaces: the issued report whose place it takes.
    """

    id: str
    plan: str
    period: Period
    texts: Mapping[str, str] = field(default_factory=dict)
    replaces: str | None = None
    created_at: str = ""
    changed_at: str = ""
    issued_at: str | None = None
    issued_by: str | None = None
    content: Content | None = None

    @property
    def is_issued(self) -> bool:
        return self.issued_at is not None


_COLUMNS = "id, plan, period, year, texts, replaces, created_at, changed_at, issued_at, issued_by, content"


def begin(tx: Transaction, actor: Actor, plan_id: str, code: str, year: int) -> Report:
    """The draft of a plan's report for a period: the one there is, or a new one that replaces what was issued.

    A new one begins with the words of the one it replaces. Raises Refusal plan_unknown, period_unknown.
    """
    plans.read(tx.db, plan_id)
    of_period = [r for r in every(tx.db) if (r.plan, r.period) == (plan_id, period(code, year))]
    for found in of_period:
        if not found.is_issued:
            return found
    before = of_period[0] if of_period else None
    now = instant(tx.now)
    made = Report(
        str(uuid.uuid4()), plan_id, period(code, year), before.texts if before else {}, before.id if before else None,
        now, now,
    )  # fmt: skip
    row = {"id": made.id, "plan": plan_id, "period": code, "year": year, "texts": _json(made.texts)}
    insert(tx.db, "report", {**row, "replaces": made.replaces, "created_at": now, "changed_at": now})
    audit.record(tx, actor, "report_begun", "report", made.id, plan=plan_id, period=code, year=year)
    return made


def write(tx: Transaction, actor: Actor, report_id: str, texts: Mapping[str, str]) -> Report:
    """Keep what the officer wrote; chapters not given stay.

    Raises Refusal report_unknown, report_issued, field_invalid.
    """
    report = _draft(tx.db, report_id)
    known = {name: text.strip().replace("\r\n", "\n") for name, text in texts.items() if name in (*TEXTS, *HEADINGS)}
    long = [name for name, text in known.items() if len(text) > LONGEST_TEXT]
    if long:
        reason = say(f"dài quá {LONGEST_TEXT} ký tự", f"longer than {LONGEST_TEXT} characters")
        raise invalid(dict.fromkeys(long, reason))
    tx.db.execute(
        "UPDATE report SET texts = ?, changed_at = ? WHERE id = ?",
        [_json({**report.texts, **known}), instant(tx.now), report_id],
    )
    audit.record(tx, actor, "report_written", "report", report_id, chapters=sorted(known))
    return read(tx.db, report_id)


def issue(tx: Transaction, actor: Actor, report_id: str, content: Content) -> Report:
    """From now on it says what it says now. content: of the same transaction. Raises Refusal report_issued."""
    _draft(tx.db, report_id)
    kept = _json(content)
    tx.db.execute(
        "UPDATE report SET content = ?, issued_at = ?, issued_by = ? WHERE id = ?",
        [kept, instant(tx.now), actor.account, report_id],
    )
    digest = hashlib.sha256(kept.encode()).hexdigest()
    audit.record(tx, actor, "report_issued", "report", report_id, sha256=digest)
    return read(tx.db, report_id)


def discard(tx: Transaction, actor: Actor, report_id: str) -> None:
    """Throw a draft away. Raises Refusal report_unknown, report_issued."""
    _draft(tx.db, report_id)
    tx.db.execute("DELETE FROM report WHERE id = ?", [report_id])
    audit.record(tx, actor, "report_discarded", "report", report_id)


def every(db: Database) -> list[Report]:
    """All drafts and issued reports, the latest begun first."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM report ORDER BY created_at DESC, id")  # noqa: S608
    return [_report(row) for row in rows]


def owed(db: Database, today: date) -> list[Owed]:
    """The reports that the plan in use asks for around a day and that nobody has issued."""
    plan = plans.active(db)
    issued = {(r.plan, r.period) for r in every(db) if r.is_issued}
    asked = periods.owed(plan.reports, today) if plan else []
    return [one for one in asked if plan and (plan.id, one.period) not in issued and one.period.touches(plan.period)]


def read(db: Database, report_id: str) -> Report:
    """Raises Refusal report_unknown."""
    row = db.execute(f"SELECT {_COLUMNS} FROM report WHERE id = ?", [report_id]).fetchone()  # noqa: S608
    if row is None:
        raise Refusal("report_unknown")
    return _report(row)


def _draft(db: Database, report_id: str) -> Report:
    report = read(db, report_id)
    if report.is_issued:
        raise Refusal("report_issued")
    return report


def _report(row: tuple[Any, ...]) -> Report:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values["period"] = Period(values["period"], values.pop("year"))
    values["texts"] = json.loads(values["texts"])
    values["content"] = json.loads(values["content"]) if values["content"] else None
    return Report(**values)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
