"""The commands: parse, delegate, print. Contract: messages Vietnamese, or English with FIELDAPP_LANG=en; exit status
0 done, 1 refused (the reason on stderr, nothing changed), 2 wrong usage."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import click
from sqlite_utils import Database
from tqdm import tqdm

from fieldapp import audit, checklists, config, coverage, database, demo, exporting, people, serving, units
from fieldapp.clock import Clock, local_day, system_clock
from fieldapp.config import Config
from fieldapp.errors import Refusal, say
from fieldapp.exporting import Document, text
from fieldapp.exporting import coverage as coverage_list
from fieldapp.exporting import visits as visits_list
from fieldapp.folding import fold
from fieldapp.importing import Options, Report, establishments, visits
from fieldapp.importing.cells import strptime_format
from fieldapp.speaking import F, Program, option
from fieldapp.units import Unit

YEARS = (2000, 2100)
BY = "dòng lệnh của máy chủ"  # whom a list names that no signed-in person took out
DEMO_PARTS = (database.FILE_NAME, f"{database.FILE_NAME}-wal", f"{database.FILE_NAME}-shm", "files", "uploads",
              "backups", "secret.key", demo.ACCOUNTS_FILE)  # fmt: skip
main = Program(
    "fieldapp",
    vi="Kiểm tra cơ sở kinh doanh dịch vụ của một xã, phường: điện thoại không cần sóng, văn phòng, độ bao phủ.",
    en="Inspections of service establishments for one commune: phones that work offline, the office, coverage.",
)


def _clock() -> Clock:
    """The clock of this run: the system's, or the one a test hands in."""
    return click.get_current_context().find_root().obj or system_clock


@contextmanager
def _opened() -> Iterator[tuple[Database, Unit]]:
    """The data folder's database, brought up to date, and its commune. Raises Refusal not_initialised."""
    folder = config.data_folder()
    if not database.exists(folder):
        raise Refusal("not_initialised", folder=folder)
    db = database.create(folder)
    try:
        yield db, units.read(db)
    except LookupError:
        raise Refusal("not_initialised", folder=folder) from None
    finally:
        db.close()


# ---- setting up ----


def _kind(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    kinds = {fold(kind): kind for kind in units.KINDS}
    if value is not None and fold(value) not in kinds:
        raise click.BadParameter(say("dùng ", "use ") + ", ".join(units.KINDS))
    return kinds[fold(value)] if value is not None else None


@main.command(
    vi="Lập dữ liệu trống cho một xã, phường.",
    en="Make an empty database for a commune; its names are looked up by its code.",
)
@option("--unit-code", required=True, vi="mã đơn vị hành chính, 5 chữ số", en="administrative code, 5 digits")
@option("--kind", callback=_kind, vi="xã, phường hay đặc khu", en="xã, phường or đặc khu")
@option("--name", vi="tên riêng, ví dụ “Kim Tân”", en="its name without the kind, as in “Kim Tân”")
@option("--province", vi="tỉnh, thành phố", en="its province")
@option("--area-word", vi="từ gọi khu vực: thôn, xóm, tổ dân phố…", en="what its parts are called: thôn, xóm…")
def init(unit_code: str, kind: str | None, name: str | None, province: str | None, area_word: str | None) -> None:
    unit = units.found(unit_code, kind=kind, name=name, province=province, area_word=area_word)
    folder = config.data_folder()
    db = database.create(folder)
    try:
        with database.write(db, _clock()) as tx:
            _must_be_empty(tx.db, folder)
            units.settle(tx, unit, audit.COMMAND_LINE)
            checklists.adopt(tx, audit.COMMAND_LINE, checklists.shipped())
    finally:
        db.close()
    click.echo(
        say(
            f"Đã lập dữ liệu của {unit.full_name}, {unit.province}",
            f"Made the data of {unit.full_name}, {unit.province}",
        )
    )
    click.echo(say("Thư mục: ", "Folder: ") + str(folder.resolve()))
    click.echo(say("Tiếp theo: ", "Next: ") + 'fieldapp user add "Nguyễn Thị An" --role officer')


def _must_be_empty(db: Database, folder: Path) -> None:
    try:
        unit = units.read(db)
    except LookupError:
        return
    raise Refusal("already_initialised", folder=folder, unit=unit.full_name)


user = main.group("user", vi="Tài khoản.", en="Accounts.")(lambda: None)


@user.command("add", vi="Lập tài khoản; hỏi mật khẩu hai lần.", en="Make an account; the password is asked twice.")
@click.argument("name")
@option("--role", required=True, type=click.Choice(people.ROLES), vi="vai trò", en="what the person may do")
@option("--body", default="team_178", vi="cơ quan của người này", en="the inspecting body the person belongs to")
@option("--username", vi="tên đăng nhập; mặc định là họ tên không dấu", en="by default the name without marks")
@option("--position", default="", vi="chức vụ", en="the person's position")
@option(
    "--password-stdin", is_flag=True, vi="đọc mật khẩu từ đầu vào chuẩn", en="read the password from standard input"
)
def user_add(password_stdin: bool, **asked: Any) -> None:
    with _opened() as (db, _):
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _asked_password()
        with database.write(db, _clock()) as tx:
            account = people.open_account(tx, audit.COMMAND_LINE, password=password, **asked)
    made = f"{account.username} ({account.name})."
    click.echo(say("Đã lập tài khoản ", "Made the account ") + made)


def _asked_password() -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(
            say("hãy dùng --password-stdin khi không có bàn phím.", "use --password-stdin without a terminal.")
        )
    least = people.SHORTEST_PASSWORD
    first: str = click.prompt(
        say(f"Mật khẩu (ít nhất {least} ký tự)", f"Password (at least {least} characters)"), hide_input=True
    )
    if first != click.prompt(say("Gõ lại", "Again"), hide_input=True):
        raise Refusal("passwords_differ")
    return first


# ---- serving ----

HOST = option("--host", default="127.0.0.1", vi="địa chỉ lắng nghe [127.0.0.1]", en="address to listen on [127.0.0.1]")
PORT = option(
    "--port", default=8000, type=click.IntRange(0, 65535), vi="cổng [8000]; 0: cổng trống", en="port [8000]; 0: any"
)


@main.command(vi="Chạy máy chủ cho văn phòng và điện thoại.", en="Serve the office and the phones.")
@HOST
@PORT
@option("--threads", default=8, type=click.IntRange(1, 64), vi="số luồng trả lời [8]", en="threads that answer [8]")
def serve(host: str, port: int, threads: int) -> None:
    with _opened():  # there is something to serve
        settings = config.load()
    _serve(settings, host, port, threads)


def _serve(settings: Config, host: str, port: int, threads: int = 8) -> None:
    with serving.listening(settings, host, port, threads, _clock()) as server:
        for address in serving.addresses(server, host):
            click.echo(say("Văn phòng:  ", "Office: ") + address)
            click.echo(say("Điện thoại: ", "Phone:  ") + address + "app")
        notice = serving.notice(host, behind_a_proxy=settings.proxies > 0)
        if notice:
            click.echo(notice)
        click.echo(say("Dừng: Ctrl+C", "Stop: Ctrl+C"))
        sys.stdout.flush()
        serving.run(server)
    click.echo(say("Đã dừng máy chủ.", "The server has stopped."))


@main.command("demo", vi="Lập một xã, phường mẫu rồi chạy để xem thử.", en="Fill a made-up commune and serve it.")
@option(
    "--unit", type=click.Choice(demo.UNITS), default=demo.UNITS[0], vi="đơn vị mẫu [kim-mau]", en="which one [kim-mau]"
)
@HOST
@PORT
@option(
    "--reset", is_flag=True, vi="bỏ dữ liệu mẫu cũ, lập lại từ đầu", en="throw the old demo data away and begin anew"
)
@option(
    "--once", is_flag=True, vi="lập dữ liệu rồi thôi, không chạy máy chủ", en="fill the data and end without serving"
)
def demo_(unit: str, host: str, port: int, reset: bool, once: bool) -> None:
    folder = _demo_folder(unit)
    if not once:
        serving.must_be_free(host, port)
    _keep_real_data(folder)
    cut_off = database.exists(folder) and not demo.is_filled(folder)
    if reset or cut_off:
        _clear(folder)
    click.echo(say(f"Đang lập dữ liệu mẫu trong {folder}…", f"Filling demo data in {folder}…"), err=True)
    accounts = demo.prepare(folder, unit, clock=_clock())
    click.echo(say("DỮ LIỆU MẪU. Đăng nhập bằng:", "DEMO DATA. Sign in with:"))
    for account in accounts:
        click.echo(f"  {account.username:<12} {account.password:<18} {account.role:<10} {account.name}")
    if not once:
        _serve(config.load(folder), host, port)


def _demo_folder(unit: str) -> Path:
    return config.data_folder() if os.environ.get("FIELDAPP_DATA") else Path(f"demo-data-{unit}")


def _keep_real_data(folder: Path) -> None:
    """Raises Refusal folder_not_demo when the folder holds anything but a demo commune."""
    if not database.exists(folder):
        return
    with database.opened(folder) as db:
        try:
            real = not units.read(db).is_demo
        except LookupError:
            return
    if real:
        raise Refusal("folder_not_demo", folder=folder)


def _clear(folder: Path) -> None:
    for name in DEMO_PARTS:
        part = folder / name
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink(missing_ok=True)


# ---- spreadsheets in ----


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
        option("--map", "mapping", multiple=True, callback=_mapping, metavar='"CỘT=FIELD"',
               vi="cột này là trường nào; “CỘT=” bỏ cột", en="which field a column is; “COLUMN=” leaves it out"),
        option("--date-format", default="", callback=_date_format,
               vi="dạng ngày, ví dụ MM/DD/YYYY [DD/MM/YYYY]", en="how days are written, as in MM/DD/YYYY [DD/MM/YYYY]"),
        option("--dry-run", is_flag=True, vi="chỉ báo cáo, không nhập", en="report only, change nothing"),
        option("--sheet", default="", vi="trang tính cần đọc", en="which sheet to read"),
        click.argument("file", type=click.Path(path_type=Path)),
    ):  # fmt: skip
        command = decorate(command)
    return command


import_ = main.group("import", vi="Nhập từ bảng tính.", en="Take in spreadsheets.")(lambda: None)


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


def _import(subject: ModuleType, file: Path, dry_run: bool, options: Options) -> None:
    unknown = [field for field in options.mapping.values() if field and field not in subject.FIELDS]
    if unknown:
        known = ", ".join(subject.FIELDS)
        raise click.UsageError(Refusal("field_unknown", field=unknown[0], known=known).message())
    with _opened() as (db, unit):
        today = local_day(_clock()(), unit.time_zone)
        report: Report = subject.read(db, file, file.name, today=today, options=options, progress=_progress)
        click.echo("\n".join(report.understood()))
        for line in report.doubtful():
            click.echo(line, err=True)
        if report.problems:
            raise Refusal("import_refused", file=file.name, problems=len(report.problems))
        if not dry_run:
            with database.write(db, _clock()) as tx:
                report = subject.apply(tx, audit.COMMAND_LINE, report, progress=_progress)
    click.echo(report.result(dry=dry_run))


def _progress(items: Sequence[Any], what: str) -> Iterator[Any]:
    """A bar on a terminal, nothing elsewhere."""
    return iter(tqdm(items, desc=what, unit=say(" dòng", " rows"), disable=None, leave=False, file=sys.stderr))


# ---- coverage, spreadsheets out ----


def _year(_ctx: click.Context, _param: click.Parameter, value: int) -> int:
    if not YEARS[0] <= value <= YEARS[1]:
        raise click.BadParameter(Refusal("year_invalid").message())
    return value


def _day(_ctx: click.Context, _param: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value is not None else None
    except ValueError:
        raise click.BadParameter(Refusal("day_invalid", value=value).message()) from None


YEAR = option("--year", required=True, type=int, callback=_year, vi="năm", en="calendar year")
AS_OF = option(
    "--as-of", callback=_day, vi="tính đến ngày, NĂM-THÁNG-NGÀY [hôm nay]", en="as of a day, YYYY-MM-DD [today]"
)


@main.command("coverage", vi="Độ bao phủ của một năm.", en="How many establishments were inspected in a year.")
@YEAR
@AS_OF
@option("--by", type=click.Choice(["type", "area"]), vi="theo loại hình hoặc khu vực", en="by type or by area")
@option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", vi="cách in [table]", en="[table]"
)
def coverage_(year: int, as_of: date | None, by: str | None, form: str) -> None:
    with _opened() as (db, unit):
        on = as_of or local_day(_clock()(), unit.time_zone)
        found = coverage.compute(db, coverage.yearly_target(year), on)
        past = on < local_day(_clock()(), unit.time_zone)
    if form == "json":
        answer = {"plan": None, "as_of": on.isoformat(), "targets": [coverage.as_json(found)]}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    elif form == "csv":
        click.echo(text.csv_text(found, by or ""), nl=False)
    else:
        click.echo(text.table(found, unit, by or ""))
    if past:
        click.echo(text.of_the_past(on), err=form != "table")


OUT = option(
    "--out", required=True, type=click.Path(path_type=Path), vi="tệp .xlsx hoặc .csv", en="a .xlsx or .csv file"
)

export = main.group("export", vi="Xuất ra bảng tính.", en="Write spreadsheets.")(lambda: None)


@export.command(
    "coverage", vi="Danh sách cơ sở đã và chưa kiểm tra trong năm.", en="Who was inspected in a year and who is left."
)
@YEAR
@AS_OF
@OUT
def export_coverage(year: int, as_of: date | None, out: Path) -> None:
    form = _form(out)
    with _opened() as (db, unit):
        on = as_of or local_day(_clock()(), unit.time_zone)
        document = coverage_list.document(db, year, on, by=BY, now=_clock()())
        _put(db, document, form, out)


@export.command("visits", vi="Sổ lượt kiểm tra của một năm.", en="The ledger of a year's visits.")
@YEAR
@OUT
def export_visits(year: int, out: Path) -> None:
    form = _form(out)
    with _opened() as (db, _):
        _put(db, visits_list.document(db, year, by=BY, now=_clock()()), form, out)


def _form(out: Path) -> str:
    form = out.suffix.lower().removeprefix(".")
    if form not in ("xlsx", "csv"):
        raise click.UsageError(say("--out phải là tệp .xlsx hoặc .csv.", "--out must be a .xlsx or .csv file."))
    return form


def _put(db: Database, document: Document, form: str, out: Path) -> None:
    exporting.write(out, document.xlsx() if form == "xlsx" else document.csv())
    rows = len(document.tables[0].rows)
    with database.write(db, _clock()) as tx:
        audit.record(tx, audit.COMMAND_LINE, "list_exported", "list", document.stem, rows=rows, form=form)
    click.echo(say(f"Đã ghi {out}: {rows} dòng.", f"Wrote {out}: {rows} rows."))
