"""Commands whose help and mistakes are in the language of messages, and that end with a sentence, never a traceback.

click speaks English; the few sentences of it that a person can meet are put into Vietnamese here. An unknown one stays
as it is.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from fieldapp import stopping
from fieldapp.errors import Refusal, is_full, say, spoken, why

DONE, REFUSED, WRONG_USAGE = 0, 1, 2

_VIETNAMESE = [
    (r"No such option:? '?(-[^\s']+)'?\.?", r"không có tùy chọn \1."),
    (r"Did you mean (?:one of: )?(.+)\?", r"Ý anh/chị là \1?"),
    (r"\(?Possible options: (.+)\)", r"Các tùy chọn gần giống: \1."),
    (r"No such command '(.+?)'\.", r"không có lệnh “\1”."),
    (r"Missing command\.", "thiếu tên lệnh."),
    (r"Missing option '(.+?)'\.( Choose from:)?", r"thiếu tùy chọn \1."),
    (r"Missing argument '(.+?)'\.", r"thiếu \1."),
    (r"Got unexpected extra arguments? \((.+)\)", r"thừa “\1”."),
    (r"Option '(.+?)' requires an argument\.", r"tùy chọn \1 cần một giá trị đi kèm."),
    (r"Option '(.+?)' does not take a value\.", r"tùy chọn \1 không nhận giá trị."),
    (r"Invalid value for '(.+?)': ", r"giá trị của \1 không dùng được: "),
    (r"Invalid value: ", "giá trị không dùng được: "),
    (r"'(.*?)' is not one of (.+?)\.$", r"“\1” không thuộc: \2."),
    (r"'(.*?)' is not a valid integer\.", r"“\1” không phải số nguyên."),
    (r"(\S+) is not in the range (\d+)<=x<=(\d+)\.", r"\1 không nằm trong khoảng \2–\3."),
]  # fmt: skip


class _Spoken:
    """A text in both languages, chosen when it is shown."""

    def __init__(self, *args: Any, vi: str = "", en: str = "", **kwargs: Any) -> None:
        self.vi, self.en = vi, en
        super().__init__(*args, **kwargs)


class _Helped(_Spoken):
    """A help in both languages."""

    @property
    def help(self) -> str:
        return say(self.vi, self.en)

    @help.setter  # noqa: A003  click's own name
    def help(self, _text: str | None) -> None:
        """click sets what it was given; the two texts stand."""


F = TypeVar("F", bound=Callable[..., Any] | click.Command)


class Option(_Helped, click.Option):  # type: ignore[misc]  # help is a property here
    """An option with its help in both languages."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """click's own words for kinds of values, said in the language of the rest."""
        record = super().get_help_record(ctx)
        return record and (_kind_said(record[0]), record[1].replace("[required]", say("[bắt buộc]", "[required]")))


class Argument(_Spoken, click.Argument):
    """An argument whose name in the usage is in both languages."""

    def make_metavar(self, _ctx: click.Context) -> str:
        return say(self.vi, self.en)


def _kind_said(names: str) -> str:
    if spoken() == "en":
        return names
    kinds = {"INTEGER RANGE": "SỐ", "INTEGER": "SỐ", "TEXT": "CHỮ", "PATH": "TỆP", "COLUMN=FIELD": "CỘT=TRƯỜNG"}
    return re.sub("|".join(kinds), lambda found: kinds[found[0]], names)


def argument(name: str, *, vi: str, en: str, **kwargs: Any) -> Callable[[F], F]:
    """click.argument with its name in both languages."""
    return click.argument(name, cls=Argument, vi=vi, en=en, **kwargs)


def option(*names: str, vi: str, en: str, **kwargs: Any) -> Callable[[F], F]:
    """click.option with its help in both languages."""
    return click.option(*names, cls=Option, vi=vi, en=en, **kwargs)


class Command(_Helped, click.Command):  # type: ignore[misc]  # help is a property here
    """A command with its help in both languages."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), say("Cách dùng: ", "Usage: "))

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        pieces = super().collect_usage_pieces(ctx)
        said = {"[OPTIONS]": "[TÙY CHỌN]", "COMMAND [ARGS]...": "LỆNH …"}
        return [said.get(piece, piece) if spoken() == "vi" else piece for piece in pieces]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = (p for p in self.get_params(ctx) if isinstance(p, click.Option))
        with formatter.section(say("Tùy chọn", "Options")):
            formatter.write_dl([record for option in options if (record := option.get_help_record(ctx))])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option:
            option.help = say("Hiện phần này rồi thôi.", "Show this and exit.")
        return option


class Group(Command, click.Group):  # type: ignore[misc]  # help is a property here
    """A group of commands; its own commands and groups are of these classes too."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section(say("Lệnh", "Commands")):
            formatter.write_dl([(name, command.get_short_help_str(200)) for name, command in self.commands.items()])


Group.group_class = Group


class Program(Group):
    """The whole program: every ending is an exit status and, where it is not 0, a sentence on stderr."""

    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, complete_var: str | None = None,
        standalone_mode: bool = True, **extra: Any,
    ) -> Any:  # fmt: skip
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        _write_utf8()
        try:
            with stopping.stoppable():
                code = super().main(args, prog_name or self.name, complete_var, standalone_mode=False, **extra)
                sys.stdout.flush()
        except Exception as problem:  # noqa: BLE001  a person gets a sentence, never a traceback
            code = _ending(problem)
        sys.exit(code if isinstance(code, int) else DONE)


def _write_utf8() -> None:
    """Vietnamese reaches every pipe and console, also where the system says ASCII or cp1252."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]


def _ending(problem: Exception) -> int:
    """Say what happened; the exit status."""
    match problem:
        case click.exceptions.NoArgsIsHelpError():
            click.echo(problem.format_message(), err=True)
            return WRONG_USAGE
        case click.UsageError():
            _show_usage(problem)
            return WRONG_USAGE
        case click.Abort():
            _complain(say("Đã dừng, không có gì thay đổi.", "Stopped; nothing was changed."))
        case BrokenPipeError():  # `fieldapp coverage | head`: nobody reads on
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        case _:
            _complain(_as_refusal(problem).message())
    return REFUSED


def _as_refusal(problem: Exception) -> Refusal:
    match problem:
        case Refusal():
            return problem
        case sqlite3.OperationalError() if "lock" in str(problem) or "busy" in str(problem):
            return Refusal("busy")
        case _ if is_full(problem):
            return Refusal("storage_full")
        case sqlite3.DatabaseError():
            return Refusal("data_unreadable", reason=problem)
        case OSError():
            return Refusal("os_refused", file=problem.filename or "", reason=why(problem))
    where = traceback.extract_tb(problem.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    return Refusal("command_failed", reason=f"{type(problem).__name__}: {problem} ({place})")


def _show_usage(problem: click.UsageError) -> None:
    message = problem.format_message()
    if spoken() == "vi":
        for pattern, words in _VIETNAMESE:
            message = re.sub(pattern, words, message)
    if problem.ctx:
        click.echo(problem.ctx.get_usage(), err=True)
        path = problem.ctx.command_path
        click.echo(say(f"Xem thêm: {path} --help", f"See {path} --help") + "\n", err=True)
    _complain(message)


def _complain(message: str) -> None:
    click.echo(say("Lỗi: ", "Error: ") + message, err=True)
