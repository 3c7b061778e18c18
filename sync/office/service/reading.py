# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One event as it came in, read as far as it can be (sync-and-store.md 5, rules 1 and 5)."""

from dataclasses import dataclass
from typing import Any

import msgspec

from kiosk.domain.codec import BadShape, from_json
from kiosk.domain.codes import ClockState
from kiosk.domain.events import UPCASTERS, Event, UnknownEvent, event_from_json, type_registry
from kiosk.domain.log.canonical import EventTooLarge, NotCanonical, read_canonical
from kiosk.domain.log.columns import Columns, columns_of, unpacked_id
from kiosk.domain.trust.sealing import personal_commitment
from sync.wire.limits import EVENT_BYTES
from sync.wire.messages import Personal


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """读出的事件: `event` None: a type or version of a later program, kept raw. `canon` as it was sent."""

    canon: bytes
    columns: Columns
    gate: str
    pc: str | None
    event: Event | None

    @property
    def id(self) -> bytes:
        """The event's id, 16 bytes."""
        packed = self.columns.event_id
        return packed if isinstance(packed, bytes) else packed.encode()

    @property
    def seq(self) -> int:
        """Its place in the log, as it says itself."""
        return self.columns.seq


def read_event(canon: bytes) -> ReadEvent | None:
    """The event of these bytes, or None if they are not the canonical bytes of one (SHAPE)."""
    try:
        data = canonical_object(canon)
        columns = columns_of(data)
    except (NotCanonical, EventTooLarge):
        return None
    if not _sound(columns) or not isinstance(data.get("gate"), str) or not isinstance(data.get("pc", ""), str):
        return None
    try:
        event = _event(data, columns)
    except BadShape:
        return None
    return ReadEvent(canon, columns, data["gate"], data.get("pc"), event)


def _event(data: dict[str, Any], columns: Columns) -> Event | None:
    """The event; None for a type or version of a later program. Raises `BadShape`.

    The envelope's types were judged by `_sound`: only the body is read by its class, where there is no upcaster.
    """
    kind = (columns.type, columns.v)
    cls = type_registry.get(kind)
    if cls is None or kind in UPCASTERS:
        try:
            return event_from_json(data)
        except UnknownEvent:
            return None
    clock = _CLOCKS.get(columns.clock)
    shift, op = data.get("shift"), data.get("op")
    if clock is None or type(shift) not in _TEXT or type(op) not in _TEXT:
        raise BadShape("Event")
    return Event(
        data["id"], columns.seq, columns.at_ms, columns.mono_ms, columns.boot, clock, data["gate"],
        from_json(cls, data["body"]), shift, op, data.get("pc"),
    )  # fmt: skip


_CLOCKS = {clock.value: clock for clock in ClockState}


def canonical_object(canon: bytes) -> dict[str, Any]:
    """The object of canonical bytes; raises as `read_canonical`, of which this is the quick way for the usual case.

    What another writer of sorted JSON makes of the value again, byte for byte, is what our own would make, but for
    numbers and nulls (looked at here) and for escapes and NFC (left to the slow way).
    """
    if b"\\" not in canon and canon.isascii() and len(canon) <= EVENT_BYTES:
        try:
            value = _decode(canon)
            if type(value) is dict and _plain(value) and _encode(value) == canon:
                return value
        except (msgspec.DecodeError, RecursionError):
            pass
    return read_canonical(canon, EVENT_BYTES)


_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="sorted").encode
_MAX_INT = 1 << 53


def _plain(value: object) -> bool:
    """Whether there are texts, truths and integers within 2^53 alone, in objects and lists."""
    kind = type(value)
    if kind is str or kind is bool:
        return True
    if kind is int:
        return -_MAX_INT <= value <= _MAX_INT  # type: ignore[operator]  # it is an int
    if kind is dict:
        return all(map(_plain, value.values()))  # type: ignore[attr-defined]  # it is a dict
    return kind is list and all(map(_plain, value))  # type: ignore[call-overload]  # it is a list


def commitment_holds(read: ReadEvent, personal: Personal | None) -> bool:
    """Whether the personal part is the one that the event commits to; without one (purged, none) there is no doubt."""
    if personal is None:
        return True
    if read.pc is None:
        return False
    return personal_commitment(bytes.fromhex(personal.salt), personal.c.encode()).hex() == read.pc


def text_id(value: bytes | str | None) -> str | None:
    """A packed id of the columns as text."""
    return None if value is None else unpacked_id(value)


def _sound(columns: Columns) -> bool:
    """Types of the envelope, which later programs keep too; a body of the catalogue is checked by its own class."""
    types = tuple(map(type, columns))
    return (
        types[:8] == _ENVELOPE
        and len(columns.event_id) == _ID_SIZE
        and columns.seq >= 1
        and _IDS.issuperset(types[8:12])
        and types[12] in _TEXT
        and types[13] in _NUMBER
        and abs(columns.at_ms) < _FAR_MS
    )


_ID_SIZE = 16
_NONE = type(None)
_ENVELOPE = (int, bytes, int, int, int, str, str, int)  # seq, id, at, mono, boot, clock, type, v
_IDS = frozenset({_NONE, bytes, str})
_TEXT = frozenset({_NONE, str})
_NUMBER = frozenset({_NONE, int})
_FAR_MS = 8_000_000_000_000  # the year 2223: beyond it there is no day of a calendar that we print
