"""`init`, `user add`: an empty database for a commune, and who may sign in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from sqlite_utils import Database

from fieldapp import audit, checklists, config, database, people, units
from fieldapp.cli.program import main, opened, writing
from fieldapp.errors import Refusal, say
from fieldapp.folding import fold
from fieldapp.speaking import argument, option


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
        with writing(db) as tx:
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
@argument("name", vi="HỌ_TÊN", en="NAME")
@option(
    "--role", required=True, type=click.Choice(people.ROLES),
    vi="admin: tài khoản, sao lưu; officer: cán bộ thường trực; leader: Đội trưởng; inspector: thành viên Đội, "
    "dùng điện thoại; viewer: lãnh đạo, chỉ xem",
    en="admin: accounts and backups; officer: the office's work; leader: approves; inspector: phones; viewer: reads",
)  # fmt: skip
@option(
    "--body", default="team_178", vi="cơ quan của người này: team_178, police, health… [team_178]",
    en="the inspecting body the person belongs to: team_178, police, health… [team_178]",
)  # fmt: skip
@option("--username", vi="tên đăng nhập; mặc định là họ tên không dấu", en="by default the name without marks")
@option("--position", default="", vi="chức vụ", en="the person's position")
@option(
    "--password-stdin", is_flag=True, vi="đọc mật khẩu từ đầu vào chuẩn", en="read the password from standard input"
)
def user_add(password_stdin: bool, **asked: Any) -> None:
    with opened() as (db, _):
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _asked_password()
        with writing(db) as tx:
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
