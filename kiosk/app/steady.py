# SPDX-License-Identifier: LicenseRef-Gatehouse
"""稳定读数: when a stream of frames is one reading (design: interface.md 7).

A module looks at whatever stands before it, some 14 times a second. A reading is given when 8 frames in a row stay
within 0.2 °C and above 32.0 °C; then none until the target has left, that is, until a frame lies 2 °C or more below
the highest seen since.
"""

from collections import deque
from fractions import Fraction

FRAMES = 8
SPREAD = 20
FLOOR = 3_200
FALL = 200


class SteadyRule:
    """Fed with hundredths of °C frame by frame, gives the exact mean of the frames that make a reading."""

    __slots__ = ("_armed", "_frames", "_highest")

    def __init__(self) -> None:
        self._frames: deque[int] = deque(maxlen=FRAMES)
        self._armed = True
        self._highest = 0

    def frame(self, hundredths: int) -> Fraction | None:
        """Take the next frame; the reading in °C if this frame completes one."""
        if not self._armed:
            self._highest = max(self._highest, hundredths)
            if self._highest - hundredths >= FALL:
                self._armed = True
                self._frames.clear()
            return None
        if hundredths <= FLOOR:
            self._frames.clear()
            return None
        self._frames.append(hundredths)
        if len(self._frames) < FRAMES or max(self._frames) - min(self._frames) > SPREAD:
            return None
        self._armed = False
        self._highest = hundredths
        return Fraction(sum(self._frames), FRAMES * 100)

    def lost(self) -> None:
        """The stream broke (device pulled out): frames before and after do not belong together."""
        self._frames.clear()
        self._armed = True
