"""Refusals, and the language they are said in. `catalogue` holds every refusal once.

On the wire a refusal is `{"error": {"code", "message", "retry", "fields"}}`; on the command line its message goes to
stderr and the exit status is 1.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Mapping
from typing import Any

from fieldapp.errors.catalogue import CATALOGUE

__all__ = ["CATALOGUE", "Refusal", "invalid", "is_full", "reason_given", "say", "spoken", "why"]


class Refusal(Exception):
    """Something was refused and nothing was changed. code: a key of CATALOGUE; facts: what its message names.

    fields: for forms and messages with several mistakes, field name -> list of messages; on the wire also limits.
    """

    def __init__(self, code: str, fields: Mapping[str, Any] | None = None, /, **facts: object) -> None:
        self.code = code
        self.entry = CATALOGUE[code]
        self.fields = dict(fields or {})
        self.facts = facts
        super().__init__(self.entry.en.format(**facts))

    def message(self, language: str | None = None) -> str:
        """What happened, in Vietnamese ('vi') or English ('en'); by default FIELDAPP_LANG."""
        text = self.entry.en if (language or spoken()) == "en" else self.entry.vi
        return text.format(**self.facts)

    def on_the_wire(self) -> dict[str, Any]:
        """The one JSON shape of a failure."""
        return {
            "error": {"code": self.code, "message": self.message(), "retry": self.entry.retry, "fields": self.fields}
        }


def invalid(mistakes: Mapping[str, str]) -> Refusal:
    """Refusal field_invalid of what somebody entered: every mistake beside its field, the first one as the message.

    mistakes: field -> what is wrong with it, in the language of messages; at least one.
    """
    field, reason = next(iter(mistakes.items()))
    return Refusal("field_invalid", {name: [text] for name, text in mistakes.items()}, field=field, reason=reason)


def reason_given(reason: str) -> str:
    """A reason as it is kept, without blanks around it. Raises Refusal reason_required where there is none."""
    if not reason.strip():
        raise Refusal("reason_required")
    return reason.strip()


def is_full(problem: BaseException) -> bool:
    """Whether a failure means that there is no room left: a full disk, a quota, the largest file allowed.

    SQLite reports a write that the system cut short for such a reason as `disk I/O error`.
    """
    if isinstance(problem, OSError):
        return problem.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return isinstance(problem, sqlite3.OperationalError) and any(
        word in str(problem) for word in ("is full", "disk I/O error")
    )


def spoken() -> str:
    """The language of messages: 'en' with FIELDAPP_LANG=en, else 'vi'."""
    return "en" if os.environ.get("FIELDAPP_LANG", "vi").lower().startswith("en") else "vi"


def say(vi: str, en: str) -> str:
    """One of two texts, in the language of messages."""
    return en if spoken() == "en" else vi


_SAID = {
    errno.ENOENT: ("không có tệp hoặc thư mục này", "there is no such file or folder"),
    errno.ENOTDIR: ("đường dẫn đi qua một tệp", "a part of the path is a file"),
    errno.EISDIR: ("đây là thư mục", "this is a folder"),
    errno.EACCES: ("không có quyền, hoặc tệp đang mở ở nơi khác", "no permission, or the file is open elsewhere"),
    errno.EPERM: ("không có quyền", "no permission"),
    errno.EROFS: ("ổ đĩa chỉ đọc", "the disk is read-only"),
    errno.ENOSPC: ("ổ đĩa hết chỗ", "no room is left on the disk"),
    errno.EDQUOT: ("hết hạn mức lưu trữ", "the storage quota is used up"),
    errno.EFBIG: ("tệp lớn quá mức cho phép", "larger than a file may be here"),
    errno.EIO: ("ổ đĩa báo lỗi", "the disk reports an error"),
}  # fmt: skip


def why(problem: OSError) -> str:
    """Why the system refused, in the language of messages; in the system's own words where it is rare."""
    said = _SAID.get(problem.errno or 0)
    return say(*said) if said else problem.strerror or str(problem)
