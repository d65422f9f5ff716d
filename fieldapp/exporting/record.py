"""The inspection record in Word, to be printed twice and signed in ink: what was signed on the phone, as it counts.

Only what applies is in it: the items that were answered, the sections that they belong to. What was referred says only
that it was. Nothing here concludes a violation or names a fine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from fieldapp import (
    checklists,
    commitments,
    establishments,
    findings,
    inspections,
    legal,
    overlap,
    people,
    plans,
    teams,
    units,
    visits,
)
from fieldapp.clock import parse_instant
from fieldapp.errors import Refusal
from fieldapp.exporting import papers, word
from fieldapp.findings import Finding
from fieldapp.inspections import Inspection
from fieldapp.units import Unit
from sync import signed

TEMPLATE = "record.docx"
BLANK = "…………………………"
"""Left to be written by hand."""
_KINDS = {"planned": "định kỳ", "unscheduled": "đột xuất", "reinspection": "tái kiểm tra", "follow_up": "hậu kiểm"}
_PHOTOS = {"document": "ảnh giấy tờ", "premises": "ảnh hiện trạng"}


def docx(db: Database, inspection: Inspection, *, templates: Path | None = None) -> bytes:
    """The record. templates: the office's own folder. Raises Refusal template_invalid."""
    own = templates / TEMPLATE if templates else None
    return word.render(own if own and own.exists() else word.FOLDER / TEMPLATE, content(db, inspection))


def content(db: Database, inspection: Inspection) -> dict[str, Any]:
    """What the template may ask for."""
    unit, body = units.read(db), inspections.content(db, inspection.id)
    begun = _local(unit, inspection.started_at)
    place = establishments.read(db, inspection.establishment)
    facts, figures = body.get("facts") or {}, body.get("figures") or {}
    found = findings.of_inspection(db, inspection.id)
    return {
        "unit": {
            "committee": unit.committee.upper(), "name": unit.name, "team": unit.team_name,
            "area_word": word.capital(unit.area_word), "is_demo": unit.is_demo,
        },
        "number": inspection.number, "dated": word.dated(begun.date()), "begun": _moment(begun),
        "ended": _moment(_local(unit, inspection.ended_at or inspection.started_at)),
        "conducted": inspection.outcome == "conducted", "outcome": visits.OUTCOMES[inspection.outcome],
        "marks": _marks(db, inspection), "basis": _basis(db, inspection, body),
        "members": _members(db, inspection, body), "representative": _representative(body),
        "witness": _witness(body), "bodies": papers.bodies(unit, inspection.bodies),
        "joint": len(inspection.bodies) > 1, "mode": visits.MODES[inspection.mode].lower(),
        "kinds": [{"text": text, "on": inspection.kind == code} for code, text in _KINDS.items()],
        "place": {
            **{name: facts.get(name) or BLANK for name in ("area", "entity")}, "rooms": _count(facts.get("rooms")),
            "name": facts.get("name") or place.name, "address": facts.get("address") or place.address or BLANK,
            "type": checklists.types().get(facts.get("type") or place.type, place.type),
        },
        "licences": [_licence(one) for one in facts.get("licences") or []],
        "workers": _workers(body, facts), "earlier": _earlier(db, unit, inspection, body),
        "sections": _sections(db, inspection, body, found), "remedies": _remedies(db, body),
        "asked": [_asked(one) for one in found if not one.refer], "referred": sum(one.refer for one in found),
        "told": {"people": _count(figures.get("N04")), "papers": _count(figures.get("N05"))},
        "commitment": _commitment(db, inspection), "opinion": body.get("opinion") or "Không có ý kiến.",
        "refusal": (body.get("refusal") or {}).get("reason", ""), "note": body.get("note", ""),
        "recommendation": inspections.RECOMMENDATIONS.get(body.get("recommendation") or "", BLANK),
        "photos": (kept := Counter(photo["class"] for photo in (body.get("photos") or {}).values())),
        "attached": ", ".join(f"{kept[kind]} {said}" for kind, said in _PHOTOS.items() if kept[kind]),
        "signers": _signers(db, inspection, body), "code": _code(db, inspection, body),
    }  # fmt: skip


def _local(unit: Unit, at: str) -> datetime:
    return parse_instant(at).astimezone(ZoneInfo(unit.time_zone))


def _moment(at: datetime) -> str:
    return f"{at:%H} giờ {at:%M} phút, {word.dated(at.date())}"


def _count(value: Any) -> str:
    return "…" if value in (None, "") else str(value)


def _marks(db: Database, inspection: Inspection) -> list[str]:
    """What sets this paper apart from a plain record: replaced, voided, amending, mended, dated anew."""
    body, repair = inspections.content(db, inspection.id), _signed(db, inspection).repair
    marks = []
    if inspection.amended_by:
        later = inspections.read(db, inspection.amended_by)
        marks.append(f"Biên bản này đã được thay bằng biên bản {later.number}.")
    if inspection.state == "voided":
        marks.append(f"Biên bản này đã bị hủy: {inspection.remark}")
    if inspection.amends:
        earlier = next((i.number for i in inspections.of_establishment(db, inspection.establishment)
                        if i.id == inspection.amends), BLANK)  # fmt: skip
        why = body.get("amend_reason")
        marks.append(f"Thay cho biên bản {earlier}." + (f" Lý do: {why}" if why else ""))
    if repair:
        marks.append(f"Văn phòng đã sửa khi ghi nhận, bản đã ký được giữ nguyên. Lý do: {repair.reason}")
    if inspection.day_as_signed:
        marks.append(
            f"Ngày kiểm tra do văn phòng xác nhận: {word.day(inspection.inspected_on)} (theo điện thoại:"
            f" {word.day(inspection.day_as_signed)}). Căn cứ: {inspection.day_reason}"
        )
    return marks


def _basis(db: Database, inspection: Inspection, body: dict[str, Any]) -> dict[str, str]:
    """The documents behind the visit, as far as they are entered."""
    plan, team = plans.active(db), teams.in_force(db, inspection.inspected_on)
    covers = plan is not None and plan.period[0] <= inspection.inspected_on <= plan.period[1]
    return {
        "plan": plan.number if plan and covers and plan.number else BLANK,
        "team": f"{team.decision_no} ngày {word.day(team.decided_on)}" if team else f"{BLANK} ngày …………",
        "order": (body.get("second_visit") or {}).get("document_no") or BLANK,
    }


def _members(db: Database, inspection: Inspection, body: dict[str, Any]) -> list[str]:
    """Who was there of the team: name, position, agency, role."""
    team = teams.in_force(db, inspection.inspected_on)
    known = {member.name: member for member in team.members} if team else {}
    told = body.get("members") or [{"name": people.names(db).get(inspection.author, BLANK)}]
    lines = []
    for one in told:
        member = known.get(one["name"])
        position = one.get("position") or (member.position if member else "")
        beside = [position, member.agency, teams.ROLES[member.role]] if member else [position]
        lines.append(" – ".join([one["name"], *dict.fromkeys(part for part in beside if part)]))
    return lines


def _representative(body: dict[str, Any]) -> str:
    told = body.get("representative") or {}
    capacity = commitments.CAPACITIES.get(told.get("capacity", ""), "").lower()
    return " – ".join(part for part in (told.get("name"), capacity) if part) or BLANK


def _witness(body: dict[str, Any]) -> str:
    told = body.get("refusal") or {}
    return " – ".join(part for part in (told.get("witness_name"), told.get("witness_role")) if part)


def _licence(told: dict[str, Any]) -> str:
    parts = [f"{told.get('kind') or 'giấy tờ'} số {told.get('number') or '…'}"]
    for name, words in (("issued_on", "cấp ngày"), ("expires_on", "hạn")):
        if told.get(name):
            parts.append(f"{words} {word.day(told[name])}")
    return ", ".join(parts)


def _workers(body: dict[str, Any], facts: dict[str, Any]) -> dict[str, str]:
    counted = body.get("figures") or {}
    return {
        "all": _count(counted.get("N01", facts.get("employees"))),
        "with_contract": _count(counted.get("N02", facts.get("employees_with_contract"))),
        "examined": _count(counted.get("N03")),
    }


def _earlier(db: Database, unit: Unit, inspection: Inspection, body: dict[str, Any]) -> dict[str, Any]:
    """Checks of any body in the year before this one, and why there was one more."""
    found = overlap.before(db, visits.read(db, inspection.id), (inspection.amends, inspection.amended_by))
    told = overlap.second(db, inspection.id) if inspection.kind == "follow_up" else None
    second = body.get("second_visit") or (vars(told) if told else {})
    reason = legal.overlap_rule(db).reason(second.get("reason", ""))
    return {
        "count": len(found),
        "visits": "; ".join(f"{papers.bodies(unit, v.bodies)}, {word.day(v.visited_on)}" for v in found),
        "reason": reason.text if reason else second.get("reason") or BLANK,
        "document_no": second.get("document_no") or BLANK,
    }


def _sections(
    db: Database, inspection: Inspection, body: dict[str, Any], found: Sequence[Finding]
) -> list[dict[str, Any]]:
    """The answered items by section; those that the checklist does not know stand at the end."""
    answers = dict(body.get("answers") or {})
    referred = {finding.item for finding in found if finding.refer}
    checklist = checklists.find(db, inspection.checklist) or {"sections": [], "items": []}

    def line(item: str, text: str) -> dict[str, Any]:
        told = answers.pop(item)
        note = papers.REFERRED.lower() if item in referred else told.get("note", "")
        marked = {answer: "×" if told["a"] == answer else "" for answer in checklists.ANSWERS}
        return {"id": item, "text": text, "note": note, **marked}

    sections = []
    for section in checklist["sections"]:
        items = [i for i in checklist["items"] if i["section"] == section["code"] and i["id"] in answers]
        if items:
            lines = [line(item["id"], item["text"]) for item in items]
            sections.append({"title": f"{section['code']}. {section['text']}", "lines": lines})
    if answers:
        sections.append({"title": "Mục khác", "lines": [line(item, item) for item in list(answers)]})
    return sections


def _remedies(db: Database, body: dict[str, Any]) -> list[dict[str, str]]:
    """Earlier shortcomings in their own words, and how a follow-up found them."""
    found = []
    for finding_id, told in (body.get("remedies") or {}).items():
        finding, text, due_on = findings.as_followed_up(db, finding_id, told)
        if finding and finding.refer:
            text = papers.REFERRED
        elif due_on:
            text = f"{text.rstrip('.')} (hạn khắc phục {word.day(due_on)})"
        result = word.capital(findings.CONCLUSIONS[told["result"]])
        found.append({"text": text, "result": result, "note": told.get("note", "")})
    return found


def _asked(finding: Finding) -> dict[str, str]:
    return {
        "found": finding.note or finding.text, "text": finding.text, "due_on": word.day(finding.due_on),
        "follow_up": findings.FOLLOW_UPS.get(finding.follow_up, finding.follow_up),
    }  # fmt: skip


def _commitment(db: Database, inspection: Inspection) -> str:
    try:
        made = commitments.read(db, inspection.commitment or "")
    except Refusal:  # none was signed, or it has not arrived
        return "không ký tại buổi kiểm tra" if inspection.commitment is None else "ký tại buổi kiểm tra"
    if made.refused:
        return "chưa đồng ý ký"
    return f"đã ký ngày {word.day(made.signed_on)}, có hiệu lực đến hết {word.day(made.valid_until)}"


def _signers(db: Database, inspection: Inspection, body: dict[str, Any]) -> list[dict[str, str]]:
    """Who signs, with the name where it is known: in rows of three."""
    witness = (body.get("refusal") or {}).get("witness_name")
    return [
        {"title": "ĐẠI DIỆN CƠ SỞ", "name": (body.get("representative") or {}).get("name", "")},
        {"title": "THƯ KÝ", "name": ""},
        {"title": "ĐỘI TRƯỞNG", "name": ""},
        {"title": "NGƯỜI LẬP", "name": people.names(db).get(inspection.author, "")},
        {"title": "THÀNH VIÊN", "name": ""},
        {"title": "NGƯỜI CHỨNG KIẾN" if witness else "", "name": witness or ""},
    ]


def _code(db: Database, inspection: Inspection, body: dict[str, Any]) -> str:
    """To compare paper with data: which signed bytes, which checklist."""
    checklist = checklists.find(db, inspection.checklist)
    version = f" · bảng kiểm {checklist['version']}" if checklist else ""
    return f"Mã đối chiếu {papers.short_code(_signed(db, inspection).sha256)} · {inspection.number}{version}"


def _signed(db: Database, inspection: Inspection) -> signed.Signed:
    record = signed.read(db, "inspection", inspection.id)
    if record is None:
        raise Refusal("inspection_unknown")
    return record
