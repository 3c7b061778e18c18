# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The demonstration's stated truth is what the rules say; its people exist; its pictures can be read."""

from datetime import date
from importlib.resources import files
from pathlib import Path
from random import Random

import numpy as np
import pytest
import zxingcpp

from kiosk.domain.admission.decide import decide, ticks_of
from kiosk.domain.admission.situation import Situation
from kiosk.domain.codes import (
    Button,
    Category,
    Direction,
    PassColour,
    PassKind,
    PassState,
    ScanResult,
    TempOutcome,
    Tick,
    Verdict,
)
from kiosk.domain.identity import CompoundId
from kiosk.domain.instants import Instant
from kiosk.domain.policy import Policy, parse_policy, with_param
from kiosk.domain.temperature import Temperature, measure
from sync.office.print.card import CardToPrint
from sync.office.print.cards import card_sheets
from sync.street.people import Street, street
from tests.clips_camera import BY_NAME, ENTER_S, LEAVE_S
from tests.clips_cards import pass_text
from tests.demo.cast import CAST, POLICY, REST_S, Card, Holds, Part, actors, passages, verdicts
from tests.demo.script import IssuedPass, forged, script

HOME = CompoundId("C01")
BY_KEY = {part.key: part for part in CAST}
STATES = {Card.GOOD: PassState.ACTIVE, Card.EXPIRED: PassState.EXPIRED, Card.REVOKED: PassState.REVOKED}


def shipped(name: str) -> Policy:
    text = files("assets").joinpath("policies", f"{name}.toml").read_text(encoding="utf-8")
    return with_param(parse_policy(text), "rest_s", REST_S, POLICY)


def measured(part: Part, policy: Policy) -> TempOutcome:
    """The outcome after all the passage's readings; those of an earlier show lie one rest before."""
    state = Temperature()
    shows = [part] if part.same_as is None else [BY_KEY[part.same_as], part]
    for number, show in enumerate(shows):
        for n, shown in enumerate(show.readings):
            at = Instant(0, number * REST_S * 1_000 + n * 1_500, 1)
            after = measure(state, shown.tenths, shown.site, at, policy.params)
            assert isinstance(after, Temperature)
            state = after
    return state.outcome


@pytest.fixture(scope="module")
def place() -> Street:
    return street(20200220, residents=12_000)


@pytest.mark.parametrize("policy", ["2020-02-14", "2020-03-24"])
@pytest.mark.parametrize("part", [part for part in CAST if part.truth.verdict], ids=lambda part: part.key)
def test_the_stated_truth_is_what_the_rules_say(part: Part, policy: str) -> None:
    law = shipped(policy)
    repeated = part.truth.rule == "R03"
    outcome = TempOutcome.NOT_TAKEN if repeated else measured(part, law)
    assert outcome is part.truth.outcome
    holder = BY_KEY[part.same_as] if part.same_as else part
    ours = holder.card in STATES
    situation = Situation(
        direction=part.direction,
        category=Category.LOCAL if ours else None,
        scan=part.truth.scan,
        pass_state=STATES.get(holder.card),
        expired_ms=3 * 86_400_000 if holder.card is Card.EXPIRED else 0,
        outcome=outcome,
        repeat=holder.truth.verdict if repeated else None,
    )
    said = decide(situation, law)
    assert (said.verdict, said.reason, said.rule) == (part.truth.verdict, part.truth.reason, part.truth.rule)
    wanted = ticks_of(said.rule, said.verdict)
    assert tuple(press for press in part.presses if isinstance(press, Tick)) == wanted
    admitted = said.verdict is Verdict.ADMIT or Button.ADMIT in part.presses
    assert part.truth.gone_through == (admitted and not repeated)


def test_the_cast_shows_all_that_the_demonstration_promises() -> None:
    assert {BY_NAME[part.scenario].name for part in CAST} >= {
        "easy", "perspective", "motion", "lowlight", "crease", "finger", "glare", "backlit", "moire", "phone_dark",
    }  # fmt: skip
    assert {part.card for part in CAST} == set(Card)
    assert {part.holds for part in CAST} == set(Holds)
    first = [part.readings[0].tenths for part in CAST if part.readings]
    assert {373, 342} <= set(first)
    assert sum(part.direction is Direction.OUT for part in CAST) >= 3
    assert all(not part.readings for part in CAST if part.direction is Direction.OUT)
    assert len({part.key for part in CAST}) == len(CAST) >= 20


def test_passages_are_counted_once_each() -> None:
    assert passages() == len(verdicts()) == 19
    assert verdicts()["fever"].outcome is TempOutcome.CLEARED
    assert sum(truth.gone_through for truth in verdicts().values()) == 16
    assert "payment" not in verdicts()
    assert "again" not in verdicts()


def test_whoever_comes_again_has_been_away_long_enough() -> None:
    keys = [part.key for part in CAST]
    for part in CAST:
        if part.same_as is None:
            continue
        between = CAST[keys.index(part.same_as) + 1 : keys.index(part.key)]
        away = sum(show.hold_s + ENTER_S + LEAVE_S for show in between)
        assert away >= (REST_S + 5 if part.readings else 3.5)
        if not part.readings:
            assert away + part.hold_s < 50  # within `repeat_s`


def test_everybody_is_a_resident_who_fits_and_plays_one_part(place: Street) -> None:
    found = actors(place, HOME)
    assert set(found) == {part.key for part in CAST if part.same_as is None and part.card is not Card.NONE}
    assert len({person.id for person in found.values()}) == len(found)
    assert len({person.dwelling_id for person in found.values()}) == len(found)
    assert found["foreign"].compound_id != HOME
    assert all(person.compound_id == HOME for key, person in found.items() if key != "foreign")
    assert not found["elder"].phone
    assert found["elder"].birth_year <= 1938
    assert all(person.category is Category.LOCAL for person in found.values())
    assert actors(place, HOME) == found


def test_a_forged_pass_differs_from_the_true_one_in_its_signature_alone() -> None:
    text = pass_text(Random(1))
    false = forged(text)
    assert false != text
    assert len(false) == len(text)
    assert false[:-3] == text[:-3]
    with pytest.raises(ValueError, match="not the text of a pass"):
        forged("EP1:!")


def test_every_part_has_a_picture_and_its_code_can_be_read(tmp_path: Path) -> None:
    rng = Random(3)
    parts = [part for part in CAST if part.same_as is None and part.card is not Card.NONE]
    issued = {
        part.key: IssuedPass(pass_text(rng), f"790 382 85{n % 10}-6", "甘泉一村", "2020年3月15日")
        for n, part in enumerate(parts)
    }
    cards = [
        CardToPrint(
            one.text, one.serial, one.compound, PassColour.GREEN, PassKind.RESIDENT, date(2020, 3, 15), "02", 1,
            "021-00550110", f"{n // 4 + 1}号楼 1单元 {n + 101}室", str(n // 4 + 1), mark=POLICY,
        )
        for n, one in enumerate(issued.values())
    ]  # fmt: skip
    card_sheets(cards, tmp_path / "cards.pdf")
    shows = script(tmp_path / "cards.pdf", issued)
    assert [show.tag for show in shows] == [part.key for part in CAST]
    for part, show in zip(CAST, shows, strict=True):
        assert show.image.dtype == np.uint8
        assert show.image.ndim == 3
        codes = [code.text for code in zxingcpp.read_barcodes(show.image)]
        assert len(codes) == 1
        if part.truth.scan is ScanResult.NOT_OURS:
            assert not codes[0].startswith("EP")
        else:
            assert codes == [issued[part.same_as or part.key].text]


def test_the_clip_lasts_about_as_long_as_people_will_watch() -> None:
    whole = sum(part.hold_s + ENTER_S + LEAVE_S for part in CAST)
    assert 60 <= whole <= 120
