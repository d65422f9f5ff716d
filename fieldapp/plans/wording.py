"""A target in one plain sentence of our own, for pages, lists and exports that name establishments.

A plan's own wording may name what must never stand beside an establishment's name, so it is shown only where there are
figures alone. Everything here is Vietnamese: it is read in the office.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from fieldapp import activities, checklists, visits
from fieldapp.folding import natural
from fieldapp.plans.target import Target
from fieldapp.units import Body

METRICS = {
    "distinct_inspected": "Số cơ sở được kiểm tra (không trùng)",
    "inspection_visits": "Số lượt kiểm tra",
    "reinspected": "Cơ sở phân loại phức tạp được tái kiểm tra",
    "followup_done": "Hậu kiểm tồn tại và quyết định xử phạt đến hạn",
    "commitments_valid": "Cơ sở có bản cam kết còn hiệu lực",
    "workers_reached": "Người lao động được tuyên truyền",
    "areas_active": "Khu vực có hoạt động tuyên truyền",
    "events": "Kỳ có tin, bài, hoạt động tuyên truyền",
    "registry_managed": "Cơ sở đang hoạt động đã đưa vào diện quản lý",
    "manual": "Số liệu nhập tay",
    "out_of_scope": "Chỉ giữ nguyên văn, phần mềm không tính",
}
POPULATIONS = {
    "managed": "cơ sở thuộc diện quản lý",
    "all_active": "cơ sở đang hoạt động",
    "security_conditional": "cơ sở có điều kiện về an ninh, trật tự",
    "complex": "cơ sở phân loại phức tạp",
    "type_list": "cơ sở thuộc các loại hình chọn riêng",
    "area_list": "cơ sở ở các khu vực chọn riêng",
    "workers": "người lao động của cơ sở thuộc diện quản lý",
    "areas": "mọi khu vực",
    "followups_due": "tồn tại, quyết định đến hạn",
    "none": "không có mẫu số",
}
AS_OF = {
    "ever_active_in_period": "có ít nhất một ngày trong kỳ",
    "period_start": "vào ngày đầu kỳ",
    "period_end": "vào ngày tính, muộn nhất là cuối kỳ",
    "fixed_date": "vào một ngày cố định",
}
COMPARATORS = {
    ">=": "ít nhất", "<=": "không quá", "=": "bằng", "increase": "tăng", "decrease": "giảm", "none": "không giao mức",
}  # fmt: skip
UNITS = {"percent": "phần trăm (%)", "count": "số lượng"}
WINDOWS = {
    "year": "từng năm", "half": "từng 6 tháng", "quarter": "từng quý", "month": "từng tháng",
    "plan_period": "cả thời gian của kế hoạch", "fixed_range": "khoảng ngày riêng",
}  # fmt: skip
LEVELS = {"commune": "cấp xã", "province": "cấp tỉnh", "ministry": "bộ"}
_SENTENCES = {
    "distinct_inspected": "{asked} {whom} được {by} kiểm tra tại chỗ{kinds} ít nhất {times} lần",
    "inspection_visits": "{asked} lượt kiểm tra tại chỗ của {by}{kinds} ở {whom}",
    "reinspected": "{asked} {whom} được {by} tái kiểm tra",
    "followup_done": "{asked} tồn tại và quyết định xử phạt đến hạn của {whom} đã được hậu kiểm, khắc phục xong",
    "commitments_valid": "{asked} {whom} có bản cam kết còn hiệu lực",
    "workers_reached": "{asked} người lao động của {whom} được tuyên truyền",
    "areas_active": "{asked} {area} có ít nhất {times} hoạt động tuyên truyền",
    "events": "{asked} {span} có ít nhất {times} {forms}",
    "registry_managed": "{asked} {whom} đã được rà soát, phân loại, đưa vào diện quản lý",
}
_SPANS = {"month": "tháng", "quarter": "quý", "half": "6 tháng"}


def sentence(target: Target, bodies: Mapping[str, Body], area_word: str = "khu vực") -> str:
    """The target as somebody would say it, without the plan's own words; without its window (see `over`)."""
    asked = _asked(target)
    if target.metric == "manual":
        said = f"{asked}, số liệu nhập tay"
    else:
        said = _SENTENCES.get(target.metric, METRICS["out_of_scope"]).format(
            asked=asked, whom=_population(target, area_word), by=_by(target, bodies), kinds=_kinds(target),
            times=target.min_times, area=area_word, span=_SPANS.get(target.bucket or "", "kỳ"), forms=_forms(target),
        )  # fmt: skip
    return said[:1].upper() + said[1:]


def over(window: tuple[date, date]) -> str:
    """A window in words: "trong năm 2026", "từ 16/07/2025 đến 31/12/2025"."""
    start, end = window
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return f"trong năm {start.year}" if start.year == end.year else f"từ năm {start.year} đến năm {end.year}"
    return f"từ {start:%d/%m/%Y} đến {end:%d/%m/%Y}"


def _asked(target: Target) -> str:
    if target.value is None or target.comparator == "none":
        return "Tỷ lệ" if target.unit == "percent" else "Số"
    figure = plain(target.value) + ("%" if target.unit == "percent" else "")
    if target.comparator == ">=" and target.unit == "percent" and target.value == 100:
        return figure
    return f"{COMPARATORS[target.comparator]} {figure}"


def plain(value: Decimal | int) -> str:
    """12.5 -> "12,5", without noughts at the end."""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def percent(value: float) -> str:
    """58.5 -> "58,5%"."""
    return f"{value:.1f}%".replace(".", ",")


def number(value: int) -> str:
    """1234 -> "1.234"."""
    return f"{value:,}".replace(",", ".")


def _population(target: Target, area_word: str) -> str:
    match target.population:
        case "type_list":
            return "cơ sở loại " + ", ".join(checklists.types().get(code, code) for code in sorted(target.types))
        case "area_list":
            return f"cơ sở ở {area_word} " + ", ".join(sorted(target.areas, key=natural))
        case "none" | "workers" | "followups_due":
            return POPULATIONS["managed"]
    return POPULATIONS.get(target.population, target.population)


def _by(target: Target, bodies: Mapping[str, Body]) -> str:
    if "any" in target.by:
        return "bất kỳ cơ quan nào"
    names = [
        "từ hai cơ quan cùng tham gia" if code == "joint" else bodies[code].vi if code in bodies else code
        for code in target.by
    ]
    return " hoặc ".join(names)


def _kinds(target: Target) -> str:
    if target.kinds == visits.COUNTED_KINDS:
        return ""
    return f" ({', '.join(visits.KINDS[kind].lower() for kind in visits.KINDS if kind in target.kinds)})"


def _forms(target: Target) -> str:
    if not target.forms:
        return "hoạt động tuyên truyền"
    if target.forms <= activities.POSTED_FORMS:
        return "tin, bài, phát thanh"
    return "hoạt động: " + ", ".join(activities.FORMS[form].lower() for form in sorted(target.forms))


def denominator(target: Target) -> str:
    """What the denominator is, and on which day it was looked at."""
    if target.metric in ("areas_active", "events", "followup_done") or not target.computed:
        return {
            "areas_active": POPULATIONS["areas"],
            "events": "các kỳ đã đến",
            "followup_done": "việc đã đến hạn",
        }.get(target.metric, "")
    fixed = f" ({target.fixed_on:%d/%m/%Y})" if target.fixed_on else ""
    return f"{POPULATIONS[target.population]}, {AS_OF[target.as_of]}{fixed}"


def verdict(target: Target, numerator: int | None, met: bool | None) -> str:
    """Where a target stands, in a word or two."""
    if target.metric == "out_of_scope":
        return "Không tính"
    if numerator is None:
        return "Chưa có số liệu" if target.computed else "Chờ nhập tay"
    if target.comparator == "<=":
        return {True: "Trong mức trần", False: "Vượt mức trần", None: "—"}[met]
    return {True: "Đạt", False: "Chưa đạt", None: "Không giao mức" if target.comparator == "none" else "—"}[met]
