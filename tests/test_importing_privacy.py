"""Columns about persons do not come in. Source: the privacy red lines (establishments and owners; counts, no lists)."""

from __future__ import annotations

import pytest
from sqlite_utils import Database

from fieldapp import establishments
from fieldapp.importing import words
from tests.spreadsheets import Terminal

REFUSED = [
    "Họ tên tiếp viên", "Tiếp viên", "Danh sách nhân viên", "Nhân viên", "Họ và tên nhân viên", "SĐT nhân viên",
    "Số điện thoại nhân viên", "Người lao động", "Họ tên", "Họ và tên", "CCCD", "Số CCCD", "CMND/CCCD", "Số căn cước",
    "Chứng minh nhân dân", "Hộ chiếu", "Số định danh cá nhân", "CCCD chủ cơ sở", "Ảnh CCCD", "Năm sinh", "Ngày sinh",
    "Năm sinh chủ cơ sở", "Quê quán", "Hộ khẩu thường trú", "Dân tộc", "Quốc tịch", "Giới tính", "Tuổi", "Đối tượng",
    "Nghi vấn", "Biểu hiện nghi vấn", "Khách lưu trú", "Tên khách", "Tiền án, tiền sự", "HIV", "Kết quả xét nghiệm",
    "Người tố giác", "staff_names", "Employee name", "ID number", "Date of birth", "Guests", "Nationality",
]  # fmt: skip
ALLOWED = [
    "Số nhân viên", "Số lao động dưới 18 tuổi", "Số người lao động được khám sức khỏe", "Lao động nữ", "STT", "Email",
    "Khách sạn", "Nhà khách", "Kết luận", "Số khách tối đa", "Họ tên cán bộ kiểm tra", "Đăng ký tạm trú",
]  # fmt: skip


@pytest.mark.parametrize("header", REFUSED)
def test_the_column_is_refused_by_name(terminal: Terminal, db: Database, header: str) -> None:
    result = terminal.take_in("establishments", [["Tên cơ sở", header], ["A", ""]])
    assert result.exit_code == 1
    assert f"row 1, column B “{header}”: " in result.stderr
    assert establishments.every(db) == []


@pytest.mark.parametrize("header", ALLOWED)
def test_counts_and_harmless_columns_may_stand_in_the_file(header: str) -> None:
    assert words.refused(header) == ""


def test_the_reason_is_given_in_vietnamese(terminal: Terminal) -> None:
    terminal.lang = "vi"
    result = terminal.take_in("establishments", [["Tên cơ sở", "Họ tên tiếp viên"], ["A", "Trần Thị X"]])
    assert "người lao động, khách và người khác chỉ ghi số lượng" in result.stderr
    assert "Trần Thị X" not in result.output


def test_mapping_opens_no_back_door(terminal: Terminal) -> None:
    for header in ("CCCD", "Họ tên tiếp viên", "Năm sinh"):
        rows = [["Tên cơ sở", header], ["A", "x"]]
        for field in ("note", "representative", ""):
            assert terminal.take_in("establishments", rows, "--map", f"{header}={field}").exit_code == 1


def test_a_person_may_say_whose_names_they_are(terminal: Terminal, db: Database) -> None:
    rows = [["Tên cơ sở", "Họ và tên"], ["A", "Nguyễn Văn Mẫu"]]
    assert "clear whose names" in terminal.take_in("establishments", rows).stderr
    assert terminal.take_in("establishments", rows, "--map", "Họ và tên=representative").exit_code == 0
    assert establishments.every(db)[0].representative == "Nguyễn Văn Mẫu"


def test_the_history_of_visits_refuses_them_too(terminal: Terminal) -> None:
    rows = [["Mã cơ sở", "Ngày kiểm tra", "Đối tượng vi phạm"], ["CS-1", "05/03/2026", "x"]]
    assert terminal.take_in("visits", rows).exit_code == 1


@pytest.mark.parametrize("column", ["note", "representative", "representative_role"])
def test_an_identity_number_in_a_text_is_pointed_out_and_not_repeated(
    terminal: Terminal, db: Database, column: str
) -> None:
    rows = [["name", column], ["Karaoke Sao Thử 01", "Nguyễn Văn Mẫu, 012345678901"], ["Quán Mẫu", "Nguyễn Văn Mẫu"]]
    told = terminal.take_in("establishments", rows).stderr
    assert told.count("may hold personal data; read it again") == 1
    assert "012345678901" not in told
