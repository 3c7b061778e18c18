# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A thousand made-up personal values, and a search for them in every byte that was written (trust.md 12).

Each value holds a mark of its kind, so that a search for the marks in every encoding finds any of the thousand.
"""

import base64
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

NAME, PHONE, ROOM, DOC = "金丝雀", "1397531", "9753门", "31010719753"
_WINDOW = 1 << 20


@dataclass(frozen=True, slots=True)
class Canary:
    """A person who does not exist: four values."""

    number: int

    @property
    def name(self) -> str:
        return f"{NAME}{self.number:04d}"

    @property
    def phone(self) -> str:
        return f"{PHONE}{self.number:04d}"

    @property
    def room(self) -> str:
        return f"{ROOM}{self.number:04d}"

    @property
    def doc(self) -> str:
        return f"{DOC}{self.number:07d}"

    def personal(self) -> dict[str, str]:
        return {"name": self.name, "phone": self.phone, "room": self.room, "doc_no": self.doc}


FLOCK = tuple(Canary(number) for number in range(250))
"""A thousand values."""


def encodings(mark: str) -> set[bytes]:
    """A mark as it could stand in a file: three character sets, hex, base64 at each of its three offsets, a URL."""
    plain = [mark.encode(), mark.encode("gbk"), mark.encode("utf-16-le"), mark.encode("utf-16-be")]
    out = set(plain)
    for data in plain:
        out |= {data.hex().encode(), data.hex().upper().encode()}
        out |= {_inner_base64(data, offset) for offset in range(3)}
    out |= {quote(mark).encode(), quote(mark.encode("gbk")).encode(), quote(mark).lower().encode()}
    out |= {mark.encode("unicode_escape")}
    return out


def _inner_base64(data: bytes, offset: int) -> bytes:
    """The characters that stand for `data` wherever it begins in a group of three: its rims depend on neighbours."""
    text = base64.b64encode(bytes(offset) + data)
    first = (0, 2, 3)[offset]
    last = (offset + len(data)) // 3 * 4
    return text[first:last] if len(text[first:last]) >= 6 else data


PATTERNS = {mark: encodings(mark) for mark in (NAME, PHONE, ROOM, DOC)}


def found_in(folder: Path) -> list[str]:
    """`file: mark` of each that stands in a file under a folder, also inside what is packed by gzip."""
    return [
        f"{file.relative_to(folder)}: {mark}"
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        for mark in marks_in(file.read_bytes())
    ]


def marks_in(data: bytes) -> set[str]:
    out: set[str] = set()
    for text in (data, *_unpacked(data)):
        out |= {mark for mark, patterns in PATTERNS.items() if any(pattern in text for pattern in patterns)}
    return out


def _unpacked(data: bytes) -> Iterator[bytes]:
    at = data.find(b"\x1f\x8b\x08")
    while at >= 0:
        with suppress(zlib.error):
            yield zlib.decompressobj(31).decompress(data[at : at + _WINDOW], 8 * _WINDOW)
        at = data.find(b"\x1f\x8b\x08", at + 1)
