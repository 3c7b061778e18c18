# SPDX-License-Identifier: LicenseRef-Gatehouse
"""gzip both ways; unpacking stops at its bound, whatever the sender packed (trust.md 13: gzip)."""

import zlib

from sync.wire.faults import FaultCode, WireFault
from sync.wire.limits import GZIP_FREE, GZIP_RATIO, SERVER_BYTES

_GZIP = 31  # zlib's window bits for one gzip member
LEVEL = 1
"""Level of a request or an answer; a snapshot is packed once and takes the best."""


def deflate(data: bytes, level: int = LEVEL) -> bytes:
    """One gzip member without a time stamp: the same bytes give the same member."""
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return packer.compress(data) + packer.flush()


def inflate(data: bytes, limit: int = SERVER_BYTES, ratio: int = GZIP_RATIO) -> bytes | WireFault:
    """The bytes of exactly one gzip member, at most `limit`, and at most `ratio` times its size once above 64 KiB."""
    bound = min(limit, max(GZIP_FREE, ratio * len(data)))
    unpacker = zlib.decompressobj(_GZIP)
    try:
        out = unpacker.decompress(data, bound + 1)
    except zlib.error:
        return WireFault(FaultCode.GZIP)
    if len(out) > bound:
        return WireFault(FaultCode.TOO_LARGE if bound == limit else FaultCode.GZIP_RATIO, limit=bound)
    if not unpacker.eof:
        return WireFault(FaultCode.GZIP)
    if unpacker.unused_data:
        return WireFault(FaultCode.GZIP_MEMBER, limit=1)
    return out
