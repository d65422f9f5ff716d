"""What every view needs of its request: the database, the clock, today, the unit, who asks, and which roles may."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, g, redirect, request, session, url_for
from sqlite_utils import Database
from werkzeug.wrappers import Response as BaseResponse

from fieldapp import database, people, units
from fieldapp.audit import Actor
from fieldapp.clock import local_day
from fieldapp.errors import Refusal
from fieldapp.people import Account
from fieldapp.units import Unit
from sync.history import Transaction

View = TypeVar("View", bound=Callable[..., Any])
CASE_ROLES = ("officer", "leader", "inspector", "viewer")
"""Who may read the register and records; an administrator keeps accounts and sees no case data."""
OFFICE_ROLES = people.OFFICE_ROLES


def db() -> Database:
    """This request's connection."""
    if "db" not in g:
        g.db = _kept().take()
    connection: Database = g.db
    return connection


def give_back_database(problem: BaseException | None = None) -> None:
    """At the end of a request its connection waits for the next one; after one that failed nobody uses it again."""
    if problem is not None:
        drop_database()
    elif "db" in g:
        _kept().give_back(g.pop("db"))


def drop_database() -> None:
    """What is left of this request, its answer in words, goes on with another connection."""
    if "db" in g:
        _kept().drop(g.pop("db"))


def _kept() -> database.Kept:
    kept: database.Kept = current_app.extensions["fieldapp_open"]
    return kept


def now() -> datetime:
    moment: datetime = current_app.config["CLOCK"]()
    return moment


def unit() -> Unit:
    if "unit" not in g:
        g.unit = units.read(db())
    found: Unit = g.unit
    return found


def today() -> date:
    """The commune's day."""
    return local_day(now(), unit().time_zone)


def number_in(text: str) -> int | None:
    """A whole number as an address or a search box has it, at most nine plain digits; None for anything else.

    ("²".isdigit() holds, int("²") does not; a number of any length would not fit the database.)
    """
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def writing() -> AbstractContextManager[Transaction]:
    """A write transaction at this request's instant."""
    return database.write(db(), current_app.config["CLOCK"])


def start_session(account: Account) -> None:
    """Sign an account in to the office."""
    session.clear()
    session.permanent = True
    session.update(account=account.id, key=account.session_key, unit=unit().code)


def asking() -> Account | None:
    """The signed-in account; None without a session, or with one of another commune or an older password."""
    if "account" not in g:
        g.account = None
        if session.get("unit") == unit().code:
            try:
                account = people.account_by_id(db(), session.get("account", ""))
            except Refusal:
                return None
            if account.closed_at is None and account.session_key == session.get("key"):
                g.account = account
    found: Account | None = g.account
    return found


def account() -> Account:
    """The signed-in account, where a role was asked for already."""
    found = asking()
    if found is None:
        raise Refusal("forbidden")
    return found


def actor() -> Actor:
    return Actor(account().id)


def for_roles(*roles: str) -> Callable[[View], View]:
    """Only these roles may; others get 403, and whoever is not signed in is asked to sign in."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            found = asking()
            if found is None:
                return _to_sign_in()
            if found.role not in roles:
                raise Refusal("forbidden")
            return view(*args, **kwargs)

        guarded.roles = roles  # type: ignore[attr-defined]  # the test of every route × role reads it
        return guarded  # type: ignore[return-value]

    return decorate


def _to_sign_in() -> BaseResponse:
    # a form posted after the session had ended is opened again; the browser fills in what was typed
    has_page = request.url_rule is not None and "GET" in (request.url_rule.methods or ())
    wanted = request.full_path.rstrip("?") if has_page else ""
    return redirect(url_for("session.sign_in", next=wanted or None))
