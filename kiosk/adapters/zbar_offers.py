# SPDX-License-Identifier: LicenseRef-Gatehouse
"""zbar beside the live loop: frames are offered without waiting, answers come later (design: scanning.md 3 and 4)."""

import threading
from collections.abc import Callable
from typing import Final, Protocol

from kiosk.adapters import decode_pictures as pictures
from kiosk.adapters.decode_pictures import Grey
from kiosk.adapters.decode_symbol import Found, Symbol

EVERY_S: Final = 1 / 3
OLDEST_S: Final = 0.5
RUNG: Final = "zbar"


class GreyReader(Protocol):
    """Reads a grey picture."""

    def read(self, grey: Grey) -> Found:
        """What is in it; may take long."""


class ZbarOffers:
    """A thread that reads one offered frame at a time: plain, blurred, sharpened, until one of them reads."""

    def __init__(self, reader: GreyReader, clock: Callable[[], float]) -> None:
        """`clock` gives the monotonic seconds that frames are stamped with."""
        self._reader = reader
        self._clock = clock
        self._changed = threading.Condition()
        self._frame: tuple[Grey, float] | None = None
        self._busy = False
        self._stopping = False
        self._offered_at: float | None = None
        self._answer: tuple[tuple[Symbol, ...], float] | None = None
        self._thread = threading.Thread(target=self._run, name="zbar", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Let the thread end after the frame it is reading."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def offer(self, grey: Grey, captured_at: float) -> bool:
        """Offer a frame; taken when the reader is idle and the last one was taken at least a third of a second ago."""
        with self._changed:
            recent = self._offered_at is not None and captured_at - self._offered_at < EVERY_S
            if self._busy or self._frame is not None or recent:
                return False
            self._offered_at = captured_at
            self._frame = (grey, captured_at)
            self._changed.notify()
            return True

    def answer(self) -> tuple[Symbol, ...]:
        """What was read since the last call, if its frame is at most half a second old."""
        with self._changed:
            answer, self._answer = self._answer, None
        if answer is None or self._clock() - answer[1] > OLDEST_S:
            return ()
        return answer[0]

    def work(self) -> None:
        """Read the offered frame; the thread does nothing else."""
        with self._changed:
            offered, self._frame = self._frame, None
            self._busy = offered is not None
        if offered is None:
            return
        try:
            symbols = self._read(offered[0])
        finally:
            with self._changed:
                self._busy = False
        if symbols:
            with self._changed:
                self._answer = (symbols, offered[1])

    def _read(self, grey: Grey) -> tuple[Symbol, ...]:
        small, factor = pictures.capped(grey, 1280)
        for make in (_plain, pictures.blurred, pictures.unsharp):
            found = self._reader.read(make(small))
            if found.read:
                return tuple(Symbol(data, pictures.scaled(quad, factor), RUNG) for data, quad in found.read)
        return ()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._frame is None and not self._stopping:
                    self._changed.wait()
                if self._stopping:
                    return
            self.work()


def _plain(grey: Grey) -> Grey:
    return grey
