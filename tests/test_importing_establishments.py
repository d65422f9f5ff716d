"""The register from a spreadsheet: its columns, what makes two rows one, and all of it or nothing."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from sqlite_utils import Database

from fieldapp import areas, audit, entities, establishments, units
from fieldapp.database import write
from fieldapp.importing import Options
from fieldapp.importing import establishments as importing
from tests import making
from tests.making import ACTOR
from tests.spreadsheets import Rows, Terminal, csv_bytes, one_row, only

TODAY = date(2026, 11, 21)
EVERYTHING = {
    "Mã cơ sở": "CS-007",
    "Tên cơ sở": "Karaoke Sao Thử 01",
    "Loại hình": "Quán karaoke",
    "Địa chỉ": "Số 1, đường Ví Dụ",
    "Thôn": "Thôn Mẫu 1",
    "Chủ thể kinh doanh": "Hộ kinh doanh Nguyễn Văn Mẫu",
    "Loại chủ thể": "Hộ kinh doanh",
    "Mã số thuế": "MAU-0001",
    "Người đại diện": "Nguyễn Văn Mẫu",
    "Chức vụ": "Chủ cơ sở",
    "Điện thoại": "0900 000 001",
    "Số lao động": "8",
    "Có HĐLĐ": "5",
    "Số phòng": "12",
    "Quản lý từ": "01/02/2024",
    "Quản lý đến": "",
    "Tình trạng": "Đang hoạt động",
    "Có điều kiện ANTT": "có",
    "Loại giấy phép": "Giấy chứng nhận ANTT",
    "Giấy phép số": "12/GCN",
    "Ngày cấp": "05/03/2024",
    "Ngày hết hạn": "2027-03-05",
    "Vĩ độ": "20,1234",
    "Kinh độ": "105.5",
    "Ghi chú": "gần chợ",
}


def stream(rows: Rows) -> Any:
    return io.BytesIO(csv_bytes(rows))


def test_every_column_by_its_vietnamese_name(terminal: Terminal, db: Database) -> None:
    assert terminal.take_in("establishments", [list(EVERYTHING), list(EVERYTHING.values())]).exit_code == 0
    place = only(db)
    assert (place.code, place.name, place.type, place.address) == (
        "CS-007", "Karaoke Sao Thử 01", "karaoke", "Số 1, đường Ví Dụ",
    )  # fmt: skip
    assert (place.rooms, place.employees, place.employees_with_contract) == (12, 8, 5)
    assert (place.representative, place.representative_role, place.phone) == (
        "Nguyễn Văn Mẫu", "Chủ cơ sở", "0900 000 001",
    )  # fmt: skip
    assert (place.managed_since, place.managed_until, place.status) == (date(2024, 2, 1), None, "operating")
    assert (place.security_conditional, place.latitude, place.longitude, place.note) == (
        True,
        20.1234,
        105.5,
        "gần chợ",
    )
    assert place.review_state == "managed"
    assert areas.names(db)[place.area or ""] == "Thôn Mẫu 1"
    business = entities.read(db, place.entity or "")
    assert business
    assert (business.name, business.kind, business.registration_code) == (
        "Hộ kinh doanh Nguyễn Văn Mẫu", "household", "MAU-0001",
    )  # fmt: skip
    (licence,) = establishments.licences(db)[place.id]
    assert (licence.kind, licence.number, licence.issued_on, licence.expires_on) == (
        "Giấy chứng nhận ANTT", "12/GCN", date(2024, 3, 5), date(2027, 3, 5),
    )  # fmt: skip


def test_the_fields_own_names_are_headers_too(terminal: Terminal, db: Database) -> None:
    assert terminal.take_in("establishments", [list(importing.FIELDS), ["CS-1", "A"] + [""] * 23]).exit_code == 0
    assert only(db).code == "CS-1"


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("TÊN CƠ SỞ (*)", "name"), ("ten co so", "name"), ("Tên", "name"), ("Chủ cơ sở", "representative"),
        ("SĐT", "phone"), ("Số điện thoại", "phone"), ("Số giấy phép", "licence_number"),
        ("Giấy phép số", "licence_number"),
        ("Có HĐLĐ", "employees_with_contract"), ("Số lao động (người)", "employees"), ("Tổ dân phố", "area"),
        ("Thôn/Tổ dân phố", "area"), ("Khu vực", "area"), ("Loại hình\nkinh doanh", "type"), ("MST", "entity_code"),
        ("Số nhân viên", "employees"),
    ],
)  # fmt: skip
def test_headers_in_many_words(db: Database, header: str, field: str) -> None:
    rows = [[header, "Biển hiệu"] if field != "name" else [header], ["", "x"]]
    report = importing.read(db, stream(rows), "so.csv", today=TODAY)
    assert field in report.columns.values()


def test_a_unit_of_its_own_word_for_areas(db: Database) -> None:
    with write(db) as tx:
        units.settle(tx, units.found("15187", area_word="lũng"), audit.COMMAND_LINE)
    assert importing.read(db, stream([["Tên", "Lũng"], ["A", "Lũng Ví Dụ"]]), "so.csv", today=TODAY).new_areas == [
        "Lũng Ví Dụ"
    ]


def test_the_better_word_wins_and_the_other_column_is_told(db: Database) -> None:
    report = importing.read(db, stream([["Địa điểm", "Địa chỉ", "Tên"], ["a", "b", "A"]]), "so.csv", today=TODAY)
    assert report.rows[0].values["address"] == "b"
    assert report.ignored_columns == ["Địa điểm"]


def test_the_owner_beside_a_representative_is_the_business(terminal: Terminal, db: Database) -> None:
    rows = [["Tên", "Chủ cơ sở", "Người đại diện"], ["A", "Công ty Mẫu", "Trần Thị Thử"]]
    assert terminal.take_in("establishments", rows).exit_code == 0
    place = only(db)
    assert place.representative == "Trần Thị Thử"
    business = entities.read(db, place.entity or "")
    assert business
    assert business.name == "Công ty Mẫu"


def test_an_owners_column_says_the_role(terminal: Terminal, db: Database) -> None:
    assert terminal.take_in("establishments", [["Tên", "Họ tên chủ cơ sở"], ["A", "Trần Thị Thử"]]).exit_code == 0
    assert only(db).representative_role == "Chủ cơ sở"


def test_a_column_named_number_is_the_code_or_the_business_by_what_it_holds(terminal: Terminal, db: Database) -> None:
    assert terminal.take_in("establishments", [["Mã số", "Tên"], ["K-1", "A"]]).exit_code == 0
    assert only(db).code == "K-1"
    assert terminal.take_in("establishments", [["Mã số", "Tên"], ["0101234567", "B"]]).exit_code == 0
    second = next(e for e in establishments.every(db) if e.name == "B")
    assert second.code == "CS-001"  # a tax number may be a person's: it is no code that lists and phones show
    business = entities.read(db, second.entity or "")
    assert business
    assert business.registration_code == "0101234567"


def test_two_columns_of_one_name_are_a_problem(terminal: Terminal) -> None:
    result = terminal.take_in("establishments", [["Tên", "Địa chỉ", "Địa chỉ"], ["A", "b", "c"]])
    assert result.exit_code == 1
    assert "row 1, column C “Địa chỉ”" in result.stderr


def test_a_column_is_mapped_or_left_out_by_hand(terminal: Terminal, db: Database) -> None:
    rows = [["Quán", "Ngõ", "Loại"], ["A", "Ngõ 3", "lạ lắm"]]
    result = terminal.take_in("establishments", rows, "--map", "Quán=name", "--map", "ngo=address", "--map", "Loại=")
    assert result.exit_code == 0, result.output
    assert (only(db).name, only(db).address, only(db).type) == ("A", "Ngõ 3", "other")


def test_mapping_a_column_or_field_that_is_not_there(terminal: Terminal) -> None:
    rows = [["Tên"], ["A"]]
    absent = terminal.take_in("establishments", rows, "--map", "Cột lạ=note")
    assert (absent.exit_code, "Cột lạ" in absent.stderr, "Tên" in absent.stderr) == (1, True, True)
    for wrong in ("Tên=nome", "Tên", "=name"):
        assert terminal.take_in("establishments", rows, "--map", wrong).exit_code == 2


def test_one_problem_among_many_rows_and_nothing_comes_in(terminal: Terminal, db: Database) -> None:
    rows: list[list[str]] = [["Tên", "Số lao động", "Thôn"], *([f"Quán {n}", str(n), "Thôn Mẫu 1"] for n in range(50))]
    rows[30][1] = "ba mươi"
    assert terminal.take_in("establishments", rows).exit_code == 1
    assert establishments.every(db) == []
    assert areas.every(db) == []


def test_a_dry_run_reports_the_same_and_changes_nothing(terminal: Terminal, db: Database) -> None:
    rows = [["Tên", "Thôn", "Ngoài lề"], ["A", "Thôn Mẫu 1", "x"]]
    dry = terminal.take_in("establishments", rows, "--dry-run")
    assert dry.exit_code == 0
    assert establishments.every(db) == []
    assert areas.every(db) == []
    real = terminal.take_in("establishments", rows)
    assert dry.stdout.splitlines()[:-1] == real.stdout.splitlines()[:-1]
    assert "1 new, 0 updated, 0 unchanged" in dry.stdout
    assert "“Ngoài lề”" in dry.stdout
    assert "New areas: Thôn Mẫu 1" in dry.stdout
    wrong = terminal.take_in("establishments", one_row(employees="x"), "--dry-run")
    assert (wrong.exit_code, "row 2" in wrong.stderr) == (1, True)


# ---- the same place again ----


def test_the_same_code_updates_field_by_field(terminal: Terminal, db: Database) -> None:
    terminal.take_in("establishments", [list(EVERYTHING), list(EVERYTHING.values())])
    before = only(db)
    rows = [
        ["Mã", "Tên", "Số lao động", "SĐT", "MST", "Người đại diện", "Loại hình", "Có điều kiện ANTT"],
        ["cs-007", "", "9", "•••••001", "•••••001", "***", "", ""],
    ]
    result = terminal.take_in("establishments", rows)
    assert "0 new, 1 updated, 0 unchanged" in result.stdout
    after = only(db)
    assert after.employees == 9
    assert {**vars(after), "employees": 8} == vars(before)
    (entry,) = [e for e in audit.of_object(db, "establishment", after.id) if e["action"] == "establishment_changed"]
    assert entry["details"] == {"fields": ["employees"]}


def test_the_same_file_again_changes_nothing(terminal: Terminal, db: Database) -> None:
    rows = [list(EVERYTHING), list(EVERYTHING.values()), [""] + ["Không mã"] + [""] * 23]
    terminal.take_in("establishments", rows)
    before = establishments.every(db)
    changes = db.execute("SELECT count(*) FROM change").fetchone()
    assert "0 new, 0 updated, 2 unchanged" in terminal.take_in("establishments", rows).stdout
    assert establishments.every(db) == before
    assert db.execute("SELECT count(*) FROM change").fetchone() == changes


def test_an_edit_in_the_file_wins_over_no_one_silently(terminal: Terminal, db: Database) -> None:
    """The import stamps what it changes, so that a phone's edit of the same field made meanwhile becomes a conflict."""
    with write(db) as tx:
        place = making.establishment(tx, "A", code="CS-1", phone="0900")
    terminal.take_in(
        "establishments", [["Mã", "SĐT"], ["CS-1", "0911000111"]], "--map", "Mã=code", "--map", "SĐT=phone"
    )
    terminal.take_in("establishments", [["Mã", "Tên", "SĐT"], ["CS-1", "A", "0911000111"]])
    row = db.execute("SELECT value FROM stamp WHERE id = ? AND field = 'phone'", [place.id]).fetchone()
    assert row is not None
    assert "0911000111" in row[0]


def test_without_a_code_name_and_address_tell_the_place(terminal: Terminal, db: Database) -> None:
    terminal.take_in("establishments", [["Tên", "Địa chỉ"], ["Nhà nghỉ Ví Dụ", "Số 1, Đường Mẫu"]])
    rows = [
        ["Tên", "Địa chỉ", "Số phòng"],
        ["NHA NGHI  VI DU", "số 1, duong mau", "7"],
        ["Nhà nghỉ Ví Dụ", "Số 2", "3"],
    ]
    assert "1 new, 1 updated" in terminal.take_in("establishments", rows).stdout
    first, second = establishments.every(db)
    assert (first.name, first.address, first.rooms) == ("Nhà nghỉ Ví Dụ", "Số 1, Đường Mẫu", 7)
    assert second.address == "Số 2"


def test_identical_rows_count_once_and_are_reported(terminal: Terminal, db: Database) -> None:
    result = terminal.take_in("establishments", [["Mã", "Tên"], ["CS-1", "A"], ["CS-1", "A"], ["", "B"], ["", " b "]])
    assert result.exit_code == 0
    assert len(establishments.every(db)) == 2
    assert "row 3, column A “Mã”: “CS-1”: the same as row 2, counted once" in result.stderr
    assert "row 5" in result.stderr


def test_rows_that_differ_are_an_error_naming_both(terminal: Terminal, db: Database) -> None:
    rows = [
        ["Mã", "Tên", "SĐT"],
        ["CS-1", "A", "0900000001"],
        ["cs-1", "A", "0900000002"],
        ["", "B", "113"],
        ["", "B", "114"],
    ]
    result = terminal.take_in("establishments", rows)
    assert result.exit_code == 1
    assert "row 3, column A “Mã”: “cs-1”: the same code as row 2, but different in “SĐT”" in result.stderr
    assert "row 5, column B “Tên”: “B”: the same name and address as row 4, but different in “SĐT”" in result.stderr
    assert establishments.every(db) == []


def test_a_row_without_a_code_finds_its_coded_twin_in_the_file(terminal: Terminal, db: Database) -> None:
    terminal.take_in("establishments", [["Mã", "Tên"], ["", "A"], ["CS-5", "A"]])
    assert [e.code for e in establishments.every(db)] == ["CS-5"]


def test_given_codes_never_collide_with_the_files_own(terminal: Terminal, db: Database) -> None:
    terminal.take_in("establishments", [["Mã", "Tên"], ["", "A"], ["CS-001", "B"], ["", "C"], ["K-9", "D"]])
    assert {e.name: e.code for e in establishments.every(db)} == {
        "A": "CS-002", "B": "CS-001", "C": "CS-003", "D": "K-9",
    }  # fmt: skip


def test_a_new_code_at_a_known_place_is_mentioned(terminal: Terminal) -> None:
    terminal.take_in("establishments", [["Mã", "Tên"], ["CS-1", "A"]])
    result = terminal.take_in("establishments", [["Mã", "Tên"], ["CS-2", "a"]])
    assert result.exit_code == 0
    assert "the same name and address as CS-1" in result.stderr


def test_a_business_is_shared_and_changes_hands(terminal: Terminal, db: Database) -> None:
    header = ["Mã", "Tên", "Chủ thể kinh doanh", "MST"]
    terminal.take_in("establishments", [header, ["1", "A", "Công ty Mẫu", "0101"], ["2", "B", "Công ty Mẫu", "0101"]])
    first, second = establishments.every(db)
    assert first.entity == second.entity
    terminal.take_in("establishments", [header, ["2", "", "Hộ kinh doanh Thử", "0202"]])
    first, second = establishments.every(db)
    assert first.entity != second.entity
    terminal.take_in("establishments", [header, ["1", "", "Công ty Mẫu Mới", "0101"]])
    assert [e.code for e in establishments.matching(db, "cong ty mau moi")] == ["1"]


def test_a_licence_is_completed_and_a_second_one_added(terminal: Terminal, db: Database) -> None:
    header = ["Mã", "Tên", "Giấy phép số", "Ngày cấp", "Ngày hết hạn"]
    terminal.take_in("establishments", [header, ["1", "A", "GP-1", "01/01/2024", ""]])
    terminal.take_in("establishments", [header, ["1", "", "GP-1", "", "01/01/2027"]])
    (held,) = establishments.licences(db)[only(db).id]
    assert (held.issued_on, held.expires_on) == (date(2024, 1, 1), date(2027, 1, 1))
    terminal.take_in("establishments", [header, ["1", "", "GP-2", "", ""]])
    assert len(establishments.licences(db)[only(db).id]) == 2
    assert terminal.take_in("establishments", [header, ["1", "", "GP-2", "02/01/2024", "01/01/2024"]]).exit_code == 1


# ---- rules of the register ----


def test_management_ends_after_it_began(terminal: Terminal, db: Database) -> None:
    rows = one_row(managed_since="05/03/2026", managed_until="05/03/2026")
    assert "must be after" in terminal.take_in("establishments", rows).stderr
    terminal.take_in("establishments", [["code", "name", "managed_since"], ["CS-1", "A", "05/03/2026"]])
    later = terminal.take_in("establishments", [["code", "name", "managed_until"], ["CS-1", "", "01/03/2026"]])
    assert later.exit_code == 1
    assert "row 2, column C “managed_until”: “01/03/2026”" in later.stderr
    assert only(db).managed_until is None


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"status": "Đóng cửa"}, "without managed_until"),
        ({"employees": "3", "employees_with_contract": "5"}, "more than the number of employees"),
        ({"licence_number": "1", "licence_issued_on": "01/01/2030"}, "after today"),
        ({"phone": "912345678"}, "0912345678"),
        ({"note": "tiếp viên quê ở xa"}, "personal data"),
    ],
)
def test_doubts_are_told_and_stop_nothing(terminal: Terminal, db: Database, cells: dict[str, str], says: str) -> None:
    result = terminal.take_in("establishments", one_row(**cells))
    assert result.exit_code == 0
    assert says in result.stderr
    assert "tiếp viên" not in result.output  # free text about persons is not repeated
    assert only(db)


def test_a_name_is_needed_for_a_new_place_only(terminal: Terminal, db: Database) -> None:
    result = terminal.take_in("establishments", [["Mã", "Tên", "Số phòng"], ["CS-1", "", "3"]])
    assert "row 2, column B “Tên”: must not be blank" in result.stderr
    assert "Tên cơ sở" in terminal.take_in("establishments", [["Mã"], ["CS-1"]]).stderr
    assert establishments.every(db) == []


def test_the_register_may_change_between_report_and_import(db: Database) -> None:
    """What is written is compared with the register of that moment, inside the transaction."""
    report = importing.read(db, stream([["Tên", "Số phòng"], ["A", "3"]]), "so.csv", today=TODAY)
    assert report.created == 1
    with write(db) as tx:
        making.establishment(tx, "A")
        done = importing.apply(tx, ACTOR, report)
    assert (done.created, done.updated) == (0, 1)
    assert only(db).rooms == 3


def test_options_stand_in_one_place(db: Database) -> None:
    options = Options(date_format="MM/DD/YYYY", mapping={"Start": "managed_since"})
    rows = [["name", "Start"], ["A", "12/31/2025"]]
    report = importing.read(db, stream(rows), "so.csv", today=TODAY, options=options)
    assert report.rows[0].values["managed_since"] == date(2025, 12, 31)
