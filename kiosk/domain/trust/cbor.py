# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The CBOR of everything signed: a bounded reader and the one canonical encoding (规范编码).

Source: pass-format.md section 1, "Canonical encoding" (RFC 8949, core deterministic): shortest and definite lengths,
integer keys in ascending order of their encoding, no tags, floats, null or bool. Text appears in the lists alone.
"""

from io import BytesIO
from typing import NoReturn, TypeAlias

import cbor2

MAX_DEPTH = 4
FOREIGN_DEPTH = 16
Value: TypeAlias = "int | bytes | str | list[Value] | dict[int, Value]"

# cbor2 gives these tags a meaning of its own (dates, regular expressions, shared references ...). What arrives here
# comes from strangers, so none of that code may run: every tag is refused before its content is looked at.
_TAGS_WITH_MEANING = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)


def _refuse_tag(*_: object) -> NoReturn:
    message = "tag"
    raise cbor2.CBORDecodeError(message)


class Opaque:
    """不透明的标签项: stands for a tagged item of somebody else's message, whose content is not interpreted."""


def _keep_tag(*_: object) -> Opaque:
    return Opaque()


_OPAQUE = dict.fromkeys(_TAGS_WITH_MEANING, _keep_tag)
_REFUSALS = dict.fromkeys(_TAGS_WITH_MEANING, _refuse_tag)


class NotCborError(ValueError):
    """不是规范的编码: the bytes are no CBOR of the kind asked for; the message never repeats them."""


def read(data: bytes) -> object:
    """Read one CBOR item (读取) of at most 4 nested containers, definite lengths, without tags or duplicate keys.

    What follows the item is not looked at: callers compare with a re-encoding. Raises `NotCborError`.
    """
    try:
        return cbor2.loads(
            data,
            tag_hook=_refuse_tag,
            semantic_decoders=_REFUSALS,
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
    except cbor2.CBORError as error:
        raise NotCborError(type(error).__name__) from None


def read_foreign(data: bytes) -> object:
    """Read exactly one CBOR item of another system's message (读取外来消息): any encoding RFC 8949 allows.

    Tagged items become `Opaque`, at most 16 nested containers, no duplicate keys, no trailing bytes. Raises
    `NotCborError`.
    """
    stream = BytesIO(data)
    try:
        value = cbor2.CBORDecoder(
            stream,
            tag_hook=_keep_tag,
            semantic_decoders=_OPAQUE,
            max_depth=FOREIGN_DEPTH,
            allow_duplicate_keys=False,
        ).decode()
    except cbor2.CBORError as error:
        raise NotCborError(type(error).__name__) from None
    if stream.tell() != len(data):
        message = "trailing bytes"
        raise NotCborError(message)
    return value


def read_canonical(data: bytes, *, text: bool = False) -> Value:
    """Read one item that has exactly these bytes as its canonical encoding; `text` allows text strings (规范读取).

    Raises `NotCborError` for everything else: another order, a longer length, a trailing byte, a float, a tag.
    """
    value = _ordered(read(data), text=text)
    if encode(value) != data:
        message = "not canonical"
        raise NotCborError(message)
    return value


def encode(value: Value) -> bytes:
    """Encode (编码) a value whose maps are already in canonical order (a `dict` keeps the order it is built in)."""
    return cbor2.dumps(value)


def _ordered(value: object, *, text: bool) -> Value:
    kind = type(value)
    if kind is int or kind is bytes or (text and kind is str):
        return value  # type: ignore[return-value]  # narrowed by the exact type above
    if isinstance(value, list):
        return [_ordered(item, text=text) for item in value]
    if isinstance(value, dict) and all(type(key) is int for key in value):
        return {key: _ordered(value[key], text=text) for key in sorted(value, key=_key_order)}
    message = "foreign type"
    raise NotCborError(message)


def _key_order(key: int) -> tuple[bool, int]:
    return key < 0, abs(key)
