"""establishment: the values of a patch."""

from __future__ import annotations

from typing import Any

from fieldapp import checklists, establishments
from fieldapp.bodies.judging import Body, Judged, between, count, filled, one_of, or_null

_short = establishments.LONGEST_TEXT


def _short_text(value: Any) -> str | None:
    return None if isinstance(value, str) and len(value) <= _short else f"must be text of at most {_short} characters"


class EstablishmentFields(Body):
    """The values of an establishment's patch."""

    name = Judged(lambda value: _short_text(value) or filled(value))
    type = Judged(one_of(checklists.types()))
    address = Judged(_short_text)
    area = Judged(or_null(filled))
    representative = Judged(_short_text)
    representative_role = Judged(_short_text)
    phone = Judged(_short_text)
    rooms = Judged(or_null(count))
    employees = Judged(or_null(count))
    employees_with_contract = Judged(or_null(count))
    latitude = Judged(or_null(between(-90, 90)))
    longitude = Judged(or_null(between(-180, 180)))
    note = Judged(_short_text)


ESTABLISHMENT_FIELDS = EstablishmentFields()
