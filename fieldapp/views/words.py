"""How pages write days, times, figures and codes. One place, so that screen, list and print say the same."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from flask import Flask, url_for

from fieldapp import (
    activities,
    checklists,
    commitments,
    complexity,
    entities,
    establishments,
    findings,
    inspections,
    legal,
    overlap,
    sanctions,
    schedule,
    visits,
)
from fieldapp.clock import parse_instant
from fieldapp.formulas import TURNS
from fieldapp.keeping import losses
from fieldapp.keeping.losses import Loss
from fieldapp.plans import wording
from fieldapp.views import drawings
from fieldapp.views.request import db, unit

_TURNS = re.compile(TURNS)
NOTHING = "—"
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
ROLES = {
    "admin": "Quản trị", "officer": "Cán bộ thường trực", "leader": "Đội trưởng", "inspector": "Thành viên Đội",
    "viewer": "Lãnh đạo, người xem",
}  # fmt: skip
REVIEW_STATES = {
    "identified": "Mới phát hiện, chờ rà soát", "reviewed": "Đã rà soát", "classified": "Đã phân loại",
    "managed": "Thuộc diện quản lý",
}  # fmt: skip
COMMITMENT_STATES = {
    "in_force": "Đang có hiệu lực", "expired": "Đã hết hiệu lực", "superseded": "Đã có bản mới hơn",
    "breached": "Đã vi phạm cam kết", "refused": "Chưa đồng ý ký",
}  # fmt: skip
FIELDS = {
    "code": "mã", "name": "tên", "type": "loại hình", "address": "địa chỉ", "area": "khu vực",
    "entity": "chủ thể kinh doanh",
    "representative": "người đại diện", "representative_role": "chức danh", "phone": "điện thoại", "rooms": "số phòng",
    "employees": "số lao động", "employees_with_contract": "số có hợp đồng", "status": "tình trạng",
    "review_state": "trạng thái quản lý", "managed_since": "quản lý từ ngày", "managed_until": "thôi quản lý từ ngày",
    "security_conditional": "điều kiện về an ninh, trật tự", "latitude": "vị trí", "longitude": "vị trí",
    "note": "ghi chú",
}  # fmt: skip
DEEDS = {
    "activity_recorded": "Ghi buổi tuyên truyền",
    "activity_voided": "Hủy buổi tuyên truyền",
    "complexity_classified": "Ghi phân loại",
    "complexity_opened": "Xem phân loại",
    "complexity_voided": "Hủy phân loại",
    "overlap_rule_changed": "Đổi cách đọc quy tắc một lần trong năm",
    "reference_changed": "Sửa căn cứ",
    "reference_dropped": "Bỏ căn cứ",
    "sanction_complied": "Hậu kiểm: đã chấp hành",
    "sanction_entered": "Ghi quyết định xử phạt",
    "sanction_extended": "Lùi hạn hậu kiểm",
    "sanction_not_complied": "Hậu kiểm: chưa chấp hành",
    "sanction_revoked": "Quyết định bị hủy bỏ, thay thế",
    "sanction_voided": "Hủy quyết định nhập nhầm",
    "schedule_approved": "Duyệt lịch kiểm tra",
    "schedule_drawn_up": "Lập lịch kiểm tra",
    "schedule_entry_cancelled": "Bỏ khỏi lịch",
    "schedule_entry_changed": "Sửa dòng lịch",
    "schedule_entry_postponed": "Lùi lịch",
    "schedule_planned": "Xếp cơ sở vào lịch",
    "second_visit_approved": "Phê duyệt lượt thứ hai",
    "second_visit_explained": "Ghi lý do lượt thứ hai",
    "second_visit_noted": "Xem lượt thứ hai, không phê duyệt",
    "team_appointed": "Ghi quyết định lập Đội",
    "team_corrected": "Sửa quyết định lập Đội",
    "team_voided": "Hủy quyết định lập Đội",
    "visit_typed": "Ghi lượt kiểm tra",
    "visit_voided": "Hủy lượt kiểm tra",
    "visits_joined": "Ghép thành kiểm tra chung",
    "visits_kept_apart": "Ghi là các lượt riêng",
    "account_closed": "Đóng tài khoản",
    "account_opened": "Lập tài khoản",
    "backup_faulty": "Sao lưu, còn chỗ sai",
    "backup_taken": "Sao lưu",
    "change_dismissed": "Không nhận thay đổi từ điện thoại",
    "change_mended": "Sửa và ghi nhận bản từ điện thoại",
    "change_taken": "Nhận thay đổi từ điện thoại",
    "checklist_adopted": "Đưa bảng kiểm vào dùng",
    "commitment_recorded": "Nhận bản cam kết",
    "conflict_settled": "Chọn giữa hai giá trị",
    "draft_handed_over": "Bàn giao bản nháp",
    "device_enrolled": "Đăng ký điện thoại",
    "device_revoked": "Ngừng điện thoại",
    "code_issued": "Cấp mã đăng nhập điện thoại",
    "establishment_added": "Thêm cơ sở",
    "establishment_changed": "Sửa thông tin cơ sở",
    "establishment_decided": "Quyết định diện quản lý",
    "establishment_identified": "Phát hiện cơ sở mới",
    "finding_closed": "Xác nhận đã khắc phục",
    "finding_evidence": "Xem xét minh chứng khắc phục",
    "finding_extended": "Gia hạn khắc phục",
    "finding_referred": "Chuyển tồn tại cho cơ quan có thẩm quyền",
    "finding_reopened": "Mở lại tồn tại",
    "inspection_accepted": "Chấp nhận biên bản",
    "inspection_day_settled": "Xác nhận ngày kiểm tra",
    "inspection_recorded": "Nhận biên bản",
    "inspection_returned": "Trả lại biên bản",
    "inspection_voided": "Hủy biên bản",
    "licence_dropped": "Bỏ giấy tờ nhập nhầm",
    "list_exported": "Xuất danh sách",
    "password_set": "Đặt mật khẩu",
    "phone_export_imported": "Nhập tệp dự phòng của điện thoại",
    "file_loss_accepted": "Chấp nhận tệp đã mất",
    "figure_typed": "Nhập số liệu chỉ tiêu",
    "plan_activated": "Chọn kế hoạch để tính",
    "plan_changed": "Sửa kế hoạch, chỉ tiêu",
    "plan_entered": "Lập kế hoạch",
    "record_carried": "Gửi thay bản ghi của người khác",
    "record_opened": "Mở xem",
    "record_printed": "In",
    "report_begun": "Lập báo cáo",
    "report_discarded": "Bỏ bản nháp báo cáo",
    "report_issued": "Phát hành báo cáo",
    "report_written": "Sửa lời báo cáo",
    "restore_settled": "Làm xong việc sau khôi phục",
    "restored": "Khôi phục từ bản sao lưu",
    "register_imported": "Nhập danh sách cơ sở từ tệp",
    "unit_settled": "Đổi thông tin đơn vị",
    "visits_imported": "Nhập lượt kiểm tra từ tệp",
}
"""What each deed of the trail is called."""
OBJECTS = {
    "account": "tài khoản", "backup": "bản sao lưu", "checklist": "bảng kiểm", "commitment": "bản cam kết",
    "device": "điện thoại", "draft": "bản nháp", "file": "tệp", "establishment": "cơ sở", "finding": "tồn tại",
    "finding_event": "theo dõi khắc phục", "inspection": "biên bản", "list": "danh sách", "plan": "kế hoạch",
    "report": "báo cáo", "unit": "đơn vị", "visit": "lượt kiểm tra",
    "activity": "buổi tuyên truyền", "complexity": "phân loại", "legal_reference": "căn cứ", "sanction": "quyết định",
    "schedule": "lịch kiểm tra", "schedule_entry": "dòng lịch", "team": "Đội kiểm tra",
}  # fmt: skip
"""What the object of a deed is called."""
CODES: dict[str, dict[str, str]] = {
    "activity_form": activities.FORMS,
    "answer": checklists.ANSWERS,
    "complexity": complexity.LEVELS,
    "overlap": overlap.STATES,
    "sanction_state": sanctions.STATES,
    "schedule_state": schedule.STATES,
    "capacity": commitments.CAPACITIES,
    "commitment_state": COMMITMENT_STATES,
    "entity_kind": entities.KINDS_VI,
    "field": FIELDS,
    "conclusion": findings.CONCLUSIONS,
    "finding_event": findings.EVENTS,
    "finding_state": findings.STATES,
    "follow_up": findings.FOLLOW_UPS,
    "inspection_state": inspections.STATES,
    "kind": visits.KINDS,
    "mode": visits.MODES,
    "outcome": visits.OUTCOMES,
    "recommendation": inspections.RECOMMENDATIONS,
    "review_state": REVIEW_STATES,
    "role": ROLES,
    "source": visits.SOURCES,
    "status": establishments.STATUSES,
}


def day(value: date | str | None) -> str:
    """05/03/2026; "—" for none."""
    if not value:
        return NOTHING
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{found:%d/%m/%Y}"


def day_month(value: date | str) -> str:
    """05/03, where the year is plain from what stands around it."""
    return day(value)[:5]


def day_of_year(text: str) -> str:
    """15/12 for `12-15`, as a plan names the day of a report; anything else as it is."""
    month, dash, number = text.partition("-")
    return f"{number}/{month}" if dash and month.isdecimal() and number.isdecimal() else text


def weekday(value: date) -> str:
    return WEEKDAYS[value.weekday()]


def local(value: datetime | str) -> datetime:
    """An instant on the commune's clock."""
    moment = parse_instant(value) if isinstance(value, str) else value
    return moment.astimezone(ZoneInfo(unit().time_zone))


def moment_text(value: datetime | str | None) -> str:
    """05/03/2026, 14:20 on the commune's clock; "—" for none."""
    return f"{local(value):%d/%m/%Y, %H:%M}" if value else NOTHING


def time_text(value: datetime | str | None) -> str:
    return f"{local(value):%H:%M}" if value else NOTHING


def number(value: float | None, decimals: int = 0) -> str:
    """1.234 or, with decimals, 1.234,5; "—" for none."""
    if value is None:
        return NOTHING
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return str(format_decimal(value, format=pattern, locale="vi_VN"))


def percent(value: float | None) -> str:
    """87,5%; "—" where there is nothing to take a share of."""
    return NOTHING if value is None else number(value, 1) + "%"


def said(code: str | None, of: str) -> str:
    """What a code is called, e.g. said("khong_dat", "answer"). An unknown one, of a newer phone, stands as it came."""
    if of == "second_visit":
        reason = legal.overlap_rule(db()).reason(code or "")
        return reason.text if reason else code or NOTHING
    return CODES[of].get(code or "", code or NOTHING)


def type_name(code: str) -> str:
    return checklists.types().get(code, code)


def body_names(codes: Any) -> str:
    """The inspecting bodies, by name, joined for a line."""
    known = unit().bodies
    return ", ".join(known[code].vi if code in known else code for code in codes)


def loss_of(sha256: str) -> Loss | None:
    """What was accepted about a file that is not here."""
    return losses.read(db(), sha256)


def capital(text: str) -> str:
    """The first letter upper case, the rest untouched ("phường Yên Mẫu" -> "Phường Yên Mẫu")."""
    return text[:1].upper() + text[1:]


def days_between(first: date, last: date) -> int:
    return (last - first).days


@lru_cache(maxsize=256)
def _content_hash(path: Path, _changed: float) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset(filename: str) -> str:
    """The address of a static file that changes with its content, so that browsers may keep it."""
    path = Path(__file__).parent.parent / "static" / filename
    return url_for("static", filename=filename, v=_content_hash(path, path.stat().st_mtime))


def straight(value: Any) -> Any:
    """What a template writes, without the signs in a name or a remark that would turn the office's own words around."""
    return _TURNS.sub("", value) if type(value) is str else value


def install(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.finalize = straight
    app.jinja_env.filters.update(
        day=day, day_month=day_month, day_of_year=day_of_year, weekday=weekday,
        moment=moment_text, time=time_text, number=number, percent=percent, said=said,
        local=local, type_name=type_name, body_names=body_names, capital=capital, plain=wording.plain,
    )  # fmt: skip
    app.jinja_env.globals.update(
        asset=asset, days_between=days_between, loss_of=loss_of, cells=drawings.cells, NOTHING=NOTHING
    )
