# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Numbered fields of a signed list (签名列表的字段), read with exact types, sizes and ranges."""

from collections.abc import Iterable

from kiosk.domain.trust.cbor import Value
from kiosk.domain.trust.versions import Refusal
from kiosk.domain.trust.weak import KEY_SIZE, strong_key

TIMES = range(1_577_836_800, 2**32)  # seconds since 1970 UTC, from 2020 on: milliseconds therefore fail
SITES = range(1, 10_000)
TEXT_LIMIT = 200
_PRIVATE_SIZE = 2 * KEY_SIZE
_COSE_PRIVATE = -4


class FieldError(Exception):
    """字段错误: a field that makes the whole list refused. Stays inside the readers of this package."""

    def __init__(self, refusal: Refusal) -> None:
        """Keep why the list is refused."""
        super().__init__(refusal.value)
        self.refusal = refusal


class Fields:
    """编号字段: a map with exactly the keys asked for; each getter raises `FieldError`."""

    __slots__ = ("_map",)

    def __init__(self, value: Value, keys: Iterable[int]) -> None:
        """Check that `value` is a map with these keys and no others."""
        needed = set(keys)
        if not isinstance(value, dict):
            raise FieldError(Refusal.MALFORMED)
        if _COSE_PRIVATE in value:
            raise FieldError(Refusal.PRIVATE_KEY)
        if value.keys() - needed:
            raise FieldError(Refusal.UNKNOWN_FIELD)
        if needed - value.keys():
            raise FieldError(Refusal.MALFORMED)
        self._map = value

    def integer(self, key: int, allowed: range) -> int:
        """An integer (整数) of the allowed range."""
        return integer(self._map[key], allowed)

    def text(self, key: int) -> str:
        """A text (文本) of 1..200 characters."""
        return text(self._map[key])

    def octets(self, key: int, size: int | None = None) -> bytes:
        """Bytes (字节串) of that size, or of any."""
        return octets(self._map[key], size)

    def items(self, key: int) -> list[Value]:
        """A list (列表)."""
        value = self._map[key]
        if not isinstance(value, list):
            raise FieldError(Refusal.MALFORMED)
        return value

    def public_key(self, key: int) -> bytes:
        """A public key (公钥) of 32 bytes that is not weak and no private key."""
        value = self._map[key]
        if isinstance(value, bytes) and len(value) == _PRIVATE_SIZE:
            raise FieldError(Refusal.PRIVATE_KEY)
        public = self.octets(key, KEY_SIZE)
        if strong_key(public) is None:
            raise FieldError(Refusal.WEAK_KEY)
        return public


def integer(value: "Value | None", allowed: range) -> int:
    """The integer itself, if allowed (整数检查). Raises `FieldError`."""
    if not isinstance(value, int) or value not in allowed:
        raise FieldError(Refusal.MALFORMED)
    return value


def text(value: "Value | None") -> str:
    """The text itself, if not empty and not too long (文本检查). Raises `FieldError`."""
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_LIMIT:
        raise FieldError(Refusal.MALFORMED)
    return value


def octets(value: "Value | None", size: int | None = None) -> bytes:
    """The bytes themselves, if of that size (字节检查). Raises `FieldError`."""
    if not isinstance(value, bytes) or (size is not None and len(value) != size):
        raise FieldError(Refusal.MALFORMED)
    return value
