"""Plans as data: read from files, refused with place and reason, kept, replaced, one of them active."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlite_utils import Database

from fieldapp import areas, audit, plans
from fieldapp.audit import COMMAND_LINE
from fieldapp.database import write
from fieldapp.errors import Refusal
from fieldapp.plans import Manual, Plan, wording
from fieldapp.plans.target import METRICS, Target, around, spans
from fieldapp.units import BODIES
from tests.spreadsheets import Terminal

NAMES = ["hong-phong-2023", "kim-tan-2026", "thanh-nam-2025", "tuyen-quang-2026-2030", "yen-nghia-2026"]


def entry(**facts: Any) -> dict[str, Any]:
    return {"id": "T1", "metric": "distinct_inspected", "value": 60, "window": "year"} | facts


def file(terminal: Terminal, *targets: Any, **facts: Any) -> Path:
    plan = {"id": "p", "window": [date(2026, 1, 1), date(2026, 12, 31)], "targets": list(targets or [entry()])} | facts
    return terminal.file("plan.yaml", yaml.safe_dump({"plans": [plan]}, allow_unicode=True).encode())


# ---- what comes in ----


@pytest.mark.parametrize("name", NAMES)
def test_the_plans_of_the_sources_come_in_by_name(terminal: Terminal, db: Database, name: str) -> None:
    assert "imported" in terminal.done("import", "plan", name).stdout
    plan = plans.read(db, name)
    source = yaml.safe_load(plans.shipped()[name].read_text(encoding="utf-8"))["plans"][0]
    assert [(t.id, t.metric, t.text) for t in plan.targets] == [
        (t["id"], t["metric"], t["text_vi"]) for t in source["targets"]
    ]
    assert [list(plan.period), len(plan.reports)] == [source["window"], len(source["reports"])]
    assert plan.active
    assert all(t.source.line for t in plan.targets)


def test_the_same_file_again_changes_nothing_and_another_replaces(terminal: Terminal, db: Database) -> None:
    terminal.done("import", "plan", file(terminal, entry(), entry(id="T2", value=62.5, by=["police", "health"])))
    assert "unchanged" in terminal.done("import", "plan", terminal.folder / "plan.yaml").stdout
    terminal.done("import", "plan", file(terminal, entry(value=80), entry(id="T3")))
    plan = plans.read(db, "p")
    assert [(t.id, t.value) for t in plan.targets] == [("T1", 80), ("T3", 60)]
    changed, entered = audit.of_object(db, "plan", "p")
    assert (entered["action"], changed["action"]) == ("plan_entered", "plan_changed")
    assert changed["details"] == {"added": ["T3"], "removed": ["T2"], "changed": ["T1"]}


def test_every_part_of_a_target_comes_back_as_it_was(terminal: Terminal, db: Database) -> None:
    with write(db) as tx:
        areas.area_named(tx, "Thôn Mẫu 1")
    listed = {"population": "area_list", "areas": ["thon mau 1"], "as_of": "fixed_date", "date": date(2026, 6, 30)}
    terminal.done("import", "plan", file(terminal, entry(
        text_vi="Nguyên văn", by=["team_178", "police"], min_times=2, kind_filter=["reinspection"], comparator="<=",
        value=62.5, window="fixed_range", range=["2026-02-01", "2026-03-01"], allotted_by="Thành phố",
        denominator=listed, source={"doc": "X", "line": 5}, note="Ghi chú",
    )))  # fmt: skip
    (target,) = plans.read(db, "p").targets
    year = (date(2026, 1, 1), date(2026, 12, 31))
    assert target == Target(
        "T1", "Nguyên văn", year, by=("team_178", "police"), min_times=2, kinds=frozenset({"reinspection"}),
        population="area_list", areas=frozenset({"Thôn Mẫu 1"}), as_of="fixed_date", fixed_on=date(2026, 6, 30),
        comparator="<=", value=Decimal("62.5"), window="fixed_range", range=(date(2026, 2, 1), date(2026, 3, 1)),
        allotted_by="Thành phố", source=plans.Source("X", "5"), note="Ghi chú",
    )  # fmt: skip


def test_a_dry_run_reads_and_keeps_nothing(terminal: Terminal, db: Database) -> None:
    assert "not imported" in terminal.done("import", "plan", "kim-tan-2026", "--dry-run").stdout
    assert plans.every(db) == []


def test_a_field_that_is_not_understood_is_told_and_left_out(terminal: Terminal, db: Database) -> None:
    told = terminal.done("import", "plan", file(terminal, entry(comparater="<="))).stderr
    assert "plan “p”, target “T1”, field comparater: not understood, left out" in told
    assert plans.read(db, "p").targets[0].comparator == ">="


# ---- what is refused, and where it stands ----

REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"metric": "inspectd"}, ["field metric", "“inspectd”", "distinct_inspected"]),
    ({"comparator": "=>"}, ["field comparator", "“=>”", ">=, <="]),
    ({"denominator": {"population": "everyone"}}, ["field population", "“everyone”", "security_conditional"]),
    ({"denominator": {"population": "areas"}}, ["field population", "“areas”", "for distinct_inspected"]),
    ({"denominator": {"population": "type_list"}}, ["field types", "is required"]),
    ({"denominator": {"population": "type_list", "types": ["kara"]}}, ["field types", "“kara”", "karaoke"]),
    ({"denominator": {"population": "area_list", "areas": ["Thôn Lạ"]}}, ["field areas", "“Thôn Lạ”"]),
    ({"denominator": {"as_of": "now"}}, ["field as_of", "“now”", "period_end"]),
    ({"denominator": {"as_of": "fixed_date"}}, ["field date", "is required"]),
    ({"denominator": ["managed"]}, ["field denominator"]),
    ({"by": "team178"}, ["field by", "“team178”", "team_178, police"]),
    ({"by": []}, ["field by", "empty"]),
    ({"kind_filter": ["surprise"]}, ["field kind_filter", "“surprise”", "unscheduled"]),
    ({"unit": "pct"}, ["field unit", "“pct”", "percent, count"]),
    ({"value": 120}, ["field value", "“120”", "from 0 to 100"]),
    ({"value": -1}, ["field value", "“-1”"]),
    ({"value": "60%"}, ["field value", "“60%”", "must be a number"]),
    ({"value": float("nan")}, ["field value", "finite"]),
    ({"value": 2.5, "unit": "count"}, ["field value", "whole number"]),
    ({"value": True}, ["field value", "must be a number"]),
    ({"value": None, "comparator": ">="}, ["field comparator", "needs a value"]),
    ({"window": "decade"}, ["field window", "“decade”", "plan_period"]),
    ({"window": "fixed_range"}, ["field range", "is required"]),
    ({"window": "fixed_range", "range": ["2026-05-01", "2026-04-01"]}, ["field range", "before the first"]),
    ({"min_times": 0}, ["field min_times", "“0”"]),
    ({"min_times": "twice"}, ["field min_times", "whole number"]),
    ({"cumulative": "maybe"}, ["field cumulative", "true or false"]),
    ({"owner_level": "district"}, ["field owner_level", "“district”", "commune, province"]),
    ({"id": None}, ["field id", "is required"]),
    ({"metric": {"a": 1}}, ["field metric", "must be text"]),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "says"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_target_that_cannot_be_counted_is_refused_by_its_place(
    terminal: Terminal, db: Database, facts: dict[str, Any], says: list[str]
) -> None:  # fmt: skip
    answer = terminal("import", "plan", file(terminal, entry(**facts)))
    assert (answer.exit_code, plans.every(db)) == (1, [])
    whose = "T1" if facts.get("id", "T1") else "#1"
    assert f"plan.yaml, plan “p”, target “{whose}”" in answer.stderr
    for words in says:
        assert words in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"window": ["2026-12-31", "2026-01-01"]}, "field window: “['2026-12-31', '2026-01-01']”: the last day comes"),
        ({"window": ["2026-12-31"]}, "must be two days"),
        ({"window": "2026"}, "must be two days"),
        ({"window": ["2026-01-01", "9999-12-31"]}, "field window: “9999-12-31”: the year must be 2000 to 2100"),
        ({"window": None}, "field window: is required"),
        ({"level": "district"}, "field level: “district”"),
        ({"id": "a plan with blanks"}, "field id"),
        ({"targets": []}, "one target or more"),
        ({"targets": ["all"]}, "must be a target"),
        ({"targets": [entry(), entry()]}, "target “T1”, field id: “T1”: this id occurs twice"),
    ],
)
def test_a_plan_that_cannot_stand(terminal: Terminal, db: Database, facts: dict[str, Any], says: str) -> None:
    answer = terminal("import", "plan", file(terminal, **facts))
    assert answer.exit_code == 1
    assert says in answer.stderr
    assert plans.every(db) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"plans:", b"plans: []", b"- 1", b"plans: [}", b"\xff\xfe\x00", b"plans: [1]",
     b"plans: [{window: [2026-02-30, 1]}]"],
)  # fmt: skip
def test_a_file_that_is_no_plan(terminal: Terminal, content: bytes) -> None:
    answer = terminal("import", "plan", terminal.file("x.yaml", content))
    assert (answer.exit_code, "Traceback" in answer.stderr) == (1, False)
    assert terminal("import", "plan", "no-such-plan").exit_code == 1


def test_one_bad_plan_keeps_its_whole_file_out(terminal: Terminal, db: Database) -> None:
    window = [date(2026, 1, 1), date(2026, 12, 31)]
    twice = [{"id": "p", "window": window, "targets": [entry()]}] * 2
    answer = terminal("import", "plan", terminal.file("x.yaml", yaml.safe_dump({"plans": twice}).encode()))
    assert "plan “p”, field id: “p”: this id occurs twice in the file" in answer.stderr
    assert plans.every(db) == []


# ---- windows ----

PERIOD = (date(2026, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("window", "asked", "first", "last"),
    [
        ("plan_period", date(2027, 5, 5), *PERIOD),
        ("year", date(2027, 5, 5), date(2027, 1, 1), date(2027, 12, 31)),
        ("half", date(2027, 6, 30), date(2027, 1, 1), date(2027, 6, 30)),
        ("half", date(2027, 7, 1), date(2027, 7, 1), date(2027, 12, 31)),
        ("quarter", date(2028, 2, 29), date(2028, 1, 1), date(2028, 3, 31)),
        ("month", date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29)),
        ("month", date(2027, 12, 31), date(2027, 12, 1), date(2027, 12, 31)),
        ("year", date(2031, 3, 3), date(2030, 1, 1), date(2030, 12, 31)),  # asked later: the last one
        ("year", date(2025, 3, 3), date(2026, 1, 1), date(2026, 12, 31)),  # asked before: the first one
    ],
)
def test_windows(window: str, asked: date, first: date, last: date) -> None:
    target = Target("t", "", PERIOD, window=window)
    assert target.window_on(asked) == (first, last)
    assert replace(target, cumulative=True).window_on(asked) == (PERIOD[0], last)


def test_a_window_is_cut_to_its_plan() -> None:
    target = Target("t", "", (date(2025, 7, 16), date(2025, 12, 31)), window="quarter")
    assert target.window_on(date(2025, 8, 1)) == (date(2025, 7, 16), date(2025, 9, 30))
    monthly = replace(target, metric="events", window="month")
    assert monthly.window_on(date(2025, 8, 1)) == target.period  # the month is the bucket, the window the plan's year
    assert len(spans(monthly.window_on(date(2025, 8, 1)), "month")) == 6
    assert around(date(2025, 12, 5), "half") == (date(2025, 7, 1), date(2025, 12, 31))


# ---- kept ----


def a_plan(plan_id: str, **facts: Any) -> Plan:
    period = (date(2026, 1, 1), date(2026, 12, 31))
    return Plan(plan_id, period, (Target("T1", "", period, window="year"),), **facts)


def test_the_first_plan_is_the_active_one_until_another_is_chosen(db: Database) -> None:
    with write(db) as tx:
        for name in ("one", "two"):
            assert plans.put(tx, COMMAND_LINE, a_plan(name))
        assert [plan.id for plan in plans.every(db)] == ["one", "two"]
        plans.activate(tx, COMMAND_LINE, "two")
        plans.put(tx, COMMAND_LINE, a_plan("two", title="Kế hoạch khác"))
    found = plans.active(db)
    assert found
    assert (found.id, found.title, [p.id for p in plans.every(db)]) == ("two", "Kế hoạch khác", ["two", "one"])
    with pytest.raises(Refusal, match="Plans: one, two"), write(db) as tx:
        plans.activate(tx, COMMAND_LINE, "three")


def test_typed_figures_have_author_source_and_day_and_stay(db: Database, terminal: Terminal) -> None:
    terminal.done("import", "plan", "hong-phong-2023")
    typed = Manual("hong-phong-2023", "HP5", date(2023, 6, 30), 5, 12, "Báo cáo 6 tháng số 07/BC", "")
    with write(db) as tx:
        plans.type_figure(tx, COMMAND_LINE, typed)
        plans.type_figure(tx, COMMAND_LINE, replace(typed, figure_on=date(2023, 12, 15), numerator=11))
    assert [f.numerator for f in plans.manual_figures(db, "hong-phong-2023")["HP5"]] == [11, 5]
    assert [f.numerator for f in plans.manual_figures(db, "hong-phong-2023", date(2023, 12, 14))["HP5"]] == [5]
    terminal.done("import", "plan", "hong-phong-2023")
    assert len(plans.manual_figures(db, "hong-phong-2023")["HP5"]) == 2
    for wrong in ({"source": " "}, {"denominator": None}, {"numerator": 13}, {"numerator": -1}, {"target": "HP1"},
                  {"denominator": 10**20}):  # fmt: skip
        with pytest.raises(Refusal), write(db) as tx:
            plans.type_figure(tx, COMMAND_LINE, replace(typed, **wrong))  # type: ignore[arg-type]


def test_every_metric_has_a_sentence_of_our_own() -> None:
    bodies = {body.code: body for body in BODIES}
    for metric in METRICS:
        target = Target("t", "NGUYÊN VĂN", PERIOD, metric=metric, by=("team_178",))
        said = wording.sentence(target, bodies, "tổ dân phố")
        assert "NGUYÊN VĂN" not in said
        assert "  " not in said
        assert "{" not in said
    said = wording.sentence(Target("t", "", PERIOD, by=("team_178",), value=60), bodies)
    assert said == "Ít nhất 60% cơ sở thuộc diện quản lý được Đội 178 kiểm tra tại chỗ ít nhất 1 lần"
    assert wording.over((date(2026, 1, 1), date(2030, 12, 31))) == "từ năm 2026 đến năm 2030"
