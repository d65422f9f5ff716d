"""From a plan and its targets to the forms that edit them, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from fieldapp import activities, areas, checklists, visits
from fieldapp.errors import invalid
from fieldapp.forms import CountField, DayField, OfficeForm, needed, no_longer_than, offered, say_beside
from fieldapp.plans import Plan, Source, Target, Window, wording
from fieldapp.plans.target import LONGEST_TEXT, METRICS, mistakes
from fieldapp.views.request import db, unit

DAY = {"placeholder": "ngày/tháng/năm", "inputmode": "numeric"}
ELSEWHERE = {"range": "range_from", "date": "fixed_on", "kind_filter": "kinds", "text_vi": "text"}
"""Where the form calls a field otherwise than the file does."""


class PlanForm(OfficeForm):
    """A plan without its targets."""

    id = StringField("Mã kế hoạch", [needed(), no_longer_than(60)], render_kw={"autocomplete": "off"})
    title = StringField("Tên gọi", [needed(), no_longer_than(200)])
    number = StringField("Số, ký hiệu văn bản", [no_longer_than(80)])
    level = SelectField("Cấp ban hành", choices=offered(wording.LEVELS))
    starts_on = DayField("Từ ngày", [needed()], render_kw=DAY)
    ends_on = DayField("Đến hết ngày", [needed()], render_kw=DAY)
    note = TextAreaField("Ghi chú", [no_longer_than(1000)], render_kw={"rows": 2})


class Ticks(SelectMultipleField):
    """Several of a list, each with a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ValueField(StringField):
    """A number as people write it here (62,5). data: Decimal or None."""

    def _value(self) -> str:
        return wording.plain(self.data) if isinstance(self.data, Decimal | int) else (self.raw_data or [""])[0] or ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip().replace(",", ".") if valuelist else ""
        self.data = None
        try:
            number = Decimal(text or 0)
        except InvalidOperation:
            number = Decimal("nan")
        if not number.is_finite():
            raise ValueError("Chỉ ghi số, ví dụ 60 hoặc 62,5.")
        self.data = number if text else None


class TargetForm(OfficeForm):
    """A target: what is counted, by whom, over what, by when, and how much of it."""

    id = StringField("Mã chỉ tiêu", [needed(), no_longer_than(40)], render_kw={"autocomplete": "off"})
    text = TextAreaField("Nguyên văn trong kế hoạch", [no_longer_than(LONGEST_TEXT)], render_kw={"rows": 2})
    metric = SelectField("Đếm cái gì", choices=offered({key: wording.METRICS[key] for key in METRICS}))
    by = Ticks("Cơ quan nào kiểm tra thì được tính")
    min_times = CountField("Ít nhất mấy lần", render_kw={"inputmode": "numeric"})
    kinds = Ticks("Hình thức kiểm tra được tính", choices=offered(visits.KINDS))
    population = SelectField("Tính trên", choices=offered(wording.POPULATIONS))
    types = Ticks("Các loại hình", choices=lambda: offered(checklists.types()))
    areas = Ticks("Các khu vực", validate_choice=False)
    forms = Ticks("Hình thức tuyên truyền được tính (để trống là mọi hình thức)", choices=offered(activities.FORMS))
    as_of = SelectField("Mẫu số lấy những cơ sở", choices=offered(wording.AS_OF))
    fixed_on = DayField("Ngày cố định", [Optional()], render_kw=DAY)
    comparator = SelectField("Mức giao", choices=offered(wording.COMPARATORS))
    value = ValueField("Con số", render_kw={"inputmode": "decimal"})
    unit = SelectField("Tính bằng", choices=offered(wording.UNITS))
    window = SelectField("Tính trong", choices=offered(wording.WINDOWS))
    range_from = DayField("Từ ngày", [Optional()], render_kw=DAY)
    range_to = DayField("Đến hết ngày", [Optional()], render_kw=DAY)
    cumulative = BooleanField("Cộng dồn từ ngày đầu của kế hoạch")
    allotted_by = StringField("Cấp nào giao con số này", [no_longer_than(120)])
    owner_level = SelectField("Ai chịu trách nhiệm tính", choices=offered(wording.LEVELS))
    source_doc = StringField("Văn bản", [no_longer_than(80)])
    source_line = StringField("Dòng, mục", [no_longer_than(40)])
    note = TextAreaField("Ghi chú", [no_longer_than(500)], render_kw={"rows": 2})


class FigureForm(OfficeForm):
    """A figure that somebody types."""

    figure_on = DayField("Số liệu của ngày", [needed()], render_kw=DAY)
    numerator = CountField("Kết quả (tử số)", [needed("Chỉ ghi chữ số.")], render_kw={"inputmode": "numeric"})
    denominator = CountField("Trên tổng số (mẫu số)", [Optional()], render_kw={"inputmode": "numeric"})
    source = StringField("Nguồn", [needed("Phải ghi nguồn."), no_longer_than(300)])


_SAME = (
    "id", "text", "metric", "min_times", "population", "as_of", "fixed_on", "comparator", "value", "unit", "window",
    "cumulative", "allotted_by", "owner_level", "note",
)  # fmt: skip
_SETS = ("kinds", "types", "areas", "forms")


def form_for(target: Target | None) -> TargetForm:
    """The form, filled with a target or the usual one, or with what was posted."""
    shown = target or Target("", "", (date.min, date.max), window="year")
    filled: dict[str, Any] = {name: getattr(shown, name) for name in _SAME}
    filled |= {name: sorted(getattr(shown, name)) for name in _SETS}
    filled |= {"by": list(shown.by), "source_doc": shown.source.doc, "source_line": shown.source.line}
    filled |= {"range_from": shown.range and shown.range[0], "range_to": shown.range and shown.range[1]}
    form = TargetForm(data=filled)
    bodies = {code: body.vi for code, body in unit().bodies.items()}
    form.by.choices = offered({"any": "Bất kỳ cơ quan nào", "joint": "Kiểm tra chung, từ hai cơ quan", **bodies})
    form.areas.choices = offered({area.name: area.name for area in areas.every(db())})
    form.areas.label.text = f"Các {unit().area_word}"
    return form


def target_of(form: TargetForm, period: Window) -> Target:
    """The target that the form says."""
    given = {name: form[name].data for name in _SAME}
    for name in ("id", "text", "allotted_by", "note"):
        given[name] = (given[name] or "").strip()
    sets = {name: frozenset(form[name].data or ()) for name in _SETS}
    return Target(
        period=period, by=tuple(form.by.data or ("any",)),
        source=Source(form.source_doc.data or "", form.source_line.data or ""),
        **{**given, **sets, **_kept(form, sets)},
    )  # fmt: skip


def _kept(form: TargetForm, sets: dict[str, frozenset[str]]) -> dict[str, Any]:
    """What a choice leaves without meaning is not kept: types without a list of types, a fixed day without one…"""
    return {
        "kinds": sets["kinds"] or visits.COUNTED_KINDS,
        "types": sets["types"] if form.population.data == "type_list" else frozenset(),
        "areas": sets["areas"] if form.population.data == "area_list" else frozenset(),
        "fixed_on": form.fixed_on.data if form.as_of.data == "fixed_date" else None,
        "range": _range(form) if form.window.data == "fixed_range" else None,
        "value": None if form.comparator.data == "none" else form.value.data,
        "min_times": form.min_times.data or 1,
    }


def _range(form: TargetForm) -> Window | None:
    start, end = form.range_from.data, form.range_to.data
    return (start, end) if start and end else None


def wrong(form: TargetForm, target: Target) -> bool:
    """Whether the target cannot be counted by; says so beside the fields."""
    names = [area.name for area in areas.every(db())]
    found = mistakes(target, unit().bodies, names)
    for name, _, reason in found:
        say_beside(form[ELSEWHERE.get(name, name)], [reason])
    return bool(found)


def with_target(plan: Plan, target: Target, before: str | None) -> Plan:
    """The plan with a target added, or put in the place of the one that was edited."""
    if before is None:
        return replace(plan, targets=(*plan.targets, target))
    return replace(plan, targets=tuple(target if old.id == before else old for old in plan.targets))


def moved(plan: Plan, period: Window) -> tuple[Target, ...]:
    """The plan's targets with another period."""
    return tuple(replace(target, period=period) for target in plan.targets)


def refuse_taken(plan: Plan, target: Target, before: str | None) -> None:
    """Raises Refusal field_invalid where another target has the id already."""
    if target.id != before and any(other.id == target.id for other in plan.targets):
        raise invalid({"id": "Đã có chỉ tiêu mang mã này."})
