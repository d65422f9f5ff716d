"""Forms of what the plans count: schedule, ledger, communication, team, decisions, references."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from fieldapp import activities, complexity, legal, sanctions, schedule, teams, visits
from fieldapp.forms import (
    Between,
    CountField,
    DayField,
    GuardedForm,
    NoPersons,
    OfficeForm,
    needed,
    no_longer_than,
    offered,
)

DAY = {"placeholder": "ngày/tháng/năm", "inputmode": "numeric", "autocomplete": "off"}
COUNT = {"inputmode": "numeric", "autocomplete": "off"}
PLACE = {"list": "places", "autocomplete": "off", "placeholder": "Mã hoặc tên cơ sở"}
NO_COUNT = Between(0, activities.LARGEST_COUNT, "Số không hợp lý.")


def day(label: str, *, required: bool = True) -> DayField:
    return DayField(label, [InputRequired("Chưa ghi ngày.") if required else Optional()], render_kw=DAY)


def picked(field: DayField) -> date:
    """The day of a required field, once the form was found valid."""
    if field.data is None:
        raise ValueError(field.name)
    return field.data


class Ticks(SelectMultipleField):
    """Several of a list, each with a box of its own."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        if self.choices and set(self.data or ()) - {choice.value for choice in self.choices}:
            raise StopValidation("Hãy chọn trong danh sách.")


class PlaceField(StringField):
    """An establishment, by its code or its name. data: its id once `places` is set and one fits, else what was typed.

    places: [(id, code, name)] of the register.
    """

    places: tuple[tuple[str, str, str], ...] = ()
    chosen: str | None = None

    def pre_validate(self, form: Any) -> None:
        text = " ".join((self.data or "").split())
        self.chosen = None
        if not text:
            return
        code, _, name = text.partition(" · ")
        by_code = [found for found, known, _ in self.places if known.casefold() == code.casefold()]
        by_name = [found for found, _, known in self.places if known.casefold() == (name or text).casefold()]
        fitting = by_code or by_name
        if len(fitting) != 1:
            raise StopValidation(
                "Có nhiều cơ sở trùng tên; ghi mã cơ sở." if fitting else "Không có cơ sở này trong sổ."
            )
        self.chosen = fitting[0]


class ScheduleForm(OfficeForm):
    name = StringField("Tên lịch", [needed(), no_longer_than(schedule.LONGEST_TEXT)], render_kw={"autocomplete": "off"})
    starts_on = day("Từ ngày")
    ends_on = day("Đến ngày")
    is_campaign = BooleanField("Đây là đợt cao điểm")
    document_no = StringField("Số văn bản", [no_longer_than(schedule.LONGEST_TEXT)], render_kw={"autocomplete": "off"})


class EntryForm(GuardedForm):
    """One line of a schedule. reason: asked for where the month of an approved line moves."""

    month = SelectField("Tháng")
    day = day("Ngày (nếu đã định)", required=False)
    kind = SelectField("Hình thức", choices=offered(visits.KINDS))
    bodies = Ticks("Cơ quan tham gia", [InputRequired("Chọn ít nhất một cơ quan.")])
    inspectors = Ticks("Phân công")
    note = StringField("Ghi chú", [no_longer_than(schedule.LONGEST_TEXT), NoPersons()])
    reason = StringField(
        "Lý do lùi hoặc đổi tháng", [no_longer_than(schedule.LONGEST_TEXT), NoPersons()],
        render_kw={"autocomplete": "off"},
    )  # fmt: skip


class ProposalForm(OfficeForm):
    """What all chosen establishments get; which ones and which month comes beside each of them."""

    others = BooleanField("Xếp cả các cơ sở không hiện ở trang này, như đề xuất")
    kind_of_bodies = BooleanField("Theo đề xuất của từng cơ sở")
    bodies = Ticks("Cơ quan tham gia")
    inspectors = Ticks("Phân công")


class VisitForm(GuardedForm):
    """Another body's visit."""

    establishment = PlaceField("Cơ sở", [needed("Chưa ghi cơ sở.")], render_kw=PLACE)
    visited_on = day("Ngày kiểm tra")
    bodies = Ticks("Cơ quan kiểm tra", [InputRequired("Chọn ít nhất một cơ quan.")])
    kind = SelectField("Hình thức", choices=offered(visits.KINDS))
    mode = SelectField("Cách thức", choices=offered(visits.MODES))
    outcome = SelectField("Kết quả", choices=offered(visits.OUTCOMES))
    document_no = StringField("Số biên bản, văn bản", [no_longer_than(120)], render_kw={"autocomplete": "off"})
    note = StringField("Ghi chú", [no_longer_than(300), NoPersons()])
    seen = HiddenField()
    reason = SelectField("Lý do kiểm tra thêm", validate_choice=False)
    reason_document = StringField("Số văn bản của lý do", [no_longer_than(200)], render_kw={"autocomplete": "off"})


class SecondReason(OfficeForm):
    reason = SelectField("Lý do kiểm tra thêm")
    document_no = StringField(
        "Số văn bản", [needed("Chưa ghi số văn bản."), no_longer_than(200)], render_kw={"autocomplete": "off"}
    )


class SecondDecision(GuardedForm):
    remark = StringField("Ý kiến của Đội trưởng", [no_longer_than(300), NoPersons()], render_kw={"autocomplete": "off"})


class ReachedForm(Form):
    establishment = PlaceField("Cơ sở", render_kw=PLACE)
    workers = CountField("Số lao động", [Optional(), NO_COUNT], render_kw=COUNT)


class ActivityForm(GuardedForm):
    form = SelectField("Hình thức", choices=offered(activities.FORMS))
    held_on = day("Ngày")
    area = SelectField("Khu vực", validate_choice=False)
    headcount = CountField("Số người dự", [Optional(), NO_COUNT], render_kw=COUNT)
    topic = StringField("Nội dung", [no_longer_than(activities.LONGEST_TOPIC), NoPersons()])
    reached = FieldList(FormField(ReachedForm), "Lao động của các cơ sở", min_entries=6, max_entries=200)


class MemberForm(Form):
    name = StringField("Họ tên", [no_longer_than(teams.LONGEST_TEXT)], render_kw={"autocomplete": "off"})
    position = StringField("Chức vụ", [no_longer_than(teams.LONGEST_TEXT)], render_kw={"autocomplete": "off"})
    agency = StringField("Cơ quan", [no_longer_than(teams.LONGEST_TEXT)], render_kw={"autocomplete": "off"})
    role = SelectField("Vai trò", choices=offered(dict(reversed(teams.ROLES.items()))))
    account = SelectField("Tài khoản", validate_choice=False)


class TeamForm(GuardedForm):
    decision_no = StringField(
        "Số quyết định", [needed(), no_longer_than(teams.LONGEST_TEXT)], render_kw={"autocomplete": "off"}
    )
    decided_on = day("Ngày quyết định")
    valid_from = day("Có hiệu lực từ")
    valid_until = day("Đến hết ngày", required=False)
    members = FieldList(FormField(MemberForm), "Thành viên", max_entries=teams.MOST_MEMBERS)
    reason = StringField("Lý do sửa", [no_longer_than(300), NoPersons()], render_kw={"autocomplete": "off"})


class SanctionForm(OfficeForm):
    establishment = PlaceField("Cơ sở", [needed("Chưa ghi cơ sở.")], render_kw=PLACE)
    number = StringField("Số quyết định", [needed(), no_longer_than(120)], render_kw={"autocomplete": "off"})
    decided_on = day("Ngày quyết định")
    authority = StringField("Cơ quan ra quyết định", [needed(), no_longer_than(sanctions.LONGEST_TEXT)])
    measures = Ticks("Biện pháp", [InputRequired("Chọn ít nhất một biện pháp.")], choices=offered(sanctions.MEASURES))
    due_on = day("Hậu kiểm chậm nhất ngày")


class SanctionEventForm(GuardedForm):
    kind = SelectField("Việc đã xảy ra", choices=offered(sanctions.EVENTS))
    happened_on = day("Ngày")
    due_on = day("Ngày hậu kiểm tiếp theo", required=False)
    document_no = StringField("Số văn bản", [no_longer_than(120)], render_kw={"autocomplete": "off"})
    reason = StringField("Lý do", [no_longer_than(300), NoPersons()], render_kw={"autocomplete": "off"})


class ComplexityForm(OfficeForm):
    level = SelectField("Mức phân loại", choices=offered(complexity.LEVELS))
    authority = StringField("Cơ quan phân loại", [needed(), no_longer_than(complexity.LONGEST_TEXT)])
    document_no = StringField(
        "Số văn bản", [needed(), no_longer_than(complexity.LONGEST_TEXT)], render_kw={"autocomplete": "off"}
    )
    classified_on = day("Ngày phân loại")
    expires_on = day("Hết hạn")


class ReferenceForm(OfficeForm):
    id = StringField("Mã", [needed(), no_longer_than(40)], render_kw={"autocomplete": "off"})
    number = StringField("Số, ký hiệu", [no_longer_than(200)], render_kw={"autocomplete": "off"})
    title = StringField("Tên văn bản", [needed(), no_longer_than(300)])
    says = TextAreaField("Yêu cầu chính", [no_longer_than(legal.LONGEST_TEXT)], render_kw={"rows": 4})
    status = SelectField("Hiệu lực", choices=offered(legal.STATUSES))
    replaced_by = StringField("Thay bằng (mã)", [no_longer_than(40)], render_kw={"autocomplete": "off"})
    confidence = SelectField("Đã đối chiếu đến đâu", choices=offered(legal.CONFIDENCES))
    doubt = TextAreaField("Điều chưa chắc chắn", [no_longer_than(legal.LONGEST_TEXT)], render_kw={"rows": 2})


class ReasonForm(Form):
    code = HiddenField()
    text = StringField("Lý do", [needed(), no_longer_than(200)])
    leader = BooleanField("Cần Đội trưởng phê duyệt trước")


class RuleForm(GuardedForm):
    by_entity = BooleanField("Tính chung mọi cơ sở của cùng chủ thể kinh doanh")
    kinds = Ticks("Hình thức được tính", [InputRequired("Chọn ít nhất một hình thức.")], choices=offered(visits.KINDS))
    bodies = Ticks("Chỉ tính cơ quan (bỏ trống: mọi cơ quan)")
    reasons = FieldList(FormField(ReasonForm))
    reason = StringField(
        "Căn cứ của thay đổi này", [needed("Phải ghi căn cứ."), no_longer_than(300), NoPersons()],
        render_kw={"autocomplete": "off"},
    )  # fmt: skip


def choices_of(bodies: Mapping[str, Any]) -> Any:
    """Inspecting bodies to tick: code -> name."""
    return offered({code: body.vi for code, body in bodies.items()})
