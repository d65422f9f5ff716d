"""Chapters IV and V and annex PL4: what inspections found, by the checklist's sections, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import checklists, findings, inspections, sanctions
from fieldapp.findings import Finding
from fieldapp.inspections import Inspection
from fieldapp.reports.register import TOTAL

COMMON = 5
OTHER = "Nội dung khác"


def conducted(db: Database, start: date, end: date) -> list[Inspection]:
    """The inspections of the period that stand and could look at anything."""
    years = range(start.year, end.year + 1)
    return [
        i for year in years for i in inspections.in_year(db, year)
        if i.stands and i.outcome == "conducted" and start <= i.inspected_on <= end
    ]  # fmt: skip


def by_section(db: Database, made: Iterable[Inspection]) -> list[dict[str, Any]]:
    """For each section of the checklist: how many establishments met all of it, how many failed any of it.

    An establishment that failed at one visit of the period has failed, whatever another visit said.
    """
    sections = checklists.current(db)["sections"]
    passed: dict[str, set[str]] = {section["code"]: set() for section in sections}
    failed: dict[str, set[str]] = {section["code"]: set() for section in sections}
    for inspection in made:
        items = checklists.items_of(db, inspection.checklist or "")
        for item, answer in (inspections.content(db, inspection.id).get("answers") or {}).items():
            side = {"dat": passed, "khong_dat": failed}.get(answer["a"])
            section = items.get(item, {}).get("section")
            if side is not None and section in side:
                side[section].add(inspection.establishment)
    return [
        {"code": code, "text": text, "passed": len(passed[code] - failed[code]), "failed": len(failed[code])}
        for code, text in ((section["code"], section["text"]) for section in sections)
    ]


def found(db: Database, made: Iterable[Inspection]) -> list[Finding]:
    """What those inspections found and still stands."""
    return findings.of_inspections(db, [inspection.id for inspection in made])


def most_common(things: Iterable[Finding]) -> list[dict[str, Any]]:
    """The shortcomings that most establishments had, at most five: item, text, establishments."""
    places = {(finding.item, finding.establishment): finding for finding in things if not finding.refer}
    counted = Counter(item for item, _ in places)
    texts = {finding.item: finding.text for finding in places.values()}
    most = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:COMMON]
    return [{"item": item, "text": texts[item], "establishments": number} for item, number in most]


def followed_up(things: Sequence[Finding], on: date) -> dict[str, int]:
    """What became of shortcomings by a day. due: those whose deadline has passed or is that day."""
    own = [finding for finding in things if finding.state != "referred"]
    closed = [finding for finding in own if finding.closed_on and finding.closed_on <= on]
    return {
        "found": len(own),
        "due": sum(finding.due_on <= on for finding in own),
        "closed": len(closed),
        "on_time": sum(finding.closed_on <= finding.due_on for finding in closed if finding.closed_on),
        "overdue": sum(finding.due_on < on and finding not in closed for finding in own),
        "referred": sum(finding.state == "referred" for finding in things),
    }


def annex(db: Database, made: Iterable[Inspection], things: Sequence[Finding], on: date) -> list[dict[str, Any]]:
    """PL4: a row for each section in which something was found, and the sum."""
    checklist_of = {inspection.id: inspection.checklist or "" for inspection in made}
    texts = {section["code"]: f"{section['code']}. {section['text']}" for section in checklists.current(db)["sections"]}
    of_section: dict[str, list[Finding]] = {text: [] for text in [*texts.values(), OTHER]}
    for finding in things:
        item = checklists.items_of(db, checklist_of[finding.inspection]).get(finding.item, {})
        of_section[texts.get(item.get("section", ""), OTHER)].append(finding)
    rows = [{"text": text, **_row(those, on)} for text, those in of_section.items() if those]
    return [*rows, {"text": TOTAL, "is_total": True, **_row(things, on)}]


def _row(things: Sequence[Finding], on: date) -> dict[str, int]:
    return {"establishments": len({finding.establishment for finding in things}), **followed_up(things, on)}


def sanctioned(db: Database, start: date, end: date) -> dict[str, int]:
    """Sanction decisions on establishments taken in the period: how many, followed up, complied with. Never amounts."""
    taken = [
        s for s in sanctions.every(db)
        if start <= s.decided_on <= end and s.state not in ("voided", "revoked")
    ]  # fmt: skip
    return {
        "decisions": len(taken),
        "followed_up": sum(bool(s.followed_up_on and s.followed_up_on <= end) for s in taken),
        "complied": sum(bool(s.state == "complied" and s.closed_on and s.closed_on <= end) for s in taken),
    }
