"""The program that every command belongs to: its clock, its data folder, the options that many commands have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import click
from sqlite_utils import Database

from fieldapp import config, database, units
from fieldapp.clock import Clock, system_clock
from fieldapp.errors import Refusal
from fieldapp.speaking import Program, option
from fieldapp.units import Unit

YEARS = (2000, 2100)
main = Program(
    "fieldapp",
    vi="Kiểm tra cơ sở kinh doanh dịch vụ của một xã, phường: điện thoại không cần sóng, văn phòng, độ bao phủ.",
    en="Inspections of service establishments for one commune: phones that work offline, the office, coverage.",
)


def clock() -> Clock:
    """The clock of this run: the system's, or the one a test hands in."""
    return click.get_current_context().find_root().obj or system_clock


@contextmanager
def opened() -> Iterator[tuple[Database, Unit]]:
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
