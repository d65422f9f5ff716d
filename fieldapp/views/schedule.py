"""Lịch kiểm tra: who is due when, proposals, the leader's approval, planned against done, and the public version."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import areas, coverage, establishments, overlap, people, plans, proposals, schedule
from fieldapp.errors import Refusal
from fieldapp.establishments import Establishment
from fieldapp.exporting import schedule as paper
from fieldapp.forms import Reason, offered, take_refusal
from fieldapp.forms.planning import EntryForm, ProposalForm, ScheduleForm, choices_of, picked
from fieldapp.plans import Plan
from fieldapp.proposals import Proposal
from fieldapp.schedule import Entry, Schedule, Standing
from fieldapp.views.asked import asked_year
from fieldapp.views.listing import send
from fieldapp.views.narrowing import Narrowed, narrow
from fieldapp.views.request import CASE_ROLES, OFFICE_ROLES, account, actor, db, for_roles, now, today, unit, writing
from fieldapp.visits import Visit

blueprint = Blueprint("schedule", __name__)
ONLY = {
    "mine": "Giao cho tôi", "this_month": "Tháng này", "overdue": "Quá tháng dự kiến", "unapproved": "Chờ duyệt",
    "done": "Đã kiểm tra", "postponed": "Đã lùi", "cancelled": "Không thực hiện",
}  # fmt: skip
FIELD_ROLES = people.FIELD_ROLES


@dataclass(frozen=True)
class Row:
    """One line of the page. checks: this year's checks at the establishment or its business, oldest first."""

    standing: Standing
    place: Establishment
    area: str
    checks: list[Visit]

    @property
    def entry(self) -> Entry:
        return self.standing.entry


@dataclass(frozen=True)
class Month:
    """How a month stands: entries planned for it, done of those, and those moved away from it."""

    number: int
    planned: int
    done: int
    overdue: int
    moved: int


@blueprint.get("/schedule")
@for_roles(*CASE_ROLES)
def year() -> ResponseReturnValue:
    asked = asked_year()
    rows = rows_of(asked)
    schedules = [s for s in schedule.every(db()) if s.starts_on.year <= asked <= s.ends_on.year]
    waiting = Counter(
        row.entry.schedule for row in rows if not row.entry.approved and row.standing.state != "cancelled"
    )
    return render_template(
        "schedule/year.html", year=asked, list=_narrowed(rows, asked), months=_months(asked, rows),
        schedules=schedules, waiting=waiting, people=people.names(db()),
    )  # fmt: skip


def _narrowed(rows: list[Row], year: int) -> Narrowed[Row]:
    def says(row: Row) -> str:
        return f"{row.place.code} {row.place.name} {row.place.address} {row.area}"

    return narrow("schedule.year", rows, ONLY, _is, says, year=year)


def rows_of(asked: int) -> list[Row]:
    """Every entry of a year as it stands today, by month."""
    entries = schedule.entries(db(), year=asked)
    if account().role not in OFFICE_ROLES:
        entries = [entry for entry in entries if entry.approved]
    standings = schedule.standings(db(), entries, today())
    places = {e.id: e for e in establishments.every(db(), {entry.establishment for entry in entries})}
    names, checks = areas.names(db()), overlap.checks_by_place(db(), asked, places)
    return [
        Row(
            standings[entry.id], places[entry.establishment], names.get(places[entry.establishment].area or "", ""),
            checks.get(entry.establishment, []),
        ) for entry in entries
    ]  # fmt: skip


def _is(row: Row, only: str) -> bool:
    match only:
        case "mine":
            return account().id in row.entry.inspectors
        case "this_month":
            return row.entry.month == today().isoformat()[:7] and row.standing.state != "cancelled"
        case "unapproved":
            return not row.entry.approved and row.standing.state != "cancelled"
        case "postponed":
            return row.entry.state == "postponed"
        case "overdue" | "done" | "cancelled":
            return row.standing.state == only
    return True


def _months(asked: int, rows: list[Row]) -> list[Month]:
    months = []
    for number in range(1, 13):
        key = f"{asked}-{number:02d}"
        here = [row.standing for row in rows if row.entry.month == key and row.standing.state != "cancelled"]
        moved = sum(row.entry.first_month == key != row.entry.month for row in rows)
        states = Counter(standing.state for standing in here)
        months.append(Month(number, len(here), states["done"], states["overdue"], moved))
    return months


# ---- drawing up, proposing, approving ----


@blueprint.route("/schedule/new", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def add() -> ResponseReturnValue:
    first, last = today().replace(month=1, day=1), today().replace(month=12, day=31)
    form = ScheduleForm(name=f"Lịch kiểm tra năm {first.year}", starts_on=first, ends_on=last)
    if form.validate_on_submit():
        try:
            with writing() as tx:
                made = schedule.draw_up(
                    tx, actor(), name=form.name.data or "", starts_on=picked(form.starts_on),
                    ends_on=picked(form.ends_on), is_campaign=form.is_campaign.data,
                    document_no=form.document_no.data or "",
                )  # fmt: skip
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            return redirect(url_for(".propose", schedule_id=made.id))
    return render_template("schedule/form.html", form=form), 422 if form.is_submitted() else 200


@blueprint.route("/schedule/<uuid:schedule_id>/propose", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def propose(schedule_id: Any) -> ResponseReturnValue:
    made, plan, sources = schedule.read(db(), str(schedule_id)), _plan(), coverage.Sources(db())
    wanted = proposals.wanted(db(), made.starts_on.year, today(), plan, sources=sources)
    found = proposals.propose(db(), made, today(), wanted)
    form = ProposalForm()
    form.bodies.choices, form.inspectors.choices = choices_of(unit().bodies), _inspectors()
    if request.method == "GET":
        form.kind_of_bodies.data = True
    if form.validate_on_submit():
        taken = _chosen(found, others=form.others.data)
        if not taken:
            form.form_errors.append("Chưa chọn cơ sở nào.")
        elif not form.kind_of_bodies.data and not form.bodies.data:
            form.bodies.errors = ["Chọn cơ quan, hoặc đánh dấu theo đề xuất của từng cơ sở."]
        else:
            return _take(made, form, taken)
    shown = _proposed(found, made)
    return render_template(
        "schedule/propose.html", form=form, made=made, list=shown, areas=areas.names(db()), reasons=proposals.REASONS,
        chosen=set(request.form.getlist("take")) if form.is_submitted() else None,
        seconds=sum(p.second for p in found), others=len(_not_shown(found, {p.establishment.id for p in shown.rows})),
        places={e.id: e for e in establishments.every(db(), {v.establishment for p in shown.rows for v in p.checks})},
        plan=plan, plans=plans.every(db()),
        double=coverage.double_visits(db(), plan, today(), sources=sources) if plan else [],
    ), 422 if form.is_submitted() else 200  # fmt: skip


def _proposed(found: list[Proposal], made: Schedule) -> Narrowed[Proposal]:
    names = areas.names(db())
    asked: dict[str, Any] = {"plan": request.args["plan"]} if "plan" in request.args else {}
    return narrow(
        "schedule.propose", found, {**proposals.REASONS, "second": "Đã kiểm tra trong năm"},
        lambda p, only: p.second if only == "second" else only in p.reasons,
        lambda p: f"{p.establishment.code} {p.establishment.name} {names.get(p.establishment.area or '', '')}",
        schedule_id=made.id, **asked,
    )  # fmt: skip


def _chosen(found: list[Proposal], *, others: bool) -> list[tuple[Proposal, str]]:
    """Those ticked on the page, and the others where that is wanted, each with its month."""
    taken = set(request.form.getlist("take"))
    if others:
        taken |= {p.establishment.id for p in _not_shown(found, set(request.form.getlist("shown")))}
    return [(p, request.form.get(f"month-{p.establishment.id}", p.month)) for p in found if p.establishment.id in taken]


def _not_shown(found: list[Proposal], shown: set[str]) -> list[Proposal]:
    """What may be taken unseen: nobody whose second visit of the year it would be."""
    return [p for p in found if not p.second and p.establishment.id not in shown]


def _plan() -> Plan | None:
    """The plan asked for; else the one in use; "-" asks for the target without a plan."""
    chosen = request.args.get("plan", "")
    if chosen == "-":
        return None
    return plans.read(db(), chosen) if chosen else plans.active(db())


def _take(made: Schedule, form: ProposalForm, taken: list[tuple[Proposal, str]]) -> ResponseReturnValue:
    entries = [
        Entry(
            "", made.id, p.establishment.id, month, p.kind,
            p.bodies if form.kind_of_bodies.data else tuple(form.bodies.data or ()), tuple(form.inspectors.data or ()),
        ) for p, month in taken
    ]  # fmt: skip
    with writing() as tx:
        schedule.plan(tx, actor(), entries)
    flash(f"Đã xếp {len(entries)} cơ sở vào {made.name}. Điện thoại nhận lịch sau khi Đội trưởng duyệt.")
    return redirect(url_for(".year", year=made.starts_on.year))


def _inspectors() -> Any:
    known = [a for a in people.accounts(db()) if a.role in FIELD_ROLES and a.closed_at is None]
    return offered({a.id: a.name + (f" ({a.position})" if a.position else "") for a in known})


@blueprint.post("/schedule/<uuid:schedule_id>/approve")
@for_roles("leader")
def approve(schedule_id: Any) -> ResponseReturnValue:
    made = schedule.read(db(), str(schedule_id))
    with writing() as tx:
        number = schedule.approve(tx, actor(), made.id)
    flash(f"Đã duyệt {number} dòng của {made.name}. Điện thoại của Đội sẽ nhận khi có mạng.")
    return redirect(url_for(".year", year=made.starts_on.year))


# ---- one line ----


@blueprint.route("/schedule/entries/<uuid:entry_id>", methods=["GET", "POST"])
@for_roles(*OFFICE_ROLES)
def entry(entry_id: Any) -> ResponseReturnValue:
    found = schedule.read_entry(db(), str(entry_id))
    form = _entry_form(found)
    if form.validate_on_submit():
        try:
            _change(found, form)
        except Refusal as refusal:
            take_refusal(form, refusal, needs={"reason": "Phải ghi lý do khi đổi tháng của dòng đã duyệt."})
        else:
            flash("Đã lưu dòng lịch.")
            return redirect(url_for(".year", year=found.month[:4]))
    return _entry_page(found, form, Reason(formdata=None, prefix="cancel-")), 422 if form.is_submitted() else 200


def _entry_form(found: Entry) -> EntryForm:
    form = EntryForm(
        data={**vars(found), "reason": "", "bodies": list(found.bodies), "inspectors": list(found.inspectors)}
    )
    months = schedule.read(db(), found.schedule).months
    form.month.choices = offered({m: f"{m[5:]}/{m[:4]}" for m in sorted({*months, found.month})})
    form.bodies.choices, form.inspectors.choices = choices_of(unit().bodies), _inspectors()
    return form


def _entry_page(found: Entry, form: EntryForm, cancel: Reason) -> str:
    place = establishments.read(db(), found.establishment)
    return render_template(
        "schedule/entry.html", entry=found, form=form, cancel=cancel, place=place,
        made=schedule.read(db(), found.schedule), checks=overlap.earlier(db(), place.id, int(found.month[:4])),
        places={e.id: e for e in establishments.every(db())},
    )  # fmt: skip


def _change(found: Entry, form: EntryForm) -> None:
    values = {
        "day": form.day.data, "kind": form.kind.data, "bodies": tuple(sorted(form.bodies.data)),
        "inspectors": tuple(form.inspectors.data or ()), "note": (form.note.data or "").strip(),
    }  # fmt: skip
    month, reason = form.month.data, (form.reason.data or "").strip()
    with writing() as tx:
        if month != found.month and (found.approved or reason):
            schedule.postpone(tx, actor(), found.id, month, reason)
        elif month != found.month:
            values["month"] = month
        schedule.change(tx, actor(), found.id, **values)


@blueprint.post("/schedule/entries/<uuid:entry_id>/cancel")
@for_roles(*OFFICE_ROLES)
def cancel(entry_id: Any) -> ResponseReturnValue:
    found = schedule.read_entry(db(), str(entry_id))
    form = Reason(prefix="cancel-")
    if not form.validate_on_submit():
        return _entry_page(found, _entry_form(found), form), 422
    with writing() as tx:
        schedule.cancel(tx, actor(), found.id, form.reason.data or "")
    flash("Đã bỏ khỏi lịch; lý do được lưu lại.")
    return redirect(url_for(".year", year=found.month[:4]))


# ---- on paper ----


@blueprint.get("/schedule/print")
@for_roles(*CASE_ROLES)
def public() -> ResponseReturnValue:
    asked = asked_year()
    return render_template("schedule/paper.html", year=asked, rows=paper.public_rows(db(), asked))


@blueprint.get("/schedule/export.<any(csv, xlsx):form>")
@for_roles(*OFFICE_ROLES)
def export(form: str) -> Response:
    """The schedule for the office; with public=1 only what may be published."""
    asked, name = asked_year(), account().name
    if request.args.get("public"):
        document = paper.public(db(), asked, by=name, now=now())
    else:
        ids = {row.entry.id for row in _narrowed(rows_of(asked), asked).found}
        document = paper.internal(db(), asked, today(), by=name, now=now(), ids=ids)
    return send(document, form, rows=len(document.tables[0].rows))
