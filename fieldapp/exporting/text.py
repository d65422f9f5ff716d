"""The coverage of a year as text: a table for a terminal, CSV for a program. Words in the language of messages."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

from babel.numbers import format_decimal

from fieldapp import checklists
from fieldapp.coverage import Coverage, Share
from fieldapp.errors import say, spoken
from fieldapp.units import Unit


def number(value: float, decimals: int = 0) -> str:
    """1.234,5 in Vietnamese, 1,234.5 in English."""
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return str(format_decimal(value, format=pattern, locale=spoken()))


def percent(value: float | None) -> str:
    return "—" if value is None else number(value, 1) + "%"


def day(value: date) -> str:
    return f"{value:%d/%m/%Y}"


def of_the_past(on: date) -> str:
    """What a figure of an earlier day is made of."""
    return say(
        f"Tính theo sổ cơ sở hiện nay và các lượt kiểm tra đến hết ngày {day(on)}.",
        f"From today's register and the visits up to {on.isoformat()}.",
    )


def csv_text(found: Coverage, by: str = "") -> str:
    """One row of figures, or with by (type, area) a row for each; keys in English, numbers plain, blank where null."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if by:
        writer.writerow(["key", "numerator", "denominator", "percent"])
        writer.writerows([s.key, s.numerator, s.denominator, s.percent] for s in _shares(found, by))
    else:
        writer.writerow(["as_of", "numerator", "denominator", "percent", "required", "remaining", "met"])
        met = {True: "true", False: "false", None: ""}[found.met]
        figures = [found.numerator, found.denominator, found.percent, found.required, found.remaining]
        writer.writerow([found.as_of.isoformat(), *figures, met])
    return out.getvalue()


def table(found: Coverage, unit: Unit, by: str = "") -> str:
    """The figure with its denominator, its day and what it lacks; then by type, by area, or both."""
    lines = [_title(found, unit), *_figures(found)]
    for group in (by,) if by else ("type", "area"):
        if found.denominator:
            lines += ["", *_group(found, unit, group)]
    return "\n".join(lines)


def _title(found: Coverage, unit: Unit) -> str:
    year = found.target.window[0].year
    demo = say("  [DỮ LIỆU MẪU]", "  [DEMO DATA]") if unit.is_demo else ""
    return say(
        f"Độ bao phủ năm {year}, {unit.full_name}, tính đến {day(found.as_of)}{demo}",
        f"Coverage {year}, {unit.full_name}, as of {found.as_of.isoformat()}{demo}",
    )


def _figures(found: Coverage) -> list[str]:
    if found.numerator is None or found.denominator is None:
        return [say("Năm này chưa bắt đầu, chưa có số liệu.", "The year has not begun; there are no figures yet.")]
    if not found.denominator:
        return [say("Chưa có cơ sở nào thuộc diện quản lý.", "No establishment is under management.")]
    n, d = number(found.numerator), number(found.denominator)
    lines = [
        say(f"Đã kiểm tra {n}/{d} cơ sở ({percent(found.percent)}).", f"Inspected {n}/{d} ({percent(found.percent)}).")
    ]
    if found.required is not None and found.remaining is not None and found.met is not None:
        met = say("đạt", "met") if found.met else say("chưa đạt", "not met")
        required, remaining = number(found.required), number(found.remaining)
        lines.append(
            say(
                f"Phải đạt {required}, còn thiếu {remaining}: {met}.", f"Required {required}, {remaining} to go: {met}."
            )
        )
    if found.ceased_before_inspection:
        count = number(len(found.ceased_before_inspection))
        lines.append(
            say(
                f"{count} cơ sở chấm dứt trước khi được kiểm tra, ngoài mẫu số.",
                f"{count} ceased before inspection, outside the denominator.",
            )
        )
    return lines


def _group(found: Coverage, unit: Unit, by: str) -> list[str]:
    names = checklists.types() if by == "type" and spoken() == "vi" else checklists.TYPES_EN
    unnamed = say("(chưa ghi)", "(none)")
    head = say("Loại hình", "Type") if by == "type" else say(unit.area_word[:1].upper() + unit.area_word[1:], "Area")
    rows = [[head, say("Đã kiểm tra", "Inspected"), say("Tỷ lệ", "Percent")]]
    for share in _shares(found, by):
        name = names.get(share.key, share.key) if by == "type" else share.key or unnamed
        rows.append([name, f"{number(share.numerator)}/{number(share.denominator)}", percent(share.percent)])
    return _aligned(rows)


def _shares(found: Coverage, by: str) -> Sequence[Share]:
    return found.by_type if by == "type" else found.by_area


def _aligned(rows: list[list[str]]) -> list[str]:
    """The first column to the left, the others to the right, a line under the header."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]
