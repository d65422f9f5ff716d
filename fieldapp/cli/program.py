"""The program that every command belongs to: its clock, its data folder, the options that many commands have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click
from sqlite_utils import Database

from fieldapp import config, database, stopping, units
from fieldapp.clock import Clock, local_day, system_clock
from fieldapp.errors import Refusal, say
from fieldapp.speaking import F, Program, option
from fieldapp.units import Unit
from sync.history import Transaction

YEARS = (2000, 2100)
BY = "dòng lệnh của máy chủ"  # whom a list names that no signed-in person took out
FILE_PATH = click.Path(path_type=Path, readable=False)
"""A file of the person's own; whether it can be read or written is told where that is tried."""
main = Program(
    "fieldapp",
    vi="Kiểm tra cơ sở kinh doanh dịch vụ của một xã, phường: điện thoại không cần sóng, văn phòng, độ bao phủ.",
    en="Inspections of service establishments for one commune: phones that work offline, the office, coverage.",
)


def clock() -> Clock:
    """The clock of this run: the system's, or the one a test hands in."""
    return click.get_current_context().find_root().obj or system_clock


def today(unit: Unit) -> date:
    """The commune's day, by the clock of this run."""
    return local_day(clock()(), unit.time_zone)


@contextmanager
def opened() -> Iterator[tuple[Database, Unit]]:
    """The data folder's database, brought up to date, and its commune.

    Raises Refusal not_initialised, being_restored.
    """
    folder = config.data_folder()
    if not database.exists(folder):
        raise Refusal("not_initialised", folder=folder)
    with database.in_use(folder):
        db = database.create(folder)
        try:
            yield db, units.read(db)
        except LookupError:
            raise Refusal("not_initialised", folder=folder) from None
        finally:
            db.close()


@contextmanager
def writing(db: Database) -> Iterator[Transaction]:
    """The one write transaction of a command: Ctrl+C undoes it, or comes too late."""
    with database.write(db, clock()) as tx:
        yield tx
        stopping.too_late()


def _year(_ctx: click.Context, _param: click.Parameter, value: int | None) -> int | None:
    if value is not None and not YEARS[0] <= value <= YEARS[1]:
        raise click.BadParameter(Refusal("year_invalid").message())
    return value


def _day(_ctx: click.Context, _param: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value is not None else None
    except ValueError:
        raise click.BadParameter(Refusal("day_invalid", value=value).message()) from None


YEAR = option("--year", required=True, type=int, callback=_year, vi="năm", en="calendar year")


def year_or_plan(command: F) -> F:
    """The options --plan and --year, of which a command wants exactly one (see `one_of`)."""
    for decorate in (
        option("--plan", "plan_id", metavar="ID", vi="mã kế hoạch", en="a plan's id"),
        option("--year", type=int, callback=_year, vi="năm, không theo kế hoạch nào", en="a year, without a plan"),
    ):
        command = decorate(command)
    return command


def one_of(plan_id: str | None, year: int | None) -> None:
    """Raises UsageError unless exactly one of them was given."""
    if (plan_id is None) == (year is None):
        raise click.UsageError(say("dùng --plan ID hoặc --year NĂM.", "use either --plan ID or --year YEAR."))


AS_OF = option(
    "--as-of", callback=_day, vi="tính đến ngày, NĂM-THÁNG-NGÀY [hôm nay]", en="as of a day, YYYY-MM-DD [today]"
)
