"""What happens to calls and answers on their way."""

from __future__ import annotations

from sync import packing
from tests.sync.office import Reply

CALL_FAULTS = (
    "lost_request", "lost_answer", "duplicate", "late_duplicate", "truncated", "garbled", "cut_answer", "disk_full",
    "crash", "captive_portal", "captive_json", "bad_gateway", "gateway_401", "busy",
)  # fmt: skip
_PAGE = b"<html>Wi-Fi</html>"
MADE_UP = {
    "captive_portal": Reply(200, _PAGE, {"Content-Type": "text/html"}),
    "captive_json": Reply(200, b'{"ok": true}'),
    "bad_gateway": Reply(502, _PAGE, {"Content-Type": "text/html", "Retry-After": "5"}),
    "gateway_401": Reply(401, _PAGE, {"Content-Type": "text/html"}),
    "busy": Reply(503, b'{"error": {"code": "busy", "message": "", "retry": true, "fields": {}}}'),
}
"""What something between phone and office says in the office's place."""


def damaged(fault: str, data: bytes, where: float, *, by_a_proxy: bool) -> bytes:
    """Cut off, or with a bit turned. A proxy that unpacks and packs again damages the bodies themselves; their envelope
    is then no better guarded than any other message."""
    if by_a_proxy and fault == "garbled":
        plain = packing.unpack(data, "gzip", 2**30)
        body = plain.index(b"\n") + 1
        place = body + int(where * (len(plain) - body))
        return packing.pack(plain[:place] + _turned(plain[place : place + 1]) + plain[place + 1 :])
    place = int(where * len(data))
    return data[:place] + (b"" if fault == "truncated" else _turned(data[place : place + 1]) + data[place + 1 :])


def _turned(byte: bytes) -> bytes:
    return bytes([byte[0] ^ 1]) if byte else b""
