"""Every page of the office and every place of the phone, as a filled demo commune has them: a name, and where it is."""

from __future__ import annotations

from pathlib import Path

from fieldapp import (
    commitments,
    database,
    establishments,
    findings,
    inspections,
    people,
    plans,
    reports,
    sanctions,
    schedule,
    teams,
    visits,
)
from fieldapp.clock import local_day, system_clock
from fieldapp.units import TIME_ZONE
from sync import quarantine

LISTS = {
    "today": "/", "register": "/establishments", "register-add": "/establishments/new", "import": "/import",
    "import-phone": "/import/phone", "coverage": "/coverage", "coverage-rows": "/coverage/rows?set=missing",
    "plans": "/plans", "plan-add": "/plans/new", "plan-file": "/plans/file", "schedule": "/schedule",
    "schedule-add": "/schedule/new", "schedule-print": "/schedule/print", "activities": "/activities",
    "activity-add": "/activities/new",
    "team": "/team", "team-add": "/team/new", "legal": "/legal", "legal-add": "/legal/new",
    "waiting": "/inspections", "inspections": "/inspections/year",
    "inbox": "/changes", "conflicts": "/changes/conflicts", "drafts": "/drafts", "ledger": "/ledger",
    "ledger-add": "/ledger/new", "second": "/ledger/second", "findings": "/findings", "sanctions": "/sanctions",
    "sanction-add": "/sanctions/new", "complexity": "/complexity", "commitments": "/commitments",
    "commitment-blank": "/commitments/blank", "reports": "/reports", "restored": "/backups/restored",
    "password": "/password", "search": "/search?q=karaoke", "nowhere": "/no-such-page",
}  # fmt: skip
ADMIN = {
    "accounts": "/accounts", "devices": "/devices", "backups": "/backups", "backups-restored": "/backups/restored",
    "audit": "/audit", "unit": "/unit",
}  # fmt: skip
LEADER = {"today-leader": "/", "second-leader": "/ledger/second", "schedule-leader": "/schedule",
          "legal-rule-leader": "/legal/overlap", "audit-leader": "/audit"}  # fmt: skip
VIEWER = {"today-viewer": "/", "plans-viewer": "/plans", "reports-viewer": "/reports"}
INSPECTOR = {"today-inspector": "/", "schedule-inspector": "/schedule", "inspections-inspector": "/inspections/year"}

PHONE = {
    "work": "/app", "places": "/app/places", "sync": "/app/sync", "new": "/app/new", "activity": "/app/activity",
    "sign-in": "/app/sign-in", "nowhere": "/app/no-such-screen",
}  # fmt: skip


def by_account(data: Path) -> dict[str, dict[str, str]]:
    """Username -> name of a page -> its address."""
    return {
        "canbo": LISTS | _records(data), "doitruong": LEADER, "lanhdao": VIEWER, "kiemtra1": INSPECTOR,
        "quantri": ADMIN | _account(data),
    }  # fmt: skip


def _account(data: Path) -> dict[str, str]:
    with database.opened(data) as db:
        return {"account": f"/accounts/{people.accounts(db)[0].id}"}


def _records(data: Path) -> dict[str, str]:
    """Pages of one record of every kind."""
    year = local_day(system_clock(), TIME_ZONE).year
    with database.opened(data) as db:
        made = max(inspections.in_year(db, year), key=lambda inspection: inspection.noncompliant)
        place, record = f"/establishments/{made.establishment}", f"/inspections/{made.id}"
        promise = commitments.of_establishment(db, made.establishment)[0]
        closed = establishments.every(db)[20]
        plan, held = plans.every(db)[0], quarantine.waiting(db)[0]
        made_schedule, entry = schedule.every(db)[0], schedule.entries(db, year=year)[-1]
        typed = next(v for v in visits.in_year(db, year) if v.inspection is None)
        drafted, *issued = reports.every(db)
        return {
            "establishment": place, "establishment-closed": f"/establishments/{closed.id}",
            "establishment-edit": f"{place}/edit", "complexity-add": f"{place}/complexity", "record": record,
            "record-print": f"{record}/print", "commitment": f"/commitments/{promise.id}",
            "plan": f"/plans/{plan.id}", "plan-edit": f"/plans/{plan.id}/edit",
            "target-add": f"/plans/{plan.id}/targets", "target": f"/plans/{plan.id}/targets?id={plan.targets[0].id}",
            "figure": f"/plans/{plan.id}/figures?id={plan.targets[-1].id}",
            "schedule-propose": f"/schedule/{made_schedule.id}/propose",
            "schedule-entry": f"/schedule/entries/{entry.id}",
            "ledger-void": f"/ledger/{typed.id}/void", "held": f"/changes/{held.op.op}/{held.op.sha256}",
            "finding": f"/findings/{findings.still_open(db)[0].id}",
            "finding-submitted": f"/findings/{findings.still_open(db)[-1].id}",
            "notice": f"/findings/notice/{made.establishment}", "sanction": f"/sanctions/{sanctions.every(db)[0].id}",
            "team-edit": f"/team/{teams.every(db)[0].id}", "report": f"/reports/{drafted.id}",
            **({"report-issued": f"/reports/{issued[0].id}"} if issued else {}),
        }  # fmt: skip
