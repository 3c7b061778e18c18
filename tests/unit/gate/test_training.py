# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Practice: twelve people by script on a store that is thrown away; real cards are sent away, nothing is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import assets
from kiosk.app.desk import Arriving, Outsider
from kiosk.app.lookup import RoomQuestion
from kiosk.app.ports import SyncStatus
from kiosk.app.practice import SCRIPTS, PracticeCard
from kiosk.app.texts import Catalogue
from kiosk.app.views import CodeView, PassageView
from kiosk.compose import OpenGate
from kiosk.compose_training import RefusedTraining, open_training
from kiosk.domain.codes import ScanResult, Site, Verdict
from kiosk.domain.identity import PersonId
from sync.street.building import Street
from sync.street.gate_rig import GateRig
from tests.unit.gate.gates import founded, fresh_gate, withdraw_at_office


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with founded(tmp_path_factory.mktemp("office")) as found:
        yield found


@pytest.fixture
def rig(street: Street, tmp_path: Path) -> Iterator[GateRig]:
    with fresh_gate(street, tmp_path) as found:
        yield found


@pytest.fixture
def practice(rig: GateRig) -> Iterator[OpenGate]:
    found = open_training(rig.gate)
    assert isinstance(found, OpenGate)
    yield found
    found.close()


def play(practice: OpenGate, card: PracticeCard) -> PassageView:
    script, desk = card.script, practice.app.desk
    arriving = Arriving(script.direction)
    if card.payload is not None:
        shown = desk.on_code(card.payload, arriving)
    elif script.lookup:
        number = SCRIPTS.index(script) + 1
        question = RoomQuestion(str(number), "1", "101", chosen=PersonId(f"{number:032x}"), id_seen=True)
        found = practice.app.look_up(question, arriving).shown
        assert found is not None
        shown = found
    else:
        shown = desk.arrive(Outsider(script.category), arriving)
    assert isinstance(shown.view, PassageView)
    view = shown.view
    for text in script.readings:
        view = desk.reading(view.passage, text, Site.FOREHEAD).view  # type: ignore[assignment]
    return view


def test_the_twelve_scripts_come_to_the_verdicts_they_teach(practice: OpenGate) -> None:
    views = [(card.script.key, play(practice, card)) for card in practice.practice]
    told = [(key, view.verdict, view.reason) for key, view in views]
    assert told == [(script.key, script.verdict, script.reason) for script in SCRIPTS]
    assert len(told) == 12


def test_every_script_is_told_in_both_languages() -> None:
    both = [Catalogue(name, *assets.texts(name)) for name in assets.LANGUAGES]
    keys = ["line.leave_practice", *(f"practice.script.{script.key}" for script in SCRIPTS)]
    assert [key for key in keys for texts in both if not texts.has(key)] == []


def test_a_practice_says_so_and_nothing_of_it_reaches_the_gate(
    street: Street, rig: GateRig, practice: OpenGate
) -> None:
    before, boot = rig.store.head(), rig.clock.boot
    folder = practice.opened.folder.place.folder
    for card in practice.practice:
        play(practice, card)
    assert practice.app.status(SyncStatus(pending=0)).practice
    assert (rig.store.head(), rig.gate.pending(), rig.clock.boot) == (before, 0, boot)
    assert practice.device.url == ""
    practice.close()
    assert not folder.exists()


def test_a_real_card_is_sent_away_and_leaves_nothing(street: Street, practice: OpenGate) -> None:
    before = practice.store.head()
    view = practice.app.desk.on_code(street.pass_text("card"), Arriving()).view
    assert isinstance(view, CodeView)
    assert view.look.line is not None
    assert view.look.line.key == "line.leave_practice"
    assert practice.store.head() == before


def test_a_practice_card_at_the_real_gate_is_forged_without_a_case(
    street: Street, rig: GateRig, practice: OpenGate
) -> None:
    payload = practice.practice[0].payload
    assert payload is not None
    shown = rig.hold_up(payload, Arriving()).view
    assert isinstance(shown, PassageView)
    view = rig.app.desk.reading(shown.passage, "36.5", Site.FOREHEAD).view
    assert isinstance(view, PassageView)
    assert (view.verdict, view.rule, view.scan_result) == (Verdict.LEADER, "R11", ScanResult.FORGED)
    assert view.staff[0].key == "staff.practice_pass"
    assert (view.case, view.told) == (None, ())
    street.sync(None)
    with street.office.database.reading() as tx:
        log = street.office.events.log(tx, rig.app.identity.device, 1)
        assert [event.seq for event in log if b'"type":"case' in bytes(event.canon)] == []


def test_nobody_practises_while_somebody_rests_on_the_wait_spot(street: Street, rig: GateRig) -> None:
    shown = rig.hold_up(street.pass_text("card"), Arriving()).view
    assert isinstance(shown, PassageView)
    rig.app.desk.reading(shown.passage, "37.6", Site.FOREHEAD)
    assert open_training(rig.gate) is RefusedTraining.ON_WAIT_SPOT


def test_neither_a_practice_nor_a_withdrawn_gate_opens_one(street: Street, rig: GateRig, practice: OpenGate) -> None:
    assert open_training(practice) is RefusedTraining.ALREADY
    withdraw_at_office(street, rig)
    rig.line.turn(asked=True)
    assert open_training(rig.gate) is RefusedTraining.WITHDRAWN
