"""`coverage`, `export …`: where the commune stands, on the terminal and as spreadsheets."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click
from sqlite_utils import Database

from fieldapp import audit, coverage, exporting, plans
from fieldapp.cli.program import AS_OF, BY, FILE_PATH, YEAR, clock, main, one_of, opened, today, writing, year_or_plan
from fieldapp.errors import say
from fieldapp.exporting import Document, text
from fieldapp.exporting import commitments as commitments_list
from fieldapp.exporting import coverage as coverage_list
from fieldapp.exporting import establishments as establishments_list
from fieldapp.exporting import findings as findings_list
from fieldapp.exporting import inspections as inspections_list
from fieldapp.exporting import plan as plan_list
from fieldapp.exporting import visits as visits_list
from fieldapp.speaking import option


@main.command(
    "coverage", vi="Kết quả các chỉ tiêu của một kế hoạch, hoặc độ bao phủ của một năm.",
    en="The figures of a plan's targets, or how many establishments were inspected in a year.",
)  # fmt: skip
@year_or_plan
@AS_OF
@option("--by", type=click.Choice(["type", "area"]), vi="theo loại hình hoặc khu vực", en="by type or by area")
@option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", vi="cách in [table]", en="[table]"
)
def coverage_(plan_id: str | None, year: int | None, as_of: date | None, by: str | None, form: str) -> None:
    one_of(plan_id, year)
    with opened() as (db, unit):
        on = as_of or today(unit)
        plan = plans.read(db, plan_id) if plan_id is not None else None
        asked = plan or plans.Plan("", plans.year_window(year or 0), (coverage.yearly_target(year or 0),))
        found = coverage.figures(db, asked, on)
        past = on < today(unit)
    if form == "json":
        answer = {"plan": plan_id, "as_of": on.isoformat(), "targets": [coverage.as_json(one) for one in found]}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    elif form == "csv":
        click.echo(text.plan_csv(found, by or "") if plan else text.csv_text(found[0], by or ""), nl=False)
    else:
        click.echo(text.plan_table(plan, found, unit, on, by or "") if plan else text.table(found[0], unit, by or ""))
    if past:
        click.echo(text.of_the_past(on), err=form != "table")


OUT = option("--out", required=True, type=FILE_PATH, vi="tệp .xlsx hoặc .csv", en="a .xlsx or .csv file")

export = main.group("export", vi="Xuất ra bảng tính.", en="Write spreadsheets.")(lambda: None)


@export.command(
    "coverage", vi="Danh sách cơ sở đã và chưa kiểm tra trong năm hoặc theo kế hoạch.",
    en="Who was inspected in a year or by a plan, and who is left.",
)  # fmt: skip
@year_or_plan
@AS_OF
@OUT
def export_coverage(plan_id: str | None, year: int | None, as_of: date | None, out: Path) -> None:
    one_of(plan_id, year)
    form = _form(out)
    with opened() as (db, unit):
        on = as_of or today(unit)
        if plan_id is None:
            document = coverage_list.document(db, year or 0, on, by=BY, now=clock()())
        else:
            document = plan_list.document(db, plans.read(db, plan_id), on, by=BY, now=clock()())
        _put(db, document, form, out)


@export.command("visits", vi="Sổ lượt kiểm tra của một năm.", en="The ledger of a year's visits.")
@YEAR
@OUT
def export_visits(year: int, out: Path) -> None:
    form = _form(out)
    with opened() as (db, _):
        _put(db, visits_list.document(db, year, by=BY, now=clock()()), form, out)


@export.command(
    "establishments", vi="Sổ cơ sở, với số lượt kiểm tra của một năm.", en="The register, with the visits of a year."
)
@YEAR
@OUT
def export_establishments(year: int, out: Path) -> None:
    form = _form(out)
    with opened() as (db, unit):
        _put(db, establishments_list.document(db, year, today(unit), by=BY, now=clock()()), form, out)


@export.command("inspections", vi="Biên bản của một năm.", en="The inspections of a year.")
@YEAR
@OUT
def export_inspections(year: int, out: Path) -> None:
    form = _form(out)
    with opened() as (db, _):
        _put(db, inspections_list.document(db, year, by=BY, now=clock()()), form, out)


@export.command("findings", vi="Tồn tại và khắc phục của một năm.", en="The shortcomings of a year.")
@YEAR
@OUT
def export_findings(year: int, out: Path) -> None:
    form = _form(out)
    with opened() as (db, unit):
        _put(db, findings_list.document(db, year, today(unit), by=BY, now=clock()()), form, out)


@export.command("commitments", vi="Cam kết của một năm, và ai chưa ký.", en="Commitments of a year, and who has none.")
@YEAR
@OUT
def export_commitments(year: int, out: Path) -> None:
    form = _form(out)
    with opened() as (db, unit):
        _put(db, commitments_list.document(db, year, today(unit), by=BY, now=clock()()), form, out)


def _form(out: Path) -> str:
    form = out.suffix.lower().removeprefix(".")
    if form not in ("xlsx", "csv"):
        raise click.UsageError(say("--out phải là tệp .xlsx hoặc .csv.", "--out must be a .xlsx or .csv file."))
    return form


def _put(db: Database, document: Document, form: str, out: Path) -> None:
    content = document.xlsx() if form == "xlsx" else document.csv()
    rows = len(document.tables[0].rows)
    with writing(db) as tx:  # no list leaves without its line in the audit trail
        audit.record(tx, audit.COMMAND_LINE, "list_exported", "list", document.stem, rows=rows, form=form)
        exporting.write(out, content)
    click.echo(say(f"Đã ghi {out}: {rows} dòng.", f"Wrote {out}: {rows} rows."))
