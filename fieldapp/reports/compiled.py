"""Everything a report says, as data that JSON can hold: Word, spreadsheet and page are filled from this alone.

unit, plan, period, as_of     whose, of which plan, about when, up to which day
targets                       II: figures as the coverage page has them on that day, with the rows behind them
register, visits, sections, common, followed_up, sanctions, committed, told     I, III to VI
annexes                       PL1 to PL6, rows by column
second_visits                 PL5 for the office itself, with names
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import coverage, people, plans, units
from fieldapp.coverage import Coverage, Sources
from fieldapp.errors import Refusal
from fieldapp.findings import Finding
from fieldapp.inspections import Inspection
from fieldapp.plans import Plan, Target, Window, wording
from fieldapp.reports import Content, communication, register, results, visiting
from fieldapp.reports.periods import Period
from fieldapp.units import Unit

NOTHING = "—"
MET = {True: "Đạt", False: "Chưa đạt", None: NOTHING}


def compile_report(db: Database, plan_id: str, period: Period, today: date) -> Content:
    """What a report of a plan says about a period, asked on a day (within the period: up to that day).

    Raises Refusal plan_unknown, period_not_begun.
    """
    plan, unit = plans.read(db, plan_id), units.read(db)
    must_have_begun(period, today)
    on = min(today, period.end)
    window = (period.start, period.end)
    sources = Sources(db)
    asked = visiting.ask(sources, unit, window, on)
    members = [*asked["inspected"].counted, *asked["inspected"].missing]
    seconds = visiting.seconds_until(db, period.year, on)
    known = sources.register
    made = results.conducted(db, period.start, on)
    things = results.found(db, made)
    targets = [_target(found, unit) for found in coverage.figures(db, plan, on, sources=sources)]
    return {
        "unit": _unit(unit),
        "plan": {"id": plan.id, "title": plan.name, "number": plan.number},
        "period": {"code": period.code, "year": period.year, "title": period.title,
                   "start": period.start.isoformat(), "end": period.end.isoformat()},
        "as_of": on.isoformat(),
        "targets": targets,
        "register": register.movement(known, period.start, on),
        "visits": visiting.summary(db, unit, asked, seconds, (period.start, on)),
        **_results(db, made, things, (period.start, on)),
        "committed": communication.committed(db, [e.id for e in members], on),
        "told": communication.told(db, period.start, on),
        "second_visits": visiting.named(db, unit, known, seconds),
        "annexes": {
            "PL1": register.by_type(known, period.start, on),
            "PL2": visiting.by_type(asked),
            "PL3": visiting.by_area(db, asked, window, on),
            "PL4": results.annex(db, made, things, on),
            "PL5": visiting.reasons(db, seconds),
            "PL6": _typed(db, plan, on),
        },
    }  # fmt: skip


def must_be_of(plan: Plan, period: Period) -> None:
    """Raises Refusal period_outside_plan where a plan does not hold on any day of a period."""
    if not period.touches(plan.period):
        start, end = plan.period
        days = {"start": f"{start:%d/%m/%Y}", "end": f"{end:%d/%m/%Y}"}
        raise Refusal("period_outside_plan", period=period.title[:1].upper() + period.title[1:], plan=plan.id, **days)


def must_have_begun(period: Period, today: date) -> None:
    """Raises Refusal period_not_begun."""
    if today < period.start:
        raise Refusal("period_not_begun", period=period.title[:1].upper() + period.title[1:])


def _unit(unit: Unit) -> dict[str, Any]:
    return {
        "committee": unit.committee, "committee_line1": "ỦY BAN NHÂN DÂN", "committee_line2": unit.full_name.upper(),
        "name": unit.name, "area_word": unit.area_word, "team_short": unit.bodies["team_178"].vi,
        "recipients": list(unit.recipients), "is_demo": unit.is_demo,
    }  # fmt: skip


def _results(db: Database, made: list[Inspection], things: list[Finding], window: Window) -> dict[str, Any]:
    return {
        "sections": results.by_section(db, made),
        "common": results.most_common(things),
        "followed_up": results.followed_up(things, window[1]),
        "sanctions": results.sanctioned(db, *window),
    }


def _target(found: Coverage, unit: Unit) -> dict[str, Any]:
    target = found.target
    return {
        "id": target.id, "text": target.text, "what": wording.sentence(target, unit.bodies, unit.area_word),
        "window": [day.isoformat() for day in found.window], "computed": target.computed,
        "denominator_text": _denominator(target),
        "numerator": found.numerator, "denominator": found.denominator, "percent": found.percent,
        "result": _result(found), "required": found.required, "required_text": _required(found),
        "remaining": found.remaining, "met": found.met, "verdict": MET[found.met],
        "rows": {
            side: [e.code for e in getattr(found, side)] for side in ("counted", "missing", "ceased_before_inspection")
        },
    }  # fmt: skip


def _denominator(target: Target) -> str:
    if target.computed:
        text = wording.denominator(target)
        return text[:1].upper() + text[1:]
    return "Nhập tay" if target.metric == "manual" else "Không tính bằng phần mềm này"


def _result(found: Coverage) -> str:
    if found.numerator is None:
        return NOTHING
    if found.target.unit == "count":
        return wording.number(found.numerator)
    return NOTHING if found.percent is None else wording.percent(found.percent)


def _required(found: Coverage) -> str:
    """What the plan asks for, and how many that is today: "60% (25)"."""
    target = found.target
    if target.value is None or target.comparator == "none":
        return NOTHING
    asked = f"{wording.plain(target.value)}{'%' if target.unit == 'percent' else ''}"
    if found.required is None or target.unit != "percent":
        return asked
    return f"{asked} ({wording.number(found.required)})"


def _typed(db: Database, plan: Plan, on: date) -> list[dict[str, Any]]:
    """PL6: the newest typed figure of each target. One outlives its target, whose plan may be imported again."""
    names, targets = people.names(db), {target.id: target for target in plan.targets}
    typed = plans.manual_figures(db, plan.id, on)
    rows = []
    for target, figure in ((targets[key], figures[0]) for key, figures in typed.items() if key in targets):
        share = coverage.percent(figure.numerator, figure.denominator)
        value = str(figure.numerator) if share is None else wording.percent(share)
        rows.append(
            {"text": target.text, "value": value, "source": figure.source,
             "author": f"{names.get(figure.author, '')}, {figure.figure_on:%d/%m/%Y}"}
        )  # fmt: skip
    return rows


# ---- what has changed since it was issued ----

_LABELS = {
    "register.at_end": "Cơ sở cuối kỳ", "visits.visits": "Lượt kiểm tra tại chỗ",
    "visits.establishments": "Cơ sở được kiểm tra", "visits.joint": "Lượt kiểm tra chung",
    "visits.attempts": "Lượt không làm việc được", "visits.twice": "Cơ sở có từ hai lượt",
    "followed_up.found": "Tồn tại ghi nhận", "followed_up.closed": "Tồn tại đã khắc phục",
    "followed_up.overdue": "Tồn tại quá hạn", "sanctions.decisions": "Quyết định xử phạt",
    "committed.signed": "Cơ sở có cam kết", "told.sessions": "Buổi tuyên truyền", "told.headcount": "Lượt người",
    "told.posts": "Tin, bài",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A figure that is another one now. came, went: codes of the establishments behind it, where it has such rows."""

    what: str
    then: int | None
    now: int | None
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()


def changes(then: Content, now: Content) -> list[Change]:
    """What arrived after a report was issued: figures and rows that differ from the same report compiled today."""
    return [*_of_targets(then, now), *_of_chapters(then, now)]


def _of_targets(then: Content, now: Content) -> list[Change]:
    today = {target["id"]: target for target in now["targets"]}
    found = []
    for target in then["targets"]:
        other = today.get(target["id"])
        if other is None:
            continue
        before, after = set(target["rows"]["counted"]), set(other["rows"]["counted"])
        came, went = tuple(sorted(after - before)), tuple(sorted(before - after))
        for name, words in (("numerator", "tử số"), ("denominator", "mẫu số")):
            rows = (came, went) if name == "numerator" else ((), ())
            if target[name] != other[name] or any(rows):
                found.append(Change(f"Chỉ tiêu {target['id']}: {words}", target[name], other[name], *rows))
    return found


def _of_chapters(then: Content, now: Content) -> list[Change]:
    pairs = [(words, _at(then, path), _at(now, path)) for path, words in _LABELS.items()]
    return [Change(words, before, after) for words, before, after in pairs if before != after]


def _at(content: Mapping[str, Any], path: str) -> int | None:
    chapter, name = path.split(".")
    found: int | None = content[chapter].get(name)
    return found
