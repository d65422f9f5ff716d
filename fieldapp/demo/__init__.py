"""Two made-up communes to try everything on: what every part of the office and the phone shows, with neutral facts.

Everything is marked "DỮ LIỆU MẪU". The story is laid out over the calendar year up to the day it is made, so that the
figures are alive whenever it is shown, and it is told through the product's own functions.

    communes.yaml     the facts of both
    commune.py        what the telling goes by: the day, the dice, the people, how a day of the year is found
    register.py       areas, businesses, establishments, licences
    records.py        inspections and commitments as a phone would have signed them
    year.py           the visits of the year: police, team, the round of January
    office.py         what the office did: plan, team, schedule, communication, decisions, reviews, reports
    phones.py         what phones sent that waits for the office: a change not allowed, a conflict, a draft
    pictures.py       photos and signatures of nobody
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from fieldapp import config, database, evidence
from fieldapp.audit import COMMAND_LINE
from fieldapp.clock import Clock, system_clock
from fieldapp.demo import office, phones, register, year
from fieldapp.demo.commune import FACTS, UNITS, Commune
from fieldapp.demo.records import DEVICE
from fieldapp.keeping import backups
from sync.kinds import Carrier

__all__ = ["ACCOUNTS_FILE", "UNITS", "DemoAccount", "is_filled", "prepare"]
ACCOUNTS_FILE = "demo-accounts.json"


@dataclass(frozen=True)
class DemoAccount:
    """What the terminal prints so that somebody can sign in."""

    username: str
    password: str
    role: str
    name: str


def is_filled(folder: Path) -> bool:
    """Whether a filling went through to its end: the accounts are written last."""
    return database.exists(folder) and (folder / ACCOUNTS_FILE).exists()


def prepare(folder: Path, unit_key: str, *, clock: Clock = system_clock) -> list[DemoAccount]:
    """Fill an empty folder with a demo commune, or find it filled already. Returns the accounts to sign in with."""
    kept = folder / ACCOUNTS_FILE
    if is_filled(folder):
        return [DemoAccount(**row) for row in json.loads(kept.read_text(encoding="utf-8"))]
    db = database.create(folder)
    try:
        with database.write(db, clock) as tx:
            commune = _tell(Commune(tx, unit_key))
        shelf = evidence.shelf(folder)
        for sha256, content in commune.pictures.items():
            shelf.take(db, sha256, content, Carrier(commune.people["kiemtra1"].id, DEVICE), clock())
        phones.send(db, commune, shelf)
        backups.take(db, folder, config.backup_folder(folder), clock(), actor=COMMAND_LINE)
    finally:
        db.close()
    _write_samples(folder)
    accounts = [DemoAccount(p["username"], commune.password, p["role"], p["name"]) for p in FACTS["people"]]
    kept.write_text(json.dumps([vars(a) for a in accounts], ensure_ascii=False, indent=1), encoding="utf-8")
    kept.chmod(0o600)
    return accounts


def _tell(commune: Commune) -> Commune:
    """One commune's year, in one transaction."""
    commune.found()
    commune.register = register.fill(commune)
    year.tell(commune)
    office.tell(commune)
    return commune


def _write_samples(folder: Path) -> None:
    """Two spreadsheets to try the import with: one that comes in, and one that must not."""
    header, row = (
        "Tên cơ sở,Loại hình,Địa chỉ,Chủ cơ sở,Điện thoại",
        "Cà phê Bản Nháp 99,cà phê,Quốc lộ 99A,Lê Văn Nháp,0900000099",
    )
    (folder / "mau-danh-sach.csv").write_text(f"{header}\n{row}\n", encoding="utf-8-sig")
    (folder / "mau-bi-tu-choi.csv").write_text(f"{header},Họ tên tiếp viên\n{row},\n", encoding="utf-8-sig")
