# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The machine's clock, the only place that reads it, and a clock that is set by hand for replay and tests."""

import time
from pathlib import Path
from typing import Protocol, runtime_checkable

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@runtime_checkable
class CountsBoots(Protocol):
    """A clock whose boots are counted by the store (`boot_seen`): the store tells it the number at start."""

    @property
    def os_boot_id(self) -> str:
        """What names this boot of the machine."""
        ...

    def count_boot(self, number: int) -> None:
        """Take the number that events of this boot carry."""
        ...


class SystemClock:
    """系统时钟: wall time as the machine believes, monotonic time also through suspend."""

    def __init__(self) -> None:
        self._boot = 0
        try:
            self._os_boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
        except OSError:
            # No such file (not Linux): every start of the program then counts as a boot, which errs to the wall clock.
            self._os_boot_id = f"start-{time.time_ns()}"  # noqa: TID251 - the clock adapter

    @property
    def boot(self) -> int:
        """Number of this start of the machine; 0 until the store has counted it."""
        return self._boot

    @property
    def os_boot_id(self) -> str:
        """What names this boot of the machine."""
        return self._os_boot_id

    def count_boot(self, number: int) -> None:
        """Take the number that the store gave to this boot."""
        self._boot = number

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC, as the machine believes."""
        return time.time_ns() // 1_000_000  # noqa: TID251 - the clock adapter

    def mono_ms(self) -> int:
        """Milliseconds since boot, also those slept through: who rests on the wait spot is counted by them."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


class SettableClock:
    """演练时钟: stands until it is moved; wall and monotonic time go together unless only the wall is set."""

    def __init__(self, at_ms: int, *, mono_ms: int = 0, boot: int = 1) -> None:
        self._wall_ms = at_ms
        self._mono_ms = mono_ms
        self._boot = boot

    @property
    def boot(self) -> int:
        """Number of this start of the machine."""
        return self._boot

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return self._wall_ms

    def mono_ms(self) -> int:
        """Milliseconds since the clock was made (or `reboot`)."""
        return self._mono_ms

    def advance(self, ms: int) -> None:
        """Let time pass."""
        self._wall_ms += ms
        self._mono_ms += ms

    def go_to(self, at_ms: int) -> None:
        """Let time pass until `at_ms`; an earlier time sets the wall clock back and leaves the monotonic one."""
        self._mono_ms += max(0, at_ms - self._wall_ms)
        self._wall_ms = at_ms

    def set_wall(self, at_ms: int) -> None:
        """Set the wall clock alone, as a person or a dying battery does."""
        self._wall_ms = at_ms

    def reboot(self) -> None:
        """Start the machine anew: the next boot, monotonic time from zero."""
        self._boot += 1
        self._mono_ms = 0
