"""Checklists from YAML and from XLSForms: the next inspections use them, what was signed keeps its own."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from sqlite_utils import Database

from fieldapp import audit, checklists
from fieldapp.clock import Clock
from fieldapp.database import write
from sync.history import Transaction
from tests import making
from tests.spreadsheets import Rows, Terminal, xlsx_bytes

SMALL: dict[str, Any] = {
    "version": "2.0",
    "types": [{"code": "karaoke", "vi": "Karaoke"}, {"code": "hotel", "vi": "Khách sạn"}],
    "groups": {"all": ["karaoke", "hotel"]},
    "sections": [{"code": "A", "vi": "Hồ sơ"}],
    "items": [
        {"id": "A01", "section": "A", "text": "Có giấy chứng nhận.", "types": "all", "only_if_over_0": "N01",
         "remediation": {"days": 10, "follow_up": "dossier"}},
    ],
    "figures": [{"id": "N01", "vi": "Số lao động", "types": ["karaoke"]}],
}  # fmt: skip


@pytest.fixture
def tx(db: Database, clock: Clock) -> Iterator[Transaction]:
    with write(db, clock) as transaction:
        yield transaction


def written(terminal: Terminal, source: Any) -> Any:
    return terminal.file("bang-kiem.yaml", yaml.safe_dump(source, allow_unicode=True, sort_keys=False).encode())


def test_a_checklist_becomes_current_and_what_was_signed_keeps_its_own(
    terminal: Terminal, db: Database, clock: Clock
) -> None:
    with write(db, clock) as tx:
        before = checklists.current(tx.db)
        visit = making.inspect(tx, making.establishment(tx))
    done = terminal.done("import", "checklist", written(terminal, SMALL))
    assert "Checklist 2.0: 1 items, 1 figures, imported." in done.output
    now = checklists.current(db)
    assert [item["id"] for item in now["items"]] == ["A01"]
    assert now["items"][0]["remediation"] == {"days": 10, "follow_up": "dossier"}
    assert checklists.read(db, visit.checklist or "") == {**before, "current": False}
    deeds = [entry["action"] for entry in audit.of_object(db, "checklist", now["id"])]
    assert deeds == ["checklist_adopted"]
    terminal.lang = "vi"
    again = terminal.done("import", "checklist", written(terminal, SMALL))
    assert "Bảng kiểm 2.0: 1 mục, 1 số liệu, không thay đổi." in again.output
    assert len(audit.of_object(db, "checklist", now["id"])) == 1


def test_the_shipped_one_may_be_imported_and_a_dry_run_changes_nothing(terminal: Terminal, db: Database) -> None:
    assert "unchanged" in terminal.done("import", "checklist", checklists.SHIPPED).output
    done = terminal.done("import", "checklist", "--dry-run", written(terminal, SMALL))
    assert "read, not imported" in done.output
    assert checklists.current(db)["version"] != "2.0"


def spoilt(*way: Any, value: Any) -> Any:
    source = copy.deepcopy(SMALL)
    at: Any = source
    for key in way[:-1]:
        at = at[key]
    at[way[-1]] = value
    return source


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ([], "must have version"), (spoilt("items", value=[]), "items: must be a list of one entry or more"),
        (spoilt("items", value="A01"), "items: must be a list"), (spoilt("items", 0, value="A01"), "items #1: must be"),
        (spoilt("items", 0, "id", value="A.1"), "items #1 (A.1), id: must be an id"),
        (spoilt("items", 0, "text", value=None), "items #1 (A01), text: is required"),
        (spoilt("items", 0, "remediation", value={"days": -1, "follow_up": "dossier"}), "remediation: must have days"),
        (spoilt("items", 0, "remediation", value="15"), "remediation: must have days"),
        (spoilt("items", 0, "types", value=["casino"]), "types: no type casino"),
        (spoilt("items", 0, "types", value="casino"), "A01: casino"),
        (spoilt("items", 0, "types", value={"a": 1}), "types: must be a list of types"),
        (spoilt("items", 0, "section", value="Z"), "A01: Z"),
        (spoilt("items", 0, "urgent", value="x"), "urgent: must be"),
        (spoilt("items", 0, "evidence", value="video"), "evidence: must be one of"),
        (spoilt("items", 0, "only_if_over_0", value="N09"), "A01: N09"),
        (spoilt("figures", 0, "max_of", value="N09"), "N01: N09"), (spoilt("figures", 0, "id", value="A01"), "A01"),
        (spoilt("items", value=SMALL["items"] * 2), "items (A01): occurs twice"),
        (spoilt("groups", value=[]), "groups"),
        (spoilt("groups", value={"all": "karaoke"}), "groups (all): must be a list"),
        (spoilt("types", 0, "code", value="casino"), "types #1 (casino), code: must be one of"),
        (spoilt("version", value=None), "version: is required"),
        (spoilt("answer_sets", value={"compliance": [{"code": "maybe"}]}), "the answers are dat, khong_dat"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(terminal: Terminal, db: Database, source: Any, says: str) -> None:
    before = checklists.current(db)
    refused = terminal("import", "checklist", written(terminal, source))
    assert refused.exit_code == 1, refused.output
    assert says in refused.stderr
    assert "Traceback" not in refused.stderr
    assert checklists.current(db) == before


LAUGHING = [f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]" for n in range(1, 20)]
LAUGHS = "\n".join(["a0: &a0 [x]", *LAUGHING, "plans: *a19"]).encode()


@pytest.mark.parametrize(("subject", "content", "says"), [
    ("checklist", b"{", "holds no checklist"),
    ("checklist", b"\xff\xfe", "not UTF-8"), ("checklist", LAUGHS, "too large"),
    ("plan", LAUGHS, "too large"),
    ("checklist", b"- " * 2000, "holds no checklist"),
    ("checklist", b"", "must have version"),
])  # fmt: skip
def test_a_file_that_is_no_yaml_of_ours_is_refused(terminal: Terminal, subject: str, content: bytes, says: str) -> None:
    refused = terminal("import", subject, terminal.file("x.yaml", content))
    assert (refused.exit_code, says in refused.stderr) == (1, True), refused.stderr


def test_a_file_that_is_not_there_is_refused(terminal: Terminal) -> None:
    for name in ("no.yaml", "no.xlsx"):
        refused = terminal("import", "checklist", terminal.folder / name)
        assert (refused.exit_code, name in refused.stderr) == (1, True)


# ---- XLSForm ----

HEAD = ["type", "name", "label::Tiếng Việt (vi)", "hint", "types", "days", "follow_up", "urgent", "relevant"]
SURVEY: Rows = [
    HEAD,
    ["begin_group", "A", "Hồ sơ"],
    ["integer", "N01", "Số lao động", "", "karaoke;hotel"],
    ["select_one ketqua", "A01", "Có giấy chứng nhận.", "Xem bản gốc", "all", 10, "dossier", "có", ""],
    [],
    ["select_one ketqua", "A02", "Không giữ giấy tờ.", "", "karaoke", "", "", "", "${N01} > 0"],
    ["end_group"],
]
CHOICES: Rows = [["list_name", "name", "label"], ["ketqua", "dat", "Đạt"], ["ketqua", "khong_dat", "Không đạt"]]
SETTINGS: Rows = [["form_title", "version"], ["Bảng kiểm của tỉnh", "3"]]


def xlsform(terminal: Terminal, survey: Rows = SURVEY, choices: Rows = CHOICES) -> Any:
    content = xlsx_bytes(survey, sheet="survey", more={"choices": choices, "settings": SETTINGS})
    return terminal.file("bang-kiem.xlsx", content)


def test_an_xlsform_becomes_a_checklist(terminal: Terminal, db: Database) -> None:
    terminal.done("import", "checklist", xlsform(terminal))
    now = checklists.current(db)
    assert (now["version"], now["sections"]) == ("3", [{"code": "A", "text": "Hồ sơ"}])
    first, second = now["items"]
    assert (first["text"], first["note"], first["urgent"]) == ("Có giấy chứng nhận.", "Xem bản gốc", True)
    assert first["remediation"] == {"days": 10, "follow_up": "dossier"}
    assert first["types"] == list(checklists.types())
    assert (second["types"], second["only_if_over_0"]) == (["karaoke"], "N01")
    assert second["remediation"] == {"days": 15, "follow_up": "on_site"}
    assert now["figures"] == [
        {"id": "N01", "text": "Số lao động", "types": ["karaoke", "hotel"], "max_of": None, "value": "count",
         "section": "A"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (["image", "P01", "Ảnh"], "row 8: no type “image” here"),
        (["select_one ketqua", "A03", "Ngoài nhóm"], "row 8: must be inside a group"),
        (["begin_group", "B", "Không đóng"], "XLSForm"), (["select_one", "A03", "Không có danh sách"], "XLSForm"),
        (["integer", "N02", "Đếm", "", "casino"], "types: no type casino"),
        (["text", "A01", "Trùng mã"], "A01"),
    ],
)  # fmt: skip
def test_a_row_that_is_no_part_of_a_checklist_is_told(
    terminal: Terminal, db: Database, row: list[Any], says: str
) -> None:
    before = checklists.current(db)
    refused = terminal("import", "checklist", xlsform(terminal, [*SURVEY, row]))
    assert (refused.exit_code, says in refused.stderr) == (1, True), refused.stderr
    assert "Traceback" not in refused.stderr
    assert checklists.current(db) == before


@pytest.mark.parametrize(("cells", "says"), [
    ({"relevant": "${N01} = 3"}, "row 6: relevant"), ({"days": "mười"}, "row 6: days"), ({"days": 9999}, "remediation"),
    ({"follow_up": "telepathy"}, "remediation"), ({"urgent": "perhaps"}, "row 6: urgent"),
])  # fmt: skip
def test_a_cell_of_an_item_is_told_with_its_row(terminal: Terminal, cells: dict[str, Any], says: str) -> None:
    told = dict(zip(HEAD, SURVEY[5], strict=False)) | cells
    survey = [*SURVEY[:5], [told.get(name, "") for name in HEAD], *SURVEY[6:]]
    refused = terminal("import", "checklist", xlsform(terminal, survey))
    assert (refused.exit_code, says in refused.stderr) == (1, True), refused.stderr


def test_other_answers_than_the_four_and_other_files_are_refused(terminal: Terminal) -> None:
    refused = terminal("import", "checklist", xlsform(terminal, choices=[*CHOICES, ["ketqua", "maybe", "Có thể"]]))
    assert "the answers are dat" in refused.stderr
    for content in (b"PK\x03\x04no zip", b"no workbook", xlsx_bytes([["a"]], sheet="Sổ")):
        refused = terminal("import", "checklist", terminal.file("x.xlsx", content))
        assert (refused.exit_code, "Traceback" in refused.stderr) == (1, False), refused.stderr
