"""Second visits: more than one counted check in a calendar year at an establishment or its business entity.

Never silently blocked, never silently allowed: the record of such a visit stands in any case; it asks for a reason with
its document and for the leader's word, and is listed until it has both. A target's shortfall is no reason.
Source: resolution 198/2025/QH15, article 4, as the commune reads it (legal.overlap_rule).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, establishments, legal, visits
from fieldapp.audit import Actor
from fieldapp.errors import Refusal, invalid, say
from fieldapp.legal import Rule
from fieldapp.visits import Visit
from sync.history import Transaction, instant

DECISIONS = {"approved": "Đội trưởng đã phê duyệt", "noted": "Đội trưởng đã xem, không phê duyệt"}
STATES = {
    "missing": "Thiếu lý do hoặc văn bản", "waiting": "Chờ Đội trưởng xem", "approved": "Đã phê duyệt",
    "noted": "Đã xem, không phê duyệt",
}  # fmt: skip
FOLLOW_UP_REASON = "verify_remediation"
LONGEST_TEXT = 200


@dataclass(frozen=True)
class Second:
    """A visit beyond those allowed. visit: its first record. earlier: the checks before it this year, oldest first.

    reason: a code of the rule, '' = none given. decision: a key of DECISIONS, '' = none yet.
    """

    visit: Visit
    earlier: tuple[Visit, ...]
    reason: str = ""
    document_no: str = ""
    decision: str = ""
    remark: str = ""
    decided_by: str | None = None
    decided_at: str | None = None

    @property
    def state(self) -> str:
        """A key of STATES. What lacks a reason or its document is missing, whatever was decided."""
        if not (self.reason and self.document_no):
            return "missing"
        return self.decision or "waiting"


def counts(visit: Visit, rule: Rule) -> bool:
    """Whether the rule counts a record: a conducted check in a counted mode, of a counted kind, by a counted body."""
    return (
        visit.stands and visit.outcome == "conducted" and visit.mode in rule.modes and visit.kind in rule.kinds
        and (not rule.bodies or bool(set(visit.bodies) & set(rule.bodies)))
    )  # fmt: skip


def second_visits(db: Database, year: int) -> list[Second]:
    """The visits of a calendar year that were not the first, newest first."""
    rule, told = legal.overlap_rule(db), _told(db)
    found = [
        _second(visit, tuple(checks[:place]), told.get(visit.id))
        for checks in _checks(db, year, rule, _owners(db, rule)).values()
        for place, visit in enumerate(checks) if place >= rule.most
    ]  # fmt: skip
    return sorted(found, key=lambda second: (second.visit.visited_on, second.visit.id), reverse=True)


def second(db: Database, visit_id: str) -> Second | None:
    """A visit of the ledger as one beyond those allowed; None where it is not. Raises Refusal visit_unknown."""
    visit, rule = visits.read(db, visit_id), legal.overlap_rule(db)
    checks = before(db, visit)
    return (
        _second(visit, tuple(checks), _told(db).get(visit_id))
        if counts(visit, rule) and len(checks) >= rule.most
        else None
    )


def _second(visit: Visit, earlier: tuple[Visit, ...], told: Mapping[str, Any] | None) -> Second:
    """A follow-up says by itself why it took place: to verify what the record before it had asked for."""
    said = dict(told or {})
    if visit.kind == "follow_up" and earlier[-1].document_no and said.get("reason", "") in ("", FOLLOW_UP_REASON):
        said["reason"] = FOLLOW_UP_REASON
        said["document_no"] = said.get("document_no") or earlier[-1].document_no
    return Second(visit, earlier, **said)


def checks_by_place(db: Database, year: int, places: Collection[str] | None = None) -> dict[str, list[Visit]]:
    """Establishment id -> the checks of a year that count against it (see `earlier`), of those that have any.

    places: the establishments asked about, None = all.
    """
    if places is not None and not places:
        return {}
    rule = legal.overlap_rule(db)
    owners = _owners(db, rule)
    if places is not None:
        asked = {owners[place] for place in places}
        owners = {place: owner for place, owner in owners.items() if owner in asked}
    checks = _checks(db, year, rule, owners)
    return {place: checks[owner] for place, owner in owners.items() if owner in checks}


def _checks(db: Database, year: int, rule: Rule, owners: Mapping[str, str]) -> dict[str, list[Visit]]:
    """Owner -> its counted checks of a year, one record for each visit, oldest first."""
    by_owner: dict[str, list[Visit]] = {}
    for visit in reversed(visits.in_year(db, year, owners)):
        if counts(visit, rule):
            by_owner.setdefault(owners.get(visit.establishment, visit.establishment), []).append(visit)
    return {owner: _one_each(rows) for owner, rows in by_owner.items()}


def _one_each(rows: Sequence[Visit]) -> list[Visit]:
    """One record for each visit, oldest first: our own inspection before what others told of it."""
    if len(rows) == 1:
        return list(rows)
    firsts = [min(group, key=lambda v: (v.inspection is None, v.id)) for group in visits.as_visits(rows)]
    return sorted(firsts, key=lambda visit: (visit.visited_on, visit.id))


def earlier(db: Database, establishment_id: str, year: int) -> list[Visit]:
    """The checks of a year at an establishment and, where the rule says so, at others of its business, oldest first.

    With `most` of them or more, one more needs a reason.
    """
    rule = legal.overlap_rule(db)
    place = establishments.read(db, establishment_id)
    same = establishments.of_entity(db, place.entity) if place.entity and rule.by_entity else [place]
    rows = [visit for one in same for visit in visits.of_establishment(db, one.id) if visit.visited_on.year == year]
    return _one_each([row for row in rows if counts(row, rule)])


def beside(db: Database, visit: Visit, of: Collection[str | None] = ()) -> list[Visit]:
    """The checks of a visit's year that count against the same limit, oldest first, without the visit itself.

    A record of its place and day that shares a body is the same visit. of: further inspections that are, such as the
    one that it replaces.
    """
    return [
        check for check in earlier(db, visit.establishment, visit.visited_on.year)
        if check.inspection not in {visit.inspection, *of} - {None}
        and not (
            (check.establishment, check.visited_on) == (visit.establishment, visit.visited_on)
            and set(check.bodies) & set(visit.bodies)
        )
    ]  # fmt: skip


def before(db: Database, visit: Visit, of: Collection[str | None] = ()) -> list[Visit]:
    """Those of `beside` that took place before it."""
    return [check for check in beside(db, visit, of) if (check.visited_on, check.id) < (visit.visited_on, visit.id)]


def _owners(db: Database, rule: Rule) -> dict[str, str]:
    """Establishment id -> what the limit is for: its business entity, or itself."""
    owners = establishments.owners(db)
    return {place: (owner if rule.by_entity and owner else place) for place, owner in owners.items()}


# ---- reasons and the leader's word ----


def told(tx: Transaction, visit_id: str, second_visit: Mapping[str, Any]) -> None:
    """The reason that a signed inspection gives. second_visit: {"reason", "document_no"} of its body."""
    texts = [str(second_visit.get(name) or "")[:LONGEST_TEXT] for name in ("reason", "document_no")]
    _give(tx, visit_id, *texts)


def explain(tx: Transaction, actor: Actor, visit_id: str, reason: str, document_no: str) -> None:
    """The office gives the reason of a visit, or mends it; the leader is asked again. Raises Refusal field_invalid."""
    visits.read(tx.db, visit_id)
    if legal.overlap_rule(tx.db).reason(reason) is None:
        text = say("chọn một lý do trong danh sách", "choose a reason from the list")
        raise invalid({"reason": text})
    if not 0 < len(document_no.strip()) <= LONGEST_TEXT:
        text = say("phải ghi số văn bản", "the document's number is required")
        raise invalid({"document_no": text})
    _give(tx, visit_id, reason, document_no.strip())
    audit.record(tx, actor, "second_visit_explained", "visit", visit_id, code=reason, document_no=document_no.strip())


def _give(tx: Transaction, visit_id: str, reason: str, document_no: str) -> None:
    tx.db.execute(
        "INSERT OR REPLACE INTO second_visit (visit, reason, document_no) VALUES (?, ?, ?)",
        [visit_id, reason, document_no],
    )


def decide(tx: Transaction, actor: Actor, visit_id: str, decision: str, remark: str = "") -> None:
    """The leader approves a second visit, or notes it without approving; remark: required with the latter.

    Raises Refusal visit_unknown, reason_required, second_visit_unexplained (approved without reason and document).
    """
    found = second(tx.db, visit_id)
    given = vars(found) if found else _told(tx.db).get(visit_id, {})
    # what a follow-up says by itself is written down with the decision
    _give(tx, visit_id, given.get("reason", ""), given.get("document_no", ""))
    if decision not in DECISIONS or (decision == "noted" and not remark.strip()):
        raise Refusal("reason_required")
    if decision == "approved" and not (given.get("reason") and given.get("document_no")):
        raise Refusal("second_visit_unexplained")
    tx.db.execute(
        "INSERT INTO second_visit (visit, decision, remark, decided_by, decided_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET decision = excluded.decision, remark = excluded.remark, "
        "decided_by = excluded.decided_by, decided_at = excluded.decided_at",
        [visit_id, decision, remark.strip(), actor.account, instant(tx.now)],
    )
    audit.record(tx, actor, f"second_visit_{decision}", "visit", visit_id, reason=remark.strip())


def _told(db: Database) -> dict[str, dict[str, Any]]:
    rows = db.query("SELECT visit, reason, document_no, decision, remark, decided_by, decided_at FROM second_visit")
    return {row.pop("visit"): row for row in rows}
