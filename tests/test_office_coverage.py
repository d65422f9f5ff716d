"""The coverage page: a figure is never without its numerator, denominator, day and the rows behind it."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlite_utils import Database

from fieldapp import areas, coverage, visits
from fieldapp.coverage import yearly_target
from fieldapp.database import write
from fieldapp.establishments import Establishment
from fieldapp.views import drawings
from fieldapp.visits import Visit
from tests import making
from tests.cast import Clock
from tests.test_office_register import names


def fill(db: Database, clock: Clock) -> list[Establishment]:
    """Twenty establishments in three areas; eleven inspected over the year, one ceased before anybody came."""
    with write(db, clock) as tx:
        parts = [areas.area_named(tx, f"Thôn Mẫu {n}", is_border_area=n == 2)[0].id for n in (1, 2)]
        places = []
        for n in range(20):
            facts = {"area": [*parts, None][n % 3], "type": ("karaoke", "hotel", "cafe")[n % 3]}
            until = date(2026, 6, 1) if n == 19 else None
            places.append(making.establishment(tx, f"Cơ sở {n:02d}", managed_until=until, **facts))
        for n, place in enumerate(places[:11]):
            visits.enter(tx, Visit(place.id, date(2026, 1, 15) + timedelta(days=28 * n), ("team_178",)))
        visits.enter(tx, Visit(places[12].id, date(2026, 3, 3), ("police",), outcome="closed_door"))
    return places


def links(page: str) -> list[tuple[str, int]]:
    """Every figure of the page that opens its rows: (address, figure)."""
    found = re.findall(r'href="(/coverage/rows\?[^"]*)">([\d.]+)(?: cơ sở)?</a>', page)
    return [(html.unescape(address), int(figure.replace(".", ""))) for address, figure in found]


def test_every_figure_opens_exactly_its_rows(alice: FlaskClient, db: Database, clock: Clock) -> None:
    fill(db, clock)
    page = alice.get("/coverage").text
    figures = links(page)
    assert len(figures) > 30
    for address, figure in figures:
        assert len(names(alice.get(address).text)) == figure, address


def test_the_figures_are_those_of_the_rule(alice: FlaskClient, db: Database, clock: Clock) -> None:
    fill(db, clock)
    page = alice.get("/coverage").text
    truth = coverage.compute(db, yearly_target(2026), date(2026, 11, 21))
    assert (truth.numerator, truth.denominator) == (11, 19)
    assert "57,9%" in page
    assert "1 cơ sở</a> chấm dứt trước khi được kiểm tra: để riêng, ngoài mẫu số 19" in page
    for group in ("counted", "missing", "ceased_before_inspection"):
        asked = group.removesuffix("_before_inspection")
        shown = names(alice.get(f"/coverage/rows?set={asked}").text)
        assert shown == [e.name for e in getattr(truth, group)]


def test_a_past_day_says_what_it_is_made_of(alice: FlaskClient, db: Database, clock: Clock) -> None:
    fill(db, clock)
    page = alice.get("/coverage?as_of=30/06/2026").text
    assert "Tính đến 30/06/2026 theo sổ cơ sở của hôm nay và các lượt kiểm tra có ngày đến hôm đó." in page
    for address, figure in links(page):
        assert len(names(alice.get(address).text)) == figure, address
    assert "theo sổ cơ sở của hôm nay" not in alice.get("/coverage").text


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("year=2027", "Năm 2027 chưa bắt đầu"),
        ("year=2026&as_of=2025-12-31", "Năm 2026 chưa bắt đầu"),
        ("year=2025", "Cả năm đã kiểm tra 0/20 cơ sở"),
        ("as_of=2026-01-01", "8 tuần qua chưa có lần nào"),
        ("as_of=2026-12-31", "cần 8,0 cơ sở mỗi tuần"),
    ],
)
def test_other_years_and_days(query: str, says: str, alice: FlaskClient, db: Database, clock: Clock) -> None:
    fill(db, clock)
    answer = alice.get(f"/coverage?{query}")
    assert answer.status_code == 200
    assert says in answer.text


@pytest.mark.parametrize("query", ["year=abc", "year=1999", "year=2101", "year=", "as_of=31/02/2026", "as_of=hôm+qua"])
def test_nonsense_is_answered_in_words(query: str, alice: FlaskClient) -> None:
    answer = alice.get(f"/coverage?{query}")
    assert answer.status_code == 422
    assert "Năm phải từ 2000 đến 2100." in answer.text or "không phải là ngày" in answer.text
    assert alice.get("/coverage/rows?set=everything").status_code == 404


def test_nothing_to_count(alice: FlaskClient) -> None:
    page = alice.get("/coverage").text
    assert "Không có cơ sở nào thuộc diện quản lý" in page
    assert "0%" not in page
    assert "/import" in page


def test_all_inspected(alice: FlaskClient, db: Database, clock: Clock) -> None:
    with write(db, clock) as tx:
        making.inspect(tx, making.establishment(tx))
    page = alice.get("/coverage").text
    assert "Đã kiểm tra đủ 1 cơ sở" in page
    assert "100,0%" in page
    assert ">Đạt<" in re.sub(r"<svg.*?</svg>", "", page)


def test_one_cell_for_each_establishment_while_they_can_be_counted() -> None:
    assert drawings.cells(2, 3) == [True, True, False]
    assert drawings.cells(0, 0) == []
    assert len(drawings.cells(3, 14) or []) == 14
    assert drawings.cells(3, 15) is None


@pytest.mark.parametrize("on", [date(2026, 1, 1), date(2026, 7, 1), date(2026, 12, 31), date(2027, 2, 1)])
def test_the_drawing_stays_in_its_box(on: date, db: Database, clock: Clock) -> None:
    fill(db, clock)
    found = coverage.compute(db, yearly_target(2026), on)
    drawn = drawings.plot(found, coverage.pace(found))
    assert drawn
    for x, y in (drawn.now, drawn.end or drawn.now, (drawn.now[0], drawn.label_y)):
        assert drawings.LEFT <= x <= drawings.WIDTH
        assert drawings.TOP <= y <= drawings.BOTTOM
    assert sum(width for _, width in drawn.columns) == pytest.approx(drawings.WIDTH - drawings.LEFT)
    table = drawings.periods(found)
    assert [period.total for period in table if period.total is not None][-1] == found.numerator


def test_today_says_it_in_a_line(alice: FlaskClient, db: Database, clock: Clock) -> None:
    fill(db, clock)
    page = alice.get("/").text
    assert ">11/19</a>" in page
    assert "Cơ sở đã được kiểm tra: 57,9%." in page
    assert "8 cơ sở</a>, cần 1,4 cơ sở mỗi tuần." in page


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_as_a_file(form: str, alice: FlaskClient, db: Database, clock: Clock) -> None:
    fill(db, clock)
    answer = alice.get(f"/coverage/export.{form}?year=2026&as_of=21/11/2026")
    assert answer.status_code == 200
    assert f'attachment; filename="do-bao-phu-2026.{form}"' == answer.headers["Content-Disposition"]
    rows = alice.get("/coverage/rows/export.csv?set=missing&by_type=hotel").data.decode("utf-8-sig").splitlines()
    assert len(rows) - 1 == len(names(alice.get("/coverage/rows?set=missing&by_type=hotel").text)) > 0
