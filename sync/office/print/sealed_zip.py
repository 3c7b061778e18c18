# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A ZIP that opens with a passphrase alone, in any common program: AES-256 as WinZip's AE-2 writes it (trust.md 10).

A full export leaves the office for somebody who has none of our programs; a name leaves it encrypted or not at all
(domain.md 19). The format stretches a passphrase but a little (PBKDF2, 1,000 rounds), so that ours are made of 120
random bits, never chosen by a person. Names of the files stand open, so they say nothing.
"""

import hmac
import struct
import zlib
from base64 import b32encode
from collections.abc import Callable, Sequence
from hashlib import pbkdf2_hmac

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_SALT, _KEY, _CHECK, _TAG = 16, 32, 2, 10
_ROUNDS = 1000
_BLOCK = 16
_AES, _DEFLATE, _NEEDS = 99, 8, 51
_FLAGS = 0x0801  # encrypted, names in UTF-8
_EXTRA = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, _DEFLATE)
_DATE = (2020 - 1980) << 9 | 1 << 5 | 1  # the file itself says when the list was made
_PHRASE_BYTES = 15


def fresh_phrase(random: Callable[[int], bytes]) -> str:
    """A passphrase to be told by another way than the file: 24 letters and digits in groups of four."""
    letters = b32encode(random(_PHRASE_BYTES)).decode()
    return "-".join(letters[n : n + 4] for n in range(0, len(letters), 4))


def sealed_zip(files: Sequence[tuple[str, bytes]], phrase: str, random: Callable[[int], bytes]) -> bytes:
    """The archive of (name, content)."""
    out, directory = bytearray(), bytearray()
    for name, content in files:
        sealed = _sealed(_deflated(content), phrase.encode(), random(_SALT))
        head = struct.pack(
            "<HHHHHLLLHH", _NEEDS, _FLAGS, _AES, 0, _DATE, 0, len(sealed), len(content), len(name.encode()), len(_EXTRA)
        )
        place = len(out)
        out += b"PK\x03\x04" + head + name.encode() + _EXTRA + sealed
        directory += b"PK\x01\x02" + struct.pack("<H", _NEEDS) + head + struct.pack("<HHHLL", 0, 0, 0, 0, place)
        directory += name.encode() + _EXTRA
    count = len(files)
    end = struct.pack("<HHHHLLH", 0, 0, count, count, len(directory), len(out), 0)
    return bytes(out + directory + b"PK\x05\x06" + end)


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def _sealed(plain: bytes, phrase: bytes, salt: bytes) -> bytes:
    """Salt, two bytes by which a wrong passphrase is told, the text, and ten bytes over it."""
    keys = pbkdf2_hmac("sha1", phrase, salt, _ROUNDS, 2 * _KEY + _CHECK)
    text = stream(plain, keys[:_KEY])
    tag = hmac.digest(keys[_KEY : 2 * _KEY], text, "sha1")[:_TAG]
    return salt + keys[2 * _KEY :] + text + tag


def stream(data: bytes, key: bytes) -> bytes:
    """AES in counter mode as AE-2 counts: from one, the lowest byte first; the same way back."""
    blocks = -(-len(data) // _BLOCK)
    counters = np.zeros((blocks, 2), dtype="<u8")
    counters[:, 0] = np.arange(1, blocks + 1)
    made = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(counters.tobytes())  # noqa: S305 - the key stream of a counter mode that the library does not have
    mixed = np.frombuffer(data, np.uint8) ^ np.frombuffer(made, np.uint8)[: len(data)]
    return mixed.tobytes()
