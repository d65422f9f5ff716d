"""What one cell of a register may say, and what it is taken for."""

from __future__ import annotations

import io
import unicodedata
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from fieldapp import entities, establishments
from fieldapp.importing import establishments as importing
from tests.spreadsheets import Terminal, csv_bytes, one_row, only, xlsx_bytes

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("karaoke", "karaoke"), ("Quán Karaoke", "karaoke"), ("CƠ SỞ KINH DOANH DỊCH VỤ KARAOKE", "karaoke"),
        ("nha nghi", "guesthouse"), ("Nhà nghỉ, nhà khách", "guesthouse"), ("Khách sạn", "hotel"),
        ("massage, tẩm quất", "massage"), ("xông hơi", "massage"), ("Cắt tóc và gội đầu", "hair_wash"),
        ("quán bar", "bar"), ("Quán cà phê", "cafe"), ("café", "cafe"), ("quán ăn", "restaurant"),
        ("nhà hàng (quán ăn)", "restaurant"), ("rental_room", "rental_room"), ("phòng trọ", "rental_room"),
        ("", "other"), ("khác", "other"), ("vũ trường", "disco"), ("Spa", "spa"), ("homestay", "homestay"),
    ],
)  # fmt: skip
def test_types_in_many_words(terminal: Terminal, db: Database, typed: str, code: str) -> None:
    assert terminal.take_in("establishments", one_row(type=typed)).exit_code == 0
    assert only(db).type == code


WRONG_CELLS = [
    ("type", "casino", "karaoke"),
    ("type", "khách sạn, karaoke", "hotel"),
    ("status", "lơ lửng", "operating"),
    ("entity_kind", "tập đoàn", "household"),
    ("employees", "8 người", "digits only"),
    ("employees", "-3", "digits only"),
    ("employees", "8.5", "digits only"),
    ("employees", "1000000", "between 0 and"),
    ("rooms", "mười", "digits only"),
    ("security_conditional", "chắc là có", "không"),
    ("managed_since", "31/02/2026", "no day 31/02/2026"),
    ("managed_since", "12/25/2025", "--date-format MM/DD/YYYY"),
    ("managed_since", "29/02/2025", "no day"),
    ("managed_since", "05/03/26", "not a day"),
    ("managed_since", "tháng 3", "not a day"),
    ("managed_since", "45292", "not a day"),
    ("managed_since", "2026-13-01", "no day"),
    ("managed_since", "01/01/0206", "1900"),
    ("latitude", "gần cầu", "decimal degrees"),
    ("latitude", "95", "between -90 and 90"),
    ("phone", "không có", "phone number"),
    ("code", "1.23457E+11", "Excel rounded"),
    ("entity_code", "3,1E+12", "Excel rounded"),
    ("note", "#REF!", "formula"),
    ("address", "x" * 501, "500"),
    ("licence_expires_on", "x", "not a day"),
]


@pytest.mark.parametrize(("field", "typed", "says"), WRONG_CELLS)
def test_a_wrong_cell_is_named_by_place_value_and_reason(
    terminal: Terminal, db: Database, field: str, typed: str, says: str
) -> None:
    result = terminal.take_in("establishments", one_row(**{field: typed}))
    assert result.exit_code == 1
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("Problem: ")]
    assert f"establishments.csv, row 2, column B “{field}”" in line
    assert typed[:60] in line
    assert says in line
    assert establishments.every(db) == []


def test_reasons_are_vietnamese_by_default(terminal: Terminal) -> None:
    terminal.lang = "vi"
    result = terminal.take_in("establishments", one_row(employees="8 người", managed_since="31/02/2026"))
    assert "dòng 2, cột B “employees”: “8 người”: phải là số nguyên" in result.stderr
    assert "không có ngày 31/02/2026" in result.stderr
    assert "2 lỗi, chưa nhập gì" in result.stderr


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("05/03/2026", date(2026, 3, 5)), ("5/3/2026", date(2026, 3, 5)), ("05-03-2026", date(2026, 3, 5)),
        ("05.03.2026", date(2026, 3, 5)), ("2026-03-05", date(2026, 3, 5)), ("2026-03-05 00:00:00", date(2026, 3, 5)),
        ("ngày 05 tháng 3 năm 2026", date(2026, 3, 5)), ("29/02/2024", date(2024, 2, 29)),
    ],
)  # fmt: skip
def test_days_as_they_are_written(terminal: Terminal, db: Database, typed: str, day: date) -> None:
    assert terminal.take_in("establishments", one_row(managed_since=typed)).exit_code == 0
    assert only(db).managed_since == day


def test_days_of_another_order_need_to_be_announced(terminal: Terminal, db: Database) -> None:
    rows = one_row(managed_since="03/25/2018", managed_until="2019-01-31")
    assert terminal.take_in("establishments", rows).exit_code == 1
    for form in ("MM/DD/YYYY", "%m/%d/%Y"):
        assert terminal.take_in("establishments", rows, "--date-format", form).exit_code == 0
        assert (only(db).managed_since, only(db).managed_until) == (date(2018, 3, 25), date(2019, 1, 31))
    assert terminal.take_in("establishments", rows, "--date-format", "MM-YYYY").exit_code == 2


def test_cells_of_a_workbook_keep_their_meaning(terminal: Terminal, db: Database) -> None:
    header = ["Tên", "Quản lý từ", "SĐT", "Mã", "Số lao động", "Có điều kiện ANTT", "MST"]
    row = [2026, datetime(2024, 2, 1), 912345678, 1001, 8.0, True, 101234567890]
    result = terminal.done("import", "establishments", terminal.file("so.xlsx", xlsx_bytes([header, row])))
    place = only(db)
    assert (place.name, place.managed_since, place.code, place.employees) == ("2026", date(2024, 2, 1), "1001", 8)
    assert place.phone == "0912345678"
    assert "the leading zero was put back: 0912345678" in result.stderr
    assert place.security_conditional
    business = entities.read(db, place.entity or "")
    assert business
    assert business.registration_code == "101234567890"


def test_an_address_that_excel_took_for_a_day_is_refused(terminal: Terminal) -> None:
    content = xlsx_bytes([["Tên", "Địa chỉ"], ["A", datetime(2026, 5, 12)]])
    result = terminal("import", "establishments", terminal.file("so.xlsx", content))
    assert result.exit_code == 1
    assert "Format it as Text" in result.stderr


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("có", True), ("x", True), ("X", True), ("1", True), ("TRUE", True), ("✓", True), ("không", False), ("0", False),
     ("", False), ("false", False)],
)  # fmt: skip
def test_yes_and_no(terminal: Terminal, db: Database, typed: str, meant: bool) -> None:
    assert terminal.take_in("establishments", one_row(security_conditional=typed)).exit_code == 0
    assert only(db).security_conditional is meant


def test_what_looks_like_code_is_stored_as_typed(terminal: Terminal, db: Database) -> None:
    typed = [
        "'; DROP TABLE establishment; --",
        "<script>alert(1)</script>",
        '=HYPERLINK("x")',
        "O'Brien",
        "@sum",
        "Cộng",
    ]
    assert terminal.take_in(
        "establishments", [["Tên", "Địa chỉ"], *([text, f"số {n}"] for n, text in enumerate(typed))]
    )
    assert sorted(e.name for e in establishments.every(db)) == sorted(typed)


def test_stray_spaces_and_decomposed_letters_are_tidied(terminal: Terminal, db: Database) -> None:
    name = unicodedata.normalize("NFD", "  Nhà   nghỉ\u00a0Ví Dụ\x07 ")
    assert terminal.take_in("establishments", [["Tên", "Ghi chú"], [name, "dòng một\ndòng hai"]]).exit_code == 0
    assert (only(db).name, only(db).note) == ("Nhà nghỉ Ví Dụ", "dòng một\ndòng hai")


TYPED = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp")), min_size=1, max_size=40
).map(lambda text: " ".join(text.split())).filter(bool)  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(typed=st.lists(TYPED, min_size=1, max_size=6))
def test_names_come_in_as_typed_from_either_form(terminal: Terminal, db: Database, form: str, typed: list[str]) -> None:
    rows = [["Mã", "Tên"], *([f"CS-{n}", f"Quán {text}"] for n, text in enumerate(typed))]
    content = csv_bytes(rows) if form == "csv" else xlsx_bytes(rows)
    report = importing.read(db, io.BytesIO(content), f"so.{form}", today=TODAY)
    assert report.problems == []
    assert [row.values["name"] for row in report.rows] == [
        unicodedata.normalize("NFC", f"Quán {text}") for text in typed
    ]  # fmt: skip
