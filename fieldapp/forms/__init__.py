"""Forms of the office: what may be typed, and what is said when it does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FormField,
    IntegerField,
    PasswordField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, EqualTo, Length, NumberRange, Optional, StopValidation
from wtforms.widgets import TextInput

from fieldapp import checklists, entities, establishments, findings, guard, people
from fieldapp.errors import Refusal

NEEDED = "Chưa điền ô này."


def offered(named: Mapping[str, str]) -> list[SelectChoice]:
    """What a select offers: value -> name."""
    return [SelectChoice(value, name) for value, name in named.items()]


def needed(message: str = NEEDED) -> DataRequired:
    return DataRequired(message)


def no_longer_than(most: int) -> Length:
    return Length(max=most, message=f"Dài quá {most} ký tự.")


PERIOD_NAMES = {
    "year": "Cả năm", "half1": "6 tháng đầu năm", "half2": "6 tháng cuối năm", "q1": "Quý I", "q2": "Quý II",
    "q3": "Quý III", "q4": "Quý IV",
}  # fmt: skip


class _Vietnamese:
    """What WTForms says by itself, which only a forged form can bring about."""

    def gettext(self, said: str) -> str:
        return {"Not a valid choice.": "Hãy chọn một mục trong danh sách."}.get(said, said)

    def ngettext(self, one: str, many: str, number: int) -> str:
        return one if number == 1 else many


class OfficeForm(FlaskForm):
    class Meta(FlaskForm.Meta):
        def get_translations(self, _form: FlaskForm) -> _Vietnamese:
            return _Vietnamese()


FIRST_YEAR, LAST_YEAR = 1900, 2100


class DayField(StringField):
    """A day typed as 5/3/2026 (or 2026-03-05). data: date or None."""

    def _value(self) -> str:
        return f"{self.data:%d/%m/%Y}" if isinstance(self.data, date) else (self.raw_data or [""])[0] or ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        try:
            self.data = read_day(text) if text else None
        except ValueError:
            self.data = None
            raise ValueError("Ghi ngày theo mẫu 05/03/2026.") from None


class Between(NumberRange):
    """A range that keeps quiet where no number was understood: that has been said already."""

    def __call__(self, form: FlaskForm, field: Field) -> None:
        if not field.process_errors:
            super().__call__(form, field)


class CountField(IntegerField):
    """A whole number, typed as text (1.200 too): browsers throw away what does not fit a number field."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = int(text.replace(".", ""))
            except ValueError:
                raise ValueError("Chỉ ghi chữ số.") from None


def read_day(text: str) -> date:
    """5/3/2026, 05-03-2026 or 2026-03-05, between 1900 and 2100. Raises ValueError; so does 5/3/26, which is no year
    of ours."""
    parts = [int(part) for part in text.strip().replace("-", "/").replace(".", "/").split("/")]
    if len(parts) != 3:
        raise ValueError(text)
    year, month, day = parts if parts[0] > 31 else reversed(parts)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(text)
    return date(year, month, day)


class NoPersons:
    """Warns, once, when free text looks like data about a person; ticked as read again, it passes."""

    def __call__(self, form: FlaskForm, field: Field) -> None:
        remarks = guard.remarks(field.data or "")
        if remarks and not (getattr(form, "read_again", None) and form.read_again.data):
            form.warned = True
            raise StopValidation(
                f"Có chỗ giống thông tin cá nhân: {', '.join(f'“{r}”' for r in remarks)}. "
                "Chỉ ghi về cơ sở; hãy sửa lại, hoặc đánh dấu “Đã đọc lại” rồi gửi."
            )


class GuardedForm(OfficeForm):
    """A form with free text (privacy rule: warn and let it be edited; nothing of it is kept meanwhile)."""

    warned = False
    read_again = BooleanField("Đã đọc lại: không có thông tin về người lao động, khách hoặc người khác")


class SignIn(OfficeForm):
    username = StringField(
        "Tên đăng nhập",
        [needed()],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField("Mật khẩu", [needed()], render_kw={"autocomplete": "current-password"})


def _new_password(label: str) -> PasswordField:
    least = people.SHORTEST_PASSWORD
    message = f"Mật khẩu cần ít nhất {least} ký tự."
    return PasswordField(
        label,
        [needed(), Length(min=least, message=message)],
        render_kw={"autocomplete": "new-password", "minlength": least},
    )


class ChangePassword(OfficeForm):
    current = PasswordField("Mật khẩu hiện nay", [needed()], render_kw={"autocomplete": "current-password"})
    password = _new_password("Mật khẩu mới")
    again = PasswordField(
        "Gõ lại mật khẩu mới", [needed(), EqualTo("password", "Hai lần gõ chưa giống nhau.")],
        render_kw={"autocomplete": "new-password"},
    )  # fmt: skip


class NewAccount(OfficeForm):
    name = StringField("Họ tên", [needed(), no_longer_than(80)], render_kw={"autocomplete": "off"})
    position = StringField("Chức vụ", [no_longer_than(80)], render_kw={"autocomplete": "off"})
    username = StringField(
        "Tên đăng nhập",
        [no_longer_than(40)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    role = SelectField("Vai trò")
    body = SelectField("Cơ quan")
    password = _new_password("Mật khẩu ban đầu")


class SetPassword(OfficeForm):
    password = _new_password("Mật khẩu mới")


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class Reason(GuardedForm):
    """Why something is ended."""

    reason = StringField(
        "Lý do", [needed("Phải ghi lý do."), no_longer_than(300), NoPersons()],
        filters=[_stripped], render_kw={"autocomplete": "off"},
    )  # fmt: skip


class HandOver(Reason):
    """To whom an unfinished draft goes, and why."""

    to = SelectField("Giao cho", [needed("Chưa chọn người nhận.")])


class PhoneExport(OfficeForm):
    file = FileField("Tệp .fieldapp", [FileRequired("Chưa chọn tệp.")], render_kw={"accept": ".fieldapp"})


class Decision(GuardedForm):
    """About an inspection: what is missing, or why it is voided."""

    remark = TextAreaField(
        "Điều cần bổ sung hoặc lý do hủy", [no_longer_than(1000), NoPersons()],
        render_kw={"rows": 3, "placeholder": "Bắt buộc khi trả lại hoặc hủy"},
    )  # fmt: skip


class FindingEvent(GuardedForm):
    """What the office says happened to a finding. Which fields count depends on the event."""

    NEEDS: ClassVar[dict[str, dict[str, str]]] = {
        "extended": {"due_on": "Ghi hạn mới.", "note": "Ghi lý do gia hạn."},
        "referred": {"document_no": "Ghi số văn bản chuyển."},
        "reopened": {"note": "Ghi lý do mở lại."},
    }
    event = SelectField("Việc", choices=offered(findings.EVENTS))
    how = SelectField("Xem bằng", choices=offered({"": "Chọn…", **findings.FOLLOW_UPS}), validate_choice=False)
    conclusion = SelectField(
        "Kết luận", choices=offered({"": "Chưa kết luận", **findings.CONCLUSIONS}), validate_choice=False
    )
    due_on = DayField("Hạn mới", [Optional()], render_kw={"placeholder": "ngày/tháng/năm", "inputmode": "numeric"})
    document_no = StringField("Số văn bản", [no_longer_than(80)], render_kw={"autocomplete": "off"})
    note = TextAreaField("Ghi chú", [no_longer_than(1000), NoPersons()], render_kw={"rows": 2})
    kind = SelectField(
        "Ảnh hoặc tệp là", choices=offered({"document": "Giấy tờ", "premises": "Hiện trạng"}), validate_choice=False
    )
    files = MultipleFileField("Ảnh hoặc tệp PDF", render_kw={"accept": "image/jpeg,image/png,image/webp,.pdf"})

    def validate(self, extra_validators: Any = None) -> bool:
        """Also what the chosen event cannot do without."""
        sound = super().validate(extra_validators)
        for name, message in self.NEEDS.get(self.event.data, {}).items():
            field = self[name]
            if not field.errors and not (field.data.strip() if isinstance(field.data, str) else field.data):
                field.errors = [message]
                sound = False
        return bool(sound)


class SettledDay(GuardedForm):
    """On which day a visit took place, where the phone's clock was wrong."""

    day = DayField(
        "Ngày kiểm tra thật", [needed()], render_kw={"placeholder": "ngày/tháng/năm", "inputmode": "numeric"}
    )
    reason = StringField(
        "Căn cứ", [needed("Phải ghi căn cứ."), no_longer_than(300), NoPersons()],
        filters=[_stripped], render_kw={"autocomplete": "off"},
    )  # fmt: skip


class UnitWords(OfficeForm):
    team_name = StringField("Tên Đội kiểm tra", [needed(), no_longer_than(120)])
    office_name = StringField("Phòng chuyên môn", [needed(), no_longer_than(120)])
    area_word = StringField("Gọi các khu vực của đơn vị là", [needed(), no_longer_than(40)])
    contact = TextAreaField("Chủ cơ sở hỏi ai về dữ liệu này", [no_longer_than(300)], render_kw={"rows": 2})
    recipients = TextAreaField("Nơi nhận báo cáo, mỗi dòng một nơi", [no_longer_than(600)], render_kw={"rows": 3})


class BeginReport(OfficeForm):
    """Of which plan, about when. The view fills in plans and years."""

    plan = SelectField("Kế hoạch", choices=[])
    period = SelectField("Kỳ", choices=offered(PERIOD_NAMES))
    year = SelectField("Năm", choices=[])


class ReportTexts(GuardedForm):
    """What the officer writes. Names equal those of reports.TEXTS and reports.HEADINGS."""

    number = StringField("Số, ký hiệu", [no_longer_than(40)], render_kw={"placeholder": "12/BC-UBND"})
    addressee = StringField("Kính gửi", [no_longer_than(300)])
    signer_title = StringField("Chức vụ người ký", [no_longer_than(80)], render_kw={"placeholder": "Chủ tịch"})
    signer_name = StringField("Họ tên người ký", [no_longer_than(80)])
    general = TextAreaField("I. Tình hình chung", [no_longer_than(20_000), NoPersons()], render_kw={"rows": 4})
    difficulties = TextAreaField(
        "VII. Khó khăn, vướng mắc", [no_longer_than(20_000), NoPersons()], render_kw={"rows": 5}
    )
    tasks = TextAreaField("VIII. Nhiệm vụ, kiến nghị", [no_longer_than(20_000), NoPersons()], render_kw={"rows": 5})


class Upload(OfficeForm):
    file = FileField("Tệp .xlsx hoặc .csv", [FileRequired("Chưa chọn tệp.")], render_kw={"accept": ".xlsx,.csv"})
    subject = SelectField(
        "Nội dung tệp", choices=offered({"establishments": "Danh sách cơ sở", "visits": "Các lượt kiểm tra"})
    )
    sheet = StringField("Trang tính", [no_longer_than(80)], render_kw={"autocomplete": "off"})


class PlanFile(OfficeForm):
    file = FileField("Tệp .yaml", [FileRequired("Chưa chọn tệp.")], render_kw={"accept": ".yaml,.yml"})


class EstablishmentForm(GuardedForm):
    """Fields of the register, as the office edits them. Names equal those of Establishment."""

    code = StringField("Mã cơ sở", [no_longer_than(40)], render_kw={"autocomplete": "off"})
    name = StringField("Tên cơ sở", [needed("Chưa ghi tên cơ sở."), no_longer_than(200)])
    type = SelectField("Loại hình", choices=lambda: offered(checklists.types()))
    address = StringField("Địa chỉ", [no_longer_than(300)])
    area = SelectField("Khu vực", validate_choice=False)
    new_area = StringField("Hoặc ghi khu vực chưa có trong danh sách", [no_longer_than(80)])
    entity_name = StringField("Tên chủ thể kinh doanh", [no_longer_than(200)])
    entity_kind = SelectField("Loại chủ thể", choices=offered({"": "", **entities.KINDS_VI}))
    entity_code = StringField("Mã số đăng ký kinh doanh", [no_longer_than(40)], render_kw={"autocomplete": "off"})
    representative = StringField("Chủ cơ sở hoặc người đại diện", [no_longer_than(120), NoPersons()])
    representative_role = StringField("Chức danh", [no_longer_than(120), NoPersons()])
    phone = StringField("Điện thoại công việc", [no_longer_than(40)], render_kw={"inputmode": "tel"})
    rooms = CountField(
        "Số phòng",
        [Optional(), Between(0, establishments.LARGEST_COUNT, "Số không hợp lý.")],
        render_kw={"inputmode": "numeric"},
    )
    employees = CountField(
        "Số lao động",
        [Optional(), Between(0, establishments.LARGEST_COUNT, "Số không hợp lý.")],
        render_kw={"inputmode": "numeric"},
    )
    employees_with_contract = CountField(
        "Trong đó có hợp đồng lao động",
        [Optional(), Between(0, establishments.LARGEST_COUNT, "Số không hợp lý.")],
        render_kw={"inputmode": "numeric"},
    )
    security_conditional = BooleanField("Ngành nghề có điều kiện về an ninh, trật tự")
    status = SelectField("Tình trạng hoạt động", choices=offered(establishments.STATUSES))
    managed_since = DayField(
        "Đưa vào diện quản lý từ ngày",
        [Optional()],
        render_kw={"placeholder": "ngày/tháng/năm", "inputmode": "numeric"},
    )
    managed_until = DayField(
        "Thôi quản lý từ ngày", [Optional()], render_kw={"placeholder": "ngày/tháng/năm", "inputmode": "numeric"}
    )
    note = TextAreaField("Ghi chú", [no_longer_than(establishments.LONGEST_TEXT), NoPersons()], render_kw={"rows": 3})
    licence_kind = StringField("Tên giấy tờ", [no_longer_than(120)])
    licence_number = StringField("Số", [no_longer_than(80)])
    licence_issued_on = DayField(
        "Ngày cấp", [Optional()], render_kw={"placeholder": "ngày/tháng/năm", "inputmode": "numeric"}
    )
    licence_expires_on = DayField(
        "Hết hạn", [Optional()], render_kw={"placeholder": "ngày/tháng/năm", "inputmode": "numeric"}
    )


def errors_of(form: FlaskForm) -> list[tuple[str, str]]:
    """(id of the field, what to mend there) for the summary at the top; '' where no field is meant."""
    found = [
        (field.id, f"{field.label.text}: {' '.join(said)}") for field in _each_field(form) if (said := _said(field))
    ]
    return found + [("", message) for message in form.form_errors]


def _each_field(form: Iterable[Any]) -> Iterator[Any]:
    """The fields of a form; after a repeated group, those in it."""
    for field in form:
        yield field
        if isinstance(field, FieldList | FormField):
            yield from _each_field(field)


def _said(field: Any) -> list[str]:
    """What is said of a field itself; a group repeats what is said of those in it."""
    return [message for message in field.errors if isinstance(message, str)]


def take_refusal(form: FlaskForm, refusal: Refusal, needs: Mapping[str, str] | None = None) -> None:
    """Show a refusal in the form: beside the fields it names, else at the top.

    needs: the form's field for the reason, and what to say beside it where the reason is missing.
    """
    missing = needs if needs and refusal.code == "reason_required" else {}
    wrong = refusal.fields | {name: [said] for name, said in missing.items()}
    shown = [name for name in wrong if name in form._fields]
    for name in shown:
        say_beside(form._fields[name], wrong[name])
    if not shown:
        form.form_errors.append(refusal.message())


def say_beside(field: Any, reasons: Iterable[str]) -> None:
    """Say beside a field of a form what is wrong with it. reasons: as a refusal gives them, "phải ghi"."""
    said = (f"{reason[:1].upper()}{reason[1:].removesuffix('.')}." for reason in reasons)
    field.errors = [*field.errors, *said]
