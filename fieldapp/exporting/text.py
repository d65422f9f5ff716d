"""Coverage, of a year or of a plan, as text: a table for a terminal, CSV for a program. In the language of messages."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

from babel.numbers import format_decimal

from fieldapp import checklists
from fieldapp.coverage import Coverage, Share
from fieldapp.errors import say, spoken
from fieldapp.plans import Plan, wording
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


def plan_csv(found: Sequence[Coverage], by: str = "") -> str:
    """The same of every target of a plan, each row with its target."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head: list[str] = []
    for one in found:
        header, *rows = csv.reader(csv_text(one, by).splitlines())
        if not head:
            head = ["target", "metric", "computed", *header]
            writer.writerow(head)
        told = [one.target.id, one.target.metric, "true" if one.target.computed else "false"]
        writer.writerows([*told, *row] for row in rows)
    return out.getvalue()


def plan_table(plan: Plan, found: Sequence[Coverage], unit: Unit, on: date, by: str = "") -> str:
    """Every target of a plan, asked on a day: what it asks for, its figure, what it lacks; with by also by type or by
    area."""
    demo = say("  [DỮ LIỆU MẪU]", "  [DEMO DATA]") if unit.is_demo else ""
    lines = [
        say(
            f"Kế hoạch {plan.id}, {unit.full_name}, tính đến {day(on)}{demo}",
            f"Plan {plan.id}, {unit.full_name}, as of {on.isoformat()}{demo}",
        )
    ]
    if not found:
        lines += ["", say("Kế hoạch chưa có chỉ tiêu.", "The plan has no targets yet.")]
    for one in found:
        start, end = one.window
        lines += [
            "",
            f"{one.target.id}  {one.target.text or wording.sentence(one.target, unit.bodies, unit.area_word)}",
        ]
        lines.append(say(f"  Từ {day(start)} đến {day(end)}", f"  {start.isoformat()} to {end.isoformat()}"))
        lines += [f"  {line}" for line in _of_target(one)]
        if by and one.denominator and (one.by_type or one.by_area):
            lines += [f"  {line}" for line in _group(one, unit, by)]
    return "\n".join(lines)


def _of_target(found: Coverage) -> list[str]:
    if found.target.metric == "out_of_scope":
        return [say("Chỉ giữ nguyên văn, phần mềm không tính.", "Kept as text; not computed by this software.")]
    if found.numerator is None and not found.target.computed:
        return [say("Số liệu nhập tay, chưa ai nhập.", "Typed by hand; nobody has typed it yet.")]
    if found.numerator is None:
        return [say("Chưa đến kỳ tính, chưa có số liệu.", "Its window has not begun; there are no figures yet.")]
    whole = "" if found.denominator is None else f"/{number(found.denominator)} ({percent(found.percent)})"
    lines = [say("Kết quả ", "Figure ") + number(found.numerator) + whole + "."]
    if found.typed:
        source, on = found.typed.source, found.typed.figure_on
        lines.append(say(f"Nhập tay, ngày {day(on)}, nguồn: {source}.", f"Typed, {on.isoformat()}, from: {source}."))
    lines += _judged(found)
    if found.met is not None and found.target.comparator == "<=":
        lines.append(
            say("Trong mức trần.", "Within its ceiling.") if found.met else say("VƯỢT MỨC TRẦN.", "OVER ITS CEILING.")
        )
    if found.binds is not None:
        lines.append(
            say("Là mức phải theo.", "This one binds.")
            if found.binds
            else say("Mức kia cao hơn.", "The other is higher.")
        )
    return lines


def table(found: Coverage, unit: Unit, by: str = "") -> str:
    """The figure with its denominator, its day and what it lacks; then by type, by area, or both."""
    lines = [_title(found, unit), *_figures(found)]
    for group in (by,) if by else ("type", "area"):
        if found.denominator:
            lines += ["", *_group(found, unit, group)]
    return "\n".join(lines)


def _title(found: Coverage, unit: Unit) -> str:
    year = found.window[0].year
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
    lines += _judged(found)
    if found.ceased_before_inspection:
        count = number(len(found.ceased_before_inspection))
        lines.append(
            say(
                f"{count} cơ sở chấm dứt trước khi được kiểm tra, ngoài mẫu số.",
                f"{count} ceased before inspection, outside the denominator.",
            )
        )
    return lines


def _judged(found: Coverage) -> list[str]:
    if found.required is None or found.remaining is None or found.met is None:
        return []
    met = say("đạt", "met") if found.met else say("chưa đạt", "not met")
    required, remaining = number(found.required), number(found.remaining)
    vi, en = f"Phải đạt {required}, còn thiếu {remaining}: {met}.", f"Required {required}, {remaining} to go: {met}."
    return [say(vi, en)]


def _group(found: Coverage, unit: Unit, by: str) -> list[str]:
    names = checklists.types() if by == "type" and spoken() == "vi" else checklists.TYPES_EN
    unnamed = say("(chưa ghi)", "(none)")
    head = say("Loại hình", "Type") if by == "type" else say(unit.area_word[:1].upper() + unit.area_word[1:], "Area")
    rows = [[head, say("Đã kiểm tra", "Inspected"), say("Tỷ lệ", "Percent")]]
    for share in _shares(found, by):
        name = names.get(share.key, share.key) if by == "type" else share.key or unnamed
        whole = "" if share.denominator is None else f"/{number(share.denominator)}"
        rows.append([name, f"{number(share.numerator)}{whole}", percent(share.percent)])
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
