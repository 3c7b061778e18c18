# SPDX-License-Identifier: LicenseRef-Gatehouse
"""How large a picture file says it is, from its first bytes alone: checked before anything is decoded (scanning.md 8).

A small file can claim a picture that fills the memory, so the claim is read here, without a picture library.
"""

from collections.abc import Callable
from typing import Final

_NO_SIZE: Final = frozenset({0xC4, 0xC8, 0xCC})
_MARK: Final = 0xFF
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - _NO_SIZE
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_TAG_WIDTH: Final = 256
_TAG_HEIGHT: Final = 257
_SHORT: Final = 3

Size = tuple[int, int]


def claimed_size(data: bytes) -> Size | None:
    """(width, height) of a JPEG, PNG, BMP, WebP, GIF, TIFF or PNM file; None when it is none of these or cut short."""
    for magic, read in _READERS:
        if data.startswith(magic):
            try:
                size = read(data)
            except (IndexError, ValueError):
                return None
            return size if size is not None and min(size) > 0 else None
    return None


def _png(data: bytes) -> Size | None:
    return (_big(data, 16, 4), _big(data, 20, 4)) if data[12:16] == b"IHDR" else None


def _bmp(data: bytes) -> Size:
    return _little(data, 18, 4), abs(int.from_bytes(_cut(data, 22, 4), "little", signed=True))


def _gif(data: bytes) -> Size:
    return _little(data, 6, 2), _little(data, 8, 2)


def _jpeg(data: bytes) -> Size | None:
    at = 2
    while True:
        if data[at] != _MARK:
            return None
        kind = data[at + 1]
        if kind == _MARK:
            at += 1
        elif kind in _ALONE:
            at += 2
        elif kind in _FRAMES:
            return _big(data, at + 7, 2), _big(data, at + 5, 2)
        else:
            at += 2 + max(2, _big(data, at + 2, 2))


def _webp(data: bytes) -> Size | None:
    kind = data[12:16] if data[8:12] == b"WEBP" else b""
    if kind == b"VP8 ":
        return _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF
    if kind == b"VP8L":
        bits = _little(data, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return (_little(data, 24, 3) + 1, _little(data, 27, 3) + 1) if kind == b"VP8X" else None


def _tiff(data: bytes) -> Size | None:
    number = _big if data[:2] == b"MM" else _little
    at = number(data, 4, 4)
    found: dict[int, int] = {}
    for entry in range(number(data, at, 2)):
        place = at + 2 + 12 * entry
        short = number(data, place + 2, 2) == _SHORT
        found[number(data, place, 2)] = number(data, place + 8, 2 if short else 4)
    return (found[_TAG_WIDTH], found[_TAG_HEIGHT]) if {_TAG_WIDTH, _TAG_HEIGHT} <= found.keys() else None


def _pnm(data: bytes) -> Size:
    lines = (line.partition(b"#")[0] for line in data[2:512].splitlines())
    words = b" ".join(lines).split()
    return int(words[0]), int(words[1])


def _cut(data: bytes, at: int, count: int) -> bytes:
    if len(data) < at + count:
        raise IndexError(at)
    return data[at : at + count]


def _big(data: bytes, at: int, count: int) -> int:
    return int.from_bytes(_cut(data, at, count), "big")


def _little(data: bytes, at: int, count: int) -> int:
    return int.from_bytes(_cut(data, at, count), "little")


_READERS: Final[tuple[tuple[bytes, Callable[[bytes], Size | None]], ...]] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8", _jpeg),
    (b"RIFF", _webp),
    (b"BM", _bmp),
    (b"GIF8", _gif),
    (b"II*\0", _tiff),
    (b"MM\0*", _tiff),
    *((b"P%d" % kind, _pnm) for kind in (2, 3, 5, 6)),
)
