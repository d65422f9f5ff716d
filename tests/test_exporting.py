"""Lists for the office, opened again with the tools that people open them with."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlite_utils import Database

from fieldapp import areas, audit, coverage, entities, establishments, exporting, units, visits
from fieldapp.database import write
from fieldapp.exporting import Column, Document, Table
from fieldapp.exporting import commitments as commitments_list
from fieldapp.exporting import coverage as coverage_list
from fieldapp.exporting import establishments as establishments_list
from fieldapp.exporting import findings as findings_list
from fieldapp.exporting import inspections as inspections_list
from fieldapp.exporting import visits as visits_list
from fieldapp.exporting.document import in_csv
from fieldapp.formulas import guarded, unguarded
from fieldapp.importing import sheets
from fieldapp.visits import Visit
from tests import making
from tests.cast import NOW, Clock
from tests.spreadsheets import Terminal, read_xlsx

TODAY = date(2026, 11, 21)


@pytest.fixture
def year(db: Database) -> None:
    """Four places: one inspected twice, one not, one that ceased before it could be, one that only phones reported."""
    with write(db, lambda: NOW) as tx:
        hamlet, _ = areas.area_named(tx, "Thôn Mẫu 1")
        first = making.establishment(
            tx, "Karaoke Sao Thử 01", code="CS-001", area=hamlet.id, address="Số 1", phone="0900000001",
            representative="Nguyễn Văn Mẫu",
        )  # fmt: skip
        second = making.establishment(tx, "=cmd|' /C calc'!A0", code="CS-002", type="spa")
        making.establishment(tx, "Quán cũ", code="CS-003", type="cafe", managed_until=date(2026, 6, 15))
        making.establishment(tx, "Mới thấy", code="CS-004", review_state="identified")
        visits.enter(
            tx, Visit(first.id, date(2026, 3, 5), ("police", "team_178"), document_no="01/BB", source="imported")
        )
        visits.enter(tx, Visit(first.id, date(2026, 9, 1), ("police",), kind="unscheduled", source="imported"))
        visits.enter(tx, Visit(second.id, date(2026, 9, 2), ("police",), outcome="closed_door", note="@mưa"))
        making.inspect(tx, second, outcome="closed_door")
        making.commit(tx, first)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.usefixtures("year")
def test_the_coverage_list_as_a_workbook(terminal: Terminal) -> None:
    out = terminal.folder / "do-bao-phu.xlsx"
    assert "3 rows" in terminal.done("export", "coverage", "--year", "2026", "--out", out).stdout
    sheets_ = read_xlsx(out)
    assert list(sheets_) == ["Danh sách", "Số liệu"]
    (title, committee, figure, header, *rows) = sheets_["Danh sách"]
    assert title[0] == "Danh sách cơ sở và kết quả kiểm tra năm 2026"
    assert committee[0] == "Ủy ban nhân dân xã Kim Tân"
    assert figure[0] == "Số liệu từ 01/01/2026 đến 21/11/2026. Đã kiểm tra 1/2 cơ sở (50,0%)."
    assert header == [
        "STT", "Mã cơ sở", "Tên cơ sở", "Loại hình", "Địa chỉ", "Thôn", "Người đại diện", "Điện thoại",
        "Kết quả kiểm tra năm 2026", "Ngày được tính", "Các cơ quan đã kiểm tra", "Số lần trong năm",
        "Tồn tại chưa đóng", "Tồn tại quá hạn", "Cam kết có hiệu lực đến",
    ]  # fmt: skip
    assert rows[0] == [
        1, "CS-001", "Karaoke Sao Thử 01", "Karaoke", "Số 1", "Thôn Mẫu 1", "Nguyễn Văn Mẫu", "0900000001",
        "● Đã kiểm tra", datetime(2026, 3, 5), "Đội 178; Công an", 2, 0, 0, datetime(2026, 12, 31),
    ]  # fmt: skip
    assert rows[1][1:4] == ["CS-002", "=cmd|' /C calc'!A0", "Spa, chăm sóc da"]
    assert (rows[1][8], rows[1][9], rows[1][11]) == ("○ Chưa kiểm tra", None, 0)
    assert (rows[2][1], rows[2][8]) == ("CS-003", "– Chấm dứt trước khi kiểm tra")
    assert len(rows) == 3


@pytest.mark.usefixtures("year")
def test_the_figures_and_how_they_came_about(terminal: Terminal) -> None:
    out = terminal.folder / "do-bao-phu.xlsx"
    terminal.done("export", "coverage", "--year", "2026", "--out", out)
    figures = read_xlsx(out)["Số liệu"]
    assert figures[2][:6] == ["Nhóm", "Tên", "Đã kiểm tra", "Mẫu số", "Tỷ lệ", "Còn lại"]
    assert figures[3][:6] == ["Tất cả", None, 1, 2, 0.5, 1]
    assert ["Loại hình", "Karaoke", 1, 1, 1, 0] in figures
    assert ["Thôn", "Thôn Mẫu 1", 1, 1, 1, 0] in figures
    text = "\n".join(str(row[0]) for row in figures)
    assert "Phải đạt 2 cơ sở, còn thiếu 1: chưa đạt." in text
    assert "từ 01/01/2026 đến 21/11/2026, trừ 1 cơ sở chấm dứt" in text
    assert "Lập từ phần mềm lúc 09:15 ngày 21/11/2026, người xuất: dòng lệnh của máy chủ" in text


@pytest.mark.usefixtures("year")
def test_nothing_in_a_workbook_runs(terminal: Terminal) -> None:
    out = terminal.folder / "x.xlsx"
    terminal.done("export", "coverage", "--year", "2026", "--out", out)
    with ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not any(b"<f>" in content for name, content in parts.items() if "worksheets" in name)
    assert not any("externalLink" in name or "vba" in name for name in parts)


@pytest.mark.usefixtures("year")
def test_a_workbook_is_made_to_be_printed(terminal: Terminal) -> None:
    out = terminal.folder / "x.xlsx"
    terminal.done("export", "coverage", "--year", "2026", "--out", out)
    ws = load_workbook(out)["Danh sách"]
    assert (ws.page_setup.orientation, ws.page_setup.paperSize, ws.page_setup.fitToHeight) == ("landscape", 9, 0)
    assert ws.print_title_rows == "$4:$4"
    assert (ws.freeze_panes, ws.auto_filter.ref) == ("D5", "A4:O7")
    assert "&P/&N" in str(ws.oddFooter.right.text)
    assert ws["J5"].number_format == "dd/mm/yyyy"
    assert ws["H5"].data_type == "s"


@pytest.mark.usefixtures("year")
def test_the_list_as_csv(terminal: Terminal) -> None:
    out = terminal.folder / "x.csv"
    terminal.done("export", "coverage", "--year", "2026", "--out", out)
    content = out.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfSTT,")
    assert content.count(b"\r\n") == content.count(b"\n") == 4
    first, second, _ = rows_of(content)
    assert (first["Ngày được tính"], first["Điện thoại"]) == ("05/03/2026", "0900000001")
    assert second["Tên cơ sở"] == "'=cmd|' /C calc'!A0"
    assert "Dữ liệu" not in first


@pytest.mark.usefixtures("year")
def test_an_earlier_day_leaves_later_visits_out(terminal: Terminal) -> None:
    out = terminal.folder / "x.csv"
    terminal.done("export", "coverage", "--year", "2026", "--as-of", "2026-06-30", "--out", out)
    assert rows_of(out.read_bytes())[0]["Số lần trong năm"] == "1"


@pytest.mark.usefixtures("year")
def test_the_ledger_of_a_year(terminal: Terminal) -> None:
    out = terminal.folder / "so.xlsx"
    terminal.done("export", "visits", "--year", "2026", "--out", out)
    sheets_ = read_xlsx(out)
    header, *rows = sheets_["Sổ lượt kiểm tra"][3:]
    assert header[1] == "Ngày kiểm tra"
    told = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["Ngày kiểm tra"] for row in told] == sorted(row["Ngày kiểm tra"] for row in told)
    assert (told[0]["Cơ quan kiểm tra"], told[0]["Loại kiểm tra"], told[0]["Số văn bản"], told[0]["Nguồn"]) == (
        "Đội 178; Công an", "Định kỳ", "01/BB", "Nhập từ tệp",
    )  # fmt: skip
    assert (told[2]["Kết quả"], told[2]["Ghi chú"]) == ("Đóng cửa", "@mưa")
    assert told[3]["Nguồn"] == "Biên bản"
    assert ["Có tham gia: Công an", 3] in sheets_["Số liệu"]


@pytest.mark.usefixtures("year")
def test_an_export_is_in_the_trail(terminal: Terminal, db: Database) -> None:
    terminal.done("export", "visits", "--year", "2026", "--out", terminal.folder / "so.csv")
    (entry,) = audit.of_object(db, "list", "so-luot-kiem-tra-2026")
    assert (entry["action"], entry["details"]) == ("list_exported", {"form": "csv", "rows": 4})


@pytest.mark.usefixtures("year")
def test_demo_data_say_so_everywhere(terminal: Terminal, db: Database) -> None:
    with write(db) as tx:
        units.settle(tx, replace(units.read(db), is_demo=True), audit.COMMAND_LINE)
    out = terminal.folder / "x"
    for subject in ("coverage", "visits"):
        terminal.done("export", subject, "--year", "2026", "--out", out.with_suffix(".xlsx"))
        for sheet in load_workbook(out.with_suffix(".xlsx")).worksheets:
            assert sheet["A1"].value == "DỮ LIỆU MẪU"
            assert "DỮ LIỆU MẪU" in str(sheet.oddHeader.center.text)
        terminal.done("export", subject, "--year", "2026", "--out", out.with_suffix(".csv"))
        assert {row["Dữ liệu"] for row in rows_of(out.with_suffix(".csv").read_bytes())} == {"DỮ LIỆU MẪU"}


def test_an_empty_register_still_makes_a_list(terminal: Terminal) -> None:
    for subject in ("coverage", "visits"):
        for form in ("xlsx", "csv"):
            out = terminal.folder / f"x.{form}"
            terminal.done("export", subject, "--year", "2026", "--out", out)
            assert out.stat().st_size


# ---- a file is written whole or not at all ----


def test_what_stood_there_stays_when_writing_fails(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    out = terminal.file("x.csv", b"before")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = terminal("export", "coverage", "--year", "2026", "--out", out)
    assert (result.exit_code, "no room is left" in result.stderr) == (1, True)
    assert out.read_bytes() == b"before"
    assert [path.name for path in terminal.folder.iterdir() if path.is_file()] == ["x.csv"]


@pytest.mark.parametrize("out", ["absent/x.csv", "folder.csv"])
def test_a_place_that_cannot_be_written(terminal: Terminal, out: str) -> None:
    (terminal.folder / "folder.csv").mkdir()
    result = terminal("export", "coverage", "--year", "2026", "--out", terminal.folder / out)
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_another_kind_of_file_is_wrong_usage(terminal: Terminal) -> None:
    assert terminal("export", "coverage", "--year", "2026", "--out", "x.pdf").exit_code == 2


# ---- round trips ----


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.usefixtures("year")
def test_an_exported_list_comes_back_without_a_change(terminal: Terminal, db: Database, form: str) -> None:
    out = terminal.folder / f"x.{form}"
    terminal.done("export", "coverage", "--year", "2026", "--out", out)
    before = establishments.every(db)
    assert "0 new, 0 updated, 3 unchanged" in terminal.done("import", "establishments", out).stdout
    assert establishments.every(db) == before


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.usefixtures("year")
def test_an_exported_ledger_comes_back_and_counts_the_same(terminal: Terminal, db: Database, form: str) -> None:
    out = terminal.folder / f"x.{form}"
    terminal.done("export", "visits", "--year", "2026", "--out", out)
    before = coverage.compute(db, coverage.yearly_target(2026), TODAY)
    result = terminal.done("import", "visits", out)
    assert "2 new, 0 updated, 2 unchanged" in result.stdout  # those of phones and of the office are new to the files
    after = coverage.compute(db, coverage.yearly_target(2026), TODAY)
    assert (after.numerator, after.denominator, after.reached_on) == (
        before.numerator, before.denominator, before.reached_on,
    )  # fmt: skip


CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cell=CELL | st.text("'\t\r =+-@a", max_size=6))
def test_no_cell_of_a_csv_begins_as_a_formula_and_all_come_back(cell: str) -> None:
    document = Document("x", "x", [Table("x", [Column("a", 9), Column("b", 9)], [["1", cell]])], "")
    (_, row) = csv.reader(io.StringIO(document.csv().decode("utf-8-sig"), newline=""))
    assert not row[1].lstrip().startswith(("=", "+", "-", "@"))
    assert not row[1].startswith(("\t", "\r"))
    if cell.strip():
        (table, *_) = sheets.tables(document.csv(), "x.csv")
        assert table.rows()[1][1][1].lstrip(" ") == cell.lstrip(" ")  # spaces before a cell are the reader's to drop


@pytest.mark.parametrize("cell", ["=1+1", "+84912", "-1", "@x", "\tx", "\rx", " =1", "'=1", "''+1", "'\t", "' =1"])
def test_guarded_cells_get_one_apostrophe(cell: str) -> None:
    assert guarded(cell) == "'" + cell
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize(
    ("cell", "text"), [(-3, "-3"), (None, ""), (date(2026, 3, 5), "05/03/2026"), ("O'Brien", "O'Brien")]
)
def test_other_cells_stay_as_they_are(cell: Any, text: str) -> None:
    assert in_csv(cell) == text


def test_a_page_gets_bytes(tmp_path: Path) -> None:
    document = Document(
        "x", "Danh sách", [Table("Một", [Column("Tên", 20)], [["A" * 300]], ["Danh sách"])], "lúc 09:15"
    )
    exporting.write(tmp_path / "x.xlsx", document.xlsx())
    assert read_xlsx(tmp_path / "x.xlsx")["Một"] == [["Danh sách"], ["Tên"], ["A" * 300]]


# ---- the other lists ----

LISTS = ("establishments", "inspections", "findings", "commitments")


def test_a_longer_list_takes_no_more_queries(db: Database, clock: Clock) -> None:
    by: dict[str, Any] = {"by": "An", "now": NOW}
    today = NOW.date()
    lists: dict[str, Callable[[], Document]] = {
        "coverage": lambda: coverage_list.document(db, 2026, today, **by),
        "visits": lambda: visits_list.document(db, 2026, **by),
        "establishments": lambda: establishments_list.document(db, 2026, today, **by),
        "inspections": lambda: inspections_list.document(db, 2026, **by),
        "findings": lambda: findings_list.document(db, 2026, today, **by),
        "commitments": lambda: commitments_list.document(db, 2026, today, **by),
    }

    def inspected(number: int) -> None:
        with write(db, clock) as tx:
            for _ in range(number):
                place = making.establishment(tx)
                making.inspect(tx, place, answers={"A01": {"a": "khong_dat", "note": "", "files": []}})
                making.commit(tx, place)

    def asked(make: Callable[[], Document]) -> int:
        queries: list[str] = []
        db.conn.set_trace_callback(queries.append)
        make()
        db.conn.set_trace_callback(None)
        return len(queries)

    inspected(2)
    few = {name: (asked(make), asked(make))[1] for name, make in lists.items()}  # some things are read but once
    inspected(10)
    assert {name: asked(make) for name, make in lists.items()} == few


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("subject", LISTS)
@pytest.mark.usefixtures("year")
def test_every_list_is_written_and_opens_again(terminal: Terminal, subject: str, form: str) -> None:
    out = terminal.folder / f"{subject}.{form}"
    assert "rows" in terminal.done("export", subject, "--year", "2026", "--out", out).stdout
    rows = read_xlsx(out) if form == "xlsx" else rows_of(out.read_bytes())
    assert rows or subject == "findings"  # nothing was found wrong that year
    assert not [cell for row in rows for cell in (row.values() if isinstance(row, dict) else row)
                if form == "csv" and str(cell).startswith(("=", "@", "+"))]  # fmt: skip


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.usefixtures("year")
def test_the_register_comes_back_without_a_change(terminal: Terminal, db: Database, form: str) -> None:
    with write(db, lambda: NOW) as tx:
        owner = entities.entity_named(tx, "Hộ kinh doanh Mẫu", kind="household", registration_code="8012345678").id
        establishments.change(
            tx, making.ACTOR, establishments.ids_by_code(db)["CS-001"], {"entity": owner, "rooms": 5, "employees": 4}
        )
    out = terminal.folder / f"x.{form}"
    terminal.done("export", "establishments", "--year", "2026", "--out", out)
    if form == "csv":
        assert "8012345678" not in out.read_text(encoding="utf-8-sig")
        assert rows_of(out.read_bytes())[0]["Mã số thuế"] == "•••••••678"
    before = establishments.every(db), entities.every(db)
    assert "0 new, 0 updated, 4 unchanged" in terminal.done("import", "establishments", out).stdout
    assert (establishments.every(db), entities.every(db)) == before


def test_a_shortcoming_that_was_handed_over_says_only_that(terminal: Terminal, db: Database) -> None:
    answers = {
        "D03": {"a": "khong_dat", "note": "01 trường hợp, đã báo lúc 9 giờ", "files": []},
        "A01": {"a": "khong_dat", "note": "Đang làm thủ tục", "files": [], "due_on": "2026-11-01"},
    }
    with write(db, lambda: NOW) as tx:
        made = making.inspect(tx, making.establishment(tx), answers=answers)
        making.inspect(tx, making.establishment(tx, "Khác"), state="voided")
    out = terminal.folder / "x.csv"
    terminal.done("export", "findings", "--year", "2026", "--out", out)
    by_item = {row["Mục"]: row for row in rows_of(out.read_bytes())}
    assert (by_item["A01"]["Số biên bản"], by_item["A01"]["Quá hạn (ngày)"]) == (made.number, "20")
    assert by_item["A01"]["Ghi nhận"] == "Đang làm thủ tục"
    assert (by_item["D03"]["Tồn tại"], by_item["D03"]["Ghi nhận"]) == ("Đã chuyển cơ quan có thẩm quyền", "")


@pytest.mark.usefixtures("year")
def test_commitments_name_who_has_none(terminal: Terminal) -> None:
    out = terminal.folder / "x.csv"
    terminal.done("export", "commitments", "--year", "2026", "--out", out)
    assert {row["Mã cơ sở"]: row["Trạng thái"] for row in rows_of(out.read_bytes())} == {
        "CS-001": "Đang có hiệu lực", "CS-002": "Chưa ký"
    }  # fmt: skip
