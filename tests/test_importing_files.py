"""Opening files: what a file is, where its header stands, and the files nobody should open."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from sqlite_utils import Database

from fieldapp import areas, establishments
from fieldapp.importing import sheets
from tests.spreadsheets import Rows, Terminal, csv_bytes, xlsx_bytes

HEADER = ["Tên cơ sở", "Loại hình", "Địa chỉ", "Thôn", "SĐT"]
KARAOKE = ["Karaoke Sao Thử 01", "karaoke", "Số 1, đường Ví Dụ", "Thôn Mẫu 1", "0900000001"]
GUESTHOUSE = ["Nhà nghỉ Ví Dụ", "nhà nghỉ", "Số 2, đường Ví Dụ", "Thôn Mẫu 2", "0900000002"]
ROWS = [HEADER, KARAOKE, GUESTHOUSE]


def names(db: Database) -> list[str]:
    return sorted(e.name for e in establishments.every(db))


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_by_any_of_three_delimiters_and_unicode_encodings(
    terminal: Terminal, db: Database, delimiter: str, encoding: str
) -> None:
    file = terminal.file("so.csv", csv_bytes(ROWS, delimiter=delimiter, encoding=encoding))
    terminal.done("import", "establishments", file)
    assert names(db) == ["Karaoke Sao Thử 01", "Nhà nghỉ Ví Dụ"]


def test_the_ending_of_a_name_decides_nothing(terminal: Terminal, db: Database) -> None:
    terminal.done("import", "establishments", terminal.file("so.csv", xlsx_bytes(ROWS)))
    assert len(names(db)) == 2
    assert terminal.done("import", "establishments", terminal.file("so.xlsx", csv_bytes(ROWS))).stdout.endswith(
        "0 new, 0 updated, 2 unchanged.\n"
    )


def test_csv_as_excel_writes_it_with_its_own_hint_and_old_line_ends(terminal: Terminal, db: Database) -> None:
    text = "sep=;\n" + csv_bytes(ROWS, delimiter=";").decode()
    terminal.done("import", "establishments", terminal.file("so.csv", text.encode()))
    assert len(names(db)) == 2
    old_mac = csv_bytes([HEADER, ["Spa Mẫu", "spa", "x", "", ""]]).replace(b"\r\n", b"\r")
    terminal.done("import", "establishments", terminal.file("mac.csv", old_mac))
    assert "Spa Mẫu" in names(db)


def test_a_header_under_titles_and_merged_cells(terminal: Terminal, db: Database) -> None:
    rows: Rows = [
        ["ỦY BAN NHÂN DÂN XÃ KIM MẪU"], [], ["DANH SÁCH CƠ SỞ NĂM 2026", None, None, None, None],
        ["STT", *HEADER], ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"], [1, *KARAOKE], [None] * 6, [2, *GUESTHOUSE],
        ["Tổng cộng: 2"], [None, "NGƯỜI LẬP BIỂU", None, "TRƯỞNG PHÒNG"], [None, "Ngô Thị Mẫu", None, "Đỗ Văn Nháp"],
    ]  # fmt: skip
    result = terminal.done(
        "import", "establishments", terminal.file("so.xlsx", xlsx_bytes(rows, merged=["A1:F1", "A3:F3"]))
    )
    assert names(db) == ["Karaoke Sao Thử 01", "Nhà nghỉ Ví Dụ"]
    assert "“STT”" in result.stdout
    assert "row 10: signatures from this row on, not read" in result.stderr


def test_two_header_rows_are_read_as_one(terminal: Terminal, db: Database) -> None:
    rows: Rows = [
        ["Tên cơ sở", "Thông tin chủ cơ sở", None, "Số lao động", None, "Giấy phép", None],
        [None, "Họ và tên", "SĐT", "Tổng số", "Có HĐLĐ", "Số", "Ngày hết hạn"],
        ["Karaoke Sao Thử 01", "Nguyễn Văn Mẫu", "0900000001", 8, 5, "GP-1", "31/12/2027"],
    ]
    merged = ["A1:A2", "B1:C1", "D1:E1", "F1:G1"]
    terminal.done("import", "establishments", terminal.file("so.xlsx", xlsx_bytes(rows, merged=merged)))
    (place,) = establishments.every(db)
    assert (place.representative, place.phone, place.employees, place.employees_with_contract) == (
        "Nguyễn Văn Mẫu", "0900000001", 8, 5,
    )  # fmt: skip
    (licence,) = establishments.licences(db)[place.id]
    assert (licence.number, str(licence.expires_on)) == ("GP-1", "2027-12-31")


def test_a_cell_merged_over_rows_holds_for_each_of_them(terminal: Terminal, db: Database) -> None:
    rows: Rows = [
        ["Thôn", "Tên cơ sở"], ["Thôn Mẫu 1", "A"], [None, "B"], [None, "C"], ["Thôn Mẫu 2", "D"], [None, None],
    ]  # fmt: skip
    terminal.done("import", "establishments", terminal.file("so.xlsx", xlsx_bytes(rows, merged=["A2:A4", "A5:A6"])))
    known = areas.names(db)
    assert {e.name: known[e.area or ""] for e in establishments.every(db)} == {
        "A": "Thôn Mẫu 1", "B": "Thôn Mẫu 1", "C": "Thôn Mẫu 1", "D": "Thôn Mẫu 2",
    }  # fmt: skip


def test_the_sheet_with_a_register_is_found_and_the_others_are_named(terminal: Terminal, db: Database) -> None:
    book = xlsx_bytes([["Hướng dẫn"], ["Điền trang sau"]], sheet="Đọc trước", more={"2025": ROWS[:2], "2026": ROWS})
    file = terminal.file("so.xlsx", book)
    result = terminal.done("import", "establishments", file, "--dry-run")
    assert "sheet “2025”" in result.stdout
    assert "“2026” were not read" in result.stderr
    terminal.done("import", "establishments", file, "--sheet", "2026")
    assert len(names(db)) == 2


def test_an_unknown_sheet_is_refused_with_the_list(terminal: Terminal) -> None:
    result = terminal("import", "establishments", terminal.file("so.xlsx", xlsx_bytes(ROWS)), "--sheet", "2030")
    assert result.exit_code == 1
    assert "2030" in result.stderr
    assert "Sổ" in result.stderr


def test_a_wrong_dimension_cuts_nothing_off(terminal: Terminal, db: Database) -> None:
    content = xlsx_bytes(ROWS)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert b'<dimension ref="A1:E3"' in sheet
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"A1:E3", b"A1:A1")
    terminal.done("import", "establishments", terminal.file("so.xlsx", zipped(parts)))
    assert len(names(db)) == 2


CONTENT_TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
BAD_FILES = {
    "nothing at all": (b"", "is empty"),
    "only a byte order mark": (b"\xef\xbb\xbf\r\n", "is empty"),
    "only zeros": (b"\0" * 4096, "is empty"),
    "a PDF": (b"%PDF-1.7\n...", "PDF"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "PNG"),
    "an old Excel file": (OLE + "Workbook".encode("utf-16-le"), "XLS"),
    "an xlsx behind a password": (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    "a web page named xls": (b"<html><table><tr><td>T\xc3\xaan</td></tr></table></html>", "HTML"),
    "a Word document": (zipped({"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": b"<w/>"}), "DOCX"),
    "another archive": (zipped({"a.txt": b"a"}), "ZIP"),
    "a LibreOffice sheet": (zipped({"mimetype": b"x", "content.xml": b"<office/>"}), "ODS"),
    "half an xlsx": (xlsx_bytes(ROWS)[:900], "damaged"),
    "an xlsx of nonsense": (
        zipped({"[Content_Types].xml": CONTENT_TYPES, "xl/workbook.xml": b"<not-a-workbook"}), "damaged",
    ),
    "bytes": (b"Ten,\0\x01\x02\n" * 40, "binary"),
    "windows-1258": ("Tên cơ sở;Địa chỉ\nQuán A;Phố".encode("cp1258", errors="replace"), "not UTF-8"),
    "a quote never closed": (b'Ten co so,Dia chi\nQuan "A",x\n"B,y\nC,z\n', "quote"),
    "only a header": (csv_bytes([HEADER]), ""),
    "a letter": ("Kính gửi anh chị,\nđây không phải bảng.\n".encode(), "Tên cơ sở"),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in BAD_FILES if name != "only a header"])
def test_what_is_no_spreadsheet_is_refused_in_words(terminal: Terminal, db: Database, name: str) -> None:
    content, says = BAD_FILES[name]
    result = terminal("import", "establishments", terminal.file("so.xlsx", content))
    assert result.exit_code == 1
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert names(db) == []


def test_a_header_alone_imports_nothing(terminal: Terminal) -> None:
    result = terminal.done("import", "establishments", terminal.file("so.csv", BAD_FILES["only a header"][0]))
    assert "0 new" in result.stdout


@pytest.mark.parametrize("path", ["absent.csv", "."])
def test_a_file_that_cannot_be_read(terminal: Terminal, path: str) -> None:
    result = terminal("import", "establishments", terminal.folder / path)
    assert result.exit_code == 1
    assert "cannot be read" in result.stderr


def test_a_file_beyond_the_limit_is_not_read_on(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LARGEST_FILE_BYTES", 100)
    result = terminal("import", "establishments", terminal.file("so.csv", csv_bytes(ROWS * 50)))
    assert result.exit_code == 1
    assert "larger than" in result.stderr


def test_a_bomb_is_not_unpacked(terminal: Terminal) -> None:
    parts = {"[Content_Types].xml": CONTENT_TYPES, "xl/workbook.xml": b"<w/>", "xl/worksheets/sheet1.xml": b" " * 2**25}
    bomb = zipped(parts)
    assert len(bomb) < 2**16
    result = terminal("import", "establishments", terminal.file("so.xlsx", bomb))
    assert result.exit_code == 1
    assert "32 MiB" in result.stderr


def test_entities_of_xml_are_not_expanded(terminal: Terminal) -> None:
    assert openpyxl.DEFUSEDXML or openpyxl.LXML
    laughs = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><workbook>&b;</workbook>'
    content = xlsx_bytes(ROWS)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()} | {"xl/workbook.xml": laughs}
    result = terminal("import", "establishments", terminal.file("so.xlsx", zipped(parts)))
    assert result.exit_code == 1
    assert "damaged" in result.stderr


def test_too_many_rows_or_cells(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LONGEST_ROWS", 20)
    file = terminal.file("so.xlsx", xlsx_bytes([HEADER, *([KARAOKE] * 30)]))
    assert "200,000 rows" in terminal("import", "establishments", file).stderr
    monkeypatch.setattr(sheets, "LONGEST_ROWS", 1000)
    monkeypatch.setattr(sheets, "MOST_CELLS", 50)
    assert "4,000,000 cells" in terminal("import", "establishments", file).stderr


def test_a_row_number_out_of_this_world_ends_the_reading(terminal: Terminal) -> None:
    content = xlsx_bytes(ROWS)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    far = parts["xl/worksheets/sheet1.xml"].replace(b'<row r="3"', b'<row r="9000000000"')
    parts["xl/worksheets/sheet1.xml"] = far
    result = terminal("import", "establishments", terminal.file("so.xlsx", zipped(parts)))
    assert result.exit_code == 1
    assert "rows" in result.stderr
