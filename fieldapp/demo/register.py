"""Areas, businesses, establishments and their licences."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

from fieldapp import areas, entities, establishments
from fieldapp.areas import Area
from fieldapp.demo.commune import FACTS, Commune
from fieldapp.establishments import Establishment, Licence

_CONDITIONAL = {"karaoke", "hotel", "guesthouse", "homestay", "massage", "disco"}


def fill(commune: Commune) -> list[Establishment]:
    """Every establishment, in the order of its code."""
    named = _areas(commune)
    types = [kind for kind, number in commune.facts["types"].items() for _ in range(number)]
    commune.dice.shuffle(types)
    numbers = {kind: count(1) for kind in commune.facts["types"]}
    return [
        _establishment(commune, n, kind, next(numbers[kind]), named[n % len(named)]) for n, kind in enumerate(types)
    ]


def _areas(commune: Commune) -> list[Area]:
    facts = commune.facts["areas"]
    every = [facts["pattern"].format(n=n + 1) for n in range(facts["count"])] + facts["more"]
    return [areas.area_named(commune.tx, name, is_border_area=name in facts["border"])[0] for name in every]


def _establishment(commune: Commune, n: int, kind: str, nth: int, area: Area) -> Establishment:
    owner = FACTS["owners"][n % len(FACTS["owners"])]
    scale, dice = FACTS["scale"][kind], commune.dice
    employees = round(dice.randint(*scale["employees"]) * commune.facts["staff"])
    since, until = _managed(commune, n)
    place = establishments.add(
        commune.tx, commune.actor,
        {
            "name": _name(commune, kind, nth),
            "type": kind,
            "address": commune.facts["addresses"][n % 3].format(n=dice.randint(1, 60), area=area.name),
            "area": area.id,
            "entity": _entity(commune, n, owner, chain=kind == "karaoke" and nth in (1, 2)),
            "representative": owner,
            "representative_role": "Chủ cơ sở",
            "phone": f"0900{n + 1:06d}",
            "rooms": dice.randint(*scale["rooms"]) if scale["rooms"] else None,
            "employees": employees,
            "employees_with_contract": round(employees * dice.uniform(0.4, 0.9)),
            "security_conditional": kind in _CONDITIONAL,
            "managed_since": since,
            "managed_until": until,
            "status": "closed" if until else "operating",
        },
    )  # fmt: skip
    _licences(commune, place, n)
    return place


def _name(commune: Commune, kind: str, nth: int) -> str:
    stems: list[str] = FACTS["names"][kind]
    sole = commune.facts["types"][kind] <= len(stems)
    return stems[(nth - 1) % len(stems)] + ("" if sole else f" {nth:02d}")


def _entity(commune: Commune, n: int, owner: str, *, chain: bool) -> str:
    """The household of the owner; the first two karaoke places are branches of one business."""
    name, kind, code = (
        ("Công ty TNHH Giải trí Sao Thử", "enterprise", "MAU-DN-01")
        if chain
        else (f"Hộ kinh doanh {owner}", "household", f"MAU-{n + 1:04d}")
    )
    return entities.entity_named(commune.tx, name, kind=kind, registration_code=code).id


def _managed(commune: Commune, n: int) -> tuple[date | None, date | None]:
    """One ceased in the middle of the year, one is new; everything else was always there."""
    if n == 20:
        return None, max(commune.day(0.5), date(commune.year, 1, 2))
    return (commune.day(0.9), None) if n == 21 else (None, None)


def _licences(commune: Commune, place: Establishment, n: int) -> None:
    issued = date(commune.year - 2, 1 + n % 12, 1 + n % 27)
    licence = Licence("Giấy chứng nhận đăng ký hộ kinh doanh", f"MAU-{n + 1:04d}", issued, None)
    establishments.set_licence(commune.tx, place.id, licence)
    if place.security_conditional:
        # the one of the first establishment runs out in three weeks
        expires = commune.today + timedelta(days=21) if n == 0 else None
        kind = "Giấy chứng nhận đủ điều kiện về an ninh, trật tự"
        establishments.set_licence(commune.tx, place.id, Licence(kind, f"{n + 1:03d}/ANTT (mẫu)", issued, expires))
