# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One event as it came in, read as far as it can be (sync-and-store.md 5, rules 1 and 5)."""

import re
from dataclasses import dataclass
from typing import Any

from kiosk.domain.codec import BadShape, from_json
from kiosk.domain.codes import ClockState
from kiosk.domain.events import UPCASTERS, Event, UnknownEvent, event_from_json, type_registry
from kiosk.domain.log.canonical import EventTooLarge, NotCanonical, read_canonical
from kiosk.domain.log.columns import Columns, columns_of, unpacked_id
from kiosk.domain.trust.sealing import personal_commitment
from sync.wire.limits import EVENT_BYTES
from sync.wire.messages import Personal

_NONE = type(None)
_ID = re.compile(r"[0-9a-f]{32}")


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
        data = read_canonical(canon, EVENT_BYTES)
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
    if clock is None or type(shift) not in {str, _NONE} or type(op) not in {str, _NONE}:
        raise BadShape("Event")
    return Event(
        data["id"], columns.seq, columns.at_ms, columns.mono_ms, columns.boot, clock, data["gate"],
        from_json(cls, data["body"]), shift, op, data.get("pc"),
    )  # fmt: skip


_CLOCKS = {clock.value: clock for clock in ClockState}


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
    numbers = (columns.seq, columns.at_ms, columns.mono_ms, columns.boot, columns.v)
    return (
        isinstance(columns.event_id, bytes)
        and all(type(number) is int for number in numbers)
        and columns.seq >= 1
        and _ID.fullmatch(columns.event_id.hex()) is not None
        and all(type(text) is str for text in (columns.type, columns.clock))
        and all(value is None or isinstance(value, bytes | str) for value in columns[8:12])
        and type(columns.verdict) in {str, _NONE}
        and type(columns.temp_dc) in {int, _NONE}
        and abs(columns.at_ms) < _FAR_MS
    )


_FAR_MS = 8_000_000_000_000  # the year 2223: beyond it there is no day of a calendar that we print
