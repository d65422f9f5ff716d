"""The history of visits from a spreadsheet."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlite_utils import Database

from fieldapp import audit, establishments, units, visits
from fieldapp.database import write
from fieldapp.units import Body
from fieldapp.visits import Visit
from tests import making
from tests.spreadsheets import Terminal, csv_bytes


@pytest.fixture(autouse=True)
def _register(db: Database) -> None:
    with write(db) as tx:
        making.establishment(tx, "Karaoke Sao Thử 01", code="CS-001")
        making.establishment(tx, "Nhà nghỉ Ví Dụ", code="CS-002", type="guesthouse")


def ledger(db: Database) -> list[Visit]:
    return [visit for e in establishments.every(db) for visit in visits.of_establishment(db, e.id)[::-1]]


def test_only_the_place_and_the_day_are_required(terminal: Terminal, db: Database) -> None:
    result = terminal.take_in("visits", [["Mã cơ sở", "Ngày kiểm tra"], ["cs-001", "05/03/2026"]])
    assert result.exit_code == 0, result.output
    (visit,) = ledger(db)
    assert (visit.visited_on.isoformat(), visit.bodies, visit.kind, visit.mode, visit.outcome, visit.source) == (
        "2026-03-05", ("other",), "planned", "on_site", "conducted", "imported",
    )  # fmt: skip


def test_every_column_in_words(terminal: Terminal, db: Database) -> None:
    rows = [
        ["Mã CS", "Ngày", "Đoàn kiểm tra", "Loại kiểm tra", "Cách thức", "Kết quả", "Số biên bản", "Phối hợp",
         "Ghi chú"],
        ["CS-001", "05/03/2026", "Đội 178; Công an xã Kim Tân", "Đột xuất", "Tại chỗ", "Đóng cửa", "12/BB",
         "Phòng cháy, chữa cháy", "mưa"],
    ]  # fmt: skip
    assert terminal.take_in("visits", rows).exit_code == 0
    (visit,) = ledger(db)
    assert set(visit.bodies) == {"team_178", "police", "fire"}
    assert (visit.kind, visit.mode, visit.outcome) == ("unscheduled", "on_site", "closed_door")
    assert (visit.document_no, visit.note) == ("12/BB", "mưa")


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("police", ["police"]), ("CÔNG AN", ["police"]), ("Công an xã", ["police"]), ("Trạm Y tế Kim Tân", ["health"]),
        ("Đội kiểm tra liên ngành 178", ["team_178"]), ("team_178;police", ["police", "team_178"]),
        ("Phòng Văn hóa - Xã hội", ["culture_social"]), ("VH-XH; QLTT", ["culture_social", "market"]),
        ("PCCC", ["fire"]), ("Công an; công an", ["police"]), ("Cơ quan khác", ["other"]),
    ],
)  # fmt: skip
def test_bodies_in_many_words(terminal: Terminal, db: Database, typed: str, codes: list[str]) -> None:
    assert terminal.take_in("visits", [["ma", "ngay", "co quan"], ["CS-001", "05/03/2026", typed]]).exit_code == 0
    assert sorted(ledger(db)[0].bodies) == codes


def test_a_body_of_the_units_own_is_known(terminal: Terminal, db: Database) -> None:
    unit = units.read(db)
    with write(db) as tx:
        units.settle(tx, replace(unit, own_bodies=(Body("border", "Biên phòng", "Border guard"),)), audit.COMMAND_LINE)
    assert (
        terminal.take_in("visits", [["ma", "ngay", "co quan"], ["CS-001", "05/03/2026", "biên phòng"]]).exit_code == 0
    )
    assert ledger(db)[0].bodies == ("border",)


@pytest.mark.parametrize(
    ("cells", "place", "says"),
    [
        (["CS-404", "05/03/2026", ""], "row 2, column A “Mã”: “CS-404”", "no establishment with this code"),
        (["CS-001", "22/11/2026", ""], "row 2, column B “Ngày”: “22/11/2026”", "after today"),
        (["CS-001", "31/02/2026", ""], "row 2, column B “Ngày”: “31/02/2026”", "no day"),
        (["CS-001", "", "police"], "row 2, column B “Ngày”", "must not be blank"),
        (["", "05/03/2026", ""], "row 2, column A “Mã”", "must not be blank"),
        (["CS-001", "05/03/2026", "Hội chữ thập"], "row 2, column C “Cơ quan”: “Hội chữ thập”", "Công an (police)"),
        (["CS-001", "05/03/2026", "", "x" * 140_000], "row 2, column D “Ghi chú”: “xxx", "longer than 500"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_comes_in(
    terminal: Terminal, db: Database, cells: list[str], place: str, says: str
) -> None:
    result = terminal.take_in(
        "visits", [["Mã", "Ngày", "Cơ quan", "Ghi chú"], cells, ["CS-002", "05/03/2026", "police"]]
    )
    assert result.exit_code == 1
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("Problem: ")]
    assert place in line
    assert says in line
    assert ledger(db) == []


def test_today_in_the_commune_is_not_the_future(terminal: Terminal, db: Database) -> None:
    assert terminal.take_in("visits", [["Mã", "Ngày"], ["CS-001", "21/11/2026"]]).exit_code == 0


def test_the_same_row_again_changes_nothing(terminal: Terminal, db: Database) -> None:
    rows = [["Mã", "Ngày", "Cơ quan"], ["CS-001", "05/03/2026", "police; team_178"], ["CS-002", "05/03/2026", "police"]]
    assert "2 new" in terminal.take_in("visits", rows).stdout
    assert "0 new, 0 updated, 2 unchanged" in terminal.take_in("visits", rows).stdout
    turned = [rows[0], ["CS-001", "2026-03-05", "Đội 178; Công an"], rows[2]]
    result = terminal.take_in("visits", [*turned, turned[1]])
    assert "0 new" in result.stdout
    assert "row 4" in result.stderr
    assert "the same as row 2" in result.stderr
    assert len(ledger(db)) == 2


def test_a_visit_after_management_ended_is_mentioned(terminal: Terminal) -> None:
    terminal.take_in("establishments", [["Mã", "Tên", "Quản lý đến"], ["CS-001", "", "01/05/2026"]])
    result = terminal.take_in("visits", [["Mã", "Ngày"], ["CS-001", "01/05/2026"], ["CS-001", "30/04/2026"]])
    assert result.exit_code == 0
    assert result.stderr.count("no longer under management") == 1


def test_imported_visits_count(terminal: Terminal) -> None:
    terminal.take_in(
        "visits", [["Mã", "Ngày", "Loại"], ["CS-001", "05/03/2026", ""], ["CS-002", "05/03/2026", "hậu kiểm"]]
    )
    (target,) = json.loads(terminal.done("coverage", "--year", "2026", "--format", "json").stdout)["targets"]
    assert (target["counted"], target["missing"]) == (["CS-001"], ["CS-002"])


# ---- a file of another commune ----


def named(*names: str) -> list[list[str]]:
    rows = [[f"CS-00{n}", name, "05/03/2026"] for n, name in enumerate(names, 1)]
    return [["Mã cơ sở", "Tên cơ sở", "Ngày kiểm tra"], *rows]


def test_a_file_whose_codes_are_other_establishments_here_is_another_communes(terminal: Terminal, db: Database) -> None:
    file = terminal.file("so.csv", csv_bytes(named("Spa Hoa Sen", "Khách sạn Biển Xanh")))
    result = terminal("import", "visits", file)
    assert (result.exit_code, ledger(db)) == (1, [])
    assert (
        "row 2, column B “Tên cơ sở”: “Spa Hoa Sen”: in the register, CS-001 is “Karaoke Sao Thử 01”" in result.stderr
    )
    assert "2 of 2 establishments have other names in the register" in result.stderr
    terminal.done("import", "visits", file, "--map", "Tên cơ sở=")
    assert len(ledger(db)) == 2


def test_one_other_name_is_a_note_and_a_name_told_shorter_or_longer_none(terminal: Terminal, db: Database) -> None:
    result = terminal.take_in("visits", named("Sao Thử 01", "Nhà trọ Xưa"))
    assert (result.exit_code, result.stderr.count("in the register")) == (0, 1)
    heading = [*named("KARAOKE SAO THỬ 01 (cũ)"), ["", "Thôn Mẫu 2", ""]]
    assert terminal.take_in("visits", heading).stderr == ""
    assert len(ledger(db)) == 2


def test_the_ledger_comes_back_by_its_own_export_but_not_into_the_next_commune(
    terminal: Terminal, db: Database
) -> None:
    assert terminal.take_in("visits", named("Karaoke Sao Thử 01", "Nhà nghỉ Ví Dụ")).exit_code == 0
    for file in (terminal.folder / "so.csv", terminal.folder / "so.xlsx"):
        terminal.done("export", "visits", "--year", "2026", "--out", file)
        assert "2 unchanged" in terminal.done("import", "visits", file).stdout
    for place in establishments.every(db):
        with write(db) as tx:
            establishments.change(tx, audit.COMMAND_LINE, place.id, {"name": f"Quán khác {place.code}"})
    assert terminal("import", "visits", terminal.folder / "so.xlsx").exit_code == 1
