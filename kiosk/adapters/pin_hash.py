# SPDX-License-Identifier: LicenseRef-Gatehouse
"""argon2id: whether a PIN is the one of a hash (trust.md section 4)."""


def matches(kept: str, pin: str) -> bool:
    """Whether `pin` is the PIN of the hash; the cost is the hash's own. A damaged hash fits no PIN."""
    from argon2 import PasswordHasher  # with the first PIN, so that the first scan need not wait for it
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(kept, pin)
    except (VerificationError, InvalidHashError):
        return False
