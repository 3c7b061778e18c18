# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Strict Base45 of RFC 9285 (Base45 编码): exactly one text for each byte string, nothing trimmed or skipped.

Our own because the usual package accepts a trailing newline (pass-format.md section 12).
"""

from struct import pack

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_FOREIGN = 255
_VALUES = bytes(ALPHABET.index(byte) if byte in ALPHABET else _FOREIGN for byte in range(256))
_PAIR, _TRIPLET = 2, 3
_BYTE_MAX, _WORD_MAX = 0xFF, 0xFFFF


def encode(data: bytes) -> str:
    """Base45 text of bytes (编码)."""
    out = bytearray()
    for at in range(0, len(data) - 1, 2):
        high, low = divmod(data[at] << 8 | data[at + 1], 45 * 45)
        out += bytes((low % 45, low // 45, high))
    if len(data) % 2:
        out += bytes((data[-1] % 45, data[-1] // 45))
    return bytes(ALPHABET[value] for value in out).decode("ascii")


def decode(text: bytes) -> bytes | None:
    """Bytes of Base45 text (解码), or None: foreign character, lone last character, triplet > 65535, pair > 255."""
    values = text.translate(_VALUES)
    tail = len(values) % _TRIPLET
    if _FOREIGN in values or tail == 1:
        return None
    words = [a + b * 45 + c * 2025 for a, b, c in zip(values[::3], values[1::3], values[2::3], strict=False)]
    if words and max(words) > _WORD_MAX:
        return None
    data = pack(f">{len(words)}H", *words)
    if tail == _PAIR:
        last = values[-2] + values[-1] * 45
        if last > _BYTE_MAX:
            return None
        data += bytes((last,))
    return data
