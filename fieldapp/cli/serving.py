"""`serve`, `demo`: the web server on a commune's data, or on a made-up one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from fieldapp import config, database, demo, serving, units
from fieldapp.cli.program import clock, main, opened
from fieldapp.config import Config
from fieldapp.errors import Refusal, say
from fieldapp.keeping import backups, erasing, restoring
from fieldapp.speaking import option

DEMO_PARTS = (*(f"{database.FILE_NAME}{end}" for end in ("", "-wal", "-shm", ".lock")), "files", "uploads",
              "backups", config.SECRET_FILE, config.SECRET_LOCK, database.IN_USE_FILE, backups.LOCK_FILE,
              backups.REPLACED, erasing.FILE_NAME, demo.ACCOUNTS_FILE)  # fmt: skip

HOST = option("--host", default="127.0.0.1", vi="địa chỉ lắng nghe [127.0.0.1]", en="address to listen on [127.0.0.1]")
PORT = option(
    "--port", default=8000, type=click.IntRange(0, 65535), vi="cổng [8000]; 0: cổng trống", en="port [8000]; 0: any"
)


@main.command(vi="Chạy máy chủ cho văn phòng và điện thoại.", en="Serve the office and the phones.")
@HOST
@PORT
@option("--threads", default=8, type=click.IntRange(1, 64), vi="số luồng trả lời [8]", en="threads that answer [8]")
def serve(host: str, port: int, threads: int) -> None:
    with opened():  # there is something to serve
        settings = config.load()
    _serve(settings, host, port, threads)


def _serve(settings: Config, host: str, port: int, threads: int = 8) -> None:
    with (
        database.in_use(settings.data),
        _after_a_cut_off_restore(settings.data),
        serving.listening(settings, host, port, threads, clock()) as server,
    ):
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


@contextmanager
def _after_a_cut_off_restore(data: Path) -> Iterator[None]:
    if restoring.tidy(data):
        click.echo(restoring.cut_off(), err=True)
    yield


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
    accounts = demo.prepare(folder, unit, clock=clock())
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
