"""Chapter III and annexes PL2, PL3, PL5: visits and who was visited, each figure as the coverage page computes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import (
    activities,
    areas,
    checklists,
    commitments,
    coverage,
    entities,
    legal,
    overlap,
    visits,
)
from fieldapp.coverage import Coverage, Sources
from fieldapp.establishments import Establishment
from fieldapp.overlap import Second
from fieldapp.plans import Plan, Target, Window
from fieldapp.reports.register import TOTAL
from fieldapp.units import Unit

_OWN_COLUMNS = ("team_178", "police")
_COLUMNS = ("team_178", "police", "others", "visits", "planned", "unscheduled", "reinspection", "joint")
_BESIDE_AREAS = ("committed", "sessions", "headcount")
NO_REASON = "Chưa ghi lý do"
Asked = dict[str, Coverage]
"""Column -> the figure it shows."""


def ask(sources: Sources, unit: Unit, window: Window, on: date) -> Asked:
    """Every figure of the two tables: who was inspected, by whom, and how many visits of each kind."""
    others = tuple(code for code in unit.bodies if code not in _OWN_COLUMNS)

    def one(metric: str = "distinct_inspected", **facts: Any) -> Target:
        return Target("report", "", window, metric, **facts)

    def of_visits(**facts: Any) -> Target:
        return one("inspection_visits", unit="count", value=None, **facts)

    wanted = {
        "inspected": one(), "team_178": one(by=("team_178",)), "police": one(by=("police",)), "others": one(by=others),
        "visits": of_visits(), "joint": of_visits(by=("joint",)),
        **{kind: of_visits(kinds=frozenset({kind})) for kind in ("planned", "unscheduled", "reinspection")},
        **{f"by_{code}": of_visits(by=(code,)) for code in unit.bodies},
    }  # fmt: skip
    found = coverage.figures(sources.db, Plan("", window, tuple(wanted.values())), on, sources=sources)
    return dict(zip(wanted, found, strict=True))


def summary(db: Database, unit: Unit, asked: Asked, seconds: list[Second], window: Window) -> dict[str, Any]:
    """Chapter III in figures. seconds: the second visits of the year, up to the day asked."""
    bodies = [
        {"body": body.vi, "visits": found.numerator or 0, "establishments": len(found.counted)}
        for code, body in unit.bodies.items()
        if (found := asked[f"by_{code}"]).numerator
    ]
    places = {second.visit.establishment for second in seconds}
    reasoned = {second.visit.establishment for second in seconds if second.state != "missing"}
    unreasoned = {second.visit.establishment for second in seconds if second.state == "missing"}
    return {
        "visits": asked["visits"].numerator or 0,
        "establishments": len(asked["visits"].counted),
        **{kind: asked[kind].numerator or 0 for kind in ("planned", "unscheduled", "reinspection", "joint")},
        "by_body": bodies,
        "attempts": visits.count_attempts(db, *window),
        "twice": len(places),
        "twice_reasoned": len(reasoned - unreasoned),
    }


def by_type(asked: Asked) -> list[dict[str, Any]]:
    """PL2: a row for each type of the denominator, in the checklist's order, and the sum."""
    types = checklists.types()
    keys = sorted({share.key for share in asked["inspected"].by_type}, key=[*types].index)
    rows = _rows(asked, [(key, {"type": types[key]}) for key in keys], lambda found: found.by_type)
    return [*rows, _summed(rows, "type", asked["inspected"])]


def by_area(db: Database, asked: Asked, window: Window, on: date) -> list[dict[str, Any]]:
    """PL3: a row for each area, those without establishments too, and the sum."""
    labels = [(a.name, {"area": a.name, "border": "x" if a.is_border_area else ""}) for a in areas.every(db)]
    if any(share.key == "" for share in asked["inspected"].by_area):
        labels.append(("", {"area": "(chưa ghi)", "border": ""}))
    rows = _rows(asked, labels, lambda found: found.by_area)
    held = activities.every(db, window[0], min(on, window[1]))
    in_force = commitments.in_force(db, min(on, window[1]))
    names = areas.names(db)
    members = [*asked["inspected"].counted, *asked["inspected"].missing]
    for (key, _), row in zip(labels, rows, strict=True):
        here = [activity for activity in held if names.get(activity.area or "", "") == key]
        row["committed"] = sum(e.id in in_force and names.get(e.area or "", "") == key for e in members)
        row["sessions"] = sum(activity.kind == "session" for activity in here)
        row["headcount"] = sum(activity.headcount or 0 for activity in here)
    return [*rows, _summed(rows, "area", asked["inspected"], *_BESIDE_AREAS)]


def _rows(
    asked: Asked, labels: list[tuple[str, dict[str, Any]]], shares: Callable[[Coverage], Any]
) -> list[dict[str, Any]]:  # fmt: skip
    of = {column: {share.key: share for share in shares(found)} for column, found in asked.items()}
    rows = []
    for key, first in labels:
        reached = of["inspected"].get(key)
        members, inspected = (reached.denominator, reached.numerator) if reached else (0, 0)
        row = {**first, "members": members, "inspected": inspected, "remaining": members - inspected}
        row["percent"] = coverage.percent(inspected, members)
        for column in _COLUMNS:
            row[column] = of[column][key].numerator if key in of[column] else 0
        rows.append(row)
    return rows


def _summed(rows: list[dict[str, Any]], label: str, whole: Coverage, *beside: str) -> dict[str, Any]:
    """The row under the others, which stands there too where there are none. beside: further columns to sum."""
    columns = ("members", "inspected", "remaining", *_COLUMNS, *beside)
    sums = {column: sum(row[column] for row in rows) for column in columns}
    return {label: TOTAL, "is_total": True, "border": "", **sums, "percent": whole.percent}


# ---- second visits ----


def seconds_until(db: Database, year: int, on: date) -> list[Second]:
    """The second visits of a calendar year up to a day, oldest first."""
    return [second for second in reversed(overlap.second_visits(db, year)) if second.visit.visited_on <= on]


def reasons(db: Database, seconds: list[Second]) -> list[dict[str, Any]]:
    """PL5 as reports show it: no names, a row for each reason given."""
    texts = _reason_texts(db)
    rows = []
    for code in sorted({second.reason for second in seconds}):
        those = [second for second in seconds if second.reason == code]
        rows.append(
            {
                "reason": texts.get(code, code) or NO_REASON,
                "visits": len(those),
                "establishments": len({second.visit.establishment for second in those}),
                "documented": sum(bool(second.document_no) for second in those),
            }
        )
    return rows


def named(
    db: Database, unit: Unit, register: Iterable[Establishment], seconds: list[Second]
) -> list[dict[str, Any]]:  # fmt: skip
    """PL5 for the office itself: each second visit, with the establishment and its business."""
    places = {e.id: e for e in register}
    owners = {entity.id: entity.name for entity in entities.every(db).values()}
    texts = _reason_texts(db)
    rows = []
    for second in seconds:
        place = places[second.visit.establishment]
        owner = owners.get(place.entity or "", "")
        rows.append(
            {
                "entity": f"{owner} – {place.code} {place.name}" if owner else f"{place.code} {place.name}",
                "number": len(second.earlier) + 1,
                "visited_on": second.visit.visited_on.isoformat(),
                "bodies": "; ".join(unit.bodies[code].vi for code in second.visit.bodies if code in unit.bodies),
                "reason": texts.get(second.reason, second.reason) or NO_REASON,
                "document_no": second.document_no,
            }
        )
    return rows


def _reason_texts(db: Database) -> Mapping[str, str]:
    return {reason.code: reason.text for reason in legal.overlap_rule(db).reasons}
