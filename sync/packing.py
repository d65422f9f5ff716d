"""Bodies over the wire: bounded unpacking of what came in, packing of what goes out."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from sync.errors import WireRefusal

_GZIP, _RAW = 31, -15  # zlib's names for "a gzip header and trailer" and "neither", largest window
_HEADER = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255])
_LEVEL = 6  # a phone's link is slower than packing: a third fewer bytes than level 1


@dataclass(frozen=True)
class Begun:
    """The packed beginning of a body, to be finished in several ways. crc, size_bytes: of the plain beginning."""

    packed: bytes
    crc: int
    size_bytes: int


def unpack(data: bytes, encoding: str, limit: int) -> bytes:
    """The plain body, at most `limit` bytes of it and one more, so that the caller can tell what is too large.

    encoding: the Content-Encoding header. Raises WireRefusal malformed for a body that is cut off or not what it says.
    """
    if encoding in {"", "identity"}:
        return data[: limit + 1]
    if encoding != "gzip":
        raise WireRefusal("malformed", content_encoding=encoding)
    unpacker = zlib.decompressobj(_GZIP)
    try:
        plain = unpacker.decompress(data, limit + 1)
    except zlib.error as problem:
        raise WireRefusal("malformed", body=str(problem)) from None
    if len(plain) <= limit and (not unpacker.eof or unpacker.unused_data):
        raise WireRefusal("malformed", body="cut off")
    return plain


def pack(plain: bytes) -> bytes:
    """The body as gzip."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(plain) + packer.flush()


def begin(plain: bytes) -> Begun:
    """Pack the beginning of a body. It ends on a whole byte and nothing after it refers back into it."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    return Begun(packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH), zlib.crc32(plain), len(plain))


def finish(begun: Begun, rest: bytes) -> bytes:
    """The whole body as gzip: a beginning packed earlier, and the rest."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    end = packer.compress(rest) + packer.flush()
    size = (begun.size_bytes + len(rest)) & 0xFFFFFFFF
    trailer = zlib.crc32(rest, begun.crc).to_bytes(4, "little") + size.to_bytes(4, "little")
    return _HEADER + begun.packed + end + trailer
