# SPDX-License-Identifier: LicenseRef-Gatehouse
"""声音 as a port, and which sounds a look makes (design: interface.md section 6).

The tone tells the class, speech tells the cause. Spoken only when not GO; 请测体温 only after three seconds without a
reading. A new verdict cuts the old sound off. The backends stand in `ui.sound`.
"""

from typing import Protocol

from kiosk.app.views import Line, Look, Tone

MEASURE_PHRASE = "measure"
"""Held back for `MEASURE_AFTER_MS`: who is measured at once need not be told."""
MEASURE_AFTER_MS = 3_000
_TEN = 10
_MOST = 99


class Announcer(Protocol):
    """声音 port. Never raises, never blocks (over 5 ms is a fault)."""

    @property
    def sounds(self) -> bool:
        """Whether anything can be heard; False shows the crossed speaker."""
        ...

    def play(self, tone: Tone | None, phrase_ids: tuple[str, ...] = ()) -> None:
        """Cut off what plays, then the tone and the phrases one after another."""
        ...

    def speak(self, language: str) -> None:
        """The language of the phrases from now on."""
        ...


class Silent:
    """No sound: tests, and machines without a device. Keeps what it was asked to play (the last hundred)."""

    sounds = False

    def __init__(self) -> None:
        self.asked: list[tuple[Tone | None, tuple[str, ...]]] = []

    def play(self, tone: Tone | None, phrase_ids: tuple[str, ...] = ()) -> None:
        """Remember."""
        self.asked = [*self.asked[-99:], (tone, phrase_ids)]

    def speak(self, language: str) -> None:
        """Nothing is spoken."""


class Loudspeaker:
    """扬声器: the gate's one voice over whichever backend the machine has, with a switch for silence."""

    def __init__(self, voice: Announcer, language: str) -> None:
        self._voice = voice
        self._language = language
        self.muted = False

    @property
    def sounds(self) -> bool:
        """Whether the machine can be heard, muted or not."""
        return self._voice.sounds

    def use(self, voice: Announcer) -> None:
        """Another backend: found after the start, or a device that was plugged in."""
        self._voice = voice
        voice.speak(self._language)

    def mute(self, *, on: bool) -> None:
        """静音, at once and until it is taken back."""
        self.muted = on
        if on:
            self._voice.play(None)

    def play(self, tone: Tone | None, phrase_ids: tuple[str, ...] = ()) -> None:
        """Cut off what plays, then these; nothing while it is muted."""
        if not self.muted:
            self._voice.play(tone, phrase_ids)

    def speak(self, language: str) -> None:
        """The language of the phrases from now on."""
        self._language = language
        self._voice.speak(language)


def phrase_id(line: Line | None) -> tuple[str, ...]:
    """The recording that a look's phrase names ("phrase.rest" -> "rest")."""
    return () if line is None else (line.key.partition(".")[2],)


def phrases_of(look: Look) -> tuple[str, ...]:
    """What is said with a look at once."""
    found = phrase_id(look.phrase)
    return () if found == (MEASURE_PHRASE,) else found


def number(value: int) -> tuple[str, ...]:
    """A number 0..99 of the recordings 0-9 and 十: 12 is 十二, 37 三十七."""
    if not 0 <= value <= _MOST:
        return ()
    tens, ones = divmod(value, _TEN)
    spoken = [f"n{tens}"] if tens > 1 else []
    spoken += ["n10"] if tens else []
    return (*spoken, *([f"n{ones}"] if ones or not tens else []))


def call(token: int) -> tuple[str, ...]:
    """请4号过来复测."""
    return ("call_before", *number(token), "call_after")
