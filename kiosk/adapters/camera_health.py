# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What is wrong with the camera and what to do about it: the fault table, pure, by time (design: scanning.md 7)."""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

from kiosk.adapters.camera import SMALL, WIDE, CameraState

FAILED_READS: Final = 3
ODD_FRAMES: Final = 30
HUNG_READ_S: Final = 1.9
HUNG_OPEN_S: Final = 5.0
HUNG_LIMIT: Final = 3
FROZEN_S: Final = 2.7
DARK_MEAN: Final = 6.0
DARK_DEVIATION: Final = 3.0
COVERED_S: Final = 1.5
SLOW_FPS: Final = 5.0
SLOW_S: Final = 3.0
SLOW_REOPENS: Final = 2


class Do(Enum):
    """What the capture has to do next."""

    READ = "read"
    REOPEN = "reopen"
    REOPEN_LATER = "reopen after a second"
    REPLACE = "start a new generation"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Pulse:
    """A thinned picture in figures: mean and standard deviation of `g[::8, ::8]`, and its bytes."""

    mean: float
    deviation: float
    thinned: bytes


class CameraHealth:
    """Fed by the capture with what happened; answers what to do and keeps the state. Times: monotonic seconds.

    Not thread-safe: the capture holds its lock around each call.
    """

    def __init__(self, *, live: bool = True) -> None:
        """`live` False (a file): still, slow and repeating pictures are no faults."""
        self.state = CameraState.STARTING
        self.size = WIDE
        self.live = live
        self.dropped = 0
        self._fails = 0
        self._odd = 0
        self._hung = 0
        self._slow = 0
        self._waiting: tuple[float, float] | None = None
        self._same: tuple[bytes, float] | None = None
        self._dark_since: float | None = None
        self._opened_at = 0.0
        self._times: deque[float] = deque()

    def begins(self, now: float, *, opening: bool) -> None:
        """A call that may hang begins."""
        self._waiting = (now, HUNG_OPEN_S if opening else HUNG_READ_S)

    def opened(self, now: float, *, ok: bool) -> Do:
        """An open came back."""
        self._waiting = None
        self._fails = self._odd = 0
        self._dark_since = None
        self._same = None if self._same is None or self.state is not CameraState.FROZEN else (self._same[0], now)
        self._times.clear()
        self._opened_at = now
        if ok:
            return Do.READ
        self.state = CameraState.GONE
        return Do.REOPEN_LATER

    def missed(self, now: float) -> Do:
        """A read gave nothing."""
        self._ends(now)
        self._fails += 1
        if self._fails < FAILED_READS:
            return Do.READ
        self.state = CameraState.GONE
        return Do.REOPEN_LATER

    def ended(self) -> Do:
        """The file is at its end, which is no fault."""
        self._waiting = None
        self.state = CameraState.ENDED
        return Do.STOP

    def odd(self, now: float) -> Do:
        """A read raised, or gave a picture that is none; it was dropped."""
        self._ends(now)
        self.dropped += 1
        self._odd += 1
        if self._odd < ODD_FRAMES:
            return Do.READ
        self.state = CameraState.BROKEN
        return Do.REOPEN_LATER

    def frame(self, pulse: Pulse, now: float) -> Do:
        """A good picture came."""
        self._ends(now)
        self._fails = self._odd = 0
        self._times.append(now)
        while self._times and now - self._times[0] > SLOW_S:
            self._times.popleft()
        if self.live and self._frozen(pulse, now):
            self.state = CameraState.FROZEN
            return Do.REOPEN_LATER
        if self.live and self._lags(now):
            return self._of_slow()
        self._hung = 0
        if self.state is CameraState.FROZEN and self._same is not None and self._same[1] < now:
            return Do.READ  # reopened, and still the same picture: the sign stays until it moves
        if self._covered(pulse, now):
            self.state = CameraState.COVERED
        elif self.state is not CameraState.SLOW or self._fast(now):
            if self.state is CameraState.SLOW:
                self._slow = 0
            self.state = CameraState.LIVE
        return Do.READ

    def tick(self, now: float) -> Do:
        """Asked by the watchdog: a call that has not come back for too long starts a new generation."""
        if self._waiting is None or now - self._waiting[0] < self._waiting[1]:
            return Do.READ
        self._waiting = None
        self._hung += 1
        if self._hung >= HUNG_LIMIT:
            self.state = CameraState.RESTART
            return Do.STOP
        self.state = CameraState.HUNG
        return Do.REPLACE

    def _ends(self, now: float) -> None:
        del now
        self._waiting = None

    def _frozen(self, pulse: Pulse, now: float) -> bool:
        """Byte-identical for `FROZEN_S`; a black picture is covered rather than frozen, and is not reopened."""
        if self._same is None or self._same[0] != pulse.thinned:
            self._same = (pulse.thinned, now)
            return False
        return now - self._same[1] >= FROZEN_S and not _dark(pulse)

    def _covered(self, pulse: Pulse, now: float) -> bool:
        if not _dark(pulse):
            self._dark_since = None
            return False
        if self._dark_since is None:
            self._dark_since = now
        return now - self._dark_since >= COVERED_S

    def _lags(self, now: float) -> bool:
        return now - self._opened_at >= SLOW_S and not self._fast(now)

    def _fast(self, now: float) -> bool:
        span = min(SLOW_S, now - self._opened_at)
        return span > 0 and len(self._times) >= SLOW_FPS * span

    def _of_slow(self) -> Do:
        if self._slow >= SLOW_REOPENS:
            self.state = CameraState.SLOW
            return Do.READ
        self._slow += 1
        self.size = SMALL
        return Do.REOPEN


def _dark(pulse: Pulse) -> bool:
    return pulse.mean < DARK_MEAN and pulse.deviation < DARK_DEVIATION
