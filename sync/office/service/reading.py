# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One event as it came in, read as far as it can be (sync-and-store.md 5, rules 1 and 5).

There is a quick way for the usual event and a slow one for all, which alone decides what is refused: whatever the quick
way does not take goes to the slow one, and what it takes it reads as the slow one would.
"""

from dataclasses import fields
from enum import Enum
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from kiosk.domain.codec import BadShape
from kiosk.domain.codes import ClockState
from kiosk.domain.events import UPCASTERS, Body, Event, UnknownEvent, event_from_json, type_registry
from kiosk.domain.identity import EventId, GateId, OperatorId, ShiftId
from kiosk.domain.log.canonical import EventTooLarge, NotCanonical, read_canonical
from kiosk.domain.log.columns import columns_of, unpacked_id
from kiosk.domain.trust.sealing import personal_commitment
from sync.wire.limits import EVENT_BYTES
from sync.wire.messages import Personal


class ReadEvent(NamedTuple):
    """读出的事件: `event` None: a type or version of a later program, kept raw. `canon` as it was sent, `id` 16 bytes.

    The ids beside it are those of the event's columns, as they stand in the canonical bytes.
    """

    canon: bytes
    id: bytes
    seq: int
    at_ms: int
    type: str
    v: int
    gate: str
    pc: str | None
    person_id: str | None
    pass_id: str | None
    passage_id: str | None
    verdict: str | None
    temp_dc: int | None
    event: Event | None


def read_event(canon: bytes) -> ReadEvent | None:
    """The event of these bytes, or None if they are not the canonical bytes of one (SHAPE)."""
    return _read_quickly(canon) or _read_slowly(canon)


def _read_slowly(canon: bytes) -> ReadEvent | None:
    try:
        data = read_canonical(canon, EVENT_BYTES)
        c = columns_of(data)
    except (NotCanonical, EventTooLarge):
        return None
    types = tuple(map(type, c))
    sound = (
        types[:8] == _ENVELOPE
        and len(c.event_id) == _ID_SIZE
        and c.seq >= 1
        and _IDS.issuperset(types[8:12])
        and types[12] in _TEXT
        and types[13] in _NUMBER
        and abs(c.at_ms) < _FAR_MS
    )
    pc = data.get("pc")
    if not sound or type(data.get("gate")) is not str or type(pc) not in _TEXT or not isinstance(c.event_id, bytes):
        return None
    try:
        event = event_from_json(data)
    except UnknownEvent:
        event = None
    except BadShape:
        return None
    return ReadEvent(
        canon, c.event_id, c.seq, c.at_ms, c.type, c.v, data["gate"], pc, _text(c.person_id), _text(c.pass_id),
        _text(c.passage_id), c.verdict, c.temp_dc, event,
    )  # fmt: skip


def _text(value: bytes | str | None) -> str | None:
    return None if value is None else unpacked_id(value)


_ID_SIZE = 16
_NONE = type(None)
_ENVELOPE = (int, bytes, int, int, int, str, str, int)  # seq, id, at, mono, boot, clock, type, v
_IDS = frozenset({_NONE, bytes, str})
_TEXT = frozenset({_NONE, str})
_NUMBER = frozenset({_NONE, int})
_FAR_MS = 8_000_000_000_000  # the year 2223: beyond it there is no day of a calendar that we print

# ------------------------------------------------------------------------------------------------------ the quick way
# What another writer of sorted JSON makes of a value again, byte for byte, is what our own would make, but for escapes
# and NFC (bytes that are not plain ASCII take the slow way) and for nulls, floats and integers beyond 2^53: these have
# no place in the shapes below.
_Integer = Annotated[int, msgspec.Meta(gt=-(1 << 53), lt=1 << 53)]
_Leaf = str | bool | _Integer
_Inner = _Leaf | list[_Leaf] | dict[str, _Leaf]
_Value = _Leaf | list[_Inner] | dict[str, _Inner]


class _Envelope(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An event of a plain body, checked by the decoder itself."""

    id: Annotated[EventId, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    seq: Annotated[int, msgspec.Meta(gt=0, lt=1 << 53)]
    at: Annotated[int, msgspec.Meta(gt=-_FAR_MS, lt=_FAR_MS)]
    mono: _Integer
    boot: _Integer
    clk: ClockState
    type: str
    v: _Integer
    gate: GateId
    body: dict[str, _Value]
    shift: ShiftId | None = None
    op: OperatorId | None = None
    pc: str | None = None


_decode = msgspec.json.Decoder(_Envelope).decode
_encode = msgspec.json.Encoder(order="sorted").encode


def _read_quickly(canon: bytes) -> ReadEvent | None:
    if len(canon) > EVENT_BYTES or not canon.isascii() or b"\\" in canon:
        return None
    try:
        sent = _decode(canon)
        return _usual(canon, sent) if _encode(sent) == canon else None
    except (msgspec.DecodeError, RecursionError):
        return None


def _usual(canon: bytes, sent: _Envelope) -> ReadEvent | None:
    """An event of a flat body that this program knows, of exactly the types that it should have."""
    plan = _PLANS.get((sent.type, sent.v))
    if plan is None:
        return None
    body: dict[str, Any] = sent.body
    said = body.get
    columns = said("person"), said("pass"), said("passage"), said("verdict"), said("temp_dc")
    if not _TEXT.issuperset(map(type, columns[:4])) or type(columns[4]) not in _NUMBER:
        return None
    for key, name in plan.renamed:
        if name in body:
            return None
        if key in body:
            body[name] = body.pop(key)
    event = Event(
        sent.id, sent.seq, sent.at, sent.mono, sent.boot, sent.clk, sent.gate, _convert(body, plan.cls), sent.shift,
        sent.op, sent.pc,
    )  # fmt: skip
    return ReadEvent(
        canon, bytes.fromhex(sent.id), sent.seq, sent.at, sent.type, sent.v, sent.gate, sent.pc, *columns, event
    )


_convert = msgspec.convert


class _Plan(NamedTuple):
    """How a body of flat fields is read: its class, and which keys stand for fields of another name."""

    cls: type[Body]
    renamed: tuple[tuple[str, str], ...]


def _planned(cls: type[Body]) -> _Plan | None:
    hints = get_type_hints(cls)
    parts = fields(cls)  # type: ignore[arg-type]  # every body is a dataclass
    if not all(_flat(hints[f.name]) for f in parts):
        return None
    keys = ((f.metadata.get("key", f.name), f.name) for f in parts)
    return _Plan(cls, tuple((key, name) for key, name in keys if key != name))


def _flat(hint: Any) -> bool:  # noqa: ANN401 - any type of a field
    """Texts, truths, integers and codes, or lists and maps of them: what both readers read alike."""
    hint = getattr(hint, "__supertype__", hint)
    if get_origin(hint) is not None:
        return get_origin(hint) in (tuple, frozenset, dict, Union, UnionType) and all(
            map(_flat, (a for a in get_args(hint) if a not in (_NONE, ...)))
        )
    return hint in (str, int, bool) or (isinstance(hint, type) and issubclass(hint, Enum))


_PLANS = {
    kind: plan for kind, cls in type_registry.items() if kind not in UPCASTERS and (plan := _planned(cls)) is not None
}


def commitment_holds(read: ReadEvent, personal: Personal | None) -> bool:
    """Whether the personal part is the one that the event commits to; without one (purged, none) there is no doubt."""
    if personal is None:
        return True
    if read.pc is None:
        return False
    return personal_commitment(bytes.fromhex(personal.salt), personal.c.encode()).hex() == read.pc
