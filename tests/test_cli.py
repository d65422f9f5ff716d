"""The commands: what they print, how they end, in both languages; and a server that is really started and stopped."""

from __future__ import annotations

import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click
import pytest
from sqlite_utils import Database

from fieldapp import cli, database, people, units, visits
from fieldapp.clock import Clock
from fieldapp.database import write
from fieldapp.visits import Visit
from tests import making
from tests.cast import NOW, PASSWORD
from tests.spreadsheets import Terminal


@pytest.fixture
def empty(tmp_path: Path, clock: Clock) -> Terminal:
    """A terminal before any data."""
    return Terminal(tmp_path, tmp_path / "data", clock)


def every_command(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


ALL = list(every_command(cli.main))


# ---- words ----


def test_the_commands_are_those_of_the_contract() -> None:
    assert {" ".join(words) for words in ALL if words not in {("user",), ("import",), ("export",)}} == {
        "init",
        "user add",
        "serve",
        "demo",
        "import establishments",
        "import visits",
        "import plan",
        "import phone-export",
        "import checklist",
        "record",
        "coverage",
        "export coverage",
        "export commitments",
        "export establishments",
        "export findings",
        "export inspections",
        "export visits",
        "report",
        "backup",
        "restore",
        "check",
        "accept-loss",
    }


@pytest.mark.parametrize("words", [(), *ALL])
def test_help_is_vietnamese_and_english_by_choice(empty: Terminal, words: tuple[str, ...]) -> None:
    english = empty.done(*words, "--help").stdout
    empty.lang = "vi"
    vietnamese = empty.done(*words, "--help").stdout
    assert ("Usage: " in english, "Cách dùng: " in vietnamese) == (True, True)
    assert ("Options:" in english, "Tùy chọn:" in vietnamese) == (True, True)
    assert not re.search(r"\b(Tùy chọn|Lệnh|Cách dùng|Hiện|năm|tệp|cổng)\b", english)
    assert not re.search(r"\b(Usage|Options|Commands|Show)\b", vietnamese)


WRONG = [
    (["nonsense"], "không có lệnh “nonsense”"),
    (["init"], "thiếu tùy chọn --unit-code"),
    (["init", "--unit-code"], "tùy chọn --unit-code cần một giá trị"),
    (["init", "--unit-code", "15187", "--kind", "huyện"], "xã, phường, đặc khu"),
    (["user", "add", "--role", "officer"], "thiếu HỌ_TÊN"),
    (["user", "add", "A", "--role", "king"], "“king” không thuộc: 'admin'"),
    (["coverage"], "--plan ID hoặc --year"),
    (["coverage", "--year", "2026", "--plan", "p"], "--plan ID hoặc --year"),
    (["export", "coverage", "--out", "x.csv"], "--plan ID hoặc --year"),
    (["coverage", "--year", "nay"], "“nay” không phải số nguyên"),
    (["coverage", "--year", "1066"], "Năm phải từ 2000 đến 2100"),
    (["coverage", "--year", "2026", "--as-of", "21/11/2026"], "“21/11/2026” không phải là ngày"),
    (["coverage", "--year", "2026", "--by", "owner"], "“owner” không thuộc"),
    (["coverage", "--year", "2026", "--sideways"], "không có tùy chọn --sideways"),
    (["serve", "--port", "99999"], "99999 không nằm trong khoảng 0–65535"),
    (["serve", "here"], "thừa “here”"),
    (["import", "visits"], "thiếu TỆP"),
    (["import", "visits", "x.csv", "--date-format", "tuần"], "MM/DD/YYYY"),
    (["import", "visits", "x.csv", "--map", "a=b"], "Không có trường “b”"),
    (["export", "coverage", "--year", "2026", "--out", "x.pdf"], ".xlsx hoặc .csv"),
    (["export", "coverage", "--dry-run=3"], ""),
]


@pytest.mark.parametrize(("words", "says"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_wrong_usage_is_2_and_says_how(empty: Terminal, words: list[str], says: str) -> None:
    empty.lang = "vi"
    result = empty(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert not re.search(r"\b(Error|Missing|Invalid|Usage|Option)\b", result.stderr)
    assert not empty.data.exists()
    empty.lang = "en"
    assert empty(*words).exit_code == 2


NEEDS_DATA = [
    ["user", "add", "A", "--role", "officer", "--password-stdin"], ["serve"], ["import", "visits", "x.csv"],
    ["coverage", "--year", "2026"], ["export", "visits", "--year", "2026", "--out", "x.csv"],
]  # fmt: skip


@pytest.mark.parametrize("words", NEEDS_DATA, ids=" ".join)
def test_without_data_every_command_says_what_to_do_first(empty: Terminal, words: list[str]) -> None:
    result = empty(*words)
    assert (result.exit_code, "fieldapp init" in result.stderr) == (1, True)
    assert not empty.data.exists()


@pytest.mark.parametrize("words", NEEDS_DATA, ids=" ".join)
def test_data_that_are_no_database_end_in_a_sentence(empty: Terminal, words: list[str]) -> None:
    empty.data.mkdir()
    (empty.data / database.FILE_NAME).write_bytes(b"this is not a database at all, and long enough to tell" * 9)
    result = empty(*words)
    assert (result.exit_code, "cannot be read" in result.stderr) == (1, True)
    assert "Traceback" not in result.output


@pytest.mark.parametrize("words", [["coverage", "--year", "2026"], ["serve", "--port", "0"], ["user", "add", "A"]])
def test_data_of_a_newer_program_are_left_alone(terminal: Terminal, db: Database, words: list[str]) -> None:
    db.execute("UPDATE _sqlite_migrations SET name = 'm999_later' WHERE name = 'm013_numbers_given'")
    extra = ["--role", "admin", "--password-stdin"] if words[0] == "user" else []
    result = terminal(*words, *extra, stdin="một mật khẩu dài\n")
    assert result.exit_code == 1, result.stdout
    assert "were written by a newer version of the program" in result.stderr
    assert db.execute("SELECT count(*) FROM _sqlite_migrations WHERE name = 'm013_numbers_given'").fetchone() == (0,)


def test_what_nobody_thought_of_ends_in_a_sentence_too(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr("fieldapp.cli.telling.coverage.figures", broken)
    result = terminal("coverage", "--year", "2026")
    assert result.exit_code == 1
    assert "RuntimeError: no such thing (test_cli.py:" in result.stderr


def test_a_setting_that_is_no_number(terminal: Terminal) -> None:
    result = terminal("serve", FIELDAPP_PROXIES="hai")
    assert (result.exit_code, "FIELDAPP_PROXIES" in result.stderr) == (1, True)


def test_a_rate_that_cannot_be_read_is_no_limit_and_refused(terminal: Terminal) -> None:
    refused = terminal("serve", "--port", "0", FIELDAPP_SIGN_IN_LIMIT="ten a minute")
    assert (refused.exit_code, "10 per 5 minutes" in refused.stderr) == (1, True)


# ---- setting up ----


def test_init_looks_the_commune_up(empty: Terminal) -> None:
    result = empty.done("init", "--unit-code", "09562")
    assert "phường Yên Nghĩa" in result.stdout
    with database.opened(empty.data) as db:
        unit = units.read(db)
        assert (unit.kind, unit.name, unit.area_word, unit.is_demo) == ("phường", "Yên Nghĩa", "tổ dân phố", False)
        assert db.execute("SELECT count(*) FROM checklist WHERE current = 1").fetchone() == (1,)
    assert empty.data.stat().st_mode & 0o077 == 0


def test_init_takes_names_that_are_given(empty: Terminal) -> None:
    empty.done(
        "init",
        "--unit-code",
        "99999",
        "--kind",
        "dac khu",
        "--name",
        "Mẫu",
        "--province",
        "Ví Dụ",
        "--area-word",
        "khóm",
    )
    with database.opened(empty.data) as db:
        assert (units.read(db).full_name, units.read(db).area_word) == ("đặc khu Mẫu", "khóm")


def test_init_refuses_what_it_does_not_know_and_what_is_there(empty: Terminal) -> None:
    unknown = empty("init", "--unit-code", "99999")
    assert (unknown.exit_code, "99999" in unknown.stderr) == (1, True)
    assert not empty.data.exists()
    empty.done("init", "--unit-code", "15187")
    again = empty("init", "--unit-code", "09562")
    assert (again.exit_code, "xã Kim Tân" in again.stderr) == (1, True)
    with database.opened(empty.data) as db:
        assert units.read(db).name == "Kim Tân"


def test_an_account_from_standard_input(terminal: Terminal, db: Database) -> None:
    words = ["user", "add", "Nguyễn Thị An", "--role", "officer", "--body", "health", "--password-stdin"]
    assert "nguyen.thi.an" in terminal(*words, stdin=PASSWORD + "\r\n").stdout
    account = people.authenticate(db, "nguyen.thi.an", PASSWORD)
    assert (account.role, account.body, account.name) == ("officer", "health", "Nguyễn Thị An")


@pytest.mark.parametrize(
    ("extra", "stdin", "says"),
    [
        ([], "ngắn\n", "at least 10"),
        ([], "", "at least 10"),
        (["--username", "alice"], PASSWORD, "already an account"),
        (["--username", "a b"], PASSWORD, "cannot be used"),
        (["--body", "navy"], PASSWORD, "police"),
    ],
)
def test_an_account_that_cannot_be(terminal: Terminal, db: Database, extra: list[str], stdin: str, says: str) -> None:
    before = len(people.accounts(db))
    result = terminal("user", "add", "Mai Mới", "--role", "viewer", "--password-stdin", *extra, stdin=stdin)
    assert (result.exit_code, says in result.stderr) == (1, True)
    assert len(people.accounts(db)) == before


def test_without_a_terminal_a_password_is_not_asked(terminal: Terminal) -> None:
    result = terminal("user", "add", "A", "--role", "viewer", stdin="x")
    assert (result.exit_code, "--password-stdin" in result.stderr) == (2, True)


@pytest.mark.parametrize(("second", "code"), [(PASSWORD, 0), ("another password", 1)])
def test_on_a_terminal_the_password_is_asked_twice(terminal: Terminal, second: str, code: int) -> None:
    ours, theirs = pty.openpty()
    env = {**os.environ, "FIELDAPP_DATA": str(terminal.data), "FIELDAPP_LANG": "en"}
    words = [sys.executable, "-m", "fieldapp", "user", "add", "Nguyễn An", "--role", "viewer"]
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True) as asking:
        for word in (PASSWORD, second):
            shown = b""
            while not shown.rstrip().endswith(b":"):
                shown += os.read(ours, 1000)
            os.write(ours, word.encode() + b"\n")
        assert asking.wait(timeout=30) == code
    os.close(ours)
    os.close(theirs)


# ---- coverage ----


@pytest.fixture
def year(db: Database) -> None:
    with write(db, lambda: NOW) as tx:
        for n in range(3):
            place = making.establishment(tx, f"Quán {n}", code=f"CS-00{n}", type="cafe" if n else "karaoke")
            if n:
                visits.enter(tx, Visit(place.id, date(2026, 3, n), ("police",), source="imported"))
        making.establishment(tx, "Quán cũ", code="CS-009", managed_until=date(2026, 5, 1))


@pytest.mark.usefixtures("year")
def test_coverage_as_json(terminal: Terminal) -> None:
    result = terminal.done("coverage", "--year", "2026", "--format", "json")
    answer = json.loads(result.stdout)
    assert (answer["plan"], answer["as_of"], result.stderr) == (None, "2026-11-21", "")
    (target,) = answer["targets"]
    assert target == {
        "id": "default", "metric": "distinct_inspected", "window": ["2026-01-01", "2026-12-31"],
        "population": "managed", "denominator_as_of": "ever_active_in_period",
        "numerator": 2, "denominator": 3, "percent": 66.7, "required": 3,
        "remaining": 1, "met": False, "counted": ["CS-001", "CS-002"], "missing": ["CS-000"],
        "ceased_before_inspection": ["CS-009"], "computed": True, "text": target["text"],
        "by_type": [
            {"key": "cafe", "numerator": 2, "denominator": 2, "percent": 100.0},
            {"key": "karaoke", "numerator": 0, "denominator": 1, "percent": 0.0},
        ],
        "by_area": [{"key": "", "numerator": 2, "denominator": 3, "percent": 66.7}],
    }  # fmt: skip


@pytest.mark.usefixtures("year")
def test_coverage_as_a_table_in_both_languages(terminal: Terminal) -> None:
    english = terminal.done("coverage", "--year", "2026").stdout
    assert "Inspected 2/3 (66.7%)." in english
    assert re.search(r"^Café +2/2 +100\.0%$", english, re.MULTILINE)
    assert re.search(r"^\(none\) +2/3", english, re.MULTILINE)
    terminal.lang = "vi"
    vietnamese = terminal.done("coverage", "--year", "2026", "--by", "type").stdout
    assert "Độ bao phủ năm 2026, xã Kim Tân, tính đến 21/11/2026" in vietnamese
    assert "Đã kiểm tra 2/3 cơ sở (66,7%)." in vietnamese
    assert "Phải đạt 3, còn thiếu 1: chưa đạt." in vietnamese
    assert "1 cơ sở chấm dứt trước khi được kiểm tra" in vietnamese
    assert re.search(r"^Quán cà phê, giải khát +2/2 +100,0%$", vietnamese, re.MULTILINE)
    assert "Thôn" not in vietnamese


@pytest.mark.usefixtures("year")
@pytest.mark.usefixtures("year")
def test_coverage_of_a_plan(terminal: Terminal) -> None:
    terminal.done("import", "plan", "yen-nghia-2026")
    answer = json.loads(terminal.done("coverage", "--plan", "yen-nghia-2026", "--format", "json").stdout)
    assert (answer["plan"], answer["as_of"]) == ("yen-nghia-2026", "2026-11-21")
    assert [target["id"] for target in answer["targets"]] == ["YN1", "YN2", "YN3", "YN4", "YN5"]
    team, *_, kept = answer["targets"]
    default = json.loads(terminal.done("coverage", "--year", "2026", "--format", "json").stdout)["targets"][0]
    assert (team["denominator"], team["computed"], team["window"]) == (default["denominator"], True, default["window"])
    assert (kept["computed"], kept["numerator"], kept["text"][:4]) == (False, None, "Việc")
    table = terminal.done("coverage", "--plan", "yen-nghia-2026", "--by", "type").stdout
    assert table.startswith("Plan yen-nghia-2026, xã Kim Tân, as of 2026-11-21")
    assert "not computed by this software" in table
    header, *rows = terminal.done("coverage", "--plan", "yen-nghia-2026", "--format", "csv").stdout.splitlines()
    assert header.startswith("target,metric,computed,as_of,numerator,")
    assert len(rows) == 5
    unknown = terminal("coverage", "--plan", "kim")
    assert (unknown.exit_code, "There is no plan “kim”. Plans: yen-nghia-2026." in unknown.stderr) == (1, True)


@pytest.mark.usefixtures("year")
def test_coverage_as_csv(terminal: Terminal) -> None:
    assert terminal.done("coverage", "--year", "2026", "--format", "csv").stdout.splitlines() == [
        "as_of,numerator,denominator,percent,required,remaining,met", "2026-11-21,2,3,66.7,3,1,false",
    ]  # fmt: skip
    by_area = terminal.done("coverage", "--year", "2026", "--format", "csv", "--by", "area").stdout
    assert by_area.splitlines() == ["key,numerator,denominator,percent", ",2,3,66.7"]


@pytest.mark.usefixtures("year")
def test_an_earlier_day_says_what_it_is_made_of(terminal: Terminal) -> None:
    table = terminal.done("coverage", "--year", "2026", "--as-of", "2026-03-01")
    assert "Inspected 1/4" in table.stdout
    assert "From today's register and the visits up to 2026-03-01." in table.stdout
    for form in ("json", "csv"):
        result = terminal.done("coverage", "--year", "2026", "--as-of", "2026-03-01", "--format", form)
        assert "today's register" in result.stderr
        assert "today's register" not in result.stdout


@pytest.mark.usefixtures("year")
def test_before_a_year_begins_there_are_no_figures(terminal: Terminal) -> None:
    (target,) = json.loads(terminal.done("coverage", "--year", "2027", "--format", "json").stdout)["targets"]
    assert [target[key] for key in ("numerator", "denominator", "percent", "required", "remaining", "met")] == [
        None
    ] * 6
    assert "has not begun" in terminal.done("coverage", "--year", "2027").stdout


def test_an_empty_register_has_no_percentage(terminal: Terminal) -> None:
    (target,) = json.loads(terminal.done("coverage", "--year", "2026", "--format", "json").stdout)["targets"]
    assert (target["denominator"], target["percent"], target["met"]) == (0, None, None)
    assert "No establishment is under management." in terminal.done("coverage", "--year", "2026").stdout


def test_today_is_the_communes_day(terminal: Terminal) -> None:
    terminal.clock = lambda: NOW.replace(hour=18)  # 01:00 of the 22nd in Vietnam
    answer = json.loads(terminal.done("coverage", "--year", "2026", "--format", "json").stdout)
    assert answer["as_of"] == "2026-11-22"


# ---- writing under load, pipes, consoles ----


def test_a_database_that_somebody_else_writes_to(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    other = sqlite3.connect(terminal.data / database.FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    result = terminal("user", "add", "A", "--role", "viewer", "--password-stdin", stdin=PASSWORD)
    other.execute("ROLLBACK")
    other.close()
    assert (result.exit_code, "busy" in result.stderr) == (1, True)


def shell(terminal: Terminal, command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "FIELDAPP_DATA": str(terminal.data), "PY": sys.executable, **environment}
    return subprocess.run(["bash", "-c", command], env=env, capture_output=True, timeout=60, check=False)


@pytest.mark.usefixtures("year")
def test_a_reader_that_leaves_early_is_no_accident(terminal: Terminal) -> None:
    result = shell(terminal, '"$PY" -m fieldapp coverage --year 2026 | true; exit ${PIPESTATUS[0]}')
    assert b"Traceback" not in result.stderr


@pytest.mark.usefixtures("year")
def test_vietnamese_reaches_an_ascii_console(terminal: Terminal) -> None:
    result = shell(terminal, '"$PY" -m fieldapp coverage --year 2026', PYTHONIOENCODING="ascii", LC_ALL="C")
    assert "Độ bao phủ năm 2026" in result.stdout.decode()
