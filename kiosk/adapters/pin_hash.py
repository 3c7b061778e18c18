# SPDX-License-Identifier: LicenseRef-Gatehouse
"""argon2id: whether a PIN is the one of a hash (trust.md section 4)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


def matches(kept: str, pin: str) -> bool:
    """Whether `pin` is the PIN of the hash; the cost is the hash's own. A damaged hash fits no PIN."""
    try:
        return _HASHER.verify(kept, pin)
    except (VerificationError, InvalidHashError):
        return False
