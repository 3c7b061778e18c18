# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The numbers of the wire (trust.md 13, sync-and-store.md 4); versions of its layout that this program reads."""

from dataclasses import dataclass

PROTO_MIN = 1
PROTO_MAX = 1
"""Message layouts that are understood, N-2 at most."""

SERVER_EVENTS = 500
SERVER_BYTES = 1 << 20
"""A request may hold so many events and so many bytes unpacked; beyond: 413, the client halves."""
CLIENT_EVENTS = 200
CLIENT_BYTES = 256 << 10
"""What a client sends at most."""
EVENT_BYTES = 32 << 10
"""One event's canonical text, and its personal part."""
URGENT_EVENTS = 10
PAGE_ROWS = 500
PAGE_BYTES = 256 << 10
"""A pull page."""
ANSWER_BYTES = 8 << 20
SNAPSHOT_BYTES = 32 << 20
"""An answer to a gate; a snapshot as it comes; more counts as garbage (trust.md section 13)."""
SNAPSHOT_UNPACKED = 4 * SNAPSHOT_BYTES
"""A snapshot unpacked, once its signature holds: 100,000 people with their passes are 60 MiB."""
GZIP_FREE = 64 << 10
GZIP_RATIO = 20
"""gzip may grow 20 times once it is above 64 KiB."""
CARRIED_BYTES = 256 << 20
CARRIED_LINE = 64 << 10
REPLY_LINE = 1 << 20
"""A carried file and one line of a `.ghlog`; a `.ghreply` carries a whole signed list in one line."""


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """JSON 上限: depth of nesting, keys of an object, bytes of a string, and of the strings under the key "c"."""

    depth: int = 16
    keys: int = 64
    text: int = 4 << 10
    event_text: int = EVENT_BYTES


REQUEST = JsonLimits()
ANSWER = JsonLimits(text=ANSWER_BYTES, event_text=ANSWER_BYTES)
