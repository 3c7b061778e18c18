# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The part that all thermometers share: to whom readings and states go, each state once, nothing after the end."""

from collections.abc import Callable, Iterator
from queue import SimpleQueue

from kiosk.app.temperature_source import SensedReading, SourceState


class Outlet:
    """Where a source puts what it hears. Put in from one thread at a time; `end` from any."""

    __slots__ = ("_boxes", "_ended", "_on_reading", "_on_state", "_state")

    def __init__(self) -> None:
        self._on_reading: Callable[[SensedReading], None] | None = None
        self._on_state: Callable[[SourceState], None] | None = None
        self._boxes: list[SimpleQueue[SensedReading | None]] = []
        self._state: SourceState | None = None
        self._ended = False

    def connect(self, on_reading: Callable[[SensedReading], None], on_state: Callable[[SourceState], None]) -> None:
        """Say who listens."""
        self._on_reading, self._on_state = on_reading, on_state

    def put(self, reading: SensedReading) -> None:
        """Pass a reading on."""
        if not self._ended and self._on_reading is not None:
            self._on_reading(reading)

    def state(self, state: SourceState) -> None:
        """Pass a state on, if it is not the one already told."""
        if not self._ended and state is not self._state:
            self._state = state
            if self._on_state is not None:
                self._on_state(state)

    def each(
        self, listen: Callable[[Callable[[SensedReading], None], Callable[[SourceState], None]], None]
    ) -> Iterator[SensedReading]:
        """Start the source by `listen` and give its readings until the end."""
        box: SimpleQueue[SensedReading | None] = SimpleQueue()
        self._boxes.append(box)
        if self._ended:
            return
        listen(box.put, lambda _state: None)
        while (reading := box.get()) is not None:
            yield reading

    def end(self) -> None:
        """Nothing is passed on any more; those who wait are let go."""
        self._ended = True
        for box in self._boxes:
            box.put(None)
