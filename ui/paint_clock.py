# SPDX-License-Identifier: LicenseRef-Gatehouse
"""From the frame to the painted verdict: the figure of interface.md 15, measured on every verdict, not only in a bench.

A state that a frame led to carries the monotonic second of that frame; the band tells when it has been painted.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Painted:
    """One painted verdict: what it was, and the seconds from the capture of its frame to the end of the paint."""

    what: str
    seconds: float


class PaintClock:
    """`expect` when a state is shown, `painted` at the end of its first paint; `listen` hears each figure."""

    def __init__(self, mono_s: Callable[[], float]) -> None:
        """`mono_s` is the clock that stamps the frames."""
        self._mono_s = mono_s
        self._seen_at: float | None = None
        self._what = ""
        self._listeners: list[Callable[[Painted], None]] = []
        self.figures: deque[Painted] = deque(maxlen=_KEPT)

    def listen(self, listener: Callable[[Painted], None]) -> None:
        """Hear each figure, on the GUI thread."""
        self._listeners.append(listener)

    def expect(self, seen_at: float | None, what: str) -> None:
        """A state was shown that a frame of `seen_at` led to; None: no frame did."""
        self._seen_at, self._what = seen_at, what

    def painted(self) -> None:
        """The band has been painted."""
        if self._seen_at is None:
            return
        figure = Painted(self._what, self._mono_s() - self._seen_at)
        self._seen_at = None
        self.figures.append(figure)
        for listener in self._listeners:
            listener(figure)
