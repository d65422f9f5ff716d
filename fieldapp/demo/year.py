"""The visits of the year: the police in January, the team from then on, the round of commitments."""

from __future__ import annotations

from datetime import date, timedelta

from fieldapp import commitments, inspections, people, visits
from fieldapp.demo import pictures, records
from fieldapp.demo.commune import Commune
from fieldapp.demo.records import APP, DEVICE
from fieldapp.establishments import Establishment
from fieldapp.visits import Visit

_SHORT = {0: ("C04", "A03"), 1: ("D05",), 2: ("C02", "D05"), 3: ("B02",), 6: ("G03",)}
"""What the last inspections found lacking, by how many came after: some are overdue, some fall due soon."""
_REMARK = "Chưa ghi ý kiến của cơ sở về giờ mở cửa; đề nghị gặp lại chủ cơ sở và lập biên bản bổ sung."


def tell(commune: Commune) -> None:
    people.enrol(commune.tx, commune.people["kiemtra1"], device=DEVICE, device_name="Điện thoại mẫu", app=APP)
    _police(commune)
    _last_year(commune)
    _team(commune)
    _january(commune)


def _police(commune: Commune) -> None:
    """The police went in January; the second of theirs makes the team's visit in spring a second check."""
    conditional = [e for e in commune.register if e.security_conditional and not e.managed_until]
    for n, place in enumerate(conditional[: commune.facts["police"]]):
        bodies = ("police", "fire") if n == 2 else ("police",)
        number = f"{n + 1:02d}/BB-CA (mẫu)"
        visits.enter(
            commune.tx, Visit(place.id, commune.day(0.03 + 0.01 * n), bodies, document_no=number, source="imported")
        )


def _last_year(commune: Commune) -> None:
    for n, place in enumerate(commune.register[::2]):
        day = date(commune.year - 1, 3 + n % 9, 3 + n % 24)
        number = f"{n + 1:02d}/BB-ĐKT (mẫu)"
        visits.enter(commune.tx, Visit(place.id, day, ("team_178",), document_no=number, source="imported"))


def _team(commune: Commune) -> None:
    operating = commune.open_all_year()
    untouched = operating[commune.facts["police"] :]
    chosen = [operating[1], *untouched[: commune.facts["inspected"] - commune.facts["police"]]]
    for n, place in enumerate(chosen):
        day = commune.day(0.12 + 0.86 * n / (len(chosen) - 1))
        _inspected(commune, place, n, len(chosen) - 1 - n, day)
    closed = records.Visit(
        commune.day(0.95), outcome="closed_door", note="Cơ sở đóng cửa, hẹn lịch khác.",
    )  # fmt: skip
    records.inspect(commune, untouched[-1], closed)


def _inspected(commune: Commune, place: Establishment, n: int, from_last: int, day: date) -> None:
    inspection = records.inspect(
        commune, place,
        records.Visit(
            day, ("team_178", "police") if n == 3 else ("team_178",), _SHORT.get(from_last, ()),
            _unseen(place) if n == 6 else (),
            second={"reason": "superior_order", "document_no": "00/CV (mẫu)"} if n == 0 else None, refused=n == 5,
            late=timedelta(days=6) if from_last == 1 else timedelta(hours=2),
        ),
    )  # fmt: skip
    if from_last > 4:
        inspections.accept(commune.tx, commune.actor, inspection)
    elif from_last == 4:
        inspections.send_back(commune.tx, commune.actor, inspection, _REMARK)


def _unseen(place: Establishment) -> tuple[str, ...]:
    return ("C09",) if place.type in {"karaoke", "hotel", "massage"} else ("D05",)


def _january(commune: Commune) -> None:
    """The round of January: some owners signed before anybody inspected; one did so last year only."""
    asked = [e for e in commune.register if not e.managed_since and e.type in {"guesthouse", "hotel"}]
    for n, place in enumerate(asked):
        if commitments.in_force(commune.tx.db, commune.today, [place.id]):
            continue
        at = commune.at(date(commune.year - 1, 1, 20) if n == 0 else commune.day(0.05), 9)
        signature = commune.picture(pictures.signature(commune.dice))
        records.commit(commune, place, at, commune.people["kiemtra2"], signature)
