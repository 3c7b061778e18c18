# SPDX-License-Identifier: LicenseRef-Gatehouse
"""规范字节: the one byte form of an event, made once, stored, hashed and sent as it is (sync-and-store.md 2).

UTF-8 JSON: keys sorted by code point, no blanks, integers within +-2^53, no floats, no nulls, NFC text, non-ASCII
unescaped; an event at most 8 KiB. Reading is strict: bytes that this module would not write are refused.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, NoReturn

from kiosk.domain.codec import Json

EVENT_LIMIT = 8192
"""事件上限: bytes of one event's canonical form."""

PERSONAL_LIMIT = 32768
"""个人信息上限: bytes of one event's personal part (trust.md 13)."""

_MAX_INT = 1 << 53
# Sixteen digits in a row may be an integer beyond 2^53 (9007199254740992): only then are the values walked.
_SUSPECT = re.compile(r"[0-9]{16}|null")


class NotCanonical(ValueError):
    """不是规范字节: a value that has no canonical form, or bytes that are not one."""


class EventTooLarge(ValueError):
    """事件过大: a canonical form above its limit: a bug, found before the commit."""

    def __init__(self, size: int, limit: int) -> None:
        """Say the size and the limit, in bytes, and nothing of the content."""
        super().__init__(f"{size} bytes, at most {limit}")
        self.size = size
        self.limit = limit


def _no_float(_text: str) -> NoReturn:
    raise NotCanonical("float")


_write = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_read = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float).decode


def canonical_bytes(value: Mapping[str, Any], limit: int = EVENT_LIMIT) -> bytes:
    """规范编码: the canonical bytes of a JSON object; text is brought to NFC.

    Raises `NotCanonical` for floats, nulls, large integers, keys that are no text, lone surrogates or keys that become
    one in NFC; `EventTooLarge` above `limit` bytes.
    """
    _check(value)
    text = _write(value)
    if not unicodedata.is_normalized("NFC", text):
        text = _write(_normalized(value))
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise NotCanonical("lone surrogate") from None
    if len(data) > limit:
        raise EventTooLarge(len(data), limit)
    return data


def read_canonical(data: bytes, limit: int = EVENT_LIMIT) -> dict[str, Any]:
    """规范解码: the object of canonical bytes; raises `NotCanonical` for any other bytes, `EventTooLarge`."""
    if len(data) > limit:
        raise EventTooLarge(len(data), limit)
    try:
        text = data.decode()
        value = _read(text)
        # Written again it must be the same text: this finds blanks, order, escapes and repeated keys at once.
        same = _write(value) == text
    except RecursionError:
        raise NotCanonical("too deep") from None
    except ValueError:
        raise NotCanonical("not JSON of this form") from None
    if type(value) is not dict or not same:
        raise NotCanonical("another form of the same JSON" if type(value) is dict else "not an object")
    if _SUSPECT.search(text) is not None:
        _check(value)
    # An escape may end in a letter that composes with what follows it, so the values tell, not the whole text.
    if not text.isascii() and not unicodedata.is_normalized("NFC", text) and _write(_normalized(value)) != text:
        raise NotCanonical("text not in NFC")
    return value


def _check(value: object) -> None:
    kind = type(value)
    if kind is str or kind is bool:
        return
    if kind is int:
        if not -_MAX_INT <= value <= _MAX_INT:  # type: ignore[operator] # it is an int
            raise NotCanonical("integer beyond 2^53")
    elif kind is dict:
        for key, item in value.items():  # type: ignore[attr-defined] # it is a dict
            if type(key) is not str:
                raise NotCanonical("key that is no text")
            _check(item)
    elif kind is list:
        for item in value:  # type: ignore[attr-defined] # it is a list
            _check(item)
    else:
        raise NotCanonical(kind.__name__)


def _normalized(value: Json) -> Json:
    kind = type(value)
    if kind is str:
        return unicodedata.normalize("NFC", value)
    if kind is dict:
        out = {unicodedata.normalize("NFC", key): _normalized(item) for key, item in value.items()}
        if len(out) != len(value):
            raise NotCanonical("two keys are one in NFC")
        return out
    return [_normalized(item) for item in value] if kind is list else value
