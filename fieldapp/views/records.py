"""A signed record as a page or a sheet of paper shows it: its answers by section, its photos, what is worth a look."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import current_app

from fieldapp import checklists, commitments, establishments, evidence, findings, inspections, overlap, visits
from fieldapp.clock import parse_instant
from fieldapp.commitments import Commitment
from fieldapp.establishments import Establishment
from fieldapp.exporting import papers
from fieldapp.findings import Finding
from fieldapp.inspections import Inspection
from fieldapp.views import held, words
from fieldapp.views.request import db
from fieldapp.visits import Visit
from sync import signed
from sync.signed import Signed

LATE = timedelta(hours=24)
TONES = {
    "dat": ("ok", "yes"), "khong_dat": ("late", "no"), "khong_ap_dung": ("no", "na"), "chua_xem_xet": ("due", "later"),
}  # fmt: skip
"""Answer -> tone and shape, the phone's."""
REMEDY_TONES = {"remedied": ("ok", "yes"), "partly": ("due", "half"), "not_remedied": ("late", "no")}


@dataclass(frozen=True)
class Photo:
    """arrived: False while the phone has named it but not sent it."""

    sha256: str
    kind: str
    taken_at: str
    arrived: bool


@dataclass(frozen=True)
class Line:
    """One item of the checklist as it was answered."""

    id: str
    text: str
    answer: str
    note: str
    photos: list[Photo]
    finding: Finding | None


@dataclass(frozen=True)
class Section:
    code: str
    text: str
    lines: list[Line]

    def tally(self, answer: str) -> int:
        return sum(line.answer == answer for line in self.lines)


@dataclass(frozen=True)
class Remedy:
    """How a follow-up found a shortcoming. text: the shortcoming's own words. due_on: its deadline then, where known.

    finding: None while the visit that found it has not arrived.
    """

    item: str
    text: str
    due_on: date | None
    result: str
    note: str
    photos: list[Photo]
    finding: Finding | None


@dataclass(frozen=True)
class Flag:
    """Something the officer should see before deciding."""

    tone: str
    icon: str
    text: str


@dataclass
class Sheet:
    """An inspection with all that belongs to it. record: the signed original. body: as it counts. mended: what differs,
    (what, as signed, as it counts). code: to compare paper with data."""

    inspection: Inspection
    place: Establishment
    record: Signed
    body: dict[str, Any]
    sections: list[Section]
    remedies: list[Remedy]
    figures: list[tuple[str, Any]]
    findings: list[Finding]
    loose_photos: list[Photo]
    signatures: list[dict[str, Any]]
    commitment: Commitment | None
    earlier: list[tuple[Visit, Establishment]]
    amends: Inspection | None
    amended_by: Inspection | None
    checklist_version: str
    arrived: dict[str, bool]
    mended: list[tuple[str, str, str]]
    flags: list[Flag] = field(default_factory=list)

    @property
    def code(self) -> str:
        return papers.short_code(self.record.sha256)

    @property
    def counts(self) -> bool:
        """Whether it counts as a visit of the year."""
        i = self.inspection
        return visits.can_count(stands=i.stands, outcome=i.outcome, mode=i.mode) and i.kind in visits.COUNTED_KINDS

    @property
    def facts(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body.get("facts") or {}
        return found

    @property
    def missing_files(self) -> int:
        """Those that may still come."""
        return sum(not here and words.loss_of(sha256) is None for sha256, here in self.arrived.items())


def sheet(inspection: Inspection) -> Sheet:
    """Read everything about one inspection."""
    record = signed.read(db(), "inspection", inspection.id)
    body = inspections.content(db(), inspection.id)
    assert record is not None  # noqa: S101  content() has just read it
    checklist = checklists.find(db(), inspection.checklist)
    arrived = evidence.arrived(db(), current_app.config["DATA_FOLDER"], "inspection", inspection.id)
    of_visit = findings.of_inspection(db(), inspection.id)
    place = establishments.read(db(), inspection.establishment)
    shown = Sheet(
        inspection, place, record, body, _sections(body, checklist, of_visit, arrived),
        _remedies(body, checklist, arrived), _figures(body, checklist), of_visit, _loose(body, arrived),
        [{**s, "arrived": arrived.get(s["file"], False)} for s in body.get("signatures") or []],
        _commitment(inspection),
        _earlier(inspection),
        inspections.read(db(), inspection.amends) if inspection.amends and _known(inspection.amends) else None,
        inspections.read(db(), inspection.amended_by) if inspection.amended_by else None,
        checklist["version"] if checklist else "", arrived, held.mended(record),
    )  # fmt: skip
    shown.flags = _flags(shown)
    return shown


def mended(inspection: Inspection) -> list[tuple[str, str, str]]:
    """What the office mended of a record: (what, as signed, as it counts)."""
    record = signed.read(db(), "inspection", inspection.id)
    return held.mended(record) if record else []


def _known(inspection_id: str) -> bool:
    return signed.read(db(), "inspection", inspection_id) is not None


def _commitment(inspection: Inspection) -> Commitment | None:
    """The commitment signed at this visit, once it has arrived."""
    if inspection.commitment is None or signed.read(db(), "commitment", inspection.commitment) is None:
        return None
    return commitments.read(db(), inspection.commitment)


def _photo(body: dict[str, Any], sha256: str, arrived: dict[str, bool]) -> Photo:
    about = (body.get("photos") or {}).get(sha256, {})
    return Photo(sha256, about.get("class", "premises"), about.get("taken_at", ""), arrived.get(sha256, False))


def _sections(
    body: dict[str, Any], checklist: dict[str, Any] | None, of_visit: list[Finding], arrived: dict[str, bool]
) -> list[Section]:
    """The answered items in the checklist's order; answers to items it does not know stand in a section apart."""
    answers = dict(body.get("answers") or {})
    by_item = {finding.item: finding for finding in of_visit}

    def line(item_id: str, text: str) -> Line:
        answer = answers.pop(item_id)
        photos = [_photo(body, sha, arrived) for sha in answer.get("files", [])]
        return Line(item_id, text, answer["a"], answer.get("note", ""), photos, by_item.get(item_id))

    sections = []
    for section in checklist["sections"] if checklist else []:
        items = [i for i in checklist["items"] if i["section"] == section["code"] and i["id"] in answers]  # type: ignore[index]
        if items:
            sections.append(Section(section["code"], section["text"], [line(i["id"], i["text"]) for i in items]))
    if answers:
        sections.append(Section("", "Mục khác", [line(item_id, item_id) for item_id in list(answers)]))
    return sections


def _remedies(body: dict[str, Any], checklist: dict[str, Any] | None, arrived: dict[str, bool]) -> list[Remedy]:
    """What a follow-up looked at, by the checklist's items."""
    texts = {item["id"]: item["text"] for item in checklist["items"]} if checklist else {}
    found = []
    for finding_id, told in (body.get("remedies") or {}).items():
        finding, words, due_on = findings.as_followed_up(db(), finding_id, told)
        item = finding.item if finding else told.get("item", "")
        photos = [_photo(body, sha, arrived) for sha in told.get("files", [])]
        found.append(
            Remedy(item, texts.get(words, words), due_on, told["result"], told.get("note", ""), photos, finding)
        )
    return sorted(found, key=lambda remedy: remedy.item)


def _figures(body: dict[str, Any], checklist: dict[str, Any] | None) -> list[tuple[str, Any]]:
    texts = {figure["id"]: figure["text"] for figure in checklist["figures"]} if checklist else {}
    return [
        (texts.get(name, name), value) for name, value in (body.get("figures") or {}).items() if value not in ("", None)
    ]


def _loose(body: dict[str, Any], arrived: dict[str, bool]) -> list[Photo]:
    """Photos that belong to no answer."""
    told = [*(body.get("answers") or {}).values(), *(body.get("remedies") or {}).values()]
    used = {sha for answer in told for sha in answer.get("files", [])}
    return [_photo(body, sha, arrived) for sha in body.get("photos") or {} if sha not in used]


def _earlier(inspection: Inspection) -> list[tuple[Visit, Establishment]]:
    """Checks of the same year before this one, at the establishment or another of the same business."""
    checks = overlap.before(db(), visits.read(db(), inspection.id), (inspection.amends, inspection.amended_by))
    places = {place.id: place for place in establishments.every(db(), {check.establishment for check in checks})}
    return [(check, places[check.establishment]) for check in checks]


def _flags(shown: Sheet) -> list[Flag]:
    return [*_second_visit(shown), *_results(shown), *_signing(shown), *_arrival(shown)]


def _second_visit(shown: Sheet) -> list[Flag]:
    found = overlap.second(db(), shown.inspection.id)
    if not shown.earlier or found is None:
        return []
    visit, place = shown.earlier[-1]
    where = "" if place.id == shown.place.id else f" tại {place.name}, cùng chủ thể"
    reason = (
        f"Lý do: {words.said(found.reason, 'second_visit')}, văn bản {found.document_no or 'không ghi số'}."
        if found.reason else "Biên bản không ghi lý do kiểm tra thêm."
    )  # fmt: skip
    who, when = words.body_names(visit.bodies), words.day(visit.visited_on)
    nth = f"Lần kiểm tra thứ {len(shown.earlier) + 1} trong năm."
    return [Flag("due", "two", f"{nth} {who} đã kiểm tra ngày {when}{where}. {reason}")]


def _results(shown: Sheet) -> list[Flag]:
    i = shown.inspection
    flags = []
    if not shown.counts and i.stands:
        why = {"closed_door": "cơ sở đóng cửa", "refused": "cơ sở từ chối làm việc"}.get(i.outcome)
        if why is None:
            why = "hậu kiểm" if i.kind == "follow_up" else "kiểm tra từ xa"
        flags.append(Flag("no", "off", f"Không tính là một lần kiểm tra: {why}."))
    open_ones = [f for f in shown.findings if f.state not in ("withdrawn", "referred")]
    if open_ones:
        days = ", ".join(sorted({words.day_month(f.due_on) for f in open_ones}))
        flags.append(Flag("late", "late", f"{len(open_ones)} tồn tại, hạn {days}."))
    referred = sum(f.refer for f in shown.findings)
    if referred:
        flags.append(
            Flag("late", "late", f"{referred} mục đã chuyển cơ quan có thẩm quyền; biên bản in không ghi chi tiết.")
        )
    if i.not_examined:
        flags.append(Flag("due", "later", f"{i.not_examined} mục chưa xem xét, có ghi lý do."))
    return flags


def _signing(shown: Sheet) -> list[Flag]:
    body, flags = shown.body, []
    if shown.inspection.outcome != "conducted":
        return []
    if body.get("refusal"):
        flags.append(Flag("due", "half", "Cơ sở không ký biên bản; lý do và người chứng kiến ghi ở phần chữ ký."))
    if not body.get("notice"):
        flags.append(Flag("due", "warn", "Chưa ghi là đã đọc thông báo về dữ liệu cho chủ cơ sở."))
    if shown.inspection.commitment and shown.commitment is None:
        flags.append(Flag("wait", "wait", "Bản cam kết ký tại buổi kiểm tra chưa về."))
    return flags


def _arrival(shown: Sheet) -> list[Flag]:
    i, flags = shown.inspection, []
    if shown.missing_files:
        flags.append(
            Flag("wait", "wait", f"{shown.missing_files} ảnh hoặc chữ ký chưa về; điện thoại sẽ gửi tiếp khi có mạng.")
        )
    late = parse_instant(i.received_at) - parse_instant(i.ended_at or i.started_at)
    if late > LATE and not i.amends:  # an amendment tells of the visit that it amends, however long ago
        flags.append(
            Flag(
                "wait",
                "wait",
                f"Gửi muộn {late.days} ngày: lập lúc không có mạng, nhận {words.moment_text(i.received_at)}.",
            )
        )
    if i.skewed:
        way = "nhanh" if (i.skew_s or 0) > 0 else "chậm"
        then = (
            "Ngày đã được văn phòng xác nhận."
            if i.day_as_signed
            else "Xác nhận lại ngày: năm được tính dựa vào ngày này."
        )
        flags.append(Flag("due", "warn", f"Đồng hồ điện thoại {way} {_span(abs(i.skew_s or 0))}. {then}"))
    if shown.record.account != i.author:
        flags.append(
            Flag(
                "wait",
                "phone",
                "Do điện thoại của người khác gửi thay người lập (sau khi phục hồi máy chủ hoặc bàn giao máy).",
            )
        )
    return flags


def _span(seconds: int) -> str:
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} phút"
    return f"{minutes // 60} giờ" if minutes < 2880 else f"{minutes // 1440} ngày"
