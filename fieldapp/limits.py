"""Rate limits. Kept in memory: one process serves a commune, and a restart may forget them."""

from __future__ import annotations

from flask import current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="moving-window")


def sign_in_limit() -> str:
    """How many sign-in attempts one address may make (a setting)."""
    return str(current_app.config["SIGN_IN_LIMIT"])


def who_signs_in() -> str:
    """The account named in a sign-in, so that many addresses cannot share out the guessing of one password."""
    posted = request.get_json(silent=True) if request.is_json else request.form
    username = posted.get("username", "") if isinstance(posted, dict) else ""
    # a one-time code names nobody: its attempts are counted by address alone
    return f"account:{str(username).strip().lower()[:60]}" if username else str(get_remote_address())
