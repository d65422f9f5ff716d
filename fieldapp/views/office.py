"""The office's pages, registered together, and what their frame shows around every one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Flask, Response, request, url_for
from flask.blueprints import BlueprintSetupState

from fieldapp import forms
from fieldapp.views import (
    accounts,
    activities,
    backups,
    changes,
    choosing,
    commitments,
    conflicts,
    coverage,
    drafts,
    establishments,
    files,
    imports,
    ledger,
    legal,
    listing,
    phone_exports,
    plan_files,
    plans,
    reports,
    sanctions,
    schedule,
    session,
    teams,
    today,
    words,
)
from fieldapp.views import (
    findings as findings_pages,
)
from fieldapp.views import (
    inspections as inspection_pages,
)
from fieldapp.views.request import CASE_ROLES, account, unit
from fieldapp.views.request import today as the_day
from fieldapp.views.waits import waits

KEEP_S = 365 * 24 * 3600


@dataclass(frozen=True)
class Place:
    """One place of the rail. counts: what the count is of, for who does not see where it stands. here: we are there."""

    name: str
    icon: str
    address: str
    here: bool
    count: int = 0
    counts: str = ""
    late: bool = False


PLACES = (
    ("Hôm nay", "today", "today.today_page", CASE_ROLES),
    ("Cơ sở", "shop", "establishments.register", CASE_ROLES),
    ("Kế hoạch", "plan", "coverage.year", ("officer", "leader", "viewer")),
    ("Lịch", "plan", "schedule.year", ("inspector",)),
    ("Kiểm tra", "check", "inspections.waiting", CASE_ROLES),
    ("Tồn tại", "flag", "findings.still_open", CASE_ROLES),
    ("Cam kết", "pledge", "commitments.overview", CASE_ROLES),
    ("Báo cáo", "report", "reports.every", ("officer", "leader", "viewer")),
    ("Quản trị", "admin", "accounts.people_page", ("admin",)),
)
"""Every place of the rail: name, icon, first page, who goes there."""


def rail() -> list[Place]:
    """The places the signed-in account may go to, with what waits there."""
    role = account().role
    blueprint = (request.endpoint or "").split(".")[0]
    places = []
    for name, icon, endpoint, roles in PLACES:
        if role not in roles:
            continue
        count, counts, late = _waiting(endpoint) if role in CASE_ROLES else (0, "", False)
        inside = blueprint == endpoint.split(".")[0] or endpoint in _INSIDE.get(blueprint, ())
        here = inside and request.endpoint not in _NOWHERE
        places.append(Place(name, icon, url_for(endpoint), here, count, counts, late))
    return places


_INSIDE = {
    "backups": ("accounts.people_page",),
    "imports": ("establishments.register",),
    "sanctions": ("findings.still_open",),
    **dict.fromkeys(("changes", "conflicts", "drafts", "phone_exports", "ledger"), ("inspections.waiting",)),
    **dict.fromkeys(
        ("plans", "plan_files", "schedule", "activities", "teams", "legal"), ("coverage.year", "schedule.year")
    ),
}
"""Blueprint -> the place of the rail that its pages belong to."""
_NOWHERE = ("today.search", "today.suggest")


def _waiting(endpoint: str) -> tuple[int, str, bool]:
    if endpoint == "inspections.waiting":
        return waits().arrived, "biên bản, thay đổi chờ xem", False
    if endpoint == "coverage.year":
        return waits().unapproved if account().role == "leader" else 0, "dòng lịch chờ duyệt", False
    if endpoint == "findings.still_open":
        return waits().overdue, "tồn tại quá hạn", True
    return 0, "", False


def initials(name: str) -> str:
    """Of a Vietnamese name: the middle or family name's letter and the given name's ("Ngô Thị Mẫu" -> "NM")."""
    parts = name.split()
    return (parts[0][:1] + (parts[-1][:1] if len(parts) > 1 else "")).upper()


def may(*roles: str) -> bool:
    """For templates: whether the signed-in account has one of these roles."""
    return account().role in roles


def _install(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    words.install(app)
    app.jinja_env.globals.update(
        account=account,
        unit=unit,
        today=the_day,
        rail=rail,
        initials=initials,
        may=may,
        may_see_contacts=listing.may_see_contacts,
        waits=waits,
        form_errors=forms.errors_of,
        backup_notice=backups.notice,
        header=listing.header,
        places_to_choose=choosing.places_to_choose,
    )
    app.after_request(_keep_static)


def _keep_static(response: Response) -> Response:
    """Static files named with their content's hash may be kept; what holds personal data never is."""
    if request.endpoint == "static" and "v" in request.args:
        response.cache_control.no_cache = None
        response.cache_control.max_age = KEEP_S
        response.cache_control.immutable = True
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


_words = Blueprint("office", __name__)
_words.record_once(_install)

blueprints = [
    _words,
    session.blueprint,
    today.blueprint,
    establishments.blueprint,
    imports.blueprint,
    coverage.blueprint,
    plans.blueprint,
    plan_files.blueprint,
    inspection_pages.blueprint,
    changes.blueprint,
    conflicts.blueprint,
    drafts.blueprint,
    phone_exports.blueprint,
    findings_pages.blueprint,
    commitments.blueprint,
    reports.blueprint,
    schedule.blueprint,
    ledger.blueprint,
    activities.blueprint,
    teams.blueprint,
    sanctions.blueprint,
    legal.blueprint,
    accounts.blueprint,
    backups.blueprint,
    files.blueprint,
]
