# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The tones are told apart by rhythm, every phrase can be heard, and a sound never keeps the screen waiting."""

import itertools
import wave
from time import perf_counter

import assets
from kiosk.app.texts import Catalogue
from kiosk.app.views import Tone
from ui.announcer import Silent, call, number
from ui.sound import AplayAnnouncer, files_of

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


def test_silence_remembers_what_it_was_asked() -> None:
    silent = Silent()
    silent.play(Tone.T5, ("aside",))
    assert silent.asked == [(Tone.T5, ("aside",))]
