# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The tones are told apart by rhythm, every phrase can be heard, and a sound never keeps the screen waiting."""

import itertools
import wave
from time import perf_counter

import pytest
from PySide6.QtWidgets import QApplication

import assets
from kiosk.app.screen import ambiguous_look, code_look, verdict_look
from kiosk.app.texts import Catalogue
from kiosk.app.views import Line, LookClass, Tone
from kiosk.domain.codes import Direction, Reason, ScanResult, Verdict
from tests.robots.stand import Stand
from ui.announcer import Loudspeaker, Silent, call, number, phrase_id
from ui.sound import AplayAnnouncer, files_of
from ui.viewmodels.gate import _SPOKEN
from ui.views.status_bar import Devices

PHRASES = sorted(
    key.removeprefix("phrase.")
    for key in Catalogue("zh_CN", *assets.texts("zh_CN")).names()
    if key.startswith("phrase.")
)


def onsets(name: str) -> tuple[tuple[int, int], ...]:
    """(begin, length) of each note in units of 30 ms: the rhythm, without pitch and loudness."""
    with wave.open(str(assets.tone(name))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22_050)
        samples = memoryview(file.readframes(file.getnframes())).cast("h")
    step = 22_050 * 10 // 1000
    loud = [max(abs(s) for s in samples[at : at + step]) > 2000 for at in range(0, len(samples) - step + 1, step)]
    notes, begun = [], None
    for at, on in enumerate([*loud, False]):
        if on and begun is None:
            begun = at
        elif not on and begun is not None:
            notes.append((round(begun / 3), round((at - begun) / 3)))
            begun = None
    return tuple(notes)


def test_tones_are_pairwise_apart_by_rhythm_or_are_the_two_ways_of_a_gate() -> None:
    rhythms = {tone.value: onsets(tone.value) for tone in Tone}
    alike = {pair for pair in itertools.combinations(rhythms, 2) if rhythms[pair[0]] == rhythms[pair[1]]}
    # in and out share two notes, rising and falling: the class is the same, only the way differs
    assert alike <= {("T1", "T2")}
    assert [len(rhythms[name]) for name in ("T3", "T4", "T5", "T6")] == [3, 3, 2, 4]


def test_peaks_stay_six_decibels_below_full() -> None:
    for tone in Tone:
        with wave.open(str(assets.tone(tone.value))) as file:
            samples = memoryview(file.readframes(file.getnframes())).cast("h")
        assert 15_000 < max(abs(s) for s in samples) <= 16_423


def test_every_phrase_can_be_heard_in_both_languages() -> None:
    missing = [(lang, phrase) for lang in assets.LANGUAGES for phrase in PHRASES if assets.sound(lang, phrase) is None]
    assert missing == []


def test_a_number_is_joined_from_digits_and_ten() -> None:
    assert number(4) == ("n4",)
    assert number(10) == ("n10",)
    assert number(12) == ("n10", "n2")
    assert number(37) == ("n3", "n10", "n7")
    assert call(4) == ("call_before", "n4", "call_after")
    assert [phrase for n in range(100) for phrase in number(n) if phrase not in PHRASES] == []


def test_a_phrase_without_a_file_is_left_out() -> None:
    assert files_of(None, ("no_such_phrase",), "zh_CN") == ()
    assert len(files_of(Tone.T3, call(4), "zh_CN")) == 4


def test_playing_never_blocks() -> None:
    aplay = AplayAnnouncer("/bin/false", lambda _tone, _phrases, _language: ("x",))
    begun = perf_counter()
    for _ in range(20):
        aplay.play(Tone.T1)
    assert (perf_counter() - begun) / 20 < 0.005


def test_every_look_that_is_spoken_and_every_hint_has_its_recording() -> None:
    looks = [
        verdict_look(verdict, reason, ScanResult.OK, way)
        for verdict, reason, way in itertools.product(Verdict, Reason, Direction)
    ]
    looks += [code_look(ScanResult.NOT_OURS), code_look(ScanResult.UNREADABLE), ambiguous_look()]
    wanted = {phrase for look in looks for phrase in phrase_id(look.phrase)} | set(_SPOKEN.values())
    assert wanted <= set(PHRASES)
    silent = {look.cls for look in looks if look.phrase is None and look.line != Line("line.already")}
    assert silent == {LookClass.GO, LookClass.EMERGENCY}, "speech tells the cause of whatever is no go"


def test_a_muted_gate_is_silent_at_once_and_speaks_again() -> None:
    voice = Silent()
    speaker = Loudspeaker(voice, "zh_CN")
    speaker.mute(on=True)
    speaker.play(Tone.T5, ("sorry",))
    assert voice.asked == [(None, ())], "what played was cut off, and nothing more came"
    speaker.mute(on=False)
    speaker.play(Tone.T1)
    assert voice.asked[-1] == (Tone.T1, ())


def test_a_voice_found_later_speaks_the_language_of_the_screen() -> None:
    spoken: list[str] = []

    class Late(Silent):
        def speak(self, language: str) -> None:
            spoken.append(language)

    speaker = Loudspeaker(Silent(), "zh_CN")
    speaker.speak("en")
    speaker.use(Late())
    assert spoken == ["en"]


@pytest.mark.parametrize(
    ("devices", "chip"),
    [(Devices(sound=False), "没有声音"), (Devices(muted=True), "已静音"), (Devices(font=False), "缺字体")],
    ids=["missing", "muted", "font"],
)
def test_the_status_bar_says_why_nothing_is_heard(qapp: QApplication, devices: Devices, chip: str) -> None:
    stand = Stand()
    stand.window.status.show_devices(devices)
    stand.window.status.grab()
    assert chip in stand.window.status.shown
    assert chip in stand.window.status.accessibleName()
    stand.close()


def test_silence_remembers_what_it_was_asked() -> None:
    silent = Silent()
    silent.play(Tone.T5, ("aside",))
    assert silent.asked == [(Tone.T5, ("aside",))]
