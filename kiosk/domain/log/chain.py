# SPDX-License-Identifier: LicenseRef-Gatehouse
"""记录链: each event hashes the one before and its own bytes (sync-and-store.md 2, trust.md 8).

Device and epoch stand in the first hash and in the file or the envelope, not in the canonical bytes.
"""

from hashlib import sha256

_FIRST = b"GH-EV0"
_NEXT = b"GH-EV1"
_DEVICE_SIZE = 16


def first_hash(device: str, epoch: int) -> bytes:
    """链首: what the first event of an epoch hashes as its predecessor; `device` 32 hex digits (or a dashed UUID)."""
    raw = bytes.fromhex(device.replace("-", ""))
    if len(raw) != _DEVICE_SIZE:
        message = f"device id of {len(raw)} bytes, not {_DEVICE_SIZE}"
        raise ValueError(message)
    return sha256(_FIRST + raw + epoch.to_bytes(8, "big")).digest()


def next_hash(prev: bytes, canon: bytes) -> bytes:
    """链值: hash of an event with canonical bytes `canon` after one whose hash is `prev` (32 bytes)."""
    return sha256(_NEXT + prev + canon).digest()
