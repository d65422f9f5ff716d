"""`report`: a plan's periodic report as a Word document, its annexes as a spreadsheet. `record`: one inspection."""

from __future__ import annotations

from pathlib import Path

import click

from fieldapp import audit, config, establishments, exporting, inspections, plans, reports
from fieldapp.cli.program import BY, FILE_PATH, YEARS, main, opened, today, writing
from fieldapp.clock import local_day, parse_instant
from fieldapp.errors import say
from fieldapp.exporting import record as record_paper
from fieldapp.exporting import report as paper
from fieldapp.reports import Report, compiled, periods
from fieldapp.speaking import argument, option


@main.command(
    "report",
    vi="Báo cáo của một kế hoạch: .docx, hoặc phụ lục nội bộ .xlsx.",
    en="A plan's periodic report as .docx, or its internal annexes as .xlsx.",
)
@option("--plan", "plan_id", required=True, vi="mã kế hoạch", en="which plan")
@option("--period", "code", required=True, type=click.Choice([*periods.MONTHS]), vi="kỳ báo cáo", en="which period")
@option(
    "--year",
    type=click.IntRange(*YEARS),
    vi="năm [năm nay, trong thời gian kế hoạch]",
    en="calendar year [this year, within the plan]",
)
@option("--out", required=True, type=FILE_PATH, vi="tệp .docx hoặc .xlsx", en="a .docx or .xlsx file")
def report_(plan_id: str, code: str, year: int | None, out: Path) -> None:
    form = out.suffix.lower()
    if form not in (".docx", ".xlsx"):
        raise click.UsageError(say("--out phải là tệp .docx hoặc .xlsx.", "--out must be a .docx or .xlsx file."))
    with opened() as (db, unit):
        day = today(unit)
        plan = plans.read(db, plan_id)
        first, last = plan.period
        period = periods.period(code, year or min(max(day.year, first.year), last.year))
        # the office's own words, and the figures as issued where it was issued
        kept = next(
            (r for r in reports.every(db) if (r.plan, r.period) == (plan_id, period)), Report("", plan_id, period)
        )
        if not kept.is_issued:
            compiled.must_be_of(plan, period)
        content = kept.content or compiled.compile_report(db, plan_id, period, day)
        if form == ".docx":
            on = local_day(parse_instant(kept.issued_at), unit.time_zone) if kept.issued_at else day
            data = paper.docx(content, kept.texts, on=on, templates=config.data_folder() / "templates")
        else:
            made = f"Lập từ phần mềm ngày {day:%d/%m/%Y}, người xuất: {BY}"
            names = {code: name for _, code, name in establishments.names(db)}
            data = paper.spreadsheet(content, made=made, names=names).xlsx()
        with writing(db) as tx:
            audit.record(tx, audit.COMMAND_LINE, "list_exported", "report", kept.id or plan_id, form=form[1:])
            exporting.write(out, data)
    click.echo(say(f"Đã ghi {out}.", f"Wrote {out}."))


@main.command(vi="Biên bản kiểm tra để in, theo số biên bản.", en="An inspection's record for printing, by its number.")
@argument("number", vi="SỐ_BIÊN_BẢN", en="INSPECTION_NUMBER")
@option("--out", required=True, type=FILE_PATH, vi="tệp .docx", en="a .docx file")
def record(number: str, out: Path) -> None:
    if out.suffix.lower() != ".docx":
        raise click.UsageError(say("--out phải là tệp .docx.", "--out must be a .docx file."))
    with opened() as (db, _):
        inspection = inspections.numbered(db, number)
        paper_ = record_paper.docx(db, inspection, templates=config.data_folder() / "templates")
        with writing(db) as tx:
            audit.record(tx, audit.COMMAND_LINE, "record_printed", "inspection", inspection.id)
            exporting.write(out, paper_)
    click.echo(say(f"Đã ghi {out}.", f"Wrote {out}."))
