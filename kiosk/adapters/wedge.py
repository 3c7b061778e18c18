# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A hand scanner as a keyboard: keys with their times in, whole texts out; pure (design: scanning.md section 8).

The window's event filter feeds it and does as it says; the acceptance of the text is the tracker's, as for the camera.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

BURST_GAP_S: Final = 0.030
SILENCE_S: Final = 0.150
SHORTEST: Final = 8
LONGEST: Final = 512
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
TEST_TEXT: Final = "EP1:" + ALPHABET
"""What the test code of the set-up page says."""

_ENDS: Final = frozenset("\r\n\t")


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scanner's text, without its one end key."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Typed:
    """Keys of a person: to be given back to the window as they were."""

    keys: str


@dataclass(frozen=True, slots=True)
class TooLong:
    """More than 512 characters: dropped, beep."""


WedgeOut = Scanned | Typed | TooLong


class Wedge:
    """Parts a scanner's burst from typing. Times: monotonic seconds; call `tick` every 30 ms while `pending`."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._count = 0
        self._last = 0.0
        self._bound = False
        self._swallow_feed: float | None = None

    @property
    def pending(self) -> bool:
        """Whether keys are held back."""
        return self._count > 0

    def key(self, text: str, now: float, *, bound: bool = False) -> tuple[WedgeOut, ...]:
        """One key's character. `bound`: it came from the device that is bound as the scanner, however slowly."""
        out = self.tick(now)
        if self._count and not self._bound and self._count < SHORTEST and now - self._last >= BURST_GAP_S:
            out += self._give_back()
        feed, self._swallow_feed = self._swallow_feed, None
        if text == "\n" and feed is not None and now - feed < BURST_GAP_S:
            return out
        self._last = now
        if text in _ENDS:
            return (*out, *self._ended(text, now, bound=bound))
        self._bound = self._bound or bound
        self._count += 1
        if self._count <= LONGEST:
            self._keys.append(text)
        return out

    def tick(self, now: float) -> tuple[WedgeOut, ...]:
        """Time passes: silence ends a burst, and gives a person's keys back."""
        if not self._count:
            return ()
        silence = now - self._last
        if silence >= SILENCE_S:
            return self._finished()
        if silence >= BURST_GAP_S and not self._bound and self._count < SHORTEST:
            return self._give_back()
        return ()

    def _ended(self, text: str, now: float, *, bound: bool) -> tuple[WedgeOut, ...]:
        if self._count < SHORTEST:
            keys = "".join(self._keys) + text
            self._reset()
            return () if bound and keys == text else (Typed(keys),)
        if text == "\r":
            self._swallow_feed = now
        return self._finished()

    def _finished(self) -> tuple[WedgeOut, ...]:
        if self._count < SHORTEST:
            return self._give_back()
        text, count = "".join(self._keys), self._count
        self._reset()
        return (TooLong() if count > LONGEST else Scanned(mended(text)),)

    def _give_back(self) -> tuple[WedgeOut, ...]:
        keys = "".join(self._keys)
        self._reset()
        return (Typed(keys),)

    def _reset(self) -> None:
        self._keys.clear()
        self._count = 0
        self._bound = False


def mended(text: str) -> bytes:
    """A text that begins with `ep1:` (Caps Lock) is upper-cased whole; nothing else is repaired."""
    return (text.upper() if text.startswith("ep1:") else text).encode("utf-8", "replace")


def line_out(line: str) -> WedgeOut | None:
    """A line of a scanner in serial mode, one end mark removed; None for an empty line, short ones are not typing."""
    for end in ("\r\n", "\r", "\n", "\t"):
        if line.endswith(end):
            line = line[: -len(end)]
            break
    if not line:
        return None
    return TooLong() if len(line) > LONGEST else Scanned(mended(line))


class Layout(StrEnum):
    """What the set-up page says after its test code was scanned."""

    RIGHT = "RIGHT"
    CAPS_LOCK = "CAPS_LOCK"
    QWERTZ = "QWERTZ"
    AZERTY = "AZERTY"
    OTHER = "OTHER"


_QWERTZ: Final = str.maketrans("YZ", "ZY")
_AZERTY: Final = str.maketrans("AQWZ", "QAZW")


def layout_of(scanned: bytes) -> Layout:
    """Which keyboard layout turned the test text into `scanned`; the computer's layout and the scanner's differ."""
    text = scanned.decode("utf-8", "replace")
    if text == TEST_TEXT:
        return Layout.RIGHT
    if text.swapcase() == TEST_TEXT:
        return Layout.CAPS_LOCK
    letters = "".join(key for key in text.upper() if key.isascii() and key.isalpha())
    wanted = "".join(key for key in TEST_TEXT if key.isalpha())
    if letters == wanted.translate(_QWERTZ):
        return Layout.QWERTZ
    if letters.startswith(wanted.translate(_AZERTY)[:14]):
        return Layout.AZERTY
    return Layout.OTHER
