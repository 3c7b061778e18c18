# SPDX-License-Identifier: LicenseRef-Gatehouse
"""argon2id at the floor of trust.md section 4: one cost for officers' passwords and for the PINs that go to gates."""

from argon2 import PasswordHasher


def floor_hasher() -> PasswordHasher:
    """64 MiB, t=3, p=1."""
    return PasswordHasher(time_cost=3, memory_cost=64 << 10, parallelism=1)
