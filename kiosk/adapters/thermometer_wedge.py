# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A thermometer that types: digits and Enter of a bound keyboard device, as a pure state machine (interface.md 7).

A burst is a reading if all its keys were typed within 300 ms and it ends with Enter or with 200 ms of silence. A hand
types more slowly; a card scanner types other characters: both are ignored here and belong to somebody else.
"""

BURST_MS = 300
SILENCE_MS = 200
_KEYS = frozenset("0123456789.,")
_ENDS = frozenset("\r\n")
_LONGEST = 6


class WedgeDigits:
    """Fed with the characters of one bound device and their times in monotonic milliseconds."""

    __slots__ = ("_began", "_last", "_spoilt", "_text")

    def __init__(self) -> None:
        self._text = ""
        self._began = self._last = 0
        self._spoilt = False

    def key(self, character: str, at_ms: int) -> str | None:
        """Take one character; the text of a reading if this one ends it (Enter), or if the silence before it did."""
        ended = self.silence(at_ms)
        if character in _ENDS:
            text = self._reading(at_ms)
            self._forget()
            return ended or text
        if not self._text and not self._spoilt:
            self._began = at_ms
        self._last = at_ms
        self._spoilt = self._spoilt or character not in _KEYS or len(self._text) >= _LONGEST
        self._text += character
        return ended

    def silence(self, now_ms: int) -> str | None:
        """Let time pass; the text of a reading if the burst ended by 200 ms without a key."""
        if not self._text or now_ms - self._last < SILENCE_MS:
            return None
        text = self._reading(self._last)
        self._forget()
        return text

    def _reading(self, ended_ms: int) -> str | None:
        fast = ended_ms - self._began <= BURST_MS
        return self._text if self._text and fast and not self._spoilt else None

    def _forget(self) -> None:
        self._text, self._spoilt = "", False
