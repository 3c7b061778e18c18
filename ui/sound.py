# SPDX-License-Identifier: LicenseRef-Gatehouse
"""声音 backends: QSoundEffect, else `aplay`, else silence (design: interface.md section 6).

Chosen after the first paint: QtMultimedia costs more than the whole window. Tests use `Silent` alone, for QtMultimedia
warns where no sound server runs.
"""

import queue
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl

import assets
from kiosk.app.views import Tone
from ui.announcer import Announcer, Silent

Files = Callable[[Tone | None, tuple[str, ...], str], tuple[str, ...]]


def files_of(tone: Tone | None, phrase_ids: tuple[str, ...], language: str) -> tuple[str, ...]:
    """The files of a tone and of those phrases that are recorded."""
    found = [] if tone is None else [assets.tone(tone.value)]
    found += [file for phrase in phrase_ids if (file := assets.sound(language, phrase)) is not None]
    return tuple(str(file) for file in found)


class AplayAnnouncer:
    """Plays by `aplay`, a process at a time, in a daemon thread: `play` itself only puts into a queue."""

    sounds = True

    def __init__(self, program: str, files: Files = files_of) -> None:
        self._program = program
        self._files = files
        self._language = assets.LANGUAGES[0]
        self._asked: queue.SimpleQueue[tuple[str, ...]] = queue.SimpleQueue()
        self._running: subprocess.Popen[bytes] | None = None
        threading.Thread(target=self._run, name="sound", daemon=True).start()

    def play(self, tone: Tone | None, phrase_ids: tuple[str, ...] = ()) -> None:
        """Cut off what plays, then these."""
        running = self._running
        if running is not None:
            running.terminate()
        self._asked.put(self._files(tone, phrase_ids, self._language))

    def speak(self, language: str) -> None:
        """The language from now on."""
        self._language = language

    def _run(self) -> None:
        while True:
            files = self._asked.get()
            while not self._asked.empty():
                files = self._asked.get()
            if not files:
                continue
            try:
                # S603: the program was found by its name on this machine, the files are our own
                self._running = subprocess.Popen([self._program, "-q", *files], stdin=subprocess.DEVNULL)  # noqa: S603
                self._running.wait()
            except OSError:
                self._running = None


class EffectAnnouncer(QObject):
    """Plays by QSoundEffect, one file after another; effects are kept, so that a tone starts at once."""

    sounds = True

    def __init__(self, files: Files = files_of) -> None:
        super().__init__()
        from PySide6.QtMultimedia import QSoundEffect  # noqa: PLC0415 - loaded after the first paint

        self._make = QSoundEffect
        self._files = files
        self._language = assets.LANGUAGES[0]
        self._effects: dict[str, object] = {}
        self._left: list[str] = []
        self._now: str | None = None

    def play(self, tone: Tone | None, phrase_ids: tuple[str, ...] = ()) -> None:
        """Cut off what plays, then these."""
        self._left = []
        if self._now is not None:
            self._effect(self._now).stop()  # type: ignore[attr-defined]  # QtMultimedia is imported late
        self._left = list(self._files(tone, phrase_ids, self._language))
        self._next()

    def speak(self, language: str) -> None:
        """The language from now on."""
        self._language = language

    def _effect(self, file: str) -> object:
        found = self._effects.get(file)
        if found is None:
            effect = self._make(self)
            effect.setSource(QUrl.fromLocalFile(file))
            effect.playingChanged.connect(lambda: self._changed(file))
            found = self._effects[file] = effect
        return found

    def _changed(self, file: str) -> None:
        if file == self._now and not self._effect(file).isPlaying():  # type: ignore[attr-defined]
            self._next()

    def _next(self) -> None:
        self._now = self._left.pop(0) if self._left else None
        if self._now is not None:
            self._effect(self._now).play()  # type: ignore[attr-defined]


_CARDS = Path("/proc/asound/cards")


def has_card(cards: Path = _CARDS) -> bool:
    """Whether Linux knows a sound device."""
    return cards.exists() and "no soundcards" not in cards.read_text(encoding="utf-8", errors="replace")


def sound_player(cards: Path = _CARDS) -> str | None:
    """The program that plays a file here; None without it or without a device."""
    return shutil.which("aplay") if has_card(cards) else None


def best_announcer() -> Announcer:
    """What this machine can do."""
    aplay = sound_player()
    if not has_card():
        return Silent()
    from PySide6.QtMultimedia import QMediaDevices  # noqa: PLC0415 - loaded after the first paint

    if not QMediaDevices.defaultAudioOutput().isNull():
        return EffectAnnouncer()
    return Silent() if aplay is None else AplayAnnouncer(aplay)
