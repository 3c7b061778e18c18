# SPDX-License-Identifier: LicenseRef-Gatehouse
"""体温键盘: which readings the keys carry now (interface.md section 5.3). Pure.

A key carries the whole reading: 36.0 to 37.2 end the entry with one tap; 32 .. 35 and 37, 38, 39 turn the thirteen keys
into that number's tenths (two taps); 40+ asks 40, 41, 42 first (three).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from kiosk.domain.codes import Site

USUAL = tuple(range(360, 373))
"""36.0 .. 37.2 in tenths: one tap."""
LOW_WHOLES, HIGH_WHOLES, FORTIES = (35, 34, 33, 32), (37, 38, 39, 40), (40, 41, 42)
FIRST_HIGH_OF_37 = 373
SITES = (Site.FOREHEAD, Site.WRIST, Site.NECK, Site.AXILLA)
KEYS = 13
DIGITS = 3


class Asking(StrEnum):
    """What the thirteen keys are for."""

    READING = "READING"
    FORTY = "FORTY"
    UNTAKEN = "UNTAKEN"


@dataclass(frozen=True, slots=True)
class Entry:
    """One person's entry: the site, and how far the reading has come."""

    site: Site = Site.FOREHEAD
    asking: Asking = Asking.READING
    whole: int | None = None
    typed: str = ""

    def readings(self) -> tuple[int, ...]:
        """Readings in tenths on the thirteen keys, at most thirteen; empty while something else is asked."""
        if self.asking is not Asking.READING:
            return ()
        if self.whole is None:
            return USUAL
        first = FIRST_HIGH_OF_37 if self.whole == 37 else self.whole * 10  # noqa: PLR2004 - 37.0..37.2 stand already
        return tuple(range(first, self.whole * 10 + 10))

    def chose(self, whole: int) -> "Entry":
        """A key of a whole number: its tenths next; 40 asks which; the same key again goes back."""
        if whole == FORTIES[0] and self.asking is not Asking.FORTY:
            return replace(self, asking=Asking.FORTY, whole=None, typed="")
        if whole == self.whole:
            return replace(self, whole=None, asking=Asking.READING, typed="")
        return replace(self, whole=whole, asking=Asking.READING, typed="")

    def at(self, site: Site) -> "Entry":
        """Another site."""
        return replace(self, site=site)

    def untaken(self) -> "Entry":
        """未测: it is asked why."""
        return replace(self, asking=Asking.UNTAKEN, whole=None, typed="")

    def again(self) -> "Entry":
        """Back to the first keys, the site stays."""
        return Entry(self.site)

    def digit(self, digit: str) -> tuple["Entry", str | None]:
        """A digit of the keyboard: three make a reading ("365"); returns the entry and the finished text."""
        typed = self.typed + digit
        if len(typed) == DIGITS:
            return replace(self, typed=""), typed
        return replace(self, typed=typed, asking=Asking.READING, whole=int(typed) if len(typed) > 1 else None), None


def text_of(tenths: int) -> str:
    """Degrees of tenths as text, without a float: 365 is "36.5"."""
    return f"{tenths // 10}.{tenths % 10}"
