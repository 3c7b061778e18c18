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
_AFTER_POSITIVE = 2**64
Value: TypeAlias = "int | bytes | str | list[Value] | dict[int, Value]"

# cbor2 gives these tags a meaning of its own (dates, regular expressions, shared references ...). What arrives here
# comes from strangers, so none of that code may run: every tag is refused before its content is looked at.
_TAGS_WITH_MEANING = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)


def _refuse_tag(*_: object) -> NoReturn:
    raise cbor2.CBORDecodeError("tag")


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
        raise NotCborError("trailing bytes")
    return value


def read_canonical(data: bytes, *, text: bool = False) -> Value:
    """Read one item that has exactly these bytes as its canonical encoding; `text` allows text strings (规范读取).

    Raises `NotCborError` for everything else: another order, a longer length, a trailing byte, a float, a tag.
    """
    value = _of_profile(read(data), text=text)
    # maps keep the order they were read in, which the line above has found right: any difference is a longer form
    if encode(value) != data:
        raise NotCborError("not canonical")
    return value


def encode(value: Value) -> bytes:
    """Encode (编码) a value whose maps are already in canonical order (a `dict` keeps the order it is built in)."""
    return cbor2.dumps(value)


def _of_profile(value: object, *, text: bool) -> Value:
    """The value itself, if all in it is of the allowed types and its maps are in order."""
    kind = type(value)
    if kind is int or kind is bytes or (text and kind is str):
        return value  # type: ignore[return-value]  # narrowed by the exact type above
    if isinstance(value, list):
        for item in value:
            _of_profile(item, text=text)
        return value
    if isinstance(value, dict):
        before = -1
        for key, item in value.items():
            if type(key) is not int:
                raise NotCborError("key of a foreign type")
            # negative keys come after all others, -1 first: the order of their encodings
            place = key if key >= 0 else _AFTER_POSITIVE - key
            if place <= before:
                raise NotCborError("keys out of order")
            before = place
            _of_profile(item, text=text)
        return value
    raise NotCborError("foreign type")
