"""The commune: its name and its own words. One data folder holds one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from sqlite_utils import Database
from vietnam_provinces import Province, Ward

from fieldapp import audit, sealing
from fieldapp.audit import Actor
from fieldapp.errors import Refusal
from sync.history import Transaction

KINDS = ("xã", "phường", "đặc khu")
AREA_WORDS = {"xã": "thôn", "phường": "tổ dân phố", "đặc khu": "khu dân cư"}
TIME_ZONE = "Asia/Ho_Chi_Minh"
_OWN_WORDS = yaml.safe_load((Path(__file__).parent / "data" / "owner_papers.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Body:
    """A body that inspects: its code, and its name in both languages."""

    code: str
    vi: str
    en: str


BODIES = (
    Body("team_178", "Đội 178", "Team 178"),
    Body("police", "Công an", "Police"),
    Body("health", "Y tế", "Health"),
    Body("culture_social", "Văn hóa - Xã hội", "Culture and social affairs"),
    Body("fire", "Phòng cháy, chữa cháy", "Fire service"),
    Body("labour", "Lao động", "Labour"),
    Body("tax", "Thuế", "Tax"),
    Body("market", "Quản lý thị trường", "Market surveillance"),
    Body("province_team", "Đội kiểm tra cấp tỉnh", "Provincial team"),
    Body("other", "Cơ quan khác", "Another body"),
)


@dataclass(frozen=True)
class Unit:
    """code: the administrative code (5 digits). area_word: what its parts are called (thôn, tổ dân phố…).

    contact: whom an owner asks about these data. own_bodies: inspecting bodies beyond BODIES.
    """

    code: str
    kind: str
    name: str
    province: str
    area_word: str
    team_name: str = "Đội kiểm tra liên ngành 178"
    office_name: str = "Phòng Văn hóa - Xã hội"
    contact: str = ""
    recipients: tuple[str, ...] = ("Sở Y tế",)
    own_bodies: tuple[Body, ...] = field(default=())
    time_zone: str = TIME_ZONE
    is_demo: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def committee(self) -> str:
        return f"Ủy ban nhân dân {self.full_name}"

    @property
    def bodies(self) -> dict[str, Body]:
        return {body.code: body for body in (*BODIES, *self.own_bodies)}


def found(
    code: str, *, kind: str | None = None, name: str | None = None, province: str | None = None,
    area_word: str | None = None,
) -> Unit:  # fmt: skip
    """A unit by its administrative code, its names from the list of 1 July 2025; what is given wins.

    Raises Refusal unknown_unit when the code is unknown and kind, name and province are not all given.
    """
    listed_kind, listed_name, listed_province = _listed(code)
    kind, name, province = kind or listed_kind, name or listed_name, province or listed_province
    if not (kind in KINDS and name and province):
        raise Refusal("unknown_unit", code=code)
    return Unit(code, kind, name, province, area_word or AREA_WORDS[kind])


def _listed(code: str) -> tuple[str, str, str]:
    try:
        ward = Ward.from_code(int(code))  # type: ignore[arg-type]  # any int is looked up
        province = Province.from_code(ward.province_code)
    except (ValueError, KeyError):
        return "", "", ""
    kind = next((k for k in KINDS if ward.name.lower().startswith(k + " ")), "")
    return kind, ward.name[len(kind) :].strip(), province.name


def settle(tx: Transaction, unit: Unit, actor: Actor) -> None:
    """Write the unit for the first time or change its words."""
    row = {**asdict(unit), "is_demo": int(unit.is_demo), "one": 1}
    row["recipients"] = json.dumps(unit.recipients, ensure_ascii=False)
    row["bodies"] = json.dumps([asdict(b) for b in row.pop("own_bodies") and unit.own_bodies], ensure_ascii=False)
    tx.db.table("unit").upsert(row, pk="one")
    sealing.make_key(tx)
    tx.touch("unit", unit.code)
    audit.record(tx, actor, "unit_settled", "unit", unit.code)


def read(db: Database) -> Unit:
    """The unit of this data folder. Raises LookupError before `settle`."""
    row = next(iter(db.query("SELECT * FROM unit")), None)
    if row is None:
        raise LookupError("no unit")
    row.pop("one")
    own = tuple(Body(**body) for body in json.loads(row.pop("bodies")))
    recipients = tuple(json.loads(row.pop("recipients")))
    return replace(Unit(**row), own_bodies=own, recipients=recipients, is_demo=bool(row["is_demo"]))


def time_zone(db: Database) -> str:
    """The zone whose calendar days count."""
    row = db.execute("SELECT time_zone FROM unit").fetchone()
    return str(row[0])


def body_for_phones(unit: Unit) -> dict[str, Any]:
    """The unit as phones hold it, with the notice for owners and the commitment's clauses in the unit's own words."""
    return {
        "id": unit.code,
        "code": unit.code,
        "kind": unit.kind,
        "name": unit.name,
        "province": unit.province,
        "area_word": unit.area_word,
        "committee": unit.committee,
        "team_name": unit.team_name,
        "time_zone": unit.time_zone,
        "is_demo": unit.is_demo,
        "contact": unit.contact,
        "notice": notice(unit),
        "commitment": _OWN_WORDS["commitment"],
        "bodies": [asdict(body) for body in unit.bodies.values()],
    }


def notice(unit: Unit) -> dict[str, Any]:
    """What an owner is told at a visit: {"version", "points": [{"question", "answer"}]} (who collects what, why…)."""
    contact = unit.contact or f"{unit.office_name}, {unit.committee}"
    words = {"committee": unit.committee, "team": unit.team_name, "unit": unit.full_name, "contact": contact}
    shipped = _OWN_WORDS["notice"]
    points = [{"question": p["question"], "answer": p["answer"].format(**words)} for p in shipped["points"]]
    return {"version": shipped["version"], "points": points}


def commitment_text() -> dict[str, Any]:
    """The commitment's template: {"version", "about", "clauses": [{"number", "text", "types"}], "valid_until"}."""
    text: dict[str, Any] = _OWN_WORDS["commitment"]
    return text
