"""Hôm nay: what arrived, what waits for a decision, what falls due; and the search that reaches everything."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import areas, coverage, establishments, inspections, people
from fieldapp.clock import local_day, parse_instant
from fieldapp.errors import Refusal
from fieldapp.findings import Finding
from fieldapp.folding import fold
from fieldapp.inspections import Inspection
from fieldapp.standing import Standing
from fieldapp.views import listing, words
from fieldapp.views.request import CASE_ROLES, OFFICE_ROLES, account, db, for_roles, today, unit
from sync import quarantine, stamps

blueprint = Blueprint("today", __name__)
QUIET_DAYS = 7
SHOWN = 5


@dataclass
class Day:
    """What Hôm nay shows. rows: the register as it stands. phones: those not heard of for a week (people.devices)."""

    rows: list[Standing]
    waiting: list[Inspection] = field(default_factory=list)
    arrived: list[Inspection] = field(default_factory=list)
    overdue: list[Finding] = field(default_factory=list)
    due_soon: list[Finding] = field(default_factory=list)
    refused_changes: list[Any] = field(default_factory=list)
    conflicts: list[Any] = field(default_factory=list)
    phones: list[dict[str, Any]] = field(default_factory=list)
    returned: list[Inspection] = field(default_factory=list)
    oldest: date | None = None

    @property
    def by_id(self) -> dict[str, Standing]:
        return {row.establishment.id: row for row in self.rows}

    def of(self, quick: str) -> list[Standing]:
        return [row for row in self.rows if row.belongs(quick)]


@blueprint.get("/")
@for_roles(*people.ROLES)
def today_page() -> ResponseReturnValue:
    if account().role == "admin":
        return redirect(url_for("accounts.people_page"))
    day = _day()
    year = (
        coverage.compute(db(), coverage.yearly_target(today().year), today()) if account().role != "inspector" else None
    )
    pace = coverage.pace(year) if year else None
    return render_template(
        "today.html", day=day, by_id=day.by_id, year=year, pace=pace, people=people.names(db()), shown=SHOWN
    )


def _day() -> Day:
    rows = listing.whole_register()
    overdue = sorted((f for row in rows for f in row.overdue), key=lambda f: f.due_on)
    due_soon = sorted((f for row in rows for f in row.due_soon), key=lambda f: f.due_on)
    of_year = inspections.in_year(db(), today().year)
    day = Day(rows, overdue=overdue, due_soon=due_soon)
    if account().role == "inspector":
        day.returned = [i for i in of_year if i.author == account().id and i.state == "returned" and i.stands]
        return day
    day.arrived = sorted(of_year, key=lambda i: i.received_at, reverse=True)[:SHOWN]
    if account().role in OFFICE_ROLES:
        day.waiting = inspections.waiting(db())
        day.oldest = local_day(parse_instant(day.waiting[0].received_at), unit().time_zone) if day.waiting else None
        day.refused_changes = quarantine.waiting(db())
        day.conflicts = stamps.open_conflicts(db(), "establishment")
        day.phones = [phone for phone in people.devices(db()) if not phone["revoked"] and _quiet(phone["seen_at"])]
    return day


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
        ("officer", "leader", "viewer"),
    ),
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
    if number.isdigit():
        number = f"BB-{today().year}-{int(number):04d}"
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
