"""`import …`: spreadsheets in, and what a phone handed over as a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import click
from tqdm import tqdm

from fieldapp import audit, config, plans
from fieldapp.cli.program import FILE_PATH, clock, main, opened, today, writing
from fieldapp.errors import Refusal, say, why
from fieldapp.exporting import papers
from fieldapp.importing import Options, Report, establishments, phone_export, visits
from fieldapp.importing import checklists as checklist_files
from fieldapp.importing import plans as plan_files
from fieldapp.importing.cells import strptime_format
from fieldapp.importing.phone_export import Taken
from fieldapp.speaking import F, argument, option
from fieldapp.units import Unit


def _mapping(_ctx: click.Context, _param: click.Parameter, pairs: Sequence[str]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        column, equals, field = pair.rpartition("=")
        if not equals or not column.strip():
            raise click.BadParameter(
                say(f"“{pair}” phải có dạng “Tên cột=trường”.", f"“{pair}” must be “Column=field”.")
            )
        mapping[column.strip()] = field.strip()
    return mapping


def _date_format(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if value:
        try:
            strptime_format(value)
        except ValueError:
            raise click.BadParameter(
                say(f"“{value}”: dùng như MM/DD/YYYY.", f"“{value}”: write it as MM/DD/YYYY.")
            ) from None
    return value


def _reading(command: F) -> F:
    """The argument and options that every import has."""
    for decorate in (
        option("--map", "mapping", multiple=True, callback=_mapping, metavar='"COLUMN=FIELD"',
               vi="cột này là trường nào, như “Tên quán=name”; “CỘT=” bỏ cột",
               en="which field a column is, as in “Shop=name”; “COLUMN=” leaves it out"),
        option("--date-format", default="", callback=_date_format,
               vi="dạng ngày, ví dụ MM/DD/YYYY [DD/MM/YYYY]", en="how days are written, as in MM/DD/YYYY [DD/MM/YYYY]"),
        option("--dry-run", is_flag=True, vi="chỉ báo cáo, không nhập", en="report only, change nothing"),
        option("--sheet", default="", vi="trang tính cần đọc", en="which sheet to read"),
        argument("file", vi="TỆP", en="FILE", type=FILE_PATH),
    ):  # fmt: skip
        command = decorate(command)
    return command


import_ = main.group(
    "import",
    vi="Nhập từ bảng tính, hoặc tệp dự phòng của điện thoại.",
    en="Take in spreadsheets, or what a phone handed over.",
)(lambda: None)


@import_.command("establishments", vi="Nhập sổ cơ sở từ .xlsx hoặc .csv.", en="The register from .xlsx or .csv.")
@_reading
def import_establishments(file: Path, dry_run: bool, **asked: Any) -> None:
    _import(establishments, file, dry_run, Options(**asked))


@import_.command(
    "visits", vi="Nhập các lượt kiểm tra từ .xlsx hoặc .csv.", en="The history of visits from .xlsx or .csv."
)
@_reading
def import_visits(file: Path, dry_run: bool, **asked: Any) -> None:
    _import(visits, file, dry_run, Options(**asked))


@import_.command(
    "plan", vi="Nhập kế hoạch, chỉ tiêu từ .yaml, hoặc một kế hoạch mẫu theo tên, như kim-tan-2026.",
    en="Plans and targets from .yaml, or a shipped one by its name, like kim-tan-2026.",
)  # fmt: skip
@option("--dry-run", is_flag=True, vi="chỉ báo cáo, không nhập", en="report only, change nothing")
@argument("file", vi="TỆP", en="FILE", type=FILE_PATH)
def import_plan(file: Path, dry_run: bool) -> None:
    # one of the plans that come with the software may be named instead of a file
    source = file if file.exists() else plans.shipped().get(str(file), file)
    with opened() as (db, _):
        found = plan_files.read(db, source)
        for line in (*found.remarks, *found.problems):
            click.echo(f"{found.file}, {line}", err=True)
        if found.problems:
            raise Refusal("import_refused", file=found.file, problems=len(found.problems))
        if not dry_run:
            with writing(db) as tx:
                plan_files.apply(tx, audit.COMMAND_LINE, found)
    for plan in found.plans:
        targets = len(plan.targets)
        said = say(f"Kế hoạch {plan.id}: {targets} chỉ tiêu", f"Plan {plan.id}: {targets} targets")
        click.echo(f"{said}, {_done(dry=dry_run, changed=plan.id in found.changed)}.")


@import_.command(
    "checklist", vi="Đưa bảng kiểm từ .yaml hoặc XLSForm .xlsx vào dùng.", en="A checklist from .yaml or an XLSForm."
)
@option("--dry-run", is_flag=True, vi="chỉ báo cáo, không nhập", en="report only, change nothing")
@argument("file", vi="TỆP", en="FILE", type=FILE_PATH)
def import_checklist(file: Path, dry_run: bool) -> None:
    with opened() as (db, _):
        found = checklist_files.read(file)
        for line in found.problems:
            click.echo(f"{found.file}, {line}", err=True)
        if found.content is None:
            raise Refusal("import_refused", file=found.file, problems=len(found.problems))
        if not dry_run:
            with writing(db) as tx:
                checklist_files.apply(tx, audit.COMMAND_LINE, found)
    version, items, figures = (found.content[name] for name in ("version", "items", "figures"))
    vi, en = f"Bảng kiểm {version}: {len(items)} mục", f"Checklist {version}: {len(items)} items"
    told = say(f"{vi}, {len(figures)} số liệu", f"{en}, {len(figures)} figures")
    click.echo(f"{told}, {_done(dry=dry_run, changed=found.changed)}.")


def _done(*, dry: bool, changed: bool) -> str:
    if dry:
        return say("đọc được, chưa nhập", "read, not imported")
    return say("đã nhập", "imported") if changed else say("không thay đổi", "unchanged")


@import_.command(
    "phone-export", vi="Nhập tệp dự phòng xuất từ điện thoại.", en="Take in the emergency export of a phone."
)
@argument("file", vi="TỆP", en="FILE", type=FILE_PATH)
def import_phone_export(file: Path) -> None:
    with opened() as (db, unit), _readable(file) as source:
        taken = phone_export.take_in(
            db, config.data_folder(), source, file.name, actor=audit.COMMAND_LINE, clock=clock()
        )  # fmt: skip
    for line in _told(taken, unit):
        click.echo(line)


@contextmanager
def _readable(file: Path) -> Iterator[BinaryIO]:
    try:
        source = file.open("rb")
    except OSError as problem:
        raise Refusal("file_missing", file=file, reason=why(problem)) from problem
    with source:
        yield source


_STATUSES = {
    "applied": ("đã ghi vào sổ", "entered"), "already_here": ("đã có từ trước", "here already"),
    "quarantined": ("chờ văn phòng xem", "kept for the office to look at"),
    "erased": ("đã xóa theo quy định lưu trữ", "erased under the retention rules"),
}  # fmt: skip


def _told(taken: Taken, unit: Unit) -> Iterator[str]:
    made = papers.instant_text(unit, taken.made_at.isoformat())
    yield say(f"Tệp dự phòng của {taken.person}, xuất lúc {made}:", f"Export of {taken.person}, made {made}:")
    for kind, status, number in taken.lines():
        yield f"  {phone_export.kind_name(kind)}: {number} {say(*_STATUSES.get(status, (status, status)))}"
    for reason, number in taken.why.items():
        yield say(f"  {number} chờ xem vì {reason}", f"  {number} kept aside: {reason}")
    yield say(
        f"  ảnh, chữ ký: {taken.files_new} mới, {taken.files_here} đã có, {len(taken.refused)} không dùng được, "
        f"{taken.files_missing} không có ở đâu",
        f"  files: {taken.files_new} new, {taken.files_here} here already, {len(taken.refused)} refused, "
        f"{taken.files_missing} missing",
    )


def _import(subject: ModuleType, file: Path, dry_run: bool, options: Options) -> None:
    unknown = [field for field in options.mapping.values() if field and field not in subject.FIELDS]
    if unknown:
        known = ", ".join(subject.FIELDS)
        raise click.UsageError(Refusal("field_unknown", field=unknown[0], known=known).message())
    with opened() as (db, unit):
        report: Report = subject.read(db, file, file.name, today=today(unit), options=options, progress=_progress)
        click.echo("\n".join(report.understood()))
        for line in report.doubtful():
            click.echo(line, err=True)
        if report.problems:
            raise Refusal("import_refused", file=file.name, problems=len(report.problems))
        if not dry_run:
            with writing(db) as tx:
                report = subject.apply(tx, audit.COMMAND_LINE, report, progress=_progress)
    click.echo(report.result(dry=dry_run))


def _progress(items: Sequence[Any], what: str) -> Iterator[Any]:
    """A bar on a terminal, nothing elsewhere."""
    return iter(tqdm(items, desc=what, unit=say(" dòng", " rows"), disable=None, leave=False, file=sys.stderr))
