"""Reports: the coverage page's figures of the same day, the officer's words, and what an issued one keeps."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import docx
import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from fieldapp import coverage, database, plans, reports, visits
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.exporting import report as paper
from fieldapp.plans import Plan, Target, year_window
from fieldapp.reports import compiled, periods, register
from fieldapp.reports.periods import Period
from fieldapp.visits import Visit
from tests.cast import NOW, Clock
from tests.making import ACTOR, commit, establishment, inspect
from tests.spreadsheets import Terminal, text_of

TODAY = date(2026, 11, 21)
YEAR = year_window(2026)
PLAN = Plan(
    "thu-2026", YEAR, title="Kế hoạch thử năm 2026",
    targets=(
        Target("T1", "100% cơ sở dễ bị lợi dụng được kiểm tra", YEAR, window="year"),
        Target("T2", "60% do Đội kiểm tra", YEAR, window="year", by=("team_178",), value=60),
        Target("T3", "80% đội ngũ được tập huấn", YEAR, metric="manual", value=80),
    ),
)  # fmt: skip


@pytest.fixture
def commune(app: Flask, db: Database, clock: Clock) -> Database:
    """Three establishments: one inspected with a shortcoming and a commitment, one visited twice, one not yet."""
    with database.write(db, clock) as tx:
        first, second, _ = [establishment(tx, f"Karaoke Sao Thử {n:02d}", employees=6) for n in (1, 2, 3)]
        answers = {
            "A01": {"a": "khong_dat", "note": "Chưa có", "files": []},
            "B01": {"a": "dat", "note": "", "files": []},
        }
        inspect(tx, first, answers=answers)
        commit(tx, first)
        for day in (date(2026, 3, 2), date(2026, 9, 9)):
            visits.enter(tx, Visit(second.id, day, ("police", "team_178")))
        plans.put(tx, ACTOR, PLAN)
    return db


def compile_(db: Database, code: str = "year", today: date = TODAY) -> reports.Content:
    return compiled.compile_report(db, PLAN.id, Period(code, 2026), today)


# ---- periods ----


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [("year", "01-01", "12-31"), ("half1", "01-01", "06-30"), ("half2", "07-01", "12-31"), ("q1", "01-01", "03-31"),
     ("q2", "04-01", "06-30"), ("q3", "07-01", "09-30"), ("q4", "10-01", "12-31")],
)  # fmt: skip
def test_a_period_is_whole_months(code: str, first: str, last: str) -> None:
    period = periods.period(code, 2026)
    assert (period.start, period.end) == (date.fromisoformat(f"2026-{first}"), date.fromisoformat(f"2026-{last}"))


def test_a_period_that_has_not_begun_has_nothing_to_report(commune: Database) -> None:
    with pytest.raises(Refusal, match="has not begun"):
        compile_(commune, "half1", date(2025, 12, 31))


days = st.one_of(st.none(), st.dates(date(2025, 6, 1), date(2027, 6, 1)))


@given(st.lists(st.tuples(days, days), max_size=12), st.sampled_from([*periods.MONTHS]))
def test_what_came_and_went_adds_up(spells: list[tuple[date | None, date | None]], code: str) -> None:
    known = [
        Establishment(str(n), str(n), "", "bar", managed_since=since, managed_until=until)
        for n, (since, until) in enumerate(spells) if not (since and until and until <= since)
    ]  # fmt: skip
    period = periods.period(code, 2026)
    moved = register.movement(known, period.start, period.end)
    assert moved["at_start"] + moved["increase"] - moved["decrease"] == moved["at_end"]
    assert moved["at_end"] == sum(e.managed_on(period.end) for e in known)


# ---- figures ----


def test_every_figure_is_the_coverage_pages_of_the_same_day(commune: Database) -> None:
    for day in (date(2026, 2, 1), date(2026, 6, 30), TODAY):
        said = compile_(commune, today=day)["targets"]
        for target, found in zip(said, coverage.figures(commune, PLAN, day), strict=True):
            assert (target["numerator"], target["denominator"], target["met"]) == (
                found.numerator, found.denominator, found.met
            )  # fmt: skip
            assert target["rows"]["counted"] == [e.code for e in found.counted]


def test_the_annexes_agree_with_the_chapters(commune: Database) -> None:
    said = compile_(commune)
    by_type, by_area = said["annexes"]["PL2"][-1], said["annexes"]["PL3"][-1]
    assert (by_type["members"], by_type["inspected"], by_type["percent"]) == (3, 2, 66.7)
    assert (by_area["members"], by_area["inspected"], by_area["committed"]) == (3, 2, 1)
    assert (by_type["visits"], said["visits"]["visits"], by_type["joint"]) == (3, 3, 2)
    assert (by_type["team_178"], by_type["police"], by_type["others"]) == (2, 1, 0)
    assert said["register"]["at_end"] == said["annexes"]["PL1"][-1]["at_end"] == 3


def test_a_joint_visit_is_one_visit_and_each_bodys(commune: Database) -> None:
    visited = compile_(commune)["visits"]
    assert (visited["visits"], visited["establishments"], visited["joint"]) == (3, 2, 2)
    assert {row["body"]: row["visits"] for row in visited["by_body"]} == {"Đội 178": 3, "Công an": 2}


def test_second_visits_are_told_with_their_reasons(commune: Database) -> None:
    said = compile_(commune)
    assert (said["visits"]["twice"], said["visits"]["twice_reasoned"]) == (1, 0)
    assert said["annexes"]["PL5"] == [
        {"reason": "Chưa ghi lý do", "visits": 1, "establishments": 1, "documented": 0}
    ]  # fmt: skip
    assert [(row["number"], row["visited_on"]) for row in said["second_visits"]] == [(2, "2026-09-09")]


def test_results_by_section_and_what_became_of_them(commune: Database) -> None:
    said = compile_(commune)
    by_section = {row["code"]: (row["passed"], row["failed"]) for row in said["sections"]}
    assert (by_section["A"], by_section["B"], by_section["C"]) == ((0, 1), (1, 0), (0, 0))
    assert said["followed_up"] == {"found": 1, "due": 0, "closed": 0, "on_time": 0, "overdue": 0, "referred": 0}
    later = compiled.compile_report(commune, PLAN.id, Period("year", 2026), date(2026, 12, 30))
    assert (later["followed_up"]["due"], later["followed_up"]["overdue"]) == (1, 1)
    assert [row["item"] for row in said["common"]] == ["A01"]


def test_half_a_year_ends_with_its_last_day(commune: Database) -> None:
    said = compile_(commune, "half1")
    assert (said["as_of"], said["visits"]["visits"], said["annexes"]["PL2"][-1]["inspected"]) == ("2026-06-30", 1, 1)


def test_typed_figures_name_who_and_where_from(commune: Database, clock: Clock) -> None:
    assert compile_(commune)["annexes"]["PL6"] == []
    with database.write(commune, clock) as tx:
        plans.type_figure(tx, ACTOR, plans.Manual(PLAN.id, "T3", date(2026, 11, 1), 9, 12, "Sở Y tế, CV 12", ""))
    row = compile_(commune)["annexes"]["PL6"][0]
    assert (row["value"], row["source"], row["author"]) == ("75,0%", "Sở Y tế, CV 12", ", 01/11/2026")
    with database.write(commune, clock) as tx:
        plans.put(tx, ACTOR, replace(PLAN, targets=PLAN.targets[:2]))
    assert compile_(commune)["annexes"]["PL6"] == []  # the figure is kept, and nothing asks for it any more


# ---- drafts and issued ones ----


def test_the_officers_words_survive_from_draft_to_draft(commune: Database, clock: Clock) -> None:
    with database.write(commune, clock) as tx:
        report = reports.begin(tx, ACTOR, PLAN.id, "year", 2026)
        reports.write(tx, ACTOR, report.id, {"tasks": "Tiếp tục kiểm tra.", "number": "12/BC-UBND"})
        reports.write(tx, ACTOR, report.id, {"difficulties": "Lực lượng mỏng."})
        assert reports.begin(tx, ACTOR, PLAN.id, "year", 2026).id == report.id
        issued = reports.issue(tx, ACTOR, report.id, compiled.compile_report(tx.db, PLAN.id, report.period, TODAY))
        next_one = reports.begin(tx, ACTOR, PLAN.id, "year", 2026)
    assert issued.texts == {
        "tasks": "Tiếp tục kiểm tra.", "number": "12/BC-UBND", "difficulties": "Lực lượng mỏng."
    }  # fmt: skip
    assert (next_one.texts, next_one.replaces) == (issued.texts, issued.id)


def test_an_issued_report_keeps_what_it_said_and_tells_what_arrived(commune: Database, clock: Clock) -> None:
    with database.write(commune, clock) as tx:
        report = reports.begin(tx, ACTOR, PLAN.id, "year", 2026)
        issued = reports.issue(tx, ACTOR, report.id, compiled.compile_report(tx.db, PLAN.id, report.period, TODAY))
        with pytest.raises(Refusal, match="has been issued"):
            reports.write(tx, ACTOR, report.id, {"tasks": "khác"})
        place = establishment(tx, "Nhà nghỉ Mẫu", type="guesthouse")
        visits.enter(tx, Visit(place.id, date(2026, 11, 20), ("team_178",)))
    kept = reports.read(commune, issued.id).content
    assert kept == issued.content is not None
    changes = {change.what: change for change in compiled.changes(kept, compile_(commune))}
    assert (changes["Chỉ tiêu T1: tử số"].then, changes["Chỉ tiêu T1: tử số"].now) == (2, 3)
    assert changes["Chỉ tiêu T1: tử số"].came == (place.code,)
    assert changes["Chỉ tiêu T1: mẫu số"].now == 4
    assert changes["Lượt kiểm tra tại chỗ"].now == 4
    assert compiled.changes(kept, kept) == []


# ---- on paper ----


def test_the_word_report_says_the_figures_and_names_nobody(commune: Database) -> None:
    said = compile_(commune)
    text = text_of(paper.docx(said, {"tasks": "Một.\n\nHai & <ba>."}, on=TODAY))
    assert "Kim Tân, ngày 21 tháng 11 năm 2026" in text
    assert "3 lượt kiểm tra tại chỗ đối với 2 cơ sở" in text
    assert "66,7%" in text
    assert "Hai & <ba>." in text
    assert "100% cơ sở dễ bị lợi dụng được kiểm tra" in text  # the plan's own words…
    assert "Sao Thử" not in text  # …so nobody is named
    assert "CS-001" not in text
    assert "{{" not in text
    assert "{%" not in text


def test_the_spreadsheet_names_establishments_and_none_of_the_plans_words(commune: Database) -> None:
    data = paper.spreadsheet(compile_(commune), made="Lập để thử", names={"CS-001": "Tên theo sổ"}).xlsx()
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["PL1", "PL2", "PL3", "PL4", "PL5", "Căn cứ"]
    cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert {"T1", "CS-001", "Tên theo sổ", "CS-002 Karaoke Sao Thử 02"} <= cells
    assert not any("dễ bị lợi dụng" in cell for cell in cells)


def test_a_commune_with_an_empty_register_has_a_report_of_noughts(app: Flask, db: Database, clock: Clock) -> None:
    with database.write(db, clock) as tx:
        plans.put(tx, ACTOR, PLAN)
    content = compile_(db)
    for annex in ("PL1", "PL2", "PL3"):
        (total,) = content["annexes"][annex]
        assert not any(value for key, value in total.items() if isinstance(value, int) and key != "is_total")
    assert "Tổng cộng" in text_of(paper.docx(content, {}, on=TODAY, templates=Path("none")))
    assert paper.spreadsheet(content, made="", names={}).xlsx()


def test_the_offices_own_template_is_used(commune: Database, tmp_path: Path) -> None:
    own = docx.Document()
    own.add_paragraph("Mẫu của tỉnh: {{ visits.visits|n }} lượt")
    own.save(tmp_path / "report.docx")
    assert text_of(paper.docx(compile_(commune), {}, on=TODAY, templates=tmp_path)) == "Mẫu của tỉnh: 3 lượt"


@pytest.mark.parametrize(
    "words", ["{{ nobody.knows }}", "{{ nobody|n }}", "{{ period|day }}", "{% for %}", "{{ ''.__class__.__mro__ }}"]
)
def test_a_template_that_asks_for_what_there_is_not_is_refused(commune: Database, tmp_path: Path, words: str) -> None:
    own = docx.Document()
    own.add_paragraph(words)
    own.save(tmp_path / "report.docx")
    with pytest.raises(Refusal, match="cannot be used"):
        paper.docx(compile_(commune), {}, on=TODAY, templates=tmp_path)


# ---- the command and the pages ----


def test_the_command_writes_word_and_spreadsheet(commune: Database, terminal: Terminal, tmp_path: Path) -> None:
    for name in ("bao-cao.docx", "phu-luc.xlsx"):
        result = terminal("report", "--plan", PLAN.id, "--period", "year", "--year", "2026", "--out", tmp_path / name)
        assert result.exit_code == 0, result.stderr
        assert zipfile.is_zipfile(tmp_path / name)


@pytest.mark.parametrize(
    ("words", "says"),
    [("--plan khong-co --period year", (1, "khong-co")), (f"--plan {PLAN.id} --period tuan", (2, "tuan")),
     (f"--plan {PLAN.id} --period half1 --year 2027", (1, "6 tháng đầu năm 2027")),
     (f"--plan {PLAN.id} --period q4 --year 2025", (1, "is outside the time of plan thu-2026 (01/01/2026 – 31"))],
)  # fmt: skip
def test_the_command_refuses_by_name(commune: Database, terminal: Terminal, words: str, says: tuple[int, str]) -> None:
    result = terminal("report", *words.split(), "--out", terminal.folder / "r.docx")
    assert (result.exit_code, says[1] in result.stderr) == (says[0], True)
    assert not (terminal.folder / "r.docx").exists()


def test_a_plan_that_is_over_is_reported_on_by_its_own_year(commune: Database, terminal: Terminal) -> None:
    """The plan begins in July of 2025 (TODAY is a year later): its first half is nobody's, its second and year are."""
    assert terminal("import", "plan", "thanh-nam-2025").exit_code == 0
    for code, ends in (("year", 0), ("half2", 0), ("half1", 1), ("q2", 1)):
        out = terminal.folder / f"{code}.docx"
        result = terminal("report", "--plan", "thanh-nam-2025", "--period", code, "--out", out)
        assert (result.exit_code, out.exists()) == (ends, not ends), result.stderr
    assert "năm 2025" in text_of((terminal.folder / "year.docx").read_bytes()).lower()


def test_an_officer_drafts_words_and_issues(commune: Database, sign_in: Callable[[str], FlaskClient]) -> None:
    alice = sign_in("alice")
    outside = alice.post("/reports", data={"plan": PLAN.id, "period": "year", "year": "2025"})
    assert (outside.status_code, "nằm ngoài thời gian của kế hoạch" in outside.text) == (422, True)
    begun = alice.post("/reports", data={"plan": PLAN.id, "period": "year", "year": "2026"})
    address = begun.location
    alice.post(address, data={"tasks": "Tiếp tục kiểm tra."})
    assert "Tiếp tục kiểm tra." in alice.get(address).text
    assert "Tiếp tục kiểm tra." in text_of(alice.get(f"{address}/report.docx").data)
    alice.post(f"{address}/issue")
    page = sign_in("em").get(address).text
    assert "Đã phát hành" in page
    assert "đến nay chưa có gì khác" in page
    with database.write(commune, lambda: NOW + timedelta(minutes=1)) as tx:
        visits.enter(
            tx, Visit(tx.db.execute("SELECT id FROM establishment WHERE code = 'CS-003'").fetchone()[0], TODAY)
        )
    assert "thêm CS-003" in sign_in("em").get(address).text
    assert alice.post(address, data={"tasks": "khác"}).status_code == 409


# ---- what a plan asks for ----

DECEMBER = {"from": "các thôn", "to": "Phòng", "cadence": "year", "due": "12-15"}
OFTEN = {"from": "Công an", "to": "Phòng", "cadence": ["month", "quarter", "half", "flash"]}


@pytest.mark.parametrize(
    ("line", "on", "asked"),
    [
        (DECEMBER, date(2026, 11, 14), []),  # 31 days before
        (DECEMBER, date(2026, 11, 15), [("year", 2026, date(2026, 12, 15))]),
        (DECEMBER, date(2026, 12, 31), [("year", 2026, date(2026, 12, 15))]),
        (DECEMBER, date(2027, 1, 29), [("year", 2026, date(2026, 12, 15))]),  # 45 days late
        (DECEMBER, date(2027, 1, 30), []),
        (DECEMBER | {"due": "01-10"}, date(2026, 12, 20), [("year", 2026, date(2027, 1, 10))]),
        (DECEMBER | {"due": "02-29"}, date(2027, 2, 28), [("year", 2026, date(2027, 2, 28))]),
        (DECEMBER | {"due": "02-29"}, date(2028, 2, 28), [("year", 2027, date(2028, 2, 29))]),
        (OFTEN, date(2026, 7, 1), [("q2", 2026, None), ("half1", 2026, None)]),
        (OFTEN, date(2026, 8, 15), []),  # both ended 46 days ago
        (OFTEN, date(2026, 1, 5), [("q4", 2025, None), ("half2", 2025, None)]),
        ({"cadence": "unspecified"}, date(2026, 1, 5), []),
        ({"due": "ngày cuối quý", "cadence": "quarter"}, date(2026, 1, 5), []),
        ({}, date(2026, 1, 5), []),
    ],
)
def test_reports_that_a_plan_asks_for(line: dict[str, object], on: date, asked: list[object]) -> None:
    assert [(one.period.code, one.period.year, one.due_on) for one in periods.owed([line], on)] == asked
