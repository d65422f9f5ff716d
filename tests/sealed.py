"""Seals as a phone does (client/handover/seal.ts), for tests; tests/vectors/export.json holds the two together."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import secrets
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldapp import sealing
from tests.phones import Commune, WireOp, WirePhone

CHUNK = 64


def seal(
    plain: bytes, key: dict[str, str], *, salt: bytes | None = None, private: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    """A sealed file. key: what the unit told phones. salt, private: random unless a vector says otherwise."""
    salt, private = salt or secrets.token_bytes(16), private or ec.generate_private_key(ec.SECP256R1())
    public = base64.b64decode(key["p256"])
    ephemeral = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    told = {
        "key": key["id"], "ephemeral": base64.b64encode(ephemeral).decode(), "salt": base64.b64encode(salt).decode(),
        "chunk": CHUNK,
    }  # fmt: skip
    head = b"fieldapp-export 1\n" + json.dumps(told, separators=(",", ":")).encode() + b"\n"
    secret = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public))
    derived = HKDF(hashes.SHA256(), 32, salt=salt, info=b"fieldapp export 1" + ephemeral + public).derive(secret)
    cipher = AESGCM(derived)
    chunks = [plain[start : start + CHUNK] for start in range(0, len(plain), CHUNK)] or [b""]
    last = len(chunks) - 1
    return head + b"".join(
        cipher.encrypt(sealing.nonce(place, last=place == last), chunk, head) for place, chunk in enumerate(chunks)
    )


def content(phone: WirePhone, ops: Iterable[WireOp], files: Iterable[bytes] = (), **told: Any) -> bytes:
    """What an export of this phone holds, before it is sealed."""
    person = {"id": phone.account, "username": phone.username, "name": phone.username.title()}
    first = {
        "v": 1, "device": phone.device, "app": "1.0.0", "made_at": "2026-11-21T02:10:00.000Z", "person": person, **told,
    }  # fmt: skip
    out = io.BytesIO(_line(first))
    out.seek(0, io.SEEK_END)
    for op in ops:
        out.write(_line({"op": op.header}) + op.line + b"\n")
    for data in files:
        out.write(_line({"file": hashlib.sha256(data).hexdigest(), "type": "image/jpeg", "bytes": len(data)}))
        out.write(data + b"\n")
    out.write(_line({"end": True}))
    return out.getvalue()


def key_of(commune: Commune) -> dict[str, str]:
    found = sealing.public_key(commune.db)
    assert found
    return found


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"
