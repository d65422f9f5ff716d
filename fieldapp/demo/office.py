"""What the office did in the year: plan, team, schedule, communication, decisions, reviews, reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from fieldapp import (
    activities,
    areas,
    complexity,
    findings,
    inspections,
    overlap,
    plans,
    proposals,
    reports,
    sanctions,
    schedule,
    teams,
    visits,
)
from fieldapp.demo.commune import FACTS, Commune
from fieldapp.importing import plans as plan_files
from fieldapp.reports import compiled, periods
from fieldapp.schedule import Entry, Schedule
from fieldapp.teams import Member
from fieldapp.visits import Visit

_PLANNED, _NOT_APPROVED = 8, 4


def tell(commune: Commune) -> None:
    _team(commune)
    plan = _plan(commune)
    _schedule(commune)
    _communication(commune)
    _reviews(commune)
    _decisions(commune)
    _reports(commune, plan)
    _told_late(commune)


def _team(commune: Commune) -> None:
    own = [commune.people[name] for name in ("doitruong", "canbo", "kiemtra1", "kiemtra2")]
    roles = ("leader", "secretary", "member", "member")
    members = [Member(a.name, a.position, role=role, account=a.id) for a, role in zip(own, roles, strict=True)]
    members += [Member(**guest) for guest in FACTS["guests"]]
    first = date(commune.year, 1, 2)
    teams.appoint(
        commune.tx, commune.actor, decision_no="00/QĐ-UBND (mẫu)", decided_on=first, valid_from=first, members=members
    )


def _plan(commune: Commune) -> str:
    """The commune's plan, after one of those that are shipped, for the year of the story. Returns its id."""
    (found,) = plan_files.read(commune.tx.db, plans.shipped()[commune.facts["plan"]]).plans
    period = plans.year_window(commune.year)
    moved = tuple(replace(target, period=period) for target in found.targets)
    title = f"Kế hoạch kiểm tra năm {commune.year}, {commune.unit.full_name}"
    plan = replace(found, id=f"ke-hoach-{commune.year}", title=title, period=period, targets=moved)
    plans.put(commune.tx, commune.actor, replace(plan, number=commune.facts["plan_number"]))
    return plan.id


# ---- the schedule: done, still to come, moved, cancelled, overdue, and what waits for the leader ----


def _schedule(commune: Commune) -> None:
    made = schedule.draw_up(
        commune.tx, commune.actor, name=f"Lịch kiểm tra năm {commune.year}", starts_on=date(commune.year, 1, 1),
        ends_on=date(commune.year, 12, 31), document_no="00/LKT (mẫu)",
    )  # fmt: skip
    _visited(commune, made)
    plan = plans.active(commune.tx.db)
    wanted = proposals.wanted(commune.tx.db, commune.year, commune.today, plan)
    found = proposals.propose(commune.tx.db, made, commune.today, wanted)
    entries = [
        Entry("", made.id, p.establishment.id, p.month, p.kind, p.bodies, _inspectors(commune, n))
        for n, p in enumerate(found[: _PLANNED + _NOT_APPROVED])
    ]
    planned = schedule.plan(commune.tx, commune.actor, _first_overdue(commune, entries[:_PLANNED]))
    schedule.approve(commune.tx, commune.by("doitruong"), made.id)
    if len(planned) > 2:
        reason = "Chủ cơ sở báo nghỉ sửa chữa đến tháng sau."
        schedule.postpone(commune.tx, commune.actor, planned[1].id, _month_after(commune.today), reason)
        schedule.cancel(commune.tx, commune.actor, planned[2].id, "Cơ sở xin ngừng hoạt động, đang rà soát.")
    schedule.plan(commune.tx, commune.actor, entries[_PLANNED:])


def _visited(commune: Commune, made: Schedule) -> None:
    """Those whom the team has been to were on the schedule of their month."""
    days = {v.establishment: v.visited_on for v in visits.in_year(commune.tx.db, commune.year) if v.inspection}
    entries = [
        Entry("", made.id, place, day.isoformat()[:7], inspectors=_inspectors(commune, n))
        for n, (place, day) in enumerate(sorted(days.items(), key=lambda item: item[1]))
    ]
    schedule.plan(commune.tx, commune.actor, entries)


def _first_overdue(commune: Commune, entries: list[Entry]) -> list[Entry]:
    """The last of them was to be visited in the month before this one."""
    if not entries or commune.today.month == 1:
        return entries
    before = (commune.today.replace(day=1) - timedelta(days=1)).isoformat()[:7]
    return [*entries[:-1], replace(entries[-1], month=before)]


def _inspectors(commune: Commune, n: int) -> tuple[str, ...]:
    return (commune.people[("kiemtra1", "kiemtra2")[n % 2]].id,)


def _month_after(day: date) -> str:
    return (day.replace(day=28) + timedelta(days=4)).isoformat()[:7]


# ---- communication ----


def _communication(commune: Commune) -> None:
    parts = areas.every(commune.tx.db)
    staffed = [e for e in commune.open_all_year() if (e.employees or 0) > 1]
    for n, told in enumerate(FACTS["activities"]):
        reached = {e.id: e.employees or 0 for e in staffed[n * 3 : n * 3 + 3]} if told.get("at_places") else {}
        area = parts[n % len(parts)].id if told.get("in_area") else None
        activities.record_activity(
            commune.tx, commune.actor, held_on=commune.day(told["when"]), form=told["form"], area=area,
            topic=told["topic"], headcount=told.get("headcount") or sum(reached.values()) or None, reached=reached,
        )  # fmt: skip


# ---- what became of what was found ----


def _reviews(commune: Commune) -> None:
    """One shortcoming is closed, of another the office holds evidence."""
    waiting = findings.still_open(commune.tx.db)
    fallen_due = [f for f in waiting if f.due_on < commune.today]
    ahead = [f for f in waiting if f.due_on >= commune.today]
    if fallen_due:
        findings.note_event(
            commune.tx, commune.actor, fallen_due[0], "closed", how="photo", conclusion="remedied",
            note="Cơ sở đã gửi ảnh, tổ công tác xác nhận.",
        )  # fmt: skip
    if ahead:
        findings.note_event(
            commune.tx, commune.actor, ahead[-1], "evidence", how="photo", note="Cơ sở gửi ảnh qua điện thoại."
        )
    _one_day(commune)
    _second_checks(commune)


def _second_checks(commune: Commune) -> None:
    """One has the leader's word, one waits for it; the others still lack their reason."""
    seconds = overlap.second_visits(commune.tx.db, commune.year)
    unexplained = [s.visit for s in seconds if s.state == "missing" and s.visit.document_no]
    for visit in unexplained[:2]:
        overlap.explain(commune.tx, commune.actor, visit.id, "superior_order", "00/CV-CA (mẫu)")
    if unexplained:
        overlap.decide(commune.tx, commune.by("doitruong"), unexplained[0].id, "approved")


def _one_day(commune: Commune) -> None:
    """The health station was at one establishment on the day of the team: the office is asked whether it was one."""
    own = [i for i in inspections.in_year(commune.tx.db, commune.year) if i.outcome == "conducted"]
    if own:
        made = sorted(own, key=lambda i: i.inspected_on)[len(own) // 2]
        visits.enter(
            commune.tx,
            Visit(made.establishment, made.inspected_on, ("health",), document_no="07/BB-TYT (mẫu)", source="imported"),
        )


def _decisions(commune: Commune) -> None:
    """A decision to be followed up, one complied with, and a classification: of authorities, about establishments."""
    short = [i for i in inspections.in_year(commune.tx.db, commune.year) if i.noncompliant]
    for n, made in enumerate(sorted(short, key=lambda i: i.inspected_on)[:2]):
        decided = min(made.inspected_on + timedelta(days=2), commune.today)
        due = max(commune.today + timedelta(days=6), decided) if n else decided
        entered = sanctions.enter(
            commune.tx, commune.actor, establishment=made.establishment, number=f"0{n}/QĐ-XPHC (mẫu)",
            decided_on=decided, authority="Chủ tịch UBND", measures=("warning", "remedy"), due_on=due,
        )  # fmt: skip
        if n == 0:
            complied = sanctions.Event("complied", commune.today, document_no="00/BB-HK (mẫu)")
            sanctions.tell(commune.tx, commune.actor, entered.id, complied)
    complexity.classify(
        commune.tx, commune.actor, commune.open_all_year()[0].id, level="watch", authority="Công an (mẫu)",
        document_no="00/TB-CA (mẫu)", classified_on=commune.day(0.2), expires_on=date(commune.year, 12, 31),
    )  # fmt: skip


# ---- reports ----


def _reports(commune: Commune, plan: str) -> None:
    """The report of what ended last this year is issued, that of the whole year is begun."""
    ended = [code for code in ("half1", "q1") if periods.period(code, commune.year).end < commune.today]
    for code in ended[:1]:
        issued = reports.begin(commune.tx, commune.actor, plan, code, commune.year)
        reports.write(commune.tx, commune.actor, issued.id, FACTS["report"])
        content = compiled.compile_report(commune.tx.db, plan, issued.period, commune.today)
        reports.issue(commune.tx, commune.actor, issued.id, content)
    draft = reports.begin(commune.tx, commune.actor, plan, "year", commune.year)
    reports.write(commune.tx, commune.actor, draft.id, {"general": FACTS["report"]["general"]})


def _told_late(commune: Commune) -> None:
    """A session of spring that the office learns of after its report: the report shows it as a difference."""
    activities.record_activity(
        commune.tx, commune.actor, held_on=commune.day(0.2), form="meeting", headcount=25,
        topic="Sinh hoạt khu dân cư (phiếu gửi chậm)",
    )  # fmt: skip
