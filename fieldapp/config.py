"""Every setting once. Read from the environment; the README's table is made from SETTINGS.

A relative folder is taken from the working directory.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from limits import parse_many

from fieldapp import database
from fieldapp.errors import Refusal, say

SECRET_FILE, SECRET_LOCK = "secret.key", "secret.lock"
SECRET_WAIT_S = 10


@dataclass(frozen=True)
class Setting:
    """name: the environment variable. default: as typed. unit: of the value. help: one line."""

    name: str
    default: str
    unit: str
    help: str


SETTINGS = [
    Setting("FIELDAPP_DATA", "./fieldapp-data", "folder", "holds everything: database, files, backups, secret key"),
    Setting("FIELDAPP_LANG", "vi", "vi or en", "language of messages on the command line and in errors"),
    Setting("FIELDAPP_SECRET_KEY", "", "text", "signs office sessions; made once and kept in the data folder if unset"),
    Setting("FIELDAPP_PROXIES", "0", "count", "reverse proxies in front whose X-Forwarded headers count (1: Caddy)"),
    Setting("FIELDAPP_SESSION_HOURS", "12", "hours", "an office session ends after this long without use"),
    Setting("FIELDAPP_SIGN_IN_LIMIT", "10 per 5 minutes", "rate", "failed sign-ins for one address and one account"),
    Setting("FIELDAPP_UPLOAD_MIB", "20", "MiB", "largest spreadsheet the office may upload"),
    Setting("FIELDAPP_BACKUP_FOLDER", "", "folder", "daily backups; `backups` in the data folder if unset"),
    Setting("FIELDAPP_BACKUP_HOUR", "2", "hour", "a day's backup is due from this hour on, local time"),
    Setting("FIELDAPP_BACKUP_DAYS", "7", "count", "daily backups that are kept; 0 makes none"),
    Setting("FIELDAPP_BACKUP_WEEKS", "4", "count", "weeks of which one backup is kept"),
]  # fmt: skip


@dataclass(frozen=True)
class Config:
    """The settings, parsed.

    data: the data folder. session_s: seconds. upload_bytes: bytes. backups: where daily backups go; None: in the data
    folder. backup_hour: 0..23, local time. backup_days: how many are kept, 0 = none are made.
    """

    data: Path
    secret_key: str
    proxies: int = 0
    session_s: int = 12 * 3600
    sign_in_limit: str = "10 per 5 minutes"
    upload_bytes: int = 20 * 2**20
    backups: Path | None = None
    backup_hour: int = 2
    backup_days: int = 7
    backup_weeks: int = 4
    testing: bool = False

    @property
    def backup_folder(self) -> Path:
        return self.backups or self.data / "backups"


def data_folder(environment: Mapping[str, str] | None = None) -> Path:
    """The data folder that the environment names."""
    return Path(_value(environment or os.environ, "FIELDAPP_DATA")).expanduser()


def backup_folder(data: Path, environment: Mapping[str, str] | None = None) -> Path:
    """Where daily backups go."""
    chosen = _value(environment or os.environ, "FIELDAPP_BACKUP_FOLDER")
    return Path(chosen).expanduser() if chosen else data / "backups"


def load(data: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """Read the settings. data: overrides FIELDAPP_DATA. Makes and keeps the secret key where none is set.

    Raises Refusal setting_invalid.
    """
    env = environment or os.environ
    folder = data or data_folder(env)
    return Config(
        data=folder,
        secret_key=_value(env, "FIELDAPP_SECRET_KEY") or _kept_secret(folder),
        proxies=int(_number(env, "FIELDAPP_PROXIES")),
        session_s=int(_number(env, "FIELDAPP_SESSION_HOURS") * 3600),
        sign_in_limit=_rate(env, "FIELDAPP_SIGN_IN_LIMIT"),
        upload_bytes=int(_number(env, "FIELDAPP_UPLOAD_MIB") * 2**20),
        backups=backup_folder(folder, env),
        backup_hour=int(_number(env, "FIELDAPP_BACKUP_HOUR", most=23)),
        backup_days=int(_number(env, "FIELDAPP_BACKUP_DAYS")),
        backup_weeks=int(_number(env, "FIELDAPP_BACKUP_WEEKS")),
    )


def _value(env: Mapping[str, str], name: str) -> str:
    """What is set, or the default; set to nothing is not set."""
    return env.get(name) or _setting(name).default


def _number(env: Mapping[str, str], name: str, most: int = 1_000_000) -> float:
    value = _value(env, name)
    try:
        number = float(value)
    except ValueError:
        number = -1
    if not 0 <= number <= most:
        wanted = say(f"một số từ 0 đến {most}", f"a number from 0 to {most}")
        raise Refusal("setting_invalid", name=name, value=value, wanted=wanted)
    return number


def _rate(env: Mapping[str, str], name: str) -> str:
    """A limit that cannot be read would be no limit at all."""
    value = _value(env, name)
    try:
        parse_many(value)
    except ValueError:
        usual = _setting(name).default
        wanted = say(f"một mức như “{usual}”", f"a rate such as “{usual}”")
        raise Refusal("setting_invalid", name=name, value=value, wanted=wanted) from None
    return value


def _setting(name: str) -> Setting:
    return next(s for s in SETTINGS if s.name == name)


def _kept_secret(folder: Path) -> str:
    """The key of the folder, made where there is none or an empty one (the disk was full).

    Of several first starts at once the first makes it, and the others wait for it.
    """
    file = folder / SECRET_FILE
    if not _holds_some(file):
        with database.lock(folder / SECRET_LOCK, alone=True, wait_s=SECRET_WAIT_S):
            if not _holds_some(file):
                _write_secret(file)
    return file.read_text()


def _holds_some(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def _write_secret(file: Path) -> None:
    part = file.with_name(f"secret.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(48))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
