"""Made-up communes as plain facts: drawn by hypothesis, entered through the product's own doors, read by the oracle.

Establishments are named by their place in the list (P0, P1…), days are days, instants carry a zone.
"""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from sqlite_utils import Database

from fieldapp import (
    activities,
    areas,
    checklists,
    commitments,
    complexity,
    establishments,
    findings,
    inspections,
    migrations,
    plans,
    sanctions,
    units,
    visits,
)
from fieldapp.database import write
from fieldapp.importing import plans as plan_files
from fieldapp.sanctions import Event
from fieldapp.units import Unit
from fieldapp.visits import Visit
from sync import migrations as sync_migrations
from sync.history import Transaction
from tests import making
from tests.making import ACTOR

NOW = datetime(2028, 1, 1, tzinfo=UTC)
ITEM = "A01"
BODIES = ("team_178", "police", "health")
TYPES = ("karaoke", "hotel")
AREAS = ("Thôn Mẫu 1", "Thôn Mẫu 2")


@dataclass
class World:
    """The facts of a commune. Each list holds dicts whose keys say what they are (see `enter`)."""

    zone: str = "Asia/Ho_Chi_Minh"
    places: list[dict[str, Any]] = field(default_factory=list)
    inspections: list[dict[str, Any]] = field(default_factory=list)
    visits: list[dict[str, Any]] = field(default_factory=list)
    commitments: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    sanctions: list[dict[str, Any]] = field(default_factory=list)
    complexity: list[dict[str, Any]] = field(default_factory=list)
    typed: list[dict[str, Any]] = field(default_factory=list)
    plan: dict[str, Any] = field(default_factory=dict)
    asked: date = date(2026, 11, 21)


@cache
def _empty() -> bytes:
    db = Database(sqlite3.connect(":memory:", isolation_level=None))
    sync_migrations.migrations.apply(db)
    migrations.migrations.apply(db)
    with write(db, lambda: NOW) as tx:
        checklists.adopt(tx, ACTOR, checklists.shipped())
    return bytes(db.conn.serialize())


def enter(world: World, folder: Path) -> Database:
    """A database that holds the world's facts, entered as phones, files and the office enter them."""
    db = Database(sqlite3.connect(":memory:", isolation_level=None))
    db.conn.deserialize(_empty())
    with write(db, lambda: NOW) as tx:
        units.settle(tx, Unit("15187", "xã", "Mẫu", "Ví Dụ", "thôn", time_zone=world.zone), ACTOR)
        ids = [areas.area_named(tx, name)[0].id for name in AREAS]
        places = [_place(tx, n, facts, ids) for n, facts in enumerate(world.places)]
        for facts in world.visits:
            place = places[facts["place"]]
            bodies = tuple(facts["bodies"])
            visits.enter(tx, Visit(place, facts["day"], bodies, facts["kind"], facts["mode"], facts["outcome"]))
        _inspections(tx, world, places)
        _duties(tx, world, places, ids)
        if world.plan:
            _plan(tx, world, folder)
    return db


def _place(tx: Transaction, n: int, facts: dict[str, Any], ids: list[str]) -> str:
    area = None if facts.get("area") is None else ids[facts["area"]]
    known = {key: value for key, value in facts.items() if key != "area"}
    return making.establishment(tx, f"Cơ sở {n}", code=f"P{n}", area=area, **known).id


def _inspections(tx: Transaction, world: World, places: list[str]) -> None:
    made = [str(uuid.uuid5(uuid.NAMESPACE_OID, str(n))) for n in range(len(world.inspections))]
    for n, facts in enumerate(world.inspections):
        place = establishments.read(tx.db, places[facts["place"]])
        bad = {"a": "khong_dat", "note": "Thiếu", "files": [], "due_on": str(facts["due_on"])}
        record = making.inspect(
            tx, place, id=made[n], kind=facts["kind"], mode=facts["mode"], outcome=facts["outcome"],
            bodies=list(facts["bodies"]), started_at=facts["started_at"].isoformat(),
            answers={ITEM: bad} if facts["bad"] else {}, figures={"N04": facts["told"]},
            amends=None if facts["amends"] is None else made[facts["amends"]],
        )  # fmt: skip
        closed = facts["closed_on"]
        if facts["bad"] and closed:
            finding = findings.of_inspection(tx.db, record.id)[0]
            at = datetime.combine(closed, datetime.min.time(), tzinfo=UTC) + timedelta(hours=12)
            findings.note_event(Transaction(tx.db, at), ACTOR, finding, "closed")
    for n, facts in enumerate(world.inspections):
        if facts["voided"] and inspections.read(tx.db, made[n]).amended_by is None:
            inspections.void(tx, ACTOR, made[n], "Nhầm")


def _duties(tx: Transaction, world: World, places: list[str], ids: list[str]) -> None:
    for facts in world.commitments:
        place = establishments.read(tx.db, places[facts["place"]])
        refusal = {"reason": "Đi vắng"} if facts["refused"] else None
        days = {"signed_on": str(facts["signed_on"]), "valid_until": str(facts["valid_until"])}
        commitments.record_commitment(tx, making.commitment_body(tx, place, refusal=refusal, **days), ACTOR)
    for facts in world.activities:
        reached = {places[place]: number for place, number in facts["reached"].items()}
        told = None if facts["form"] in activities.POSTED_FORMS else 500
        area = None if facts["area"] is None else ids[facts["area"]]
        made = activities.record_activity(
            tx, ACTOR, held_on=facts["day"], form=facts["form"], area=area, headcount=told,
            reached=reached if told else {},
        )  # fmt: skip
        if facts["voided"]:
            activities.void(tx, ACTOR, made.id, "Nhầm")
    for n, facts in enumerate(world.sanctions):
        entered = sanctions.enter(
            tx, ACTOR, establishment=places[facts["place"]], number=f"{n}/QĐ", decided_on=facts["decided_on"],
            authority="Ủy ban", measures=["warning"], due_on=facts["due_on"],
        )  # fmt: skip
        if facts["ended"]:
            kind, day = facts["ended"]
            sanctions.tell(tx, ACTOR, entered.id, Event(kind, day, reason="Theo văn bản"))
    for facts in world.complexity:
        decided = complexity.classify(
            tx, ACTOR, places[facts["place"]], level=facts["level"], authority="Công an", document_no="1/QĐ",
            classified_on=facts["classified_on"], expires_on=facts["expires_on"],
        )  # fmt: skip
        if facts["voided"]:
            complexity.void(tx, ACTOR, decided.id, "Nhầm")


def _plan(tx: Transaction, world: World, folder: Path) -> None:
    path = folder / "plan.yaml"
    path.write_text(yaml.safe_dump({"plans": [world.plan]}, allow_unicode=True), encoding="utf-8")
    found = plan_files.read(tx.db, path)
    assert not found.problems, [str(problem) for problem in found.problems]
    plan_files.apply(tx, ACTOR, found)
    for facts in world.typed:
        plans.type_figure(tx, ACTOR, plans.Manual(world.plan["id"], source="Báo cáo", author="", **facts))


# ---- drawn ----

FIRST, LAST = date(2025, 11, 1), date(2027, 3, 1)
EDGES = [date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2026, 12, 31), date(2027, 1, 1)]
Days = st.SearchStrategy[date]


@st.composite
def _close_days(draw: st.DrawFn) -> Days:
    """Days of one world: a few, and the days beside them, so that what happens often falls on one day."""
    few = draw(st.lists(st.sampled_from(EDGES) | st.dates(FIRST, LAST), min_size=2, max_size=5))
    return st.builds(
        lambda day, more: day + timedelta(days=more), st.sampled_from(few), st.sampled_from([0, 0, 0, 1, -1])
    )


SOME_BODIES = st.sets(st.sampled_from(BODIES), min_size=1).map(sorted)
KINDS = st.sampled_from(["planned", "unscheduled", "reinspection", "follow_up"])
MODES = st.sampled_from(["on_site", "on_site", "on_site", "remote"])
OUTCOMES = st.sampled_from(["conducted", "conducted", "conducted", "closed_door", "refused"])


def _instants(days: Days) -> st.SearchStrategy[datetime]:
    return st.builds(
        lambda day, hour, half: datetime(day.year, day.month, day.day, hour, 30 * half, tzinfo=UTC),
        days, st.sampled_from([0, 6, 16, 17, 23]), st.integers(0, 1),
    )  # fmt: skip


def _ordered(days: tuple[date | None, date | None]) -> tuple[date | None, date | None]:
    since, until = days
    return (since, since + timedelta(days=1)) if since and until and until <= since else days


def _places(days: Days) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda days, **facts: {**facts, "managed_since": days[0], "managed_until": days[1]},
        st.tuples(st.none() | days, st.none() | days).map(_ordered),
        type=st.sampled_from(TYPES),
        area=st.none() | st.integers(0, len(AREAS) - 1),
        status=st.sampled_from(["operating", "operating", "suspended", "closed"]),
        review_state=st.sampled_from(["managed", "managed", "managed", "identified", "reviewed"]),
        security_conditional=st.booleans(),
        employees=st.none() | st.integers(0, 20),
    )


@st.composite
def _inspection(draw: st.DrawFn, days: Days, places: int, earlier: int) -> dict[str, Any]:
    outcome = draw(OUTCOMES)
    return {
        "place": draw(st.integers(0, places - 1)), "started_at": draw(_instants(days)), "bodies": draw(SOME_BODIES),
        "kind": draw(KINDS), "mode": draw(MODES), "outcome": outcome, "voided": draw(st.integers(0, 4)) == 0,
        "amends": draw(st.none() | st.integers(0, earlier)), "bad": outcome == "conducted" and draw(st.booleans()),
        "told": draw(st.integers(0, 25)), "due_on": draw(days), "closed_on": draw(st.none() | days),
    }  # fmt: skip


@st.composite
def inspections_of(draw: st.DrawFn, days: Days, places: int) -> list[dict[str, Any]]:
    """Some amend another of them (never two the same one), and may arrive before it."""
    made = [draw(_inspection(days, places, most)) for most in range(draw(st.integers(0, 5)))]
    amended: set[int] = set()
    for n, one in enumerate(made):
        old = one["amends"]
        if old is None or old >= n or old in amended:
            one["amends"] = None
        else:
            amended.add(old)
            one["place"] = made[old]["place"]
            made[old] |= {"closed_on": None}  # what happened to its findings would be carried over
            one["closed_on"] = None
    return made


@st.composite
def worlds(draw: st.DrawFn) -> World:
    days = draw(_close_days())
    count = draw(st.integers(1, 5))
    one = st.integers(0, count - 1)
    some = {"min_size": 0, "max_size": 4}
    world = World(draw(st.sampled_from(["Asia/Ho_Chi_Minh", "UTC", "America/Los_Angeles"])))
    world.places = [draw(_places(days)) for _ in range(count)]
    world.inspections = draw(inspections_of(days, count))
    world.visits = draw(st.lists(st.fixed_dictionaries({
        "place": one, "day": days, "bodies": SOME_BODIES, "kind": KINDS, "mode": MODES, "outcome": OUTCOMES}),
        max_size=10))  # fmt: skip
    world.commitments = draw(st.lists(st.builds(
        lambda place, day, span, refused: {"place": place, "signed_on": day, "refused": refused,
                                           "valid_until": day + timedelta(days=span)},
        one, days, st.integers(0, 400), st.booleans()), **some))  # fmt: skip
    world.activities = draw(st.lists(st.fixed_dictionaries({
        "day": days, "form": st.sampled_from(["meeting", "at_establishment", "website", "loudspeaker"]),
        "area": st.none() | st.integers(0, len(AREAS) - 1), "voided": st.booleans(),
        "reached": st.dictionaries(one, st.integers(1, 25), max_size=2)}), max_size=5))  # fmt: skip
    world.sanctions = draw(st.lists(st.builds(
        lambda place, day, span, ended: {
            "place": place, "decided_on": day, "due_on": day + timedelta(days=span),
            "ended": ended and (ended[0], day + timedelta(days=ended[1]))},
        one, days, st.integers(0, 90),
        st.none() | st.tuples(st.sampled_from(["complied", "revoked", "voided"]), st.integers(0, 120))),
        max_size=3))  # fmt: skip
    world.complexity = draw(st.lists(st.builds(
        lambda place, day, span, level, voided: {
            "place": place, "classified_on": day, "expires_on": day + timedelta(days=span), "level": level,
            "voided": voided},
        one, days, st.integers(1, 300), st.sampled_from(["complex", "complex", "watch", "normal"]), st.booleans()),
        **some))  # fmt: skip
    world.plan = draw(_plans(days))
    world.typed = [
        {"target": target["id"], "figure_on": draw(days), "numerator": draw(st.integers(0, 3)), "denominator": 3}
        for target in world.plan["targets"]
        if target["metric"] == "manual" and draw(st.booleans())
    ]
    world.asked = draw(days)
    return world


OVER: dict[str, list[str]] = {
    "distinct_inspected": [
        "managed", "all_active", "security_conditional", "complex", "type_list", "area_list", "none",
    ],
    "inspection_visits": ["managed", "security_conditional", "area_list"],
    "reinspected": ["complex", "complex", "managed"],
    "followup_done": ["followups_due", "managed", "type_list"],
    "commitments_valid": ["managed", "all_active"],
    "workers_reached": ["workers", "security_conditional"],
    "areas_active": ["areas", "area_list", "none"],
    "events": ["none"],
    "registry_managed": ["all_active", "type_list"],
    "manual": ["none"],
    "out_of_scope": ["none"],
}  # fmt: skip


@st.composite
def _targets(draw: st.DrawFn, days: Days, number: int) -> dict[str, Any]:
    metric = draw(st.sampled_from(["distinct_inspected"] * 6 + list(OVER)))
    population = draw(st.sampled_from(OVER[metric]))
    denominator: dict[str, Any] = {"population": population}
    denominator["as_of"] = draw(
        st.sampled_from(["ever_active_in_period", "ever_active_in_period", "period_start", "period_end", "fixed_date"])
    )
    if denominator["as_of"] == "fixed_date":
        denominator["date"] = draw(days)
    if population == "type_list":
        denominator["types"] = [draw(st.sampled_from(TYPES))]
    if population == "area_list":
        denominator["areas"] = [draw(st.sampled_from(AREAS))]
    unit = draw(st.sampled_from(["percent", "percent", "count"]))
    amounts = st.sampled_from([0, 20, 60, 62.5, 95, 100]) if unit == "percent" else st.integers(0, 4)
    target: dict[str, Any] = {
        "id": f"T{number}", "text_vi": f"Chỉ tiêu {number}", "metric": metric, "denominator": denominator, "unit": unit,
        "value": draw(amounts), "comparator": draw(st.sampled_from([">=", ">=", ">=", "<=", "=", "increase", "none"])),
        "by": draw(st.sampled_from([["any"], ["team_178"], ["police", "health"], ["joint"]])),
        "min_times": draw(st.sampled_from([1, 1, 1, 2, 3])), "cumulative": draw(st.booleans()),
        "window": draw(st.sampled_from(["year", "half", "quarter", "month", "plan_period", "fixed_range"])),
    }  # fmt: skip
    if draw(st.booleans()):
        target["kind_filter"] = draw(st.sampled_from([["reinspection"], ["planned", "unscheduled"]]))
    if metric in ("events", "areas_active") and draw(st.booleans()):
        target["forms"] = ["website", "loudspeaker"]
    if target["window"] == "fixed_range":
        target["cumulative"] = False
        target["range"] = draw(
            st.sampled_from([[date(2026, 2, 1), date(2026, 8, 15)], [date(2025, 12, 1), date(2026, 1, 5)]])
        )
    return target


@st.composite
def _plans(draw: st.DrawFn, days: Days) -> dict[str, Any]:
    periods = [
        [date(2026, 1, 1), date(2026, 12, 31)], [date(2026, 3, 16), date(2026, 10, 20)],
        [date(2026, 1, 1), date(2030, 12, 31)], [date(2025, 12, 15), date(2026, 12, 31)],
    ]  # fmt: skip
    targets = [draw(_targets(days, number)) for number in range(draw(st.integers(1, 3)))]
    return {"id": "p", "window": draw(st.sampled_from(periods)), "targets": targets}
