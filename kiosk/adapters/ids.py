# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Fresh ids and random bytes: UUIDv7 of the machine's randomness, or by seed for replay and tests."""

import os
import threading
from collections.abc import Callable
from hashlib import sha256

from kiosk.app.ports import Clock
from kiosk.domain.instants import DAY_MS

_COUNTER_BITS = 12


def uuid7(at_ms: int, counter: int, tail: bytes) -> str:
    """A UUIDv7 (RFC 9562) as 32 hex digits: 48 bits of time, 12 of a counter within the ms, 62 of `tail` (8 bytes)."""
    rest = int.from_bytes(tail, "big") & ((1 << 62) - 1)
    return f"{at_ms & ((1 << 48) - 1):012x}7{counter & 0xFFF:03x}{(0b10 << 62) | rest:016x}"


class FreshIds:
    """编号: ids in the order in which they were asked for, also within one millisecond and over a clock set back."""

    def __init__(self, clock: Clock, random: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._random = random
        self._lock = threading.Lock()
        self._at_ms = 0
        self._counter = 0

    def new_id(self) -> str:
        """A UUIDv7 as 32 hex digits; later ones sort later (locality only, never meaning)."""
        with self._lock:
            now = self._clock.wall_ms()
            # A clock set far back must not pin all ids to its old time for ever: a day is beyond any correction.
            if now > self._at_ms or self._at_ms - now > DAY_MS:
                self._at_ms, self._counter = now, 0
            else:
                self._counter += 1
                if self._counter >> _COUNTER_BITS:
                    self._at_ms, self._counter = self._at_ms + 1, 0
            return uuid7(self._at_ms, self._counter, self._random(8))

    def random(self, count: int) -> bytes:
        """Random bytes for nonces, salts and card ids."""
        return self._random(count)


class SeededBytes:
    """Bytes by seed, the same in every run: for replay and tests alone, never for keys of a real gate."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._count = 0
        self._rest = b""

    def __call__(self, count: int) -> bytes:
        """The next `count` bytes of the stream."""
        while len(self._rest) < count:
            self._rest += sha256(self._seed + self._count.to_bytes(8, "big")).digest()
            self._count += 1
        out, self._rest = self._rest[:count], self._rest[count:]
        return out


def seeded_ids(clock: Clock, seed: str) -> FreshIds:
    """Ids by seed, for replay and tests."""
    return FreshIds(clock, SeededBytes(seed))
