"""Plans and their targets: entered from a file or in the office, edited with audit, one of them the active one.

    target.py    a target: its shape, its window, what cannot be counted by
    wording.py   a target in a plain sentence of our own

A plan is data of the commune and reaches no phone. A figure that nothing here can count is typed (`type_figure`), with
who says so and since when.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlite_utils import Database

from fieldapp import areas, audit, units
from fieldapp.audit import Actor
from fieldapp.database import insert
from fieldapp.errors import Refusal, invalid, say
from fieldapp.plans.target import LEVELS, Source, Target, Window, mistakes, year_window, yearly_target
from sync.history import Transaction, instant

__all__ = [
    "LEVELS", "Manual", "Mistake", "Plan", "Source", "Target", "Window", "activate", "active", "check", "compared",
    "every", "find", "manual_figures", "put", "read", "same", "shipped", "shipped_titles", "type_figure",
    "year_window", "yearly_target",
]  # fmt: skip
SHIPPED = Path(__file__).parent.parent / "data" / "plans"
LONGEST_TITLE = 200
FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST_SOURCE = 300
LARGEST_FIGURE = 1_000_000_000
_ID = re.compile(r"[\w][\w.\-/]{0,59}")


@dataclass(frozen=True)
class Plan:
    """period: first and last day. number: of the document. reports: who reports to whom, how often, as the file has it.

    note: what the office should know of it; conflict: where its targets get in each other's way.
    """

    id: str
    period: Window
    targets: tuple[Target, ...] = ()
    title: str = ""
    number: str = ""
    level: str = "commune"
    note: str = ""
    conflict: str = ""
    reports: tuple[dict[str, Any], ...] = field(default=(), compare=False)
    active: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        return self.title or self.id

    def target(self, target_id: str) -> Target:
        """Raises Refusal target_unknown."""
        found = next((target for target in self.targets if target.id == target_id), None)
        if found is None:
            raise Refusal("target_unknown", target=target_id, known=", ".join(t.id for t in self.targets))
        return found


@dataclass(frozen=True)
class Mistake:
    """Something in a plan that cannot stand. target: '' where it is about the plan itself."""

    plan: str
    target: str
    field: str
    value: Any
    reason: str

    def __str__(self) -> str:
        places = [say(f"kế hoạch “{self.plan}”", f"plan “{self.plan}”")]
        if self.target:
            places.append(say(f"chỉ tiêu “{self.target}”", f"target “{self.target}”"))
        if self.field:
            places.append(say(f"trường {self.field}", f"field {self.field}"))
        where = ", ".join(places)
        return f"{where}: {self.reason}" if self.value in ("", None) else f"{where}: “{self.value}”: {self.reason}"


def check(db: Database, plan: Plan) -> list[Mistake]:
    """Everything in a plan that cannot stand, in its order; empty when sound."""
    found = [Mistake(plan.id, "", name, value, reason) for name, value, reason in _plan_mistakes(plan)]
    bodies, names = units.read(db).bodies, [area.name for area in areas.every(db)]
    seen: set[str] = set()
    for target in plan.targets:
        if target.id in seen:
            reason = say("mã chỉ tiêu này có hai lần", "this id occurs twice")
            found.append(Mistake(plan.id, target.id, "id", target.id, reason))
        seen.add(target.id)
        found += [Mistake(plan.id, target.id, *mistake) for mistake in mistakes(target, bodies, names)]
    return found


def _plan_mistakes(plan: Plan) -> list[tuple[str, Any, str]]:
    found: list[tuple[str, Any, str]] = []
    if not _ID.fullmatch(plan.id):
        reason = say("1–60 chữ, số, dấu chấm, gạch", "1 to 60 letters, digits, dots, hyphens")
        found.append(("id", plan.id, reason))
    if plan.period[0] > plan.period[1]:
        reason = say("ngày cuối trước ngày đầu", "the last day comes before the first")
        found.append(("window", f"{plan.period[0]} .. {plan.period[1]}", reason))
    for day in plan.period:
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            reason = say(f"năm phải từ {FIRST_YEAR} đến {LAST_YEAR}", f"the year must be {FIRST_YEAR} to {LAST_YEAR}")
            found.append(("window", day, reason))
    if plan.level not in LEVELS:
        reason = say(f"không có; dùng {', '.join(LEVELS)}", f"is not known; use {', '.join(LEVELS)}")
        found.append(("level", plan.level, reason))
    if len(plan.title) > LONGEST_TITLE:
        reason = say(f"dài quá {LONGEST_TITLE} ký tự", f"longer than {LONGEST_TITLE} characters")
        found.append(("title", plan.title[:40] + "…", reason))
    return found


# ---- kept ----


def put(tx: Transaction, actor: Actor, plan: Plan) -> bool:
    """Enter a plan, or replace the one of the same id. Returns whether anything changed.

    The first plan of a commune becomes the active one. Raises Refusal plan_invalid.
    """
    wrong = check(tx.db, plan)
    if wrong:
        raise Refusal("plan_invalid", reason=str(wrong[0]))
    before = find(tx.db, plan.id)
    if same(before, plan):
        return False
    lone = before is None and active(tx.db) is None
    row = {
        "id": plan.id, "title": plan.title, "number": plan.number, "level": plan.level, "note": plan.note,
        "conflict": plan.conflict, "starts_on": plan.period[0].isoformat(), "ends_on": plan.period[1].isoformat(),
        "reports": json.dumps(plan.reports, ensure_ascii=False), "changed_at": instant(tx.now),
        "active": int(lone or (before is not None and before.active)),
    }  # fmt: skip
    tx.db.execute(
        f"INSERT INTO plan ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) "  # noqa: S608  constant names
        f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in row)}",
        list(row.values()),
    )
    tx.db.execute("DELETE FROM target WHERE plan = ?", [plan.id])
    for position, target in enumerate(plan.targets):
        definition = json.dumps(_plain(target), ensure_ascii=False, sort_keys=True)
        insert(tx.db, "target", {"plan": plan.id, "position": position, "id": target.id, "definition": definition})
    audit.record(
        tx, actor, "plan_changed" if before else "plan_entered", "plan", plan.id, **compared(before, plan)
    )  # fmt: skip
    return True


def same(before: Plan | None, plan: Plan) -> bool:
    """Whether entering the plan would change nothing."""
    return before is not None and before == plan and before.reports == plan.reports


def compared(before: Plan | None, plan: Plan) -> dict[str, Any]:
    """The ids of the targets that came, went or changed: {"added", "removed", "changed"}."""
    old = {target.id: target for target in before.targets} if before else {}
    new = {target.id: target for target in plan.targets}
    return {
        "added": [key for key in new if key not in old],
        "removed": [key for key in old if key not in new],
        "changed": [key for key in new if key in old and old[key] != new[key]],
    }


def activate(tx: Transaction, actor: Actor, plan_id: str) -> None:
    """Make a plan the one that the office works by. Raises Refusal plan_unknown."""
    if read(tx.db, plan_id).active:
        return
    tx.db.execute("UPDATE plan SET active = 0 WHERE active = 1")
    tx.db.execute("UPDATE plan SET active = 1 WHERE id = ?", [plan_id])
    audit.record(tx, actor, "plan_activated", "plan", plan_id)


def every(db: Database) -> list[Plan]:
    """All plans, the active one first, then the newest."""
    rows = db.execute(f"{_SELECT} ORDER BY active DESC, starts_on DESC, id").fetchall()
    return [_plan(db, row) for row in rows]


def find(db: Database, plan_id: str) -> Plan | None:
    row = db.execute(f"{_SELECT} WHERE id = ?", [plan_id]).fetchone()
    return _plan(db, row) if row else None


def read(db: Database, plan_id: str) -> Plan:
    """Raises Refusal plan_unknown, naming those there are."""
    found = find(db, plan_id)
    if found is None:
        known = [row[0] for row in db.execute("SELECT id FROM plan ORDER BY id")]
        raise Refusal("plan_unknown", plan=plan_id, known=", ".join(known) or say("chưa có", "none yet"))
    return found


def active(db: Database) -> Plan | None:
    row = db.execute(f"{_SELECT} WHERE active = 1").fetchone()
    return _plan(db, row) if row else None


def shipped() -> dict[str, Path]:
    """The plans that come with the software: name -> file."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


@cache
def shipped_titles() -> dict[str, str]:
    """Name -> title of the plans that come with the software."""
    found = {name: yaml.safe_load(path.read_text(encoding="utf-8")) for name, path in shipped().items()}
    return {name: content["plans"][0]["title"] for name, content in found.items()}


_SELECT = "SELECT id, starts_on, ends_on, title, number, level, note, conflict, reports, active FROM plan"


def _plan(db: Database, row: tuple[Any, ...]) -> Plan:
    plan_id, starts_on, ends_on, title, number, level, note, conflict, reports, is_active = row
    period = date.fromisoformat(starts_on), date.fromisoformat(ends_on)
    targets = db.execute("SELECT definition FROM target WHERE plan = ? ORDER BY position", [plan_id]).fetchall()
    return Plan(
        plan_id, period, tuple(_target(json.loads(text), period) for (text,) in targets), title, number, level, note,
        conflict, tuple(json.loads(reports)), bool(is_active),
    )  # fmt: skip


_SETS = ("kinds", "types", "areas", "forms")


def _plain(target: Target) -> dict[str, Any]:
    """A target as it is kept; its period is its plan's."""
    kept: dict[str, Any] = {f.name: getattr(target, f.name) for f in fields(target) if f.name != "period"}
    kept |= {name: sorted(kept[name]) for name in _SETS}
    kept |= {"value": None if target.value is None else str(target.value), "source": vars(target.source)}
    kept |= {"fixed_on": target.fixed_on and target.fixed_on.isoformat()}
    kept |= {"range": target.range and [day.isoformat() for day in target.range], "by": list(target.by)}
    return kept


def _target(kept: dict[str, Any], period: Window) -> Target:
    values = kept | {name: frozenset(kept[name]) for name in _SETS}
    values |= {"value": None if kept["value"] is None else Decimal(kept["value"]), "source": Source(**kept["source"])}
    values |= {"fixed_on": kept["fixed_on"] and date.fromisoformat(kept["fixed_on"]), "by": tuple(kept["by"])}
    if kept["range"]:
        start, end = map(date.fromisoformat, kept["range"])
        values["range"] = (start, end)
    return Target(**values, period=period)


# ---- typed figures ----


@dataclass(frozen=True)
class Manual:
    """A figure that somebody typed. figure_on: the local day it is about. source: where from. author: an account."""

    plan: str
    target: str
    figure_on: date
    numerator: int
    denominator: int | None
    source: str
    author: str
    typed_at: str = ""


def type_figure(tx: Transaction, actor: Actor, figure: Manual) -> Manual:
    """Type the figure of a target; an earlier one stays in the list. Raises Refusal field_invalid, target_unknown."""
    target = read(tx.db, figure.plan).target(figure.target)
    found: dict[str, str] = {}
    if target.metric != "manual" and target.owner_level == "commune":
        found["target"] = say("chỉ tiêu này do phần mềm tính", "this target is computed")
    for name in ("numerator", "denominator"):
        if not 0 <= (getattr(figure, name) or 0) <= LARGEST_FIGURE:
            found[name] = say("phải từ 0 đến 1 tỷ", f"must be from 0 to {LARGEST_FIGURE:,}")
    if target.unit == "percent" and figure.denominator is None:
        found["denominator"] = say("tỷ lệ thì phải ghi mẫu số", "a percentage needs its denominator")
    if target.unit == "percent" and figure.denominator is not None and figure.numerator > figure.denominator:
        found["numerator"] = say("lớn hơn mẫu số", "is larger than the denominator")
    if not 0 < len(figure.source.strip()) <= LONGEST_SOURCE:
        found["source"] = say(f"phải ghi, tối đa {LONGEST_SOURCE} ký tự", f"required, at most {LONGEST_SOURCE}")
    if found:
        raise invalid(found)
    figure = replace(figure, source=figure.source.strip(), author=actor.account, typed_at=instant(tx.now))
    insert(tx.db, "manual_figure", {**vars(figure), "figure_on": figure.figure_on.isoformat()})
    audit.record(tx, actor, "figure_typed", "plan", figure.plan, target=figure.target, on=figure.figure_on.isoformat())
    return figure


def manual_figures(db: Database, plan_id: str, until: date | None = None) -> dict[str, Sequence[Manual]]:
    """Target id -> its typed figures up to a day, the one that holds first."""
    found: dict[str, list[Manual]] = {}
    rows = db.execute(
        "SELECT plan, target, figure_on, numerator, denominator, source, author, typed_at FROM manual_figure "
        "WHERE plan = ? AND figure_on <= coalesce(?, figure_on) ORDER BY figure_on DESC, number DESC",
        [plan_id, until and until.isoformat()],
    )
    for plan, target, day, *rest in rows:
        found.setdefault(target, []).append(Manual(plan, target, date.fromisoformat(day), *rest))
    return {key: tuple(value) for key, value in found.items()}
