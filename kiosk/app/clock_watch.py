# SPDX-License-Identifier: LicenseRef-Gatehouse
"""时钟判断: what this run of the gate knows of its clock; the port `SessionClock` (trust.md 11, rule R02)."""

from kiosk.app.ports import Clock
from kiosk.domain.clock_state import ClockFacts, clock_state, late_start
from kiosk.domain.codes import ClockState


class ClockWatch:
    """时钟判断: compares the clock with the log, the lists, the office and the monotonic clock.

    `newest_event_ms`: wall time of the last event at start; `outside_ms`: the newer of the last signed issue and
    the last office time, as the store kept them. Times in ms.
    """

    def __init__(self, clock: Clock, newest_event_ms: int | None, outside_ms: int | None) -> None:
        self._clock = clock
        self._event_ms = newest_event_ms or 0
        self._outside_ms = outside_ms or 0
        self._late_start = late_start(clock.wall_ms(), newest_event_ms)
        self._steady_ms = self._lead()
        self._offset_ms: int | None = None
        self._confirmed = False

    def _lead(self) -> int:
        return self._clock.wall_ms() - self._clock.mono_ms()

    def state(self) -> ClockState:
        """The state that new events carry."""
        return clock_state(
            ClockFacts(
                self._clock.wall_ms(), max(self._event_ms, self._outside_ms) or None, self._offset(), self._late_start,
                self._lead() - self._steady_ms, self._confirmed,
            )
        )  # fmt: skip

    def _offset(self) -> int | None:
        # What the office said was about the clock as it stood then: a later jump moves the offset with it.
        return None if self._offset_ms is None else self._offset_ms - (self._lead() - self._steady_ms)

    def heard(self, offset_ms: int) -> None:
        """The office answered: its time minus ours."""
        self._offset_ms = offset_ms
        self._steady_ms = self._lead()
        self._outside_ms = max(self._outside_ms, self._clock.wall_ms() + offset_ms)

    def recorded(self, at_ms: int) -> None:
        """An event was stored with this time: the last one counts, also if it is older than one of a wrong clock."""
        self._event_ms = at_ms

    def issued(self, at_ms: int) -> None:
        """A signed list was issued at this time."""
        self._outside_ms = max(self._outside_ms, at_ms)

    def confirm(self) -> None:
        """A leader confirmed the time (`clock.set`): from here on it is compared with what follows."""
        self._confirmed = True
        self._late_start = False
        self._steady_ms = self._lead()
        self._event_ms = self._outside_ms = self._clock.wall_ms()
