"""What can go wrong on the device itself. Failures of the exchange are no errors: a round ends with them (api.py)."""

from __future__ import annotations

CODES = (
    "storage_full",  # the disk or the quota; nothing of what was being written is there
    "newer_version",  # the database was written by a newer version of this package
    "body_too_large",  # more than MAX_BODY_BYTES
    "not_json",  # a body that strict JSON cannot say: NaN, a lone surrogate, a date
    "file_too_large",
    "not_here",  # no such record or file on this device
    "signed_already",  # another content was signed under this id
    "another_person",  # this database belongs to somebody else
)


class ReplicaError(Exception):
    """code: one of CODES. about: the id or the limit."""

    def __init__(self, code: str, about: object = "") -> None:
        if code not in CODES:
            raise ValueError(code)
        self.code = code
        super().__init__(f"{code}: {about}" if about else code)


class NotEnrolled(Exception):
    """The server did not take the sign-in. code: as its refusal tells, or of the network (api.Retry). after_s: the
    patience that it asked for."""

    def __init__(self, code: str, after_s: float | None) -> None:
        self.code = code
        self.after_s = after_s
        super().__init__(code)
