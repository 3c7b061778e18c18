# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a reader says of one picture: symbols read, symbols located only (design: scanning.md sections 2 and 3)."""

from dataclasses import dataclass

from kiosk.app.scanning import Corners


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol read: the bytes of the code (never text guessed by a library), where, and by which rung.

    `corners` in pixels of the frame given to `decode`: the symbol's own top left, top right, bottom right and bottom
    left, so a card held upside down has its first corner at the bottom right of the picture.
    """

    data: bytes
    corners: Corners
    rung: str


@dataclass(frozen=True, slots=True)
class Found:
    """One reader's answer for one picture, in that picture's pixels.

    `read` holds payloads with their corners, `located` the corners of symbols that were found but not read, `foreign`
    whether a code of a kind that is never accepted (Micro QR) was read.
    """

    read: tuple[tuple[bytes, Corners], ...] = ()
    located: tuple[Corners, ...] = ()
    foreign: bool = False


NOTHING = Found()
