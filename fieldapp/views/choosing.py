"""Choosing an establishment by code or name in a form."""

from __future__ import annotations

from flask import g

from fieldapp import establishments
from fieldapp.views.request import db


def places_to_choose() -> tuple[tuple[str, str, str], ...]:
    """(id, code, name) of the whole register, for PlaceField and the list that a page offers while one types."""
    if "places" not in g:
        g.places = tuple(establishments.names(db()))
    found: tuple[tuple[str, str, str], ...] = g.places
    return found
