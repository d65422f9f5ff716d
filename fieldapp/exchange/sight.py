"""Who sees what, and how a noun's refusal becomes an op's verdict: what all kinds here share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import people
from fieldapp.errors import Refusal
from sync.kinds import CannotApply, Carrier


def sees_cases(carrier: Carrier) -> bool:
    """An administrator keeps accounts and phones, and sees no case data."""
    return carrier.role != "admin"


def role(db: Database, carrier: Carrier) -> str:
    """The carrier's role; an op released from the inbox carries only the account."""
    return carrier.role or role_of(db, carrier.account)


def role_of(db: Database, account: str) -> str:
    """The role of an account, '' where there is no such account."""
    try:
        return people.account_by_id(db, account).role
    except Refusal:
        return ""


@contextmanager
def refusals_told() -> Iterator[None]:
    """A noun's refusal becomes the op's verdict."""
    try:
        yield
    except Refusal as refusal:
        raise CannotApply("invalid_body", refusal.fields or {"": [refusal.code]}) from refusal


def days_as_text(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
