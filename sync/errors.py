"""Refusals that the wire knows. A whole message is refused; nothing of it was stored.

The engine knows codes. What they say to people and which HTTP status they have is the product's to define, once, in
its own catalogue (here fieldapp/errors.py; a test holds both together).
"""

from __future__ import annotations

CODES = (
    "malformed",  # cut off, wrong digest or length, not the shape of PROTOCOL.md
    "protocol",  # another version of the protocol
    "push_too_large",
    "device_mismatch",  # the message names another device than the token
    "device_revoked",
    "file_too_large",
    "digest_mismatch",
    "file_type",
    "not_found",
    "forbidden",
)


class WireRefusal(Exception):
    """code: one of CODES. fields: what was wrong or which limit was passed, as PROTOCOL.md tells."""

    def __init__(self, code: str, /, **fields: object) -> None:
        if code not in CODES:
            raise ValueError(code)
        self.code = code
        self.fields = fields
        super().__init__(f"{code} {fields}" if fields else code)
