"""Two made-up communes to try everything on: a register, a year of visits, commitments, findings.

Everything is marked "DỮ LIỆU MẪU". The story is laid out over the calendar year up to the day it is made, so that the
figures are alive whenever it is shown. Facts: data/demo_units.yaml.
"""

from __future__ import annotations

import hashlib
import json
import random
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from fieldapp import (
    areas,
    checklists,
    commitments,
    database,
    demo_pictures,
    entities,
    establishments,
    evidence,
    inspections,
    people,
    plans,
    units,
    visits,
)
from fieldapp.audit import Actor
from fieldapp.clock import Clock, local_day, system_clock
from fieldapp.establishments import Establishment, Licence
from fieldapp.importing import plans as plan_files
from fieldapp.people import Account
from fieldapp.units import Unit
from fieldapp.visits import Visit
from sync import signed
from sync.history import Transaction, instant
from sync.kinds import Carrier

UNITS = ("kim-mau", "yen-mau")
ACCOUNTS_FILE = "demo-accounts.json"
_FACTS: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "data" / "demo_units.yaml").read_text(encoding="utf-8")
)
_CONDITIONAL = {"karaoke", "hotel", "guesthouse", "homestay", "massage", "disco"}
_DEVICE = "00000000-0000-4000-8000-0000000d3e30"
_TEAM = ("doitruong", "kiemtra1")
_NOT_THE_OWNER = "Chủ cơ sở đi vắng, người trông coi không nhận ký thay."


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
            story = _Story(tx, unit_key)
            accounts = story.tell()
        for sha256, content in story.pictures.items():
            evidence.shelf(folder).take(db, sha256, content, Carrier(story.people["kiemtra1"].id, _DEVICE), clock())
    finally:
        db.close()
    _write_samples(folder)
    kept.write_text(json.dumps([vars(a) for a in accounts], ensure_ascii=False, indent=1), encoding="utf-8")
    kept.chmod(0o600)
    return accounts


def _write_samples(folder: Path) -> None:
    """Two spreadsheets to try the import with: one that comes in, and one that must not."""
    header, row = (
        "Tên cơ sở,Loại hình,Địa chỉ,Chủ cơ sở,Điện thoại",
        "Cà phê Bản Nháp 99,cà phê,Quốc lộ 99A,Lê Văn Nháp,0900000099",
    )
    (folder / "mau-danh-sach.csv").write_text(f"{header}\n{row}\n", encoding="utf-8-sig")
    (folder / "mau-bi-tu-choi.csv").write_text(f"{header},Họ tên tiếp viên\n{row},\n", encoding="utf-8-sig")


class _Story:
    """One commune's year. The same dice every time; only the days follow the calendar."""

    def __init__(self, tx: Transaction, unit_key: str) -> None:
        self.tx = tx
        self.facts = _FACTS[unit_key]
        self.unit = Unit(**self.facts["unit"], is_demo=True)
        self.dice = random.Random(unit_key)  # noqa: S311  a story, not a secret
        self.today = local_day(tx.now, self.unit.time_zone)
        self.year = self.today.year
        self.people: dict[str, Account] = {}
        self.pictures: dict[str, bytes] = {}
        self.actor = Actor("", "cli")

    def tell(self) -> list[DemoAccount]:
        units.settle(self.tx, self.unit, self.actor)
        shown = self._open_accounts()
        self.actor = Actor(self.people["canbo"].id)
        self.checklist = checklists.shipped()
        self.checklist_id = checklists.adopt(self.tx, self.actor, self.checklist)
        register = self._fill_register()
        self._police_visits(register)
        self._last_year(register)
        self._team_inspections(register)
        self._january_commitments(register)
        self._plan()
        return shown

    def _plan(self) -> None:
        """The commune's plan, after one of those that are shipped, for the year of the story."""
        (found,) = plan_files.read(self.tx.db, plans.shipped()[self.facts["plan"]]).plans
        period = plans.year_window(self.year)
        moved = tuple(replace(target, period=period) for target in found.targets)
        title = f"Kế hoạch kiểm tra năm {self.year}, {self.unit.full_name}"
        plan = replace(found, id=f"ke-hoach-{self.year}", title=title, period=period, targets=moved)
        plans.put(self.tx, self.actor, replace(plan, number=self.facts["plan_number"]))

    def _open_accounts(self) -> list[DemoAccount]:
        password = f"thu-nghiem-{secrets.randbelow(9000) + 1000}"
        for person in _FACTS["people"]:
            self.people[person["username"]] = people.open_account(self.tx, self.actor, password=password, **person)
        people.enrol(self.tx, self.people["kiemtra1"], device=_DEVICE, device_name="Điện thoại mẫu", app="0.1.0")
        return [DemoAccount(p["username"], password, p["role"], p["name"]) for p in _FACTS["people"]]

    # ---- the register ----

    def _fill_register(self) -> list[Establishment]:
        named = self._areas()
        types = [kind for kind, number in self.facts["types"].items() for _ in range(number)]
        self.dice.shuffle(types)
        numbers = {kind: count(1) for kind in self.facts["types"]}
        return [
            self._establishment(n, kind, next(numbers[kind]), named[n % len(named)]) for n, kind in enumerate(types)
        ]

    def _areas(self) -> list[areas.Area]:
        facts = self.facts["areas"]
        every = [facts["pattern"].format(n=n + 1) for n in range(facts["count"])] + facts["more"]
        return [areas.area_named(self.tx, name, is_border_area=name in facts["border"])[0] for name in every]

    def _establishment(self, n: int, kind: str, nth: int, area: areas.Area) -> Establishment:
        scale = _FACTS["scale"][kind]
        stems = _FACTS["names"][kind]
        owner = _FACTS["owners"][n % len(_FACTS["owners"])]
        employees = round(self.dice.randint(*scale["employees"]) * self.facts["staff"])
        sole = self.facts["types"][kind] <= len(stems)
        since, until = self._managed(n)
        # the first two karaoke places are branches of one business
        household = f"Hộ kinh doanh {owner}"
        chain = kind == "karaoke" and nth in (1, 2)
        entity = entities.entity_named(
            self.tx, "Công ty TNHH Giải trí Sao Thử" if chain else household,
            kind="enterprise" if chain else "household", registration_code="MAU-DN-01" if chain else f"MAU-{n + 1:04d}",
        )  # fmt: skip
        place = establishments.add(
            self.tx, self.actor,
            {
                "name": stems[(nth - 1) % len(stems)] + ("" if sole else f" {nth:02d}"),
                "type": kind,
                "address": self.facts["addresses"][n % 3].format(n=self.dice.randint(1, 60), area=area.name),
                "area": area.id,
                "entity": entity.id,
                "representative": owner,
                "representative_role": "Chủ cơ sở",
                "phone": f"0900{n + 1:06d}",
                "rooms": self.dice.randint(*scale["rooms"]) if scale["rooms"] else None,
                "employees": employees,
                "employees_with_contract": round(employees * self.dice.uniform(0.4, 0.9)),
                "security_conditional": kind in _CONDITIONAL,
                "managed_since": since,
                "managed_until": until,
                "status": "closed" if until else "operating",
            },
        )  # fmt: skip
        self._licences(place, n)
        return place

    def _managed(self, n: int) -> tuple[date | None, date | None]:
        """One ceased in the middle of the year, one is new; everything else was always there."""
        if n == 20:
            return None, max(self._day(0.5), date(self.year, 1, 2))
        return (self._day(0.9), None) if n == 21 else (None, None)

    def _licences(self, place: Establishment, n: int) -> None:
        issued = date(self.year - 2, 1 + n % 12, 1 + n % 27)
        licence = Licence("Giấy chứng nhận đăng ký hộ kinh doanh", f"MAU-{n + 1:04d}", issued, None)
        establishments.set_licence(self.tx, place.id, licence)
        if place.security_conditional:
            # the one of the first establishment runs out in three weeks
            expires = self.today + timedelta(days=21) if n == 0 else None
            kind = "Giấy chứng nhận đủ điều kiện về an ninh, trật tự"
            establishments.set_licence(self.tx, place.id, Licence(kind, f"{n + 1:03d}/ANTT (mẫu)", issued, expires))

    # ---- the year ----

    def _day(self, share: float) -> date:
        """A day of this year: 0 = the first of January, 1 = yesterday."""
        start = date(self.year, 1, 1)
        span = max(0, (self.today - start).days - 1)
        return start + timedelta(days=round(span * share))

    def _police_visits(self, register: list[Establishment]) -> None:
        """The police went in January; the second of theirs makes the team's visit in spring a second check."""
        conditional = [e for e in register if e.security_conditional and not e.managed_until]
        for n, place in enumerate(conditional[: self.facts["police"]]):
            bodies = ("police", "fire") if n == 2 else ("police",)
            day = self._day(0.03 + 0.01 * n)
            visits.enter(
                self.tx, Visit(place.id, day, bodies, document_no=f"{n + 1:02d}/BB-CA (mẫu)", source="imported")
            )

    def _last_year(self, register: list[Establishment]) -> None:
        for n, place in enumerate(register[::2]):
            day = date(self.year - 1, 3 + n % 9, 3 + n % 24)
            visits.enter(
                self.tx, Visit(place.id, day, ("team_178",), document_no=f"{n + 1:02d}/BB-ĐKT (mẫu)", source="imported")
            )

    def _team_inspections(self, register: list[Establishment]) -> None:
        operating = [e for e in register if not e.managed_until and not e.managed_since]
        untouched = operating[self.facts["police"] :]
        chosen = [operating[1], *untouched[: self.facts["inspected"] - self.facts["police"]]]
        for n, place in enumerate(chosen):
            self._inspect(place, n, len(chosen) - 1 - n, self._day(0.12 + 0.86 * n / (len(chosen) - 1)))
        attempt = untouched[-1]
        self._sign(attempt, self._day(0.95), outcome="closed_door", note="Cơ sở đóng cửa, hẹn lịch khác.")

    def _inspect(self, place: Establishment, n: int, from_last: int, day: date) -> None:
        # some shortcomings are overdue, some fall due in the coming days
        short = {0: ["C04", "A03"], 1: ["D05"], 2: ["C02", "D05"], 3: ["B02"], 6: ["G03"]}.get(from_last, [])
        unseen = ["C09" if place.type in {"karaoke", "hotel", "massage"} else "D05"] if n == 6 else []
        second = {"reason": "superior_order", "document_no": "00/CV (mẫu)"} if n == 0 else None
        bodies = ["team_178", "police"] if n == 3 else ["team_178"]
        self._sign(
            place, day, bodies=bodies, short=short, unseen=unseen, second=second, refused=n == 5,
            late=timedelta(days=6) if from_last == 1 else timedelta(hours=2), already_read=from_last > 3,
        )  # fmt: skip

    def _sign(
        self, place: Establishment, day: date, *, bodies: list[str] | None = None, short: list[str] | None = None,
        unseen: list[str] | None = None, outcome: str = "conducted", note: str = "",
        second: dict[str, str] | None = None, refused: bool = False, late: timedelta = timedelta(hours=2),
        already_read: bool = False,
    ) -> None:  # fmt: skip
        """One inspection as a phone would have signed it, and its commitment where the owner signs."""
        author = self.people["kiemtra1"]
        start = datetime.combine(
            day, time(8 + self.dice.randint(0, 7), self.dice.randrange(0, 60, 5)), ZoneInfo(self.unit.time_zone)
        )
        end = start + timedelta(minutes=self.dice.randint(20, 55))
        conducted = outcome == "conducted"
        answers, photos = self._answers(place, short or [], unseen or [], start) if conducted else ({}, {})
        refusal = {
            "reason": _NOT_THE_OWNER,
            "witness_name": "Hà Văn Nháp",
            "witness_role": f"Trưởng {self.unit.area_word}",
        }
        signature = "" if refused or not conducted else self._picture(demo_pictures.signature(self.dice))
        commitment = self._commit(place, start, author, signature) if signature else None
        signatures = (
            [("inspector", author.name, self._picture(demo_pictures.signature(self.dice)))] if conducted else []
        )
        if signature:
            signatures.insert(0, ("representative", place.representative, signature))
        body: dict[str, Any] = {
            "id": self._uuid(), "establishment": place.id, "author": author.id, "kind": "planned", "mode": "on_site",
            "outcome": outcome, "bodies": bodies or ["team_178"],
            "members": [{"name": p.name, "position": p.position} for p in map(self.people.get, _TEAM) if p],
            "started_at": start.isoformat(), "ended_at": end.isoformat(),
            "checklist": self.checklist_id if conducted else None, "answers": answers,
            "figures": self._figures(place) if conducted else {}, "note": note, "facts": self._facts(place),
            "notice": _read_out(start) if conducted else None,
            "representative": {"name": place.representative, "capacity": "owner"} if conducted else None,
            "opinion": "Cơ sở đề nghị được gửi ảnh qua điện thoại." if short else "",
            "recommendation": ("remedy" if short else "good") if conducted else None, "second_visit": second,
            "signatures": [{"who": who, "name": name, "file": file} for who, name, file in signatures],
            "refusal": refusal if refused else None, "commitment": commitment, "photos": photos,
            "amends": None, "amend_reason": "", "app": "0.1.0",
        }  # fmt: skip
        named = [sha for a in answers.values() for sha in a["files"]] + [file for _, _, file in signatures]
        self._arrive(
            "inspection", body, named, end + late, lambda tx: inspections.record_inspection(tx, body, self._by(author))
        )
        if already_read:
            inspections.accept(self.tx, self.actor, body["id"])

    def _answers(
        self, place: Establishment, short: list[str], unseen: list[str], start: datetime
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        answers: dict[str, Any] = {}
        photos: dict[str, Any] = {}
        for item in self.checklist["items"]:
            if not checklists.applies(item, place.type):
                continue
            answer: dict[str, Any] = {"a": "dat", "note": "", "files": []}
            if item["id"] == "H02":
                answer["a"] = "khong_ap_dung"
            elif item["id"] in unseen:
                answer |= {"a": "chua_xem_xet", "note": "Hồ sơ để ở nhà chủ cơ sở, hẹn gửi sau."}
            elif item["id"] in short:
                picture = self._picture(demo_pictures.photo(item["id"], self.dice))
                kind = "document" if item["evidence"] == "document" else "premises"
                photos[picture] = {"class": kind, "taken_at": instant(start)}
                answer |= {"a": "khong_dat", "note": _FACTS["findings"][item["id"]], "files": [picture]}
            answers[item["id"]] = answer
        return answers, photos

    def _figures(self, place: Establishment) -> dict[str, Any]:
        staff = place.employees or 0
        figures = {"N01": staff, "N02": place.employees_with_contract or 0, "N03": staff // 2, "N04": staff, "N05": 2}
        return figures | ({"N06": place.rooms} if place.rooms else {})

    def _facts(self, place: Establishment) -> dict[str, Any]:
        """The establishment as it stood on the day of the visit."""
        entity = entities.read(self.tx.db, place.entity) if place.entity else None
        same = (
            "code",
            "name",
            "type",
            "address",
            "representative",
            "representative_role",
            "phone",
            "rooms",
            "employees",
        )
        return {
            **{name: getattr(place, name) for name in (*same, "employees_with_contract")},
            "area": areas.names(self.tx.db).get(place.area or "", ""),
            "entity": entity.name if entity else "",
            "licences": [
                {
                    "kind": x.kind,
                    "number": x.number,
                    "issued_on": x.issued_on and str(x.issued_on),
                    "expires_on": x.expires_on and str(x.expires_on),
                }
                for x in establishments.licences(self.tx.db, [place.id]).get(place.id, [])
            ],
        }

    def _commit(self, place: Establishment, at: datetime, author: Account, signature: str) -> str:
        text = units.commitment_text()
        day = at.date()
        clauses = [c["number"] for c in text["clauses"] if c["types"] is None or place.type in c["types"]]
        body = {
            "id": self._uuid(), "establishment": place.id, "author": author.id, "inspection": None,
            "template": text["version"], "clauses": clauses,
            "signer": {"name": place.representative, "capacity": "owner"}, "signed_at": instant(at),
            "signed_on": day.isoformat(), "valid_until": f"{day.year}-{text['valid_until']}", "signature": signature,
            "scans": [], "refusal": None, "facts": self._facts(place), "notice": _read_out(at), "app": "0.1.0",
        }  # fmt: skip
        later = at + timedelta(hours=2)
        self._arrive(
            "commitment", body, [signature], later, lambda tx: commitments.record_commitment(tx, body, self._by(author))
        )
        return str(body["id"])

    def _january_commitments(self, register: list[Establishment]) -> None:
        """The round of January: some owners signed before anybody inspected; one did so last year only."""
        author = self.people["kiemtra2"]
        for n, place in enumerate(e for e in register if not e.managed_since and e.type in {"guesthouse", "hotel"}):
            if commitments.in_force(self.tx.db, self.today, [place.id]):
                continue
            day = date(self.year - 1, 1, 20) if n == 0 else self._day(0.05)
            at = datetime.combine(day, time(9, 0), ZoneInfo(self.unit.time_zone))
            self._commit(place, at, author, self._picture(demo_pictures.signature(self.dice)))

    # ---- how records and files arrive ----

    def _arrive(
        self, kind: str, body: dict[str, Any], named: list[str], at: datetime, record: Callable[[Transaction], Any]
    ) -> None:  # fmt: skip
        line = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        arrived = Transaction(self.tx.db, min(at.astimezone(UTC), self.tx.now))
        signed.keep(
            arrived, kind=kind, record_id=body["id"], op=self._uuid(), ver=1,
            sha256=hashlib.sha256(line.encode()).hexdigest(), body=line, files=named, device=_DEVICE,
            account=body["author"],
        )  # fmt: skip
        record(arrived)

    def _picture(self, content: bytes) -> str:
        """Remember a picture's bytes; they arrive after the record that names them. Returns its sha256."""
        sha256 = hashlib.sha256(content).hexdigest()
        self.pictures[sha256] = content
        return sha256

    def _by(self, author: Account) -> Actor:
        return Actor(author.id, _DEVICE)

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))


def _read_out(at: datetime) -> dict[str, str]:
    """The notice to the owner, read at the beginning."""
    return {"version": "1", "read_at": instant(at)}
