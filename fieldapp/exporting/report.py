"""A periodic report as a Word document and as a spreadsheet, both from what `reports.compiled` says.

The Word report carries the plan's own wording, so it names no establishment: its annex PL5 tells reasons and counts.
The spreadsheet names establishments, so it carries none of the plan's wording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from fieldapp.exporting import word
from fieldapp.exporting.document import Column, Document, Table

TEMPLATE = "report.docx"
UNWRITTEN = "…"
_COUNT = 9


def docx(content: Mapping[str, Any], texts: Mapping[str, str], *, on: date, templates: Path | None = None) -> bytes:
    """The report in Word. texts: the officer's own. on: the day it carries. templates: the office's own folder.

    Raises Refusal template_invalid.
    """
    own = templates / TEMPLATE if templates else None
    unit = content["unit"]
    chapters = {"general": _paragraphs(texts.get("general", ""))}
    chapters |= {name: _paragraphs(texts.get(name, "")) or [UNWRITTEN] for name in ("difficulties", "tasks")}
    values = {
        **content,
        "targets": _marked(content["targets"]),
        "sections": _marked(content["sections"]),
        "annexes": {code: _marked(rows) for code, rows in content["annexes"].items()},
        "texts": chapters,
        "number": texts.get("number", ""),
        "addressee": texts.get("addressee") or "; ".join(unit["recipients"]),
        "dated": word.dated(on),
        "recipients": unit["recipients"],
        "signer": {
            "authority": "TM. ỦY BAN NHÂN DÂN",
            "title": (texts.get("signer_title") or "Chủ tịch").upper(),
            "name": texts.get("signer_name", ""),
        },
    }
    return word.render(own if own and own.exists() else word.FOLDER / TEMPLATE, values)


def _marked(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a table, each saying whether it is the sum of the others: the template prints that one bold."""
    return [{"is_total": False, **row} for row in rows]


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def spreadsheet(content: Mapping[str, Any], *, made: str, names: Mapping[str, str]) -> Document:
    """The annexes as sheets, and who stands behind each figure, in the order of the targets. names: by code."""
    period, unit = content["period"], content["unit"]
    heading = f"{word.capital(period['title'])}, số liệu đến hết ngày {word.day(content['as_of'])}"
    tables = [
        Table(code, *_grid(content["annexes"][code], columns), above=[title, unit["committee"], heading])
        for code, title, columns in _annexes(unit["area_word"])
    ]
    tables.append(_second_visits(content, heading))
    tables.append(_behind(content, heading, names))
    stem = f"phu-luc-bao-cao-{period['code']}-{period['year']}"
    return Document(stem, f"Phụ lục báo cáo {period['title']}", tables, made, unit["is_demo"])


Spec = Sequence[tuple[str, str, int]]


def _annexes(area_word: str) -> list[tuple[str, str, Spec]]:
    """Code, title, and the columns: key, header, width. A key that ends in `percent` is a share."""
    area = word.capital(area_word)
    return [
        ("PL1", "Cơ sở theo loại hình", [
            ("type", "Loại hình", 30), ("at_start", "Đầu kỳ", _COUNT), ("increase", "Tăng", _COUNT),
            ("decrease", "Giảm", _COUNT), ("at_end", "Cuối kỳ", _COUNT),
            ("taken_on", "Đưa vào diện quản lý trong kỳ", 12),
            ("security_conditional", "Có điều kiện về an ninh, trật tự", 13), ("employees", "Lao động", _COUNT),
            ("with_contract", "Có hợp đồng lao động", 11)]),
        ("PL2", "Kiểm tra theo loại hình", [
            ("type", "Loại hình", 30), ("members", "Tổng cơ sở", _COUNT), ("team_178", "Đội 178", _COUNT),
            ("police", "Công an", _COUNT), ("others", "Cơ quan khác", _COUNT), ("inspected", "Hợp nhất", _COUNT),
            ("percent", "Tỷ lệ", _COUNT), ("visits", "Lượt kiểm tra", _COUNT), ("planned", "Định kỳ", _COUNT),
            ("unscheduled", "Đột xuất", _COUNT), ("reinspection", "Tái kiểm tra", _COUNT),
            ("joint", "Kiểm tra chung", _COUNT)]),
        ("PL3", f"Kiểm tra theo {area_word}", [
            ("area", area, 30), ("border", "Giáp ranh", _COUNT), ("members", "Tổng cơ sở", _COUNT),
            ("inspected", "Đã kiểm tra", _COUNT), ("percent", "Tỷ lệ", _COUNT), ("remaining", "Còn lại", _COUNT),
            ("committed", "Có cam kết", _COUNT), ("sessions", "Buổi tuyên truyền", 11),
            ("headcount", "Lượt người", _COUNT)]),
        ("PL4", "Tồn tại và hậu kiểm", [
            ("text", "Nội dung", 44), ("establishments", "Số cơ sở không đạt", 11), ("found", "Tồn tại", _COUNT),
            ("closed", "Đã khắc phục", _COUNT), ("on_time", "Đúng hạn", _COUNT), ("overdue", "Quá hạn", _COUNT),
            ("referred", "Chuyển xử lý", _COUNT)]),
    ]  # fmt: skip


def _grid(rows: Sequence[Mapping[str, Any]], spec: Spec) -> tuple[list[Column], list[list[Any]]]:
    columns = [Column(header, width, percent=key == "percent") for key, header, width in spec]
    return columns, [[_cell(key, row.get(key)) for key, _, _ in spec] for row in rows]


def _cell(key: str, value: Any) -> Any:
    return value / 100 if key == "percent" and value is not None else value


def _second_visits(content: Mapping[str, Any], heading: str) -> Table:
    spec = [("entity", "Chủ thể kinh doanh, cơ sở", 34), ("number", "Lượt thứ", 7), ("visited_on", "Ngày", 11),
            ("bodies", "Cơ quan", 24), ("reason", "Lý do", 32), ("document_no", "Văn bản", 18)]  # fmt: skip
    rows = [{**row, "visited_on": date.fromisoformat(row["visited_on"])} for row in content["second_visits"]]
    return Table("PL5", *_grid(rows, spec), above=["Kiểm tra từ lần thứ hai trong năm – NỘI BỘ", heading])


def _behind(content: Mapping[str, Any], heading: str, names: Mapping[str, str]) -> Table:
    """One row for an establishment behind a target's figure; the target by its number, its wording stays in Word."""
    columns = [Column("Chỉ tiêu", 10), Column("Mã cơ sở", 12), Column("Tên cơ sở", 34), Column("Kết quả", 26)]
    sides = {
        "counted": "Được tính", "missing": "Chưa được tính", "ceased_before_inspection": "Chấm dứt trước khi kiểm tra",
    }  # fmt: skip
    rows = [
        [target["id"], code, names.get(code, ""), words]
        for target in content["targets"]
        for side, words in sides.items()
        for code in target["rows"].get(side, ())
    ]
    return Table("Căn cứ", columns, rows, above=["Cơ sở đứng sau mỗi chỉ tiêu – NỘI BỘ", heading], landscape=False)
