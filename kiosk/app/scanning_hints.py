# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Hints to the holder of a code that is located but not read, and the fill light: pure, by time (scanning.md 9)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kiosk.app.scanning import UNREAD_S

SMALLEST_SIDE_PX: Final = 133.0
GLARE_SHARE: Final = 0.1
DARK_MEAN: Final = 40.0
SHAKEN_PART: Final = 1 / 3
HINT_AFTER_S: Final = 0.7
HINT_SHOWN_S: Final = 1.5
OTHER_WAY_S: Final = 4.0
LOST_S: Final = 0.5
LIGHT_ON_MEAN: Final = 60.0
LIGHT_ON_S: Final = 2.0
LIGHT_OFF_MEAN: Final = 90.0
LIGHT_OFF_S: Final = 10.0
_GOOD_WEIGHT: Final = 0.2


class Hint(StrEnum):
    """What the holder is told; the value is the key of the text."""

    CLOSER = "hint.closer"
    """请靠近一点"""
    CENTRE = "hint.centre"
    """请移到框中间"""
    GLARE = "hint.glare"
    """反光,请把证件倾斜一下"""
    DARK = "hint.dark"
    """光线不足"""
    STEADY = "hint.steady"
    """请拿稳"""
    AGAIN = "hint.again"
    """没看清,请再出示一次"""
    OTHER_WAY = "hint.other_way"
    """请改用手机亮屏或报房号"""


@dataclass(frozen=True, slots=True)
class QuadLook:
    """A located quad in figures: shortest side in pixels, whether it touches the border, the share of its pixels at
    250 or more (0..1), their mean (0..255), and the variance of their Laplacian.
    """

    side_px: float
    touches_border: bool
    bright_share: float
    mean: float
    sharpness: float


def hint_of(look: QuadLook, good_sharpness: float | None) -> Hint | None:
    """The first sign of the table that holds; `good_sharpness` = the running value of codes that were read."""
    if look.side_px < SMALLEST_SIDE_PX:
        return Hint.CLOSER
    if look.touches_border:
        return Hint.CENTRE
    if look.bright_share > GLARE_SHARE:
        return Hint.GLARE
    if look.mean < DARK_MEAN:
        return Hint.DARK
    if good_sharpness is not None and look.sharpness < good_sharpness * SHAKEN_PART:
        return Hint.STEADY
    return None


class HintRule:
    """One hint at a time, after 0.7 s of located but unread, shown for at least 1.5 s. Times: monotonic seconds."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._last = 0.0
        self._shown: Hint | None = None
        self._shown_at = 0.0
        self._good: float | None = None

    def read(self, sharpness: float) -> None:
        """A code was read whose quad had this sharpness: the running good value follows it."""
        self._good = sharpness if self._good is None else self._good + _GOOD_WEIGHT * (sharpness - self._good)
        self._since = None

    def look(self, look: QuadLook | None, now: float) -> Hint | None:
        """What to show now; `look` None when nothing is located but unread in this frame.

        A value other than the one before is to be spoken once.
        """
        if look is not None:
            if self._since is None or now - self._last > LOST_S:
                self._since = now
            self._last = now
        elif self._since is not None and now - self._last > LOST_S:
            self._since = None
        wanted = self._wanted(look, now)
        if wanted is not self._shown and (self._shown is None or now - self._shown_at >= HINT_SHOWN_S):
            if look is None and self._since is not None:
                return self._shown  # the quad flickers: no reason to change the words yet
            self._shown, self._shown_at = wanted, now
        return self._shown

    def _wanted(self, look: QuadLook | None, now: float) -> Hint | None:
        if self._since is None or look is None:
            return None
        unread = now - self._since
        if unread >= OTHER_WAY_S:
            return Hint.OTHER_WAY
        if unread >= UNREAD_S:
            return Hint.AGAIN
        return hint_of(look, self._good) if unread >= HINT_AFTER_S else None


class FillLight:
    """The white band (or the camera's lamp): on when the frame is dark for 2 s, off when bright for 10 s."""

    def __init__(self) -> None:
        self.on = False
        self._since: float | None = None

    def look(self, frame_mean: float, now: float) -> bool:
        """Whether the light is on, given the mean of the frame (0..255)."""
        leans = frame_mean > LIGHT_OFF_MEAN if self.on else frame_mean < LIGHT_ON_MEAN
        if not leans:
            self._since = None
            return self.on
        if self._since is None:
            self._since = now
        if now - self._since >= (LIGHT_OFF_S if self.on else LIGHT_ON_S):
            self.on = not self.on
            self._since = None
        return self.on
