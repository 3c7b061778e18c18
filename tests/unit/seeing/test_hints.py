# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Hints to the holder and the fill light (design: scanning.md section 9)."""

from dataclasses import replace

import pytest

from kiosk.app.scanning_hints import FillLight, Hint, HintRule, QuadLook, hint_of

GOOD = QuadLook(side_px=220, touches_border=False, bright_share=0.0, mean=120, sharpness=900)


@pytest.mark.parametrize(
    ("look", "hint"),
    [
        (GOOD, None),
        (replace(GOOD, side_px=132.9), Hint.CLOSER),
        (replace(GOOD, side_px=133), None),
        (replace(GOOD, touches_border=True), Hint.CENTRE),
        (replace(GOOD, bright_share=0.11), Hint.GLARE),
        (replace(GOOD, bright_share=0.1), None),
        (replace(GOOD, mean=39), Hint.DARK),
        (replace(GOOD, sharpness=299), Hint.STEADY),
        (replace(GOOD, sharpness=301), None),
    ],
)
def test_each_sign_has_its_hint(look: QuadLook, hint: Hint | None) -> None:
    assert hint_of(look, good_sharpness=900) is hint


def test_without_a_code_ever_read_nobody_is_told_to_hold_still() -> None:
    assert hint_of(replace(GOOD, sharpness=1), good_sharpness=None) is None


def shown(rule: HintRule, look: QuadLook | None, start: float, seconds: float) -> list[Hint | None]:
    return [rule.look(look, start + n / 15) for n in range(int(seconds * 15))]


def test_a_hint_comes_after_seven_tenths_then_again_then_another_way() -> None:
    rule = HintRule()
    small = replace(GOOD, side_px=90)
    hints = [(n / 15, rule.look(small, n / 15)) for n in range(90)]
    first = {hint: at for at, hint in reversed(hints)}
    assert 0.7 <= first[Hint.CLOSER] < 0.8
    assert first[Hint.CLOSER] + 1.5 <= first[Hint.AGAIN] < 2.4
    assert first[Hint.OTHER_WAY] >= 4.0


def test_a_hint_stays_a_second_and_a_half_and_then_goes_with_the_code() -> None:
    rule = HintRule()
    assert shown(rule, replace(GOOD, side_px=90), 0, 0.8)[-1] is Hint.CLOSER
    gone = [(n / 15, rule.look(None, 0.8 + n / 15)) for n in range(60)]
    last = max(at for at, hint in gone if hint is Hint.CLOSER)
    assert 1.3 < last < 1.6
    assert gone[-1][1] is None


def test_a_quad_that_flickers_does_not_make_the_words_flicker() -> None:
    rule = HintRule()
    small = replace(GOOD, side_px=90)
    hints = [rule.look(small if n % 3 else None, n / 15) for n in range(50)]
    changes = [hint for number, hint in enumerate(hints) if not number or hint is not hints[number - 1]]
    assert changes == [None, Hint.CLOSER, Hint.AGAIN]


def test_a_read_sets_the_running_good_sharpness_and_ends_the_waiting() -> None:
    rule = HintRule()
    rule.read(1000)
    rule.read(800)
    shaken = replace(GOOD, sharpness=300)
    assert shown(rule, shaken, 0, 0.9)[-1] is Hint.STEADY
    rule.read(900)
    assert shown(rule, None, 3, 1)[-1] is None


def test_the_fill_light_comes_after_two_dark_seconds_and_goes_after_ten_bright_ones() -> None:
    light = FillLight()
    states = [(n / 10, light.look(59, n / 10)) for n in range(30)]
    assert min(at for at, on in states if on) == 2.0
    assert light.look(89, 5.0)
    bright = [(n / 10, light.look(91, 10 + n / 10)) for n in range(120)]
    assert min(at for at, on in bright if not on) == pytest.approx(10.0)


def test_a_short_shadow_switches_nothing() -> None:
    light = FillLight()
    assert not any(light.look(20 if n % 15 else 100, n / 10) for n in range(300))
