# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The live loop's scheduler of rungs: cheap always, one of four in rotation (design: scanning.md section 3)."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from kiosk.adapters import decode_pictures as pictures
from kiosk.adapters.decode_pictures import Grey
from kiosk.adapters.decode_rungs import ROI, ROTATING, ZX, Sheet
from kiosk.adapters.decode_symbol import Symbol
from kiosk.app.scanning import Corners

MOVED: Final = 3.0
EVERY_THIRD: Final = 3
UNREAD_IN_A_ROW: Final = 2


class LateReader(Protocol):
    """A reader that answers later (`kiosk.adapters.zbar_offers.ZbarOffers`)."""

    def offer(self, grey: Grey, captured_at: float) -> bool:
        """Offer a frame; never waits."""

    def answer(self) -> tuple[Symbol, ...]:
        """What was read since the last call."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What one frame gave: symbols read, quads located but unread, whether a foreign kind of code was read."""

    symbols: tuple[Symbol, ...]
    located: tuple[Corners, ...]
    foreign: bool
    grey: Grey


class LiveLadder:
    """Decides per frame which rungs run. One per scan thread; not thread-safe."""

    def __init__(self, zbar: LateReader | None = None) -> None:
        """`zbar`: a second reader that takes frames without making the loop wait."""
        self._zbar = zbar
        self._unread = 0
        self._frames = 0
        self._next = 0
        self._before: Grey | None = None

    def look(self, frame: npt.NDArray[np.uint8], captured_at: float = 0.0) -> Glance:
        """Rungs 1 and 2, then at most one rotating rung. Raises ValueError for what is no frame.

        `captured_at`: monotonic second of the frame's capture, for the second reader.
        """
        sheet = Sheet(pictures.to_grey(frame))
        thin = pictures.thinned(sheet.grey)
        moved = pictures.motion(self._before, thin) > MOVED
        self._before = thin
        self._frames += 1
        ZX.work(sheet, ZX.name)
        if not sheet.read:
            ROI.work(sheet, ROI.name)
        if not sheet.read and (sheet.located or moved or self._frames % EVERY_THIRD == 0):
            rung = ROTATING[self._next]
            self._next = (self._next + 1) % len(ROTATING)
            rung.work(sheet, rung.name)
        self._late(sheet, captured_at, hopeful=bool(sheet.located) or moved)
        return Glance(tuple(sheet.read.values()), tuple(sheet.unread()), sheet.foreign, sheet.grey)

    def _late(self, sheet: Sheet, captured_at: float, *, hopeful: bool) -> None:
        """Take a late answer, and offer the second unread frame in a row in which there may be a code."""
        if self._zbar is None:
            return
        for symbol in self._zbar.answer():
            sheet.read.setdefault(symbol.data, symbol)
        self._unread = self._unread + 1 if hopeful and not sheet.read else 0
        if self._unread >= UNREAD_IN_A_ROW:
            self._zbar.offer(sheet.grey, captured_at)
