"""Plans in, from YAML: `plans:`, a list in the form of fieldapp/data/plans/*.yaml. All of a file's plans or none.

found = plans.read(db, path)      every plan, checked; found.problems say plan, target, field, value, what is known
plans.apply(tx, actor, found)     enters or replaces them
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from fieldapp import areas, plans
from fieldapp.audit import Actor
from fieldapp.errors import Refusal, say
from fieldapp.folding import fold
from fieldapp.importing.yaml_files import read_yaml
from fieldapp.plans import Mistake, Plan, Source, Target, Window
from fieldapp.plans.target import ALSO_CALLED, USUAL_POPULATION
from sync.history import Transaction

_PLAN_KEYS = {"id", "title", "number", "level", "window", "targets", "note", "conflict", "reports"}
_TARGET_KEYS = {
    "id", "text_vi", "metric", "by", "min_times", "kind_filter", "forms", "denominator", "comparator", "value", "unit",
    "window", "range", "cumulative", "allotted_by", "owner_level", "source", "note", "ambiguity", "required_number",
}  # fmt: skip
_DENOMINATOR_KEYS = {"population", "types", "areas", "as_of", "date"}


@dataclass
class Found:
    """What a file holds. remarks: what was not understood and is left out. changed: ids, after `apply`."""

    file: str
    plans: list[Plan] = field(default_factory=list)
    problems: list[Mistake] = field(default_factory=list)
    remarks: list[Mistake] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def read(db: Database, path: Path, name: str = "") -> Found:
    """Read a file's plans and check them against the commune. name: the file's name where it is not kept under its own.

    Raises Refusal file_missing, plan_file_invalid.
    """
    found = Found(name or path.name)
    seen: set[str] = set()
    for number, entry in enumerate(_listed(path, found.file), 1):
        plan = _Reading(db, found, number).plan(entry)
        if plan is None:
            continue
        if plan.id in seen:
            reason = say("mã kế hoạch này có hai lần trong tệp", "this id occurs twice in the file")
            found.problems.append(Mistake(plan.id, "", "id", plan.id, reason))
        seen.add(plan.id)
        found.plans.append(plan)
        found.problems += plans.check(db, plan)
    return found


def apply(tx: Transaction, actor: Actor, found: Found) -> Found:
    """Enter or replace every plan. Call it only without problems."""
    found.changed = [plan.id for plan in found.plans if plans.put(tx, actor, plan)]
    return found


def _listed(path: Path, name: str) -> list[Any]:
    content = read_yaml(path, "plan_file_invalid", name)
    listed = content.get("plans") if isinstance(content, dict) else None
    if not isinstance(listed, list) or not listed:
        reason = say("cần danh sách “plans:” có ít nhất một kế hoạch", "it needs a list “plans:” of one plan or more")
        raise Refusal("plan_file_invalid", file=name, reason=reason)
    return listed


class _Unfit(ValueError):
    """A value of the wrong kind; the message says what is wanted."""


class _Reading:
    """Reads one plan; whatever does not fit goes to the list of problems, with its place."""

    def __init__(self, db: Database, found: Found, number: int) -> None:
        self.found = found
        self.areas = {fold(area.name): area.name for area in areas.every(db)}
        self.plan_id = f"#{number}"
        self.target_id = ""

    def plan(self, entry: Any) -> Plan | None:
        if not isinstance(entry, dict):
            self._problem("", entry, say("phải là một kế hoạch có id, window, targets", "must be a plan"))
            return None
        self.plan_id = str(entry.get("id") or self.plan_id)
        self._strangers(entry, _PLAN_KEYS)
        period = self._take(entry, "window", _window, None, required=True)
        listed = entry.get("targets")
        if not isinstance(listed, list) or not listed:
            self._problem("targets", "", say("cần ít nhất một chỉ tiêu", "needs one target or more"))
            return None
        if period is None:
            return None
        text = {name: self._take(entry, name, _text, "") for name in ("id", "title", "number", "note", "conflict")}
        level = self._take(entry, "level", _text, "commune")
        made = [target for number, one in enumerate(listed, 1) if (target := self._target(one, number, period))]
        reports = tuple(_plain(one) for one in entry.get("reports") or [] if isinstance(one, dict))
        return Plan(period=period, targets=tuple(made), level=level, reports=reports, **text)

    def _target(self, entry: Any, number: int, period: Window) -> Target | None:
        self.target_id = f"#{number}"
        if not isinstance(entry, dict):
            self._problem("", entry, say("phải là một chỉ tiêu có id, metric…", "must be a target with id, metric…"))
            return None
        self.target_id = str(entry.get("id") or self.target_id)
        self._strangers(entry, _TARGET_KEYS)
        values = self._of_target(entry)
        values |= self._of_denominator(entry.get("denominator") or {}, values["metric"])
        self.target_id = ""
        return Target(period=period, **values)

    def _of_target(self, entry: dict[str, Any]) -> dict[str, Any]:
        metric = self._take(entry, "metric", _text, "", required=True)
        value = self._take(entry, "value", _number, None)
        source = entry["source"] if isinstance(entry.get("source"), dict) else {}
        values: dict[str, Any] = {
            "id": self._take(entry, "id", _text, self.target_id, required=True),
            "text": self._take(entry, "text_vi", _text, ""),
            "metric": ALSO_CALLED.get(metric, metric),
            "by": tuple(self._take(entry, "by", _several, ["any"])),
            "min_times": self._take(entry, "min_times", _whole, 1),
            "forms": frozenset(self._take(entry, "forms", _several, [])),
            "comparator": self._take(entry, "comparator", _text, ">=" if value is not None else "none"),
            "value": value,
            "unit": self._take(entry, "unit", _text, "percent"),
            "window": self._take(entry, "window", _text, "plan_period"),
            "range": self._take(entry, "range", _window, None),
            "cumulative": self._take(entry, "cumulative", _yes, None) or False,
            "allotted_by": self._take(entry, "allotted_by", _text, ""),
            "owner_level": self._take(entry, "owner_level", _text, "commune"),
            "source": Source(str(source.get("doc", "")), str(source.get("line", ""))),
            "note": self._take(entry, "note", _text, "") or self._take(entry, "ambiguity", _text, ""),
        }
        kinds = self._take(entry, "kind_filter", _several, None)
        return values | ({} if kinds is None else {"kinds": frozenset(kinds)})

    def _of_denominator(self, given: Any, metric: str) -> dict[str, Any]:
        if not isinstance(given, dict):
            self._problem("denominator", given, say("phải có dạng {population: …}", "must be {population: …}"))
            return {}
        self._strangers(given, _DENOMINATOR_KEYS)
        named = self._take(given, "areas", _several, [])
        return {
            "population": self._take(given, "population", _text, USUAL_POPULATION.get(metric, "managed")),
            "types": frozenset(self._take(given, "types", _several, [])),
            "areas": frozenset(self.areas.get(fold(name), name) for name in named),
            "as_of": self._take(given, "as_of", _text, "ever_active_in_period"),
            "fixed_on": self._take(given, "date", _day, None),
        }

    def _take(
        self, entry: Mapping[str, Any], name: str, convert: Callable[[Any], Any], usual: Any, *, required: bool = False
    ) -> Any:  # fmt: skip
        value = entry.get(name)
        if value is None:
            if required:
                self._problem(name, "", say("phải ghi", "is required"))
            return usual
        try:
            return convert(value)
        except _Unfit as problem:
            self._problem(name, value, str(problem))
            return usual

    def _strangers(self, entry: Mapping[Any, Any], known: set[str]) -> None:
        for name in entry:
            if name not in known:
                listed = ", ".join(sorted(known))
                reason = say(f"không hiểu, bỏ qua; các trường: {listed}", f"not understood, left out; fields: {listed}")
                self.found.remarks.append(Mistake(self.plan_id, self.target_id, str(name), "", reason))

    def _problem(self, name: str, value: Any, reason: str) -> None:
        self.found.problems.append(Mistake(self.plan_id, self.target_id, name, str(value)[:80], reason))


def _text(value: Any) -> str:
    if isinstance(value, dict | list | bool):
        raise _Unfit(say("phải là chữ", "must be text"))
    return str(value).strip()


def _several(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise _Unfit(say("danh sách trống", "the list is empty"))
    return [_text(one) for one in listed]


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Unfit(say("phải là số, ví dụ 60 hoặc 62.5", "must be a number, such as 60 or 62.5"))
    number = Decimal(str(value))
    if not number.is_finite():
        raise _Unfit(say("phải là số hữu hạn", "must be finite"))
    return number


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Unfit(say("phải là số nguyên", "must be a whole number"))
    return value


def _yes(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unfit(say("phải là true hoặc false", "must be true or false"))
    return value


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _Unfit(say("phải là ngày NĂM-THÁNG-NGÀY", "must be a day YYYY-MM-DD")) from None


def _window(value: Any) -> Window:
    if not isinstance(value, list) or len(value) != 2:
        raise _Unfit(say("phải có hai ngày [đầu, cuối]", "must be two days [first, last]"))
    start, end = _day(value[0]), _day(value[1])
    if start > end:
        raise _Unfit(say("ngày cuối trước ngày đầu", "the last day comes before the first"))
    return start, end


def _plain(report: dict[Any, Any]) -> dict[str, Any]:
    """Who reports to whom, in texts and lists of texts only."""
    return {
        str(key): [str(one) for one in value] if isinstance(value, list) else str(value)
        for key, value in report.items()
    }
