# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Verdict looks over all pairs: total, told apart without colour, and nothing private in public."""

import itertools

import pytest

import assets
from kiosk.app.screen import (
    NEUTRAL_REASONS,
    SHAPES,
    ambiguous_look,
    code_look,
    list_age,
    look_class,
    resting_look,
    unrecorded_look,
    verdict_look,
)
from kiosk.app.texts import Catalogue
from kiosk.app.views import Line, Look, LookClass, Shape, Tone
from kiosk.domain.codes import Direction, Reason, ScanResult, Verdict

CATALOGUES = [Catalogue(language, *assets.texts(language)) for language in assets.LANGUAGES]
PRIVATE = {
    "zh_CN": (
        "发热",
        "体温偏高",
        "隔离",
        "红码",
        "黄码",
        "绿码",
        "随申码",
        "返沪",
        "疑似",
        "留观",
        "病",
        "转运",
        "楼",
        "室",
    ),
    "en": (
        "fever",
        "isolat",
        "red",
        "yellow",
        "green",
        "code",
        "return",
        "suspect",
        "health",
        "high",
        "sick",
        "quarant",
    ),
}
PAIRS = list(itertools.product(Verdict, Reason, Direction))


def spoken(look: Look, catalogue: Catalogue) -> str:
    return " ".join(catalogue.line(line) for line in (look.word, look.line, look.phrase) if line is not None)


def test_every_pair_has_its_look() -> None:
    looks = [verdict_look(v, r, ScanResult.OK, d) for v, r, d in PAIRS]
    assert len(looks) == len(Verdict) * len(Reason) * 2


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=assets.LANGUAGES)
def test_no_private_word_is_public_for_any_pair(catalogue: Catalogue) -> None:
    looks = [verdict_look(v, r, s, d) for v, r, d in PAIRS for s in (ScanResult.OK, ScanResult.FORGED)]
    looks += [code_look(result) for result in ScanResult] + [ambiguous_look()]
    told = {spoken(look, catalogue).lower() for look in looks}
    # "registered" and "measured" hold "red": whole words count there
    words = {(word, text) for word in PRIVATE[catalogue.language] for text in told if _holds(text, word)}
    assert words == set()


def _holds(text: str, word: str) -> bool:
    if word.isascii():
        return any(part == word or (len(word) > 4 and word in part) for part in text.replace(",", " ").split())
    return word in text


def test_neutral_reasons_look_alike_on_the_public_screen() -> None:
    for verdict, reason in itertools.product(set(Verdict) - {Verdict.ADMIT, Verdict.EMERGENCY}, NEUTRAL_REASONS):
        look = verdict_look(verdict, reason, ScanResult.OK, Direction.IN)
        assert (look.public_shape, look.tone, look.word.key) == (Shape.TRIANGLE, Tone.T3, "word.WAIT")
        assert look.shape is SHAPES[look.cls], "the volunteer's shape still tells the class"


def test_a_confirmed_fever_says_only_wait_aside() -> None:
    look = verdict_look(Verdict.HOLD, Reason.FEVER, ScanResult.OK, Direction.IN)
    assert look.cls is LookClass.STOP
    assert spoken(look, CATALOGUES[0]) == "请稍候 请到旁边等候 请到旁边等候"


def test_unknown_denied_and_could_not_check_are_three_looks_and_three_sounds() -> None:
    unknown, denied, failed = (
        verdict_look(Verdict.LEADER, Reason.PASS_UNKNOWN, ScanResult.UNKNOWN, Direction.IN),
        verdict_look(Verdict.REFUSE, Reason.WRONG_COMPOUND, ScanResult.WRONG_COMPOUND, Direction.IN),
        verdict_look(Verdict.LEADER, Reason.LIST_STALE, ScanResult.OK, Direction.IN),
    )
    assert len({look.shape for look in (unknown, denied, failed)}) == 3
    assert {look.tone for look in (unknown, denied, failed)} == {Tone.T4, Tone.T5, Tone.T6}
    assert len({look.word.key for look in (unknown, denied, failed)}) == 3


def test_each_class_has_a_shape_of_its_own() -> None:
    assert len(set(SHAPES.values())) == len(LookClass) == len(SHAPES)


def test_going_out_is_another_word_and_tone_than_coming_in() -> None:
    way_in, out = (verdict_look(Verdict.ADMIT, Reason.PASS_OK, ScanResult.OK, d) for d in Direction)
    assert (way_in.word.key, way_in.tone) == ("word.GO", Tone.T1)
    assert (out.word.key, out.tone) == ("word.BYE", Tone.T2)


def test_no_rule_matched_is_unknown_whatever_the_reason() -> None:
    assert look_class(Verdict.LEADER, Reason.PASS_OK, "R99") is LookClass.UNKNOWN
    assert look_class(Verdict.LEADER, Reason.CHECK_FAILED, "R99") is LookClass.CANNOT


def test_after_a_failed_commit_nothing_that_admits_is_shown() -> None:
    for verdict, reason, direction in PAIRS:
        look = unrecorded_look(verdict_look(verdict, reason, ScanResult.OK, direction))
        assert look.cls in (LookClass.CANNOT, LookClass.STOP, LookClass.EMERGENCY)
        assert (look.cls is LookClass.EMERGENCY) == (verdict is Verdict.EMERGENCY)


@pytest.mark.parametrize(
    ("age_s", "text"),
    [
        (None, "名单未下载"),
        (59, "名单 0分钟前"),
        (8 * 60, "名单 8分钟前"),
        (7200, "名单 2小时前"),
        (97 * 3600, "名单 4天前"),
    ],
)
def test_the_age_of_the_list_in_words(age_s: int | None, text: str) -> None:
    assert CATALOGUES[0].line(list_age(age_s)) == text


def test_a_rest_is_said_as_long_as_the_policy_has_it() -> None:
    look = verdict_look(Verdict.WAIT, Reason.RECHECK_FEVER, ScanResult.OK, Direction.IN)
    assert resting_look(look, 300) == look
    other = resting_look(look, 601)
    assert (other.line, other.phrase) == (Line("line.rest_minutes", {"minutes": 11}), Line("phrase.aside"))
    go = verdict_look(Verdict.ADMIT, Reason.PASS_OK, ScanResult.OK, Direction.IN)
    assert resting_look(go, 60) == go
