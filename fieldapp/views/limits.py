"""Rate limits. Kept in memory: one process serves a commune, and a restart may forget them."""

from __future__ import annotations

from flask import Response, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="moving-window")


def sign_in_limit() -> str:
    """How many attempts to sign in may fail from one address, or on one account (a setting)."""
    return str(current_app.config["SIGN_IN_LIMIT"])


def failed(answer: Response) -> bool:
    """Only what failed counts: on the day of the training thirty phones sign in behind one address."""
    return answer.status_code >= 400


def attempts_on(username: str) -> str:
    """What counts attempts on an account, so that many addresses cannot share out the guessing of one password.

    username: as the attempt itself reads it, in whatever form it came. '': a one-time code names nobody, and its
    attempts are counted by address alone.
    """
    named = username.strip().lower()[:60]
    return f"account:{named}" if named else str(get_remote_address())
