"""Why an op waits in the inbox, in plain words, and what the office can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fieldapp import findings
from fieldapp.exchange import inbox
from fieldapp.views import words
from sync.quarantine import Held

KEYS = {
    "id": "mã bản ghi", "establishment": "cơ sở", "author": "người lập", "kind": "hình thức", "mode": "cách thực hiện",
    "outcome": "kết quả lần đến", "bodies": "cơ quan", "members": "thành viên có mặt", "started_at": "bắt đầu",
    "ended_at": "kết thúc", "representative": "làm việc với", "signer": "người ký", "signed_on": "ngày ký",
    "signed_at": "ký lúc", "valid_until": "hiệu lực đến", "clauses": "các điều cam kết", "answers": "nội dung kiểm tra",
    "figures": "số liệu", "photos": "ảnh", "signatures": "chữ ký", "opinion": "ý kiến của cơ sở",
    "recommendation": "nhận xét, kiến nghị", "second_visit": "lý do kiểm tra thêm", "refusal": "không ký",
    "note": "ghi chú", "amends": "thay cho biên bản", "amend_reason": "lý do thay", "commitment": "cam kết kèm theo",
    "event": "việc", "at": "lúc", "how": "xem bằng", "conclusion": "kết luận", "due_on": "hạn mới",
    "document_no": "số văn bản", "finding": "tồn tại", "inspection": "biên bản", "signature": "chữ ký",
    "scans": "bản chụp", "remedies": "kết quả hậu kiểm", "facts": "thông tin ngày kiểm tra",
    "notice": "thông báo đã đọc", "fields": "các ô", "": "cả bản ghi",
}  # fmt: skip
"""What the keys of signed bodies are called."""
_PARTS = {
    "a": "trả lời", "note": "ghi chú", "files": "ảnh", "due_on": "hạn khắc phục", "v": "giá trị", "at": "thời điểm",
}  # fmt: skip
_FAULTS = (
    ("no such establishment", "chưa có trong sổ"),
    ("no such area", "không có trong sổ"),
    ("no such account", "không có tài khoản"),
    ("has not arrived", "chưa về"),
    ("this inspection has no such finding", "biên bản không có tồn tại này"),
    ("this role signs no records", "vai trò này không lập bản ghi"),
    ("not a phone's to write", "điện thoại không được sửa"),
    ("your role may not write", "vai trò này không được sửa"),
    ("the office decides", "do văn phòng quyết định"),
    ("unknown:", "không có trong danh sách"),
    ("must be one of", "không có trong danh sách"),
    ("required", "còn thiếu"),
    ("amended already", "đã có biên bản khác thay"),
    ("goes round", "hai biên bản thay lẫn nhau"),
    ("must be another", "không thể thay cho chính nó"),
    ("must not be before", "trước ngày ký"),
    ("must be an instant", "không phải ngày giờ hợp lệ"),
    ("must be a day", "không phải ngày hợp lệ"),
    ("must be an integer", "không phải số hợp lệ"),
    ("must be a number", "không phải số hợp lệ"),
    ("must be text", "không phải chữ hợp lệ"),
)
"""How a mistake begins as the server tells it, and what is said of it here."""


@dataclass(frozen=True)
class Cause:
    """Why an op waits. key: equal for what can be decided together. ways: what can be done besides not taking it.

    ways: `take` (as it came), `mend`, `place` (many at once: only the establishment is wrong), `apart` (under an id
    of its own).
    """

    key: str
    title: str
    text: str
    ways: frozenset[str] = frozenset()


_UPDATE = "Cập nhật máy chủ rồi bấm Ghi nhận. Trên điện thoại và ở đây nội dung vẫn nguyên."
_FIXED = {
    "unknown_kind": ("Máy chủ chưa biết loại bản ghi này", _UPDATE, "take"),
    "version_too_new": ("Ứng dụng trên điện thoại mới hơn máy chủ", _UPDATE, "take"),
    "device_revoked": (
        "Gửi từ máy đã bị ngừng",
        "Đọc nội dung và hỏi người lập. Đúng là bản của người đó thì ghi nhận; không thì không ghi nhận.",
        "take",
    ),
    "op_reused": (
        "Máy gửi hai nội dung khác nhau dưới một mã",
        "Nội dung đầu đã được nhận; đây là nội dung thứ hai. Nếu là bản ghi thật thì ghi nhận.",
        "take",
    ),
    "record_exists": (
        "Đã có bản ghi cùng mã, nội dung khác",
        "So với bản đã có. Là một lần kiểm tra khác thì ghi thành bản riêng; là bản gửi lặp thì không ghi nhận.",
        "apart",
    ),
}


WHY = {why: title for why, (title, _, _) in _FIXED.items()} | {
    "invalid_body": "Có chỗ ghi chưa đúng mẫu", "not_allowed": "Điện thoại không được sửa các mục này",
}  # fmt: skip
"""Why something waits, where there is no more to say than the word of PROTOCOL.md."""


def cause(held: Held) -> Cause:
    """Why it waits, as the office is told."""
    if not inbox.body_of(held):
        text = "Hỏi người gửi và lập lại bản ghi; ở đây chỉ đóng được mục này."
        return Cause("unreadable", "Nội dung hỏng, không đọc được", text)
    if held.why in _FIXED:
        title, text, way = _FIXED[held.why]
        return Cause(f"{held.why} {held.op.kind}", title, text, frozenset({way}))
    names = ",".join(sorted({path.split(".")[0] for path in held.fields}))
    key = f"{held.why} {held.op.kind} {names}"
    return _of_patch(key, held) if held.op.kind == "establishment" else _of_record(key, held)


def _of_patch(key: str, held: Held) -> Cause:
    title = "Điện thoại không được sửa các mục này" if held.why == "not_allowed" else "Có giá trị chưa dùng được"
    text = "Lấy những giá trị đúng làm sửa đổi của văn phòng, bỏ những giá trị khác."
    return Cause(key, title, text, frozenset({"mend"}))


def _of_record(key: str, held: Held) -> Cause:
    told = {mistake for mistakes in held.fields.values() for mistake in mistakes}
    if "no such establishment" in told:
        text = (
            "Chọn cơ sở đúng để ghi nhận. Nếu một điện thoại khác đang giữ cơ sở mới thì chờ: khi về sẽ tự ghi nhận."
        )  # fmt: skip
        key = f"{key} {inbox.establishment_of(held)}"
        return Cause(key, "Cơ sở này chưa có trong sổ", text, frozenset({"mend", "place"}))
    if "has not arrived" in told:
        text = "Chờ điện thoại lập biên bản gửi lên: khi về sẽ tự ghi nhận."
        return Cause(key, "Biên bản gốc chưa về", text, frozenset({"take"}))
    if held.op.kind == findings.KIND and held.why == "not_allowed" and "event" in held.fields:
        text = "Ghi nhận thành minh chứng, rồi kết luận ở trang của tồn tại."
        return Cause(key, "Chỉ văn phòng được kết luận về tồn tại", text, frozenset({"mend"}))
    tops = dict.fromkeys(_where(path.split(".")[0], held.op.kind).lower() for path in held.fields)
    where = ", ".join(tops) or "chưa rõ chỗ nào"
    text = "Sửa chỗ sai rồi ghi nhận; bản người lập đã ký được giữ nguyên bên cạnh."
    return Cause(key, f"Ghi chưa đúng: {where}", text, frozenset({"mend", "take"}))


def faults(held: Held) -> list[tuple[str, str]]:
    """Where it is wrong, and how: (place, words)."""
    return [
        (_where(path, held.op.kind), "; ".join(dict.fromkeys(fault(mistake) for mistake in mistakes)))
        for path, mistakes in held.fields.items()
    ]


def fault(mistake: str) -> str:
    """A mistake of PROTOCOL.md in words."""
    return next((said for start, said in _FAULTS if mistake.startswith(start)), "chưa đúng mẫu")


def _where(path: str, kind: str) -> str:
    first, *rest = path.split(".")
    known: dict[str, Any] = words.FIELDS if kind == "establishment" and first in words.FIELDS else KEYS
    return words.capital(", ".join([known.get(first, first), *(_PARTS.get(part, part) for part in rest)]))
