# SPDX-License-Identifier: LicenseRef-Gatehouse
"""gzip lines, written and read piece by piece within bounds: the outer form of carried files and snapshots."""

import zlib
from collections.abc import Iterable, Iterator

from sync.wire.faults import FaultCode, WireFault
from sync.wire.limits import CARRIED_BYTES, CARRIED_LINE

_GZIP = 31
_PIECE = 64 << 10
_BEST = 6
_MEMORY = 9


def packed_lines(lines: Iterable[bytes], level: int = _BEST, *, random_ids: bool = False) -> Iterator[bytes]:
    """The pieces of one gzip member that holds these lines, each ended by LF.

    `random_ids`: much of it is ids in hex. Short matches among them cost more than their letters do, so that leaving
    them out packs a compound's list by a twentieth smaller.
    """
    strategy = zlib.Z_FILTERED if random_ids else zlib.Z_DEFAULT_STRATEGY
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP, _MEMORY, strategy)
    for line in lines:
        piece = packer.compress(line + b"\n")
        if piece:
            yield piece
    yield packer.flush()


def unpacked_lines(
    pieces: Iterable[bytes], line_limit: int = CARRIED_LINE, limit: int = CARRIED_BYTES
) -> Iterator[bytes | WireFault]:
    """The lines without LF; the last item is a `WireFault` if the file is cut, damaged, or beyond a limit.

    `limit` bounds packed bytes; a line beyond `line_limit` ends the reading, so memory stays at one line and one piece.
    """
    unpacker = zlib.decompressobj(_GZIP)
    seen, rest = 0, b""
    try:
        for piece in pieces:
            seen += len(piece)
            if seen > limit:
                yield WireFault(FaultCode.TOO_LARGE, limit=limit)
                return
            waiting = piece
            while waiting and not unpacker.eof:
                rest += unpacker.decompress(waiting, _PIECE)
                waiting = unpacker.unconsumed_tail
                *whole, rest = rest.split(b"\n")
                for line in whole:
                    if len(line) > line_limit:
                        yield WireFault(FaultCode.TOO_LARGE, "line", line_limit)
                        return
                    yield line
                if len(rest) > line_limit:
                    yield WireFault(FaultCode.TOO_LARGE, "line", line_limit)
                    return
            if unpacker.unused_data or (unpacker.eof and waiting):
                yield WireFault(FaultCode.GZIP_MEMBER, limit=1)
                return
    except zlib.error:
        yield WireFault(FaultCode.GZIP)
        return
    if not unpacker.eof or rest:
        yield WireFault(FaultCode.CARRIED_CUT)
