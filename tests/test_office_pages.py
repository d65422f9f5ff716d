"""What holds of every page of the office, found by following its links through a filled commune and an empty one."""

from __future__ import annotations

import ast
import csv
import html
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import (
    database,
    demo,
    drafts,
    establishments,
    findings,
    inspections,
    overlap,
    people,
    sanctions,
    schedule,
    visits,
)
from fieldapp.database import connect
from fieldapp.views import words
from fieldapp.visits import Visit
from sync import quarantine, stamps
from tests.cast import NOW, Clock
from tests.client.__main__ import node
from tests.conftest import _app
from tests.test_roles import address as address_of
from tests.test_roles import office_rules

ROOT = Path(__file__).parent.parent
UNLABELLED = ("hidden", "submit", "checkbox", "radio")
RAW = r"\b(?:None|Undefined|True|False|khong_dat|team_178)\b|\{\{|&lt;"
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}")


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo commune, made once."""
    folder = tmp_path_factory.mktemp("demo") / "yen-mau"
    demo.prepare(folder, "yen-mau", clock=lambda: NOW)
    return folder


@pytest.fixture
def demo_app(filled: Path, tmp_path: Path, clock: Clock) -> Flask:
    shutil.copytree(filled, tmp_path / "yen-mau")
    return _app(tmp_path / "yen-mau", clock)


def browse(app: Flask, username: str, *, most: int = 130) -> Iterator[tuple[str, str]]:
    """Every kind of page one reaches by following links from the first: (path, its HTML)."""
    browser = app.test_client()
    db = connect(app.config["DATA_FOLDER"])
    account = next(a for a in people.accounts(db) if a.username == username)
    db.close()
    with browser.session_transaction() as session:
        session.update(account=account.id, key=account.session_key, unit=_unit(app))
    waiting, seen = ["/", "/search?q=karaoke", "/search?q=xyzxyz"], set()
    while waiting and len(seen) < most:
        path = waiting.pop(0)
        kind = re.sub(r"=[^&]*", "=", ID.sub("*", path))
        if kind in seen:
            continue
        seen.add(kind)
        answer = browser.get(path, follow_redirects=True)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        if answer.mimetype == "text/html":
            links = re.findall(r'(?:href|src|action)="(/[^"]*)"', answer.text)
            posts = set(re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"', answer.text))
            waiting += [
                html.unescape(a).split("#")[0]
                for a in links
                if not a.startswith(("/static", "/app")) and a not in posts
            ]
            yield path, answer.text
        else:
            answer.close()


def _unit(app: Flask) -> str:
    return str(app.config["SESSION_COOKIE_NAME"]).removeprefix("fieldapp_")


class Reader(HTMLParser):
    """What a page is made of, as far as the rules below ask."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.headings: list[str] = []
        self._tables: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.wrong += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        if tag == "script" and not given.get("src"):
            self.wrong.append("inline script")
        if tag == "style":
            self.wrong.append("inline style")
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        if tag == "label" and given.get("for"):
            self.labelled.add(str(given["for"]))
        if tag == "th" and "scope" not in given:
            self.wrong.append("th without scope")
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)
        if tag in ("input", "select", "textarea") and given.get("type") not in UNLABELLED:
            self.fields.append(given)
        if tag == "table":
            self._tables.append(False)
        if tag == "caption" and self._tables:
            self._tables[-1] = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and not self._tables.pop():
            self.wrong.append("table without caption")


def judge(path: str, page: str) -> list[str]:
    reader = Reader()
    reader.feed(page)
    wrong = reader.wrong
    wrong += [f"id {name} twice" for name, times in reader.ids.items() if times > 1]
    wrong += [
        f"field {field.get('name')} without label" for field in reader.fields
        if field.get("id") not in reader.labelled and "aria-label" not in field and field.get("aria-hidden") != "true"
        and "size" not in field and field.get("name") != "account"  # these stand inside their label
    ]  # fmt: skip
    if reader.headings.count("h1") != 1:
        wrong.append(f"{reader.headings.count('h1')} h1")
    body = re.sub(r"<(script|style|svg|title)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    wrong += [
        f"says {found}" for found in re.findall(r"\b(?:None|Undefined|True|False|khong_dat|team_178)\b|\{\{|&lt;", body)
    ]
    if 'lang="vi"' not in page:
        wrong.append("no language")
    return [f"{path}: {one}" for one in wrong]


@pytest.mark.parametrize("username", ["canbo", "doitruong", "kiemtra1", "lanhdao", "quantri"])
def test_every_page_of_a_filled_commune(username: str, demo_app: Flask) -> None:
    pages = list(browse(demo_app, username))
    assert len(pages) > (6 if username == "quantri" else 15)
    assert not [one for path, page in pages for one in judge(path, page)]
    for path, page in pages:
        assert "DỮ LIỆU MẪU" in page or "is-demo" in page, path


@pytest.mark.parametrize("username", ["alice", "dung", "binh", "em", "quan"])
def test_every_page_of_an_empty_commune_says_what_to_do_next(username: str, app: Flask) -> None:
    pages = list(browse(app, username))
    assert not [one for path, page in pages for one in judge(path, page)]
    for path, page in pages:
        if 'class="empty"' in page:
            assert re.search(r'class="empty">.*?<p>[^<]{20,}</p>', page, re.DOTALL), path


def entered(app: Flask, username: str) -> FlaskClient:
    browser = app.test_client()
    with database.opened(app.config["DATA_FOLDER"]) as db:
        account = next(a for a in people.accounts(db) if a.username == username)
    with browser.session_transaction() as session:
        session.update(account=account.id, key=account.session_key, unit=_unit(app))
    return browser


@pytest.mark.parametrize(
    ("username", "told", "not_told"),
    [
        ("canbo", ["5 biên bản chờ xem", "1 thay đổi từ điện thoại", "thiếu lý do", "1 cơ sở mới phát hiện",
                   "1 giá trị do hai người cùng sửa", "1 ngày có hai cơ quan", "hậu kiểm quyết định"],
         ["dòng lịch chờ duyệt", "chờ phê duyệt"]),
        ("doitruong", ["4 dòng lịch chờ duyệt", "lượt kiểm tra thứ hai chờ phê duyệt", "5 biên bản chờ xem"], []),
        ("kiemtra1", ["Biên bản được trả lại cho tôi", "BB-2026-", "giao cho tôi"], ["Cần quyết định", "Mới về"]),
        ("lanhdao", ["Kế hoạch năm 2026", "Đến hạn và quá hạn"], ["Cần quyết định", "cùng sửa"]),
    ],
)  # fmt: skip
def test_today_tells_each_role_what_waits(username: str, told: list[str], not_told: list[str], demo_app: Flask) -> None:
    page = entered(demo_app, username).get("/").text
    assert [one for one in told if one not in page] == []
    assert [one for one in not_told if one in page] == []


def test_what_is_counted_is_what_the_lists_hold(demo_app: Flask) -> None:
    with database.opened(demo_app.config["DATA_FOLDER"]) as db:
        on = NOW.date()
        assert inspections.count_waiting(db) == len(inspections.waiting(db)) == 5
        assert findings.count_overdue(db, on) == len(findings.overdue_findings(db, on)) > 0
        assert quarantine.count_waiting(db) == len(quarantine.waiting(db)) == 1
        assert stamps.count_open(db, "establishment") == len(stamps.open_conflicts(db, "establishment")) == 1
        seconds = overlap.second_visits(db, 2026)
        assert len(seconds) > 1
        assert [overlap.second(db, one.visit.id) for one in seconds] == seconds
        assert schedule.count_unapproved(db) == sum(not e.approved for e in schedule.entries(db, year=2026)) == 4


@pytest.mark.parametrize(
    ("page", "file"),
    [
        ("/ledger?year=2026&q=nha+nghi", "/ledger/export.csv"), ("/ledger?year=2026&only=joint", "/ledger/export.csv"),
        ("/inspections/year?only=accepted", "/inspections/export.csv"),
        ("/findings?only=overdue", "/findings/export.csv"),
        ("/schedule?only=unapproved", "/schedule/export.csv"), ("/sanctions?only=open", "/sanctions/export.csv"),
        ("/activities?only=post&q=phong+chay", "/activities/export.csv"),
    ],
)  # fmt: skip
def test_a_list_and_its_file_hold_the_same_rows(page: str, file: str, demo_app: Flask) -> None:
    officer = entered(demo_app, "canbo")
    shown = officer.get(page).text
    found = re.search(r'role="status">(\d+)/(\d+) ', shown)
    assert found
    assert 0 < int(found[1]) < int(found[2])
    address = html.unescape(re.search(rf'href="({re.escape(file)}[^"]*)"', shown)[1])  # type: ignore[index]
    rows = list(csv.reader(officer.get(address).get_data(as_text=True).splitlines()))
    assert len(rows) - 1 == int(found[1])


def test_a_long_list_comes_in_pages(demo_app: Flask, clock: Clock) -> None:
    officer = entered(demo_app, "canbo")
    with database.opened(demo_app.config["DATA_FOLDER"]) as db, database.write(db, clock) as tx:
        for place in establishments.every(tx.db)[:30]:
            for day in range(1, 6):
                visits.enter(tx, Visit(place.id, date(2026, 1, day), ("tax",), document_no=f"{day}/BB"))
    first = officer.get("/ledger?only=typed").text
    assert "Xem tiếp từ dòng 101" in first
    rest = officer.get("/ledger?only=typed&page=2").text
    assert rest.count('<tr><th scope="row"') == 50
    assert "Trang trước" in rest
    assert "Xem tiếp" not in rest
    assert officer.get("/ledger?only=typed&page=99").text.count('<tr><th scope="row"') == 50


def test_whatever_an_address_asks_is_answered_in_words(alice: FlaskClient, app: Flask) -> None:
    names = ("only", "page", "sort", "cols", "type", "area", "id", "set", "target", "plan", "subject", "before", "q")
    asked: list[dict[str, str]] = [
        dict.fromkeys(names, "²"), {"year": "²"}, {"as_of": "0001-01-01"}, {"q": "9" * 5000, "before": "9" * 20},
        {"q": "\x00'<b>{{7*7}} " + "a " * 2000},
    ]  # fmt: skip
    for rule in office_rules(app):
        for query in asked if "GET" in (rule.methods or ()) else []:
            answer = alice.get(address_of(app, rule), query_string=query)
            assert answer.status_code < 500, (rule.rule, query)
            assert "<b>{{" not in answer.text, rule.rule


def test_an_establishment_is_offered_while_one_types(demo_app: Flask) -> None:
    offered = entered(demo_app, "canbo").get("/establishments/choose?q=khach+san").get_json()
    assert offered
    assert all(re.fullmatch(r"CS-\d+ · Khách sạn .+", one) for one in offered)


def test_every_post_form_carries_its_token(demo_app: Flask) -> None:
    for path, page in browse(demo_app, "canbo"):
        for form in re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL):
            assert 'name="csrf_token"' in form, path


def test_answers_carry_their_headers(alice: FlaskClient, client: FlaskClient) -> None:
    answers = (alice.get("/"), client.get("/sign-in"), alice.get("/nope"), alice.get("/coverage?year=1"))
    for answer in (*answers, alice.get("/search/suggest?q=a"), alice.get("/coverage/rows/export.csv?year=2026")):
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_static_files_may_be_kept_by_their_content(alice: FlaskClient) -> None:
    for address in re.findall(r'(?:href|src)="(/static/[^"#]+)', alice.get("/").text):
        with alice.get(html.unescape(address)) as answer:
            assert answer.status_code == 200, address
            assert "immutable" in answer.headers["Cache-Control"], address


def test_failures_say_what_happened_and_what_to_press(
    alice: FlaskClient, sign_in: Callable[[str], FlaskClient]
) -> None:  # fmt: skip
    for answer in (alice.get("/nope"), sign_in("em").get("/import"), alice.get("/establishments/not-an-id")):
        assert answer.status_code in (403, 404)
        assert not judge("failure", answer.text)
        assert "Về trang Hôm nay" in answer.text
        assert "Không có gì thay đổi trong sổ." in answer.text


def test_every_deed_and_its_object_have_a_name() -> None:
    deeds, objects = set(), set()
    for file in [*(ROOT / "fieldapp").rglob("*.py")]:
        for call in (n for n in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)):
            name = getattr(call.func, "attr", "")
            place = 0 if name == "note" else 2
            if name in ("record", "note") and len(call.args) > place + 1:
                deeds |= said_in(call.args[place])
                objects |= said_in(call.args[place + 1])
    deeds |= {"team_appointed", "team_corrected", "team_voided", "visits_joined", "visits_kept_apart"}
    deeds |= {f"sanction_{event}" for event in sanctions.EVENTS} | {
        f"second_visit_{said}" for said in overlap.DECISIONS
    }
    deeds |= {"establishment_identified", *(f"inspection_{state}" for state in ("accepted", "returned", "voided"))}
    deeds |= {f"finding_{event}" for event in findings.EVENTS}
    assert deeds == set(words.DEEDS)
    objects |= {findings.KIND, drafts.NAME}
    assert objects == set(words.OBJECTS)


def said_in(argument: ast.expr) -> set[str]:
    """The text that is handed in, or both of a choice."""
    choices = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
    return {str(choice.value) for choice in choices if isinstance(choice, ast.Constant)}


def test_the_scripts_are_typed() -> None:
    client = ROOT / "fieldapp" / "client"
    scripts = sorted(str(path) for path in (ROOT / "fieldapp" / "static" / "office").glob("*.js"))
    flags = ["--noEmit", "--ignoreConfig", "--allowJs", "--checkJs", "--strict", "--noUncheckedIndexedAccess"]
    kind = [
        "--target",
        "es2022",
        "--module",
        "esnext",
        "--moduleDetection",
        "force",
        "--lib",
        "es2023,dom,dom.iterable",
    ]
    compiler = str(client / "node_modules" / "typescript" / "bin" / "tsc")
    ran = subprocess.run([node(), compiler, *flags, *kind, *scripts], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
