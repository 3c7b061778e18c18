# SPDX-License-Identifier: LicenseRef-Gatehouse
"""读数归属: which passage a device's reading belongs to (design: interface.md 7).

A reading joins one passage at most: the one on screen, if the two lie no more than 8 s apart, in either order. A
passage that is pushed off the screen before it has its reading goes to the tray as 未测温; a reading that nobody claims
within the window expires, and the screen says so. Nothing is ever joined silently to somebody who has gone.
"""

from dataclasses import dataclass

from kiosk.app.temperature_source import SensedReading
from kiosk.domain.identity import PassageId

WINDOW_MS = 8_000


@dataclass(frozen=True, slots=True)
class Joined:
    """归属: the reading is this passage's."""

    passage: PassageId
    reading: SensedReading


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """未测温: the passage left the screen without a reading; it goes to the tray."""

    passage: PassageId


@dataclass(frozen=True, slots=True)
class Expired:
    """读数作废: nobody claimed the reading in time; shown, never stored."""

    reading: SensedReading


JoinEvent = Joined | Unmeasured | Expired


class TemperatureJoin:
    """One lane's open ends: the passage on screen that wants a reading, and the reading that wants a passage."""

    __slots__ = ("_passage", "_reading", "_shown_at")

    def __init__(self) -> None:
        self._passage: PassageId | None = None
        self._shown_at = 0
        self._reading: SensedReading | None = None

    @property
    def unclaimed(self) -> SensedReading | None:
        """The reading that waits for a scan, as last told by `tick` or an event (the screen shows it)."""
        return self._reading

    def shown(self, passage: PassageId, now_ms: int) -> tuple[JoinEvent, ...]:
        """This passage stands on screen and asks for a reading; call again whenever it asks anew (other site, recheck).

        Gives `Unmeasured` for the one before it, if that still had none, and `Joined` if a reading waits.
        """
        events = [*self.tick(now_ms)]
        if self._passage is not None and self._passage != passage:
            events.append(Unmeasured(self._passage))
        self._passage, self._shown_at = passage, now_ms
        if self._reading is not None:
            reading, self._reading, self._passage = self._reading, None, None
            events.append(Joined(passage, reading))
        return tuple(events)

    def gone(self, passage: PassageId) -> None:
        """The passage no longer asks: typed, closed, or put into the tray by hand."""
        if self._passage == passage:
            self._passage = None

    def sensed(self, reading: SensedReading, now_ms: int) -> tuple[JoinEvent, ...]:
        """A device gave a reading. An older unclaimed one expires at once: two people were measured, one was missed."""
        events = [*self.tick(now_ms)]
        if self._passage is not None and reading.taken_at_ms - self._shown_at <= WINDOW_MS:
            passage, self._passage = self._passage, None
            return (*events, Joined(passage, reading))
        if self._reading is not None:
            events.append(Expired(self._reading))
        self._reading = reading
        return (*events, *self.tick(now_ms))

    def tick(self, now_ms: int) -> tuple[JoinEvent, ...]:
        """Let time pass; gives `Expired` once for a reading older than the window."""
        if self._reading is not None and now_ms - self._reading.taken_at_ms > WINDOW_MS:
            reading, self._reading = self._reading, None
            return (Expired(reading),)
        return ()
