"""What several lists write alike: who made them and when, an establishment's cells, bodies by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from fieldapp import checklists
from fieldapp.establishments import Establishment
from fieldapp.exporting.document import Column
from fieldapp.units import Unit

REFERRED = "Đã chuyển cơ quan có thẩm quyền"
"""All that a list says of a shortcoming that was handed over."""


def made(unit: Unit, *, by: str, now: datetime) -> str:
    """The line at the foot. by: who takes the list out. now: the instant."""
    moment = now.astimezone(ZoneInfo(unit.time_zone))
    return f"Lập từ phần mềm lúc {moment:%H:%M} ngày {moment:%d/%m/%Y}, người xuất: {by}"


def area_title(unit: Unit) -> str:
    """What the commune's parts are called, as a header."""
    return unit.area_word[:1].upper() + unit.area_word[1:]


def place_columns(unit: Unit) -> list[Column]:
    """Headers of `place_cells`."""
    return [
        Column("Mã cơ sở", 8), Column("Tên cơ sở", 22), Column("Loại hình", 15), Column("Địa chỉ", 24),
        Column(area_title(unit), 12),
    ]  # fmt: skip


def place_cells(e: Establishment, area_names: Mapping[str, str]) -> list[str]:
    """Code, name, type, address, area."""
    return [e.code, e.name, checklists.types().get(e.type, e.type), e.address, area_names.get(e.area or "", "")]


def bodies(unit: Unit, codes: Collection[str]) -> str:
    """Inspecting bodies by name, in the order of the unit's list."""
    return "; ".join(body.vi for code, body in unit.bodies.items() if code in codes)


def short_code(sha256: str) -> str:
    """To compare paper, phone and page by eye: the first twelve digits of the signed bytes' hash, "6FBF FB47 936B"."""
    digits = sha256[:12].upper()
    return " ".join(digits[at : at + 4] for at in (0, 4, 8))


def instant_text(unit: Unit, at: str | None) -> str:
    """An instant on the commune's clock: 05/03/2026 14:20."""
    return f"{datetime.fromisoformat(at).astimezone(ZoneInfo(unit.time_zone)):%d/%m/%Y %H:%M}" if at else ""
