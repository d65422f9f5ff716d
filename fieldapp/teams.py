"""The inspection team: by which decision, from when to when, and who is in it, with or without an account.

A decision that replaces another is entered as a new team; a typing mistake is corrected in place, with its reason.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlite_utils import Database

from fieldapp import audit, people, units
from fieldapp.audit import Actor
from fieldapp.database import insert
from fieldapp.errors import Refusal, invalid, reason_given, say
from sync.history import Transaction, instant

ROLES = {"leader": "Đội trưởng", "deputy": "Đội phó", "secretary": "Thư ký", "member": "Thành viên"}
LONGEST_TEXT = 120
MOST_MEMBERS = 60


@dataclass(frozen=True)
class Member:
    """role: one of ROLES. agency: where he or she works. account: who signs in to the software, '' = without."""

    name: str
    position: str = ""
    agency: str = ""
    role: str = "member"
    account: str = ""


@dataclass(frozen=True)
class Team:
    """decided_on, valid_from, valid_until: local days; valid_until: the last day, None = until the next decision."""

    id: str
    decision_no: str
    decided_on: date
    valid_from: date
    valid_until: date | None = None
    members: tuple[Member, ...] = ()
    recorded_at: str = ""
    voided: bool = False

    def in_force(self, on: date) -> bool:
        return not self.voided and self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


def appoint(
    tx: Transaction, actor: Actor, *, decision_no: str, decided_on: date, valid_from: date,
    valid_until: date | None = None, members: Sequence[Member] = (),
) -> Team:  # fmt: skip
    """Enter a decision that sets up or renews the team. Raises Refusal field_invalid with `fields`."""
    team = Team(str(uuid.uuid4()), decision_no.strip(), decided_on, valid_from, valid_until, tuple(members))
    _check(tx.db, team)
    insert(tx.db, "team", _row(team) | {"id": team.id, "recorded_at": instant(tx.now), "voided_at": None})
    _told(tx, actor, "team_appointed", team.id, decision_no=team.decision_no, members=len(team.members))
    return read(tx.db, team.id)


def correct(tx: Transaction, actor: Actor, team_id: str, reason: str, **changes: Any) -> Team:
    """Mend what was typed wrongly; changes: fields of Team. reason: required.

    Raises Refusal reason_required, team_unknown, field_invalid.
    """
    reason = reason_given(reason)
    before = read(tx.db, team_id)
    team = replace(before, **changes)
    if team == before:
        return before
    _check(tx.db, team)
    row = _row(team)
    tx.db.execute(
        f"UPDATE team SET {', '.join(f'{name} = ?' for name in row)} WHERE id = ?",  # noqa: S608  constant names
        [*row.values(), team_id],
    )
    _told(tx, actor, "team_corrected", team_id, reason=reason, fields=sorted(changes))
    return team


def void(tx: Transaction, actor: Actor, team_id: str, reason: str) -> None:
    """Entered by mistake: it is never in force. Raises Refusal reason_required, team_unknown."""
    reason = reason_given(reason)
    read(tx.db, team_id)
    tx.db.execute("UPDATE team SET voided_at = ? WHERE id = ?", [instant(tx.now), team_id])
    _told(tx, actor, "team_voided", team_id, reason=reason)


def _told(tx: Transaction, actor: Actor, deed: str, team_id: str, *, reason: str = "", **details: Any) -> None:
    """Write the deed down; phones hold the team inside the unit, so the unit has changed for them."""
    audit.record(tx, actor, deed, "team", team_id, reason=reason, **details)
    tx.touch("unit", units.read(tx.db).code)


def mistakes(team: Team) -> dict[str, str]:
    """What does not hold together: field -> reason, in the language of messages; empty when sound."""
    found: dict[str, str] = {}
    if not team.decision_no or len(team.decision_no) > LONGEST_TEXT:
        found["decision_no"] = say("phải ghi số quyết định", "the decision's number is required")
    if team.valid_until and team.valid_until < team.valid_from:
        found["valid_until"] = say("trước ngày bắt đầu", "before it begins")
    if not team.members or len(team.members) > MOST_MEMBERS:
        found["members"] = say(f"phải có từ 1 đến {MOST_MEMBERS} người", f"must be 1 to {MOST_MEMBERS} people")
    for member in team.members:
        texts = (member.name, member.position, member.agency)
        if not member.name.strip() or max(map(len, texts)) > LONGEST_TEXT:
            found["members"] = say("có người chưa ghi họ tên, hoặc ghi quá dài", "a name is missing or too long")
        if member.role not in ROLES:
            found["members"] = say("có vai trò không có trong danh sách", "an unknown role")
    return found


def _check(db: Database, team: Team) -> None:
    found = mistakes(team)
    known = {account.id for account in people.accounts(db)}
    if any(member.account and member.account not in known for member in team.members):
        found["members"] = say("có tài khoản không tồn tại", "an account that does not exist")
    if found:
        raise invalid(found)


def read(db: Database, team_id: str) -> Team:
    """Raises Refusal team_unknown."""
    found = next((team for team in every(db) if team.id == team_id), None)
    if found is None:
        raise Refusal("team_unknown")
    return found


def every(db: Database) -> list[Team]:
    """All decisions, the one that takes effect last leading; voided ones included."""
    rows = db.query("SELECT * FROM team ORDER BY valid_from DESC, decided_on DESC, recorded_at DESC")
    return [_team(row) for row in rows]


def in_force(db: Database, on: date) -> Team | None:
    """The team of a day: of those in force, the one that took effect last."""
    return next((team for team in every(db) if team.in_force(on)), None)


def bodies(db: Database, today: date) -> list[dict[str, Any]]:
    """Teams in force today or later, as phones hold them: decision_no, valid_from, valid_until, members."""
    return [
        {
            "decision_no": team.decision_no,
            "valid_from": team.valid_from.isoformat(),
            "valid_until": team.valid_until and team.valid_until.isoformat(),
            "members": [asdict(member) for member in team.members],
        }
        for team in every(db)
        if not team.voided and (team.valid_until is None or team.valid_until >= today)
    ]


def _row(team: Team) -> dict[str, Any]:
    return {
        "decision_no": team.decision_no,
        "decided_on": team.decided_on.isoformat(),
        "valid_from": team.valid_from.isoformat(),
        "valid_until": team.valid_until and team.valid_until.isoformat(),
        "members": json.dumps([asdict(member) for member in team.members], ensure_ascii=False),
    }


def _team(row: dict[str, Any]) -> Team:
    until = row["valid_until"]
    return Team(
        row["id"], row["decision_no"], date.fromisoformat(row["decided_on"]), date.fromisoformat(row["valid_from"]),
        date.fromisoformat(until) if until else None, tuple(Member(**one) for one in json.loads(row["members"])),
        row["recorded_at"], row["voided_at"] is not None,
    )  # fmt: skip
