# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Bytes to messages and back: duplicate keys, NaN, odd integers and over-long things are refused (trust.md 13).

Unknown keys are ignored, so that a newer program may add fields. A refusal is a `WireFault`, never an exception.
"""

import json
import math
import re
from typing import Any, NoReturn, TypeVar

import msgspec

from sync.wire.faults import FaultCode, WireFault
from sync.wire.limits import REQUEST, JsonLimits

T = TypeVar("T")

_MAX_INT = 1 << 53
_INT_DIGITS = 17
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_EVENT_TEXT = "c"
_MISSING = re.compile(r"missing required field `([a-z_0-9]+)`")
_AT = re.compile(r" - at `([^`]*)`$")


class _Refused(Exception):
    def __init__(self, code: FaultCode, limit: int | None = None) -> None:
        super().__init__(code.value)
        self.code = code
        self.limit = limit


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise _Refused(FaultCode.JSON_STRICT)
    return out


def _no_constant(_text: str) -> NoReturn:
    raise _Refused(FaultCode.JSON_STRICT)


def _integer(text: str) -> int:
    if len(text) > _INT_DIGITS or not -_MAX_INT <= (value := int(text)) <= _MAX_INT:
        raise _Refused(FaultCode.JSON_LIMIT, _MAX_INT)
    return value


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Refused(FaultCode.JSON_STRICT)
    return value


_read = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_constant=_no_constant, parse_int=_integer, parse_float=_float
).decode


def load(data: bytes, limits: JsonLimits = REQUEST) -> Any:  # noqa: ANN401 - any JSON
    """Plain JSON of strict bytes within the limits, or a `WireFault`."""
    try:
        value = _read(data.decode())
        if _SURROGATE.search(data):
            # only an escape can bring in half a surrogate pair; it cannot be written as UTF-8 again
            json.dumps(value, ensure_ascii=False).encode()
    except _Refused as refused:
        return WireFault(refused.code, limit=refused.limit)
    except RecursionError:
        return WireFault(FaultCode.JSON_LIMIT, limit=limits.depth)
    except ValueError:
        return WireFault(FaultCode.JSON_STRICT)
    return _beyond(value, limits) or value


def decode(kind: type[T], data: bytes, limits: JsonLimits = REQUEST) -> T | WireFault:
    """The message of these bytes, or what is wrong with them."""
    value = load(data, limits)
    if isinstance(value, WireFault):
        return value
    return convert(kind, value)


def convert(kind: type[T], value: Any) -> T | WireFault:  # noqa: ANN401 - any JSON
    """A message from plain JSON, or the path of what does not fit."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return WireFault(FaultCode.SHAPE, _path(str(error)))


def encode(message: object) -> bytes:
    """The bytes of a message; fields at their default are left out."""
    return msgspec.json.encode(message)


def _path(text: str) -> str:
    """Where it is wrong, from the library's sentence; the sentence itself may quote the input and is dropped."""
    at = _AT.search(text)
    missing = _MISSING.search(text)
    parts = [at.group(1).removeprefix("$").lstrip(".") if at else "", missing.group(1) if missing else ""]
    return ".".join(part for part in parts if part)


def _beyond(value: object, limits: JsonLimits) -> WireFault | None:
    """What exceeds a limit, level by level and without recursion."""
    level: list[tuple[str, object]] = [("", value)]
    depth = 0
    while level:
        below: list[tuple[str, object]] = []
        deeper = False
        for name, item in level:
            if isinstance(item, str):
                fault = _text_beyond(name, item, limits)
                if fault is not None:
                    return fault
            elif isinstance(item, dict):
                deeper = True
                if len(item) > limits.keys:
                    return WireFault(FaultCode.JSON_LIMIT, limit=limits.keys)
                if any(len(key) > limits.text for key in item):
                    return WireFault(FaultCode.JSON_LIMIT, limit=limits.text)
                below.extend(item.items())
            elif isinstance(item, list):
                deeper = True
                below.extend((name, part) for part in item)
        depth += deeper
        if depth > limits.depth:
            return WireFault(FaultCode.JSON_LIMIT, limit=limits.depth)
        level = below
    return None


def _text_beyond(name: str, text: str, limits: JsonLimits) -> WireFault | None:
    limit = limits.event_text if name == _EVENT_TEXT else limits.text
    if len(text) * 4 <= limit or (len(text) <= limit and len(text.encode()) <= limit):
        return None
    if name == _EVENT_TEXT:
        return WireFault(FaultCode.TOO_LARGE, "events[].c", limit)
    return WireFault(FaultCode.JSON_LIMIT, limit=limit)
