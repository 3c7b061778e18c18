# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Frames of thermometer modules on a serial line, as incremental state machines (design: interface.md 7).

Fed with bytes as they come, in any split; gives whole, checked frames. A frame with a wrong sum costs one byte, so that
a frame that begins inside the broken one is still found.
"""

from dataclasses import dataclass
from typing import Protocol

# What the module can measure of itself, -40 to 125 °C. The sum alone does not suffice: `5A 5A 45 04 0E`, cut off there
# and followed by the next frame, has a right sum and would read as 36.74 °C before a wall of 231 °C.
AMBIENT = range(-4_000, 12_501)


@dataclass(frozen=True, slots=True)
class Frame:
    """One look of a module: object and ambient temperature in hundredths of °C, and its bytes.

    An object temperature of 0 is the module's word for "no value": a sign of life, never a temperature.
    """

    hundredths: int
    ambient: int
    raw: bytes


class FrameParser(Protocol):
    """What the serial adapter needs of a module's format."""

    baud: int

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next bytes, give the frames that they complete."""
        ...

    def reset(self) -> None:
        """Forget a half-read frame: the line was opened anew."""
        ...


class _Framed:
    """Two equal start bytes, two more that are checked, four bytes of values, the low byte of the sum of all before."""

    __slots__ = ("_held",)
    length = 9
    start = b""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next bytes, give the frames that they complete."""
        held = self._held
        held += data
        frames: list[Frame] = []
        while True:
            at = held.find(self.start)
            if at < 0:
                # Keep what may be the beginning of a start mark.
                keep = next((n for n in range(len(self.start) - 1, 0, -1) if held.endswith(self.start[:n])), 0)
                del held[: len(held) - keep]
                return frames
            del held[:at]
            if len(held) < self.length:
                return frames
            raw = bytes(held[: self.length])
            ambient = int.from_bytes(raw[6:8], signed=True)
            if not self.sound(raw) or ambient not in AMBIENT:
                del held[:1]
                continue
            del held[: self.length]
            frames.append(Frame(int.from_bytes(raw[4:6], signed=True), ambient, raw))

    def reset(self) -> None:
        """Forget a half-read frame: the line was opened anew."""
        self._held.clear()

    @staticmethod
    def sound(raw: bytes) -> bool:
        """Whether the sum is right."""
        return sum(raw[:-1]) & 0xFF == raw[-1]


class GyFrames(_Framed):
    """GY-MCU90614: `5A 5A 45 04 objH objL ambH ambL sum`, 9600 8N1, about 14 a second."""

    __slots__ = ()
    baud = 9_600
    start = b"\x5a\x5a\x45\x04"


class CjmcuFrames(_Framed):
    """CJMCU variant: `66 66 mode 04 objH objL ambH ambL sum`, 115200 8N1; any mode byte."""

    __slots__ = ()
    baud = 115_200
    start = b"\x66\x66"

    @staticmethod
    def sound(raw: bytes) -> bool:
        """Whether the length byte is that of two values and the sum is right."""
        return raw[3] == 4 and sum(raw[:-1]) & 0xFF == raw[-1]  # noqa: PLR2004 - two values of two bytes
