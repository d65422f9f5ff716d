"""Hôm nay: what arrived, what waits for a decision, what falls due; and the search that reaches everything."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import areas, coverage, establishments, inspections, people, plans, reports, sanctions
from fieldapp.clock import local_day, parse_instant
from fieldapp.coverage import Coverage
from fieldapp.errors import Refusal
from fieldapp.findings import Finding
from fieldapp.folding import fold
from fieldapp.inspections import Inspection
from fieldapp.reports.periods import Owed
from fieldapp.sanctions import Sanction
from fieldapp.standing import Standing
from fieldapp.views import listing, words
from fieldapp.views import schedule as schedule_pages
from fieldapp.views.coverage import READERS, sentence
from fieldapp.views.request import CASE_ROLES, OFFICE_ROLES, account, db, for_roles, number_in, today, unit
from fieldapp.views.schedule import Row
from fieldapp.views.waits import second_visits

blueprint = Blueprint("today", __name__)
QUIET_DAYS = 7
SHOWN = 5


@dataclass
class Day:
    """What Hôm nay shows. rows: the register as it stands. phones: those not heard of for a week (people.devices).

    seconds: states of this year's second visits. follow_up: decisions to be looked at again within a week.
    """

    rows: list[Standing]
    waiting: list[Inspection] = field(default_factory=list)
    arrived: list[Inspection] = field(default_factory=list)
    overdue: list[Finding] = field(default_factory=list)
    due_soon: list[Finding] = field(default_factory=list)
    phones: list[dict[str, Any]] = field(default_factory=list)
    returned: list[Inspection] = field(default_factory=list)
    owed: list[Owed] = field(default_factory=list)
    seconds: Counter[str] = field(default_factory=Counter)
    follow_up: list[Sanction] = field(default_factory=list)
    month: list[Row] = field(default_factory=list)

    @cached_property
    def by_id(self) -> dict[str, Standing]:
        return {row.establishment.id: row for row in self.rows}

    def of(self, quick: str) -> list[Standing]:
        return [row for row in self.rows if row.belongs(quick)]


@blueprint.get("/")
@for_roles(*people.ROLES)
def today_page() -> ResponseReturnValue:
    if account().role == "admin":
        return redirect(url_for("accounts.people_page"))
    day, year = _day(), _of_the_plan() if account().role != "inspector" else None
    return render_template(
        "today.html", day=day, by_id=day.by_id, year=year, pace=coverage.pace(year) if year else None,
        plan=plans.active(db()), sentence=sentence, people=people.names(db()), shown=SHOWN,
    )  # fmt: skip


def _of_the_plan() -> Coverage:
    """How far the first target of the plan in use is; without a plan, the year's."""
    plan = plans.active(db())
    first = next((target for target in plan.targets if target.computed), None) if plan else None
    return coverage.compute(db(), first or coverage.yearly_target(today().year), today())


def _day() -> Day:
    rows = listing.whole_register()
    overdue = sorted((f for row in rows for f in row.overdue), key=lambda f: f.due_on)
    due_soon = sorted((f for row in rows for f in row.due_soon), key=lambda f: f.due_on)
    of_year = inspections.in_year(db(), today().year)
    day = Day(rows, overdue=overdue, due_soon=due_soon, month=_of_this_month())
    if account().role == "inspector":
        day.returned = [i for i in of_year if i.author == account().id and i.state == "returned" and i.stands]
        return day
    day.arrived = sorted(of_year, key=lambda i: i.received_at, reverse=True)[:SHOWN]
    soon = today() + timedelta(days=QUIET_DAYS)
    day.follow_up = [s for s in sanctions.every(db()) if s.open and s.due_on <= soon]
    if account().role in OFFICE_ROLES:
        day.waiting = inspections.waiting(db())
        day.phones = [phone for phone in people.devices(db()) if not phone["revoked"] and _quiet(phone["seen_at"])]
        day.owed = reports.owed(db(), today())
        day.seconds = second_visits()
    return day


def _of_this_month() -> list[Row]:
    """What the schedule has for this month and is not done, those of an inspector's own first."""
    month = today().isoformat()[:7]
    rows = [
        row for row in schedule_pages.rows_of(today().year)
        if row.entry.approved and row.entry.month <= month and row.standing.state in ("planned", "postponed", "overdue")
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (account().id not in row.entry.inspectors, row.entry.month))


def _quiet(seen_at: str) -> bool:
    seen: datetime = parse_instant(seen_at)
    return local_day(seen, unit().time_zone) <= today() - timedelta(days=QUIET_DAYS)


@dataclass(frozen=True)
class Found:
    """One thing the search found."""

    icon: str
    title: str
    detail: str
    address: str


PAGES = (
    ("today", "Hôm nay", "", "today.today_page", CASE_ROLES),
    ("shop", "Cơ sở: sổ đăng ký", "danh sách register", "establishments.register", CASE_ROLES),
    ("add", "Thêm cơ sở", "mới", "establishments.add", OFFICE_ROLES),
    ("put", "Nhập từ tệp", "import excel csv xlsx bảng tính", "imports.upload", OFFICE_ROLES),
    (
        "plan",
        "Kế hoạch: tỷ lệ đã kiểm tra",
        "coverage chỉ tiêu bao phủ",
        "coverage.year",
        READERS,
    ),
    ("plan", "Văn bản kế hoạch, chỉ tiêu", "plan targets lập sửa", "plans.overview", READERS),
    ("today", "Lịch kiểm tra", "schedule đợt cao điểm tháng", "schedule.year", CASE_ROLES),
    ("two", "Lượt kiểm tra thứ hai", "trùng second overlap phê duyệt", "ledger.second", READERS),
    ("check", "Sổ lượt kiểm tra", "ledger mọi cơ quan kiểm tra chung", "ledger.year", READERS),
    ("pen", "Ghi lượt của cơ quan khác", "ledger nhập tay", "ledger.add", OFFICE_ROLES),
    ("person", "Tuyên truyền", "activities buổi tin bài", "activities.year", CASE_ROLES),
    ("person", "Đội kiểm tra", "team quyết định thành lập thành viên", "teams.every", CASE_ROLES),
    ("flag", "Quyết định xử phạt", "sanctions hậu kiểm", "sanctions.every", READERS),
    ("report", "Báo cáo", "reports định kỳ 6 tháng năm word", "reports.every", READERS),
    ("pen", "Bản nháp đang làm dở", "drafts bàn giao", "drafts.unfinished", OFFICE_ROLES),
    ("two", "Hai người cùng sửa một ô", "xung đột conflicts", "conflicts.waiting", OFFICE_ROLES),
    ("put", "Nhập tệp dự phòng của điện thoại", "phone export fieldapp", "phone_exports.upload", OFFICE_ROLES),
    ("pledge", "Căn cứ pháp lý", "legal nghị quyết quy tắc một lần", "legal.every", CASE_ROLES),
    ("check", "Biên bản chờ xem", "kiểm tra inspections", "inspections.waiting", CASE_ROLES),
    ("check", "Tất cả biên bản", "kiểm tra trong năm", "inspections.of_year", CASE_ROLES),
    ("wait", "Thay đổi từ điện thoại", "xung đột từ chối conflicts", "changes.inbox", OFFICE_ROLES),
    ("flag", "Tồn tại chưa khắc phục", "quá hạn findings", "findings.still_open", CASE_ROLES),
    ("pledge", "Cam kết", "ký commitments", "commitments.overview", CASE_ROLES),
    ("print", "Bản cam kết trống để in", "mẫu giấy", "commitments.blank", CASE_ROLES),
    ("person", "Tài khoản", "quản trị người dùng accounts", "accounts.people_page", ("admin",)),
    ("phone", "Điện thoại đã đăng ký", "máy thiết bị devices", "accounts.phones", ("admin",)),
    ("put", "Sao lưu", "backup dự phòng khôi phục", "backups.page", ("admin",)),
    ("back", "Sau khi khôi phục", "restore sao lưu", "backups.restored_page", ("officer", "leader", "admin")),
    ("pen", "Thông tin đơn vị", "tên Đội liên hệ cài đặt settings", "accounts.words_page", ("admin",)),
    ("later", "Nhật ký", "audit lịch sử ai làm gì", "accounts.trail", ("admin", "leader")),
    ("key", "Đổi mật khẩu", "password", "session.password", people.ROLES),
)
"""Every page the search knows: icon, name, other words it is found by, endpoint, who may open it."""


def find(text: str, limit: int) -> list[Found]:
    """Inspection numbers, establishments and pages that hold every word of text, as far as the account may see them."""
    role = account().role
    found: list[Found] = []
    if role in CASE_ROLES:
        found += _inspections(text)
        names = areas.names(db())
        found += [
            Found(
                "shop", e.name, " · ".join(filter(None, (e.code, words.type_name(e.type), names.get(e.area or "")))),
                url_for("establishments.page", establishment_id=e.id),
            )
            for e in establishments.matching(db(), text, limit=limit)
        ]  # fmt: skip
    wanted = fold(text).split()
    pages = [p for p in PAGES if role in p[4] and all(word in fold(f"{p[1]} {p[2]}") for word in wanted)]
    return found + [Found(icon, name, "trang", url_for(endpoint)) for icon, name, _, endpoint, _ in pages]


def _inspections(text: str) -> list[Found]:
    number = text.strip().upper()
    counted = number_in(number)
    if counted is not None:
        number = f"BB-{today().year}-{counted:04d}"
    try:
        found = inspections.numbered(db(), number)
    except Refusal:
        return []
    if account().role == "inspector" and found.author != account().id:
        return []
    place = establishments.read(db(), found.establishment)
    return [
        Found(
            "check",
            found.number,
            f"{place.name} · {words.day(found.inspected_on)}",
            url_for("inspections.page", inspection_id=found.id),
        )
    ]


@blueprint.get("/search")
@for_roles(*people.ROLES)
def search() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()
    found = find(text, 100) if text else []
    if len(found) == 1:
        return redirect(found[0].address)
    return render_template("search.html", text=text, found=found)


@blueprint.get("/search/suggest")
@for_roles(*people.ROLES)
def suggest() -> ResponseReturnValue:
    """What the search box offers while one types: [{icon, title, detail, address}], at most 8."""
    text = request.args.get("q", "").strip()
    return jsonify([vars(one) for one in find(text, 8)[:8]] if text else [])
