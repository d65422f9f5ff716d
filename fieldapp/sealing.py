"""The key to which a phone seals what it hands over as a file, and the opening of such a file.

Whoever finds the file reads nothing: only this commune's key opens it. The key is in the database, so that every backup
holds it and a restored office still opens what phones have sealed. The format, and its twin that seals
(client/handover/seal.ts): sync/PROTOCOL.md, "Handed over as a file".
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from sqlite_utils import Database

from fieldapp.errors import Refusal
from sync.history import Transaction, instant

MAGIC = b"fieldapp-export "
VERSION = b"1"
TAG_BYTES = 16
LARGEST_CHUNK = 2**20
LONGEST_HEAD = 2000
_INFO = b"fieldapp export 1"


@dataclass(frozen=True)
class Head:
    """How a file was sealed. whole: its bytes, which every chunk vouches for."""

    key: str
    ephemeral: bytes
    salt: bytes
    chunk: int
    whole: bytes


def make_key(tx: Transaction) -> bool:
    """Make the commune's key where there is none yet. Returns whether one was made."""
    if public_key(tx.db):
        return False
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    tx.db.execute(
        "INSERT INTO export_key (id, public, private, made_at) VALUES (?, ?, ?, ?)",
        [key_id(public), public, der, instant(tx.now)],
    )
    return True


def public_key(db: Database) -> dict[str, str] | None:
    """What phones seal to: `{"id", "p256"}`, the uncompressed point in base64; None before the first."""
    row = db.execute("SELECT id, public FROM export_key ORDER BY made_at DESC, id LIMIT 1").fetchone()
    return {"id": row[0], "p256": base64.b64encode(row[1]).decode()} if row else None


def key_id(public: bytes) -> str:
    """The name of a key: the beginning of its digest."""
    return hashlib.sha256(public).hexdigest()[:16]


def unseal(db: Database, sealed: BinaryIO, plain: BinaryIO, *, file: str) -> None:
    """Open a sealed file, chunk by chunk. file: what to call it in a refusal.

    Raises Refusal export_not_ours, export_newer, export_wrong_key, export_damaged (cut off or changed); what was
    written to `plain` until then must not be used.
    """
    head = _head(sealed, file)
    row = db.execute("SELECT public, private FROM export_key WHERE id = ?", [head.key]).fetchone()
    if row is None:
        raise Refusal("export_wrong_key", file=file, key=head.key)
    public, der = row
    cipher = AESGCM(_derive(head, public, der, file))
    place, chunk = 0, sealed.read(head.chunk + TAG_BYTES)
    while True:
        following = sealed.read(head.chunk + TAG_BYTES)
        try:
            plain.write(cipher.decrypt(nonce(place, last=not following), chunk, head.whole))
        except InvalidTag:
            raise Refusal("export_damaged", file=file) from None
        if not following:
            return
        place, chunk = place + 1, following


def nonce(place: int, *, last: bool) -> bytes:
    """Of the chunk at a place. The last one is marked, so that a file cut off between chunks is noticed."""
    return bytes(7) + place.to_bytes(4, "big") + (b"\x01" if last else b"\x00")


def _head(sealed: BinaryIO, file: str) -> Head:
    first = sealed.readline(LONGEST_HEAD)
    if not first.startswith(MAGIC) or not first.endswith(b"\n"):
        raise Refusal("export_not_ours", file=file)
    if first[len(MAGIC) : -1] != VERSION:
        raise Refusal("export_newer", file=file)
    second = sealed.readline(LONGEST_HEAD)
    try:
        told = json.loads(second)
        decoded = {name: base64.b64decode(told[name], validate=True) for name in ("ephemeral", "salt")}
        head = Head(key=str(told["key"]), chunk=int(told["chunk"]), whole=first + second, **decoded)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refusal("export_damaged", file=file) from None
    if not second.endswith(b"\n") or not 0 < head.chunk <= LARGEST_CHUNK:
        raise Refusal("export_damaged", file=file)
    return head


def _derive(head: Head, public: bytes, der: bytes, file: str) -> bytes:
    private = load_der_private_key(der, None)
    try:
        ephemeral = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), head.ephemeral)
    except ValueError:
        raise Refusal("export_damaged", file=file) from None
    assert isinstance(private, ec.EllipticCurvePrivateKey)  # noqa: S101  nothing else is ever stored
    secret = private.exchange(ec.ECDH(), ephemeral)
    return HKDF(hashes.SHA256(), 32, salt=head.salt, info=_INFO + head.ephemeral + public).derive(secret)
