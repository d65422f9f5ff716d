"""Báo cáo: periodic reports, drafted with the day's figures, worded by the officer, issued once."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import establishments, forms, plans, reports
from fieldapp.clock import local_day, parse_instant
from fieldapp.exporting import report as paper
from fieldapp.reports import Content, Report, compiled, periods
from fieldapp.views import access, listing, words
from fieldapp.views.request import OFFICE_ROLES, account, actor, db, for_roles, now, today, unit, writing

blueprint = Blueprint("reports", __name__)
READERS = ("officer", "leader", "viewer")
YEARS_BACK = 5


@blueprint.get("/reports")
@for_roles(*READERS)
def every() -> ResponseReturnValue:
    proposed = periods.proposed(today())
    chosen = plans.active(db())
    form = _begin_form()
    form.plan.data, form.period.data, form.year.data = chosen.id if chosen else None, proposed.code, str(proposed.year)
    return _list(form)


@blueprint.post("/reports")
@for_roles(*OFFICE_ROLES)
def begin() -> ResponseReturnValue:
    form = _begin_form()
    if not form.validate():
        return _list(form), 422
    with writing() as tx:
        period = periods.period(form.period.data, int(form.year.data))
        compiled.must_be_of(plans.read(tx.db, form.plan.data), period)
        compiled.must_have_begun(period, today())
        report = reports.begin(tx, actor(), form.plan.data, form.period.data, int(form.year.data))
    return redirect(url_for("reports.page", report_id=report.id))


def _begin_form() -> forms.BeginReport:
    form = forms.BeginReport()
    form.plan.choices = forms.offered({plan.id: plan.name for plan in plans.every(db())})
    years = [str(today().year - back) for back in range(YEARS_BACK)]
    form.year.choices = [(year, year) for year in years]
    return form


def _list(form: forms.BeginReport) -> str:
    names = {plan.id: plan.name for plan in plans.every(db())}
    return render_template("reports/list.html", reports=reports.every(db()), plans=names, form=form)


@blueprint.get("/reports/<report_id>")
@for_roles(*READERS)
def page(report_id: str) -> ResponseReturnValue:
    report = reports.read(db(), report_id)
    return _page(report, forms.ReportTexts(data=dict(report.texts)))


def _page(report: Report, form: forms.ReportTexts) -> str:
    content, arrived = _says(report), []
    if report.content is not None:
        arrived = compiled.changes(report.content, _compiled(report))
    return render_template(
        "reports/page.html", report=report, c=content, form=form, arrived=arrived, texts=reports.TEXTS
    )


def _says(report: Report) -> Content:
    return report.content or _compiled(report)


def _compiled(report: Report) -> Content:
    return compiled.compile_report(db(), report.plan, report.period, today())


@blueprint.post("/reports/<report_id>")
@for_roles(*OFFICE_ROLES)
def write(report_id: str) -> ResponseReturnValue:
    form = forms.ReportTexts()
    if not form.validate():
        return _page(reports.read(db(), report_id), form), 422
    with writing() as tx:
        reports.write(
            tx, actor(), report_id, {name: form[name].data or "" for name in (*reports.TEXTS, *reports.HEADINGS)}
        )
    flash("Đã lưu lời văn của báo cáo.")
    return redirect(url_for("reports.page", report_id=report_id))


@blueprint.post("/reports/<report_id>/issue")
@for_roles(*OFFICE_ROLES)
def issue(report_id: str) -> ResponseReturnValue:
    with writing() as tx:
        report = reports.read(tx.db, report_id)
        content = compiled.compile_report(tx.db, report.plan, report.period, today())
        reports.issue(tx, actor(), report_id, content)
    flash("Đã phát hành. Từ nay báo cáo giữ nguyên số liệu và danh sách của hôm nay.")
    return redirect(url_for("reports.page", report_id=report_id))


@blueprint.post("/reports/<report_id>/discard")
@for_roles(*OFFICE_ROLES)
def discard(report_id: str) -> ResponseReturnValue:
    with writing() as tx:
        reports.discard(tx, actor(), report_id)
    flash("Đã bỏ bản nháp.")
    return redirect(url_for("reports.every"))


@blueprint.get("/reports/<report_id>/report.docx")
@for_roles(*READERS)
def in_word(report_id: str) -> Response:
    report = reports.read(db(), report_id)
    on = local_day(parse_instant(report.issued_at), unit().time_zone) if report.issued_at else today()
    templates = current_app.config["DATA_FOLDER"] / "templates"
    data = paper.docx(_says(report), report.texts, on=on, templates=templates)
    stem = f"bao-cao-{report.period.code}-{report.period.year}"
    access.note("list_exported", "report", report.id, form="docx")
    return listing.download(data, f"{stem}.docx", listing.DOCX)


@blueprint.get("/reports/<report_id>/annexes.xlsx")
@for_roles(*OFFICE_ROLES)
def in_excel(report_id: str) -> Response:
    """The annexes with the names behind them: for the office itself."""
    report = reports.read(db(), report_id)
    made = f"Lập từ phần mềm lúc {words.moment_text(now())}, người xuất: {account().name}"
    names = {code: name for _, code, name in establishments.names(db())}
    return listing.send(paper.spreadsheet(_says(report), made=made, names=names), "xlsx")
