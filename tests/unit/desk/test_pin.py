# SPDX-License-Identifier: LicenseRef-Gatehouse
"""门长密码: the right one is known, guessing waits longer and longer, no kill and no clock helps a guesser."""

from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from kiosk.adapters.pin_hash import matches
from kiosk.adapters.pin_tries import FolderPinTries
from kiosk.app.pin import (
    FREE_TRIES,
    LONGEST_WAIT_S,
    MOST_TRIES,
    PAD,
    PinAnswer,
    PinCheck,
    PinTry,
    wait_after,
)
from kiosk.app.ports import PinVerdict
from kiosk.domain.codes import MemberSource
from kiosk.domain.identity import GateId, OperatorId
from kiosk.domain.register import Operator

G1, G2 = GateId("G01"), GateId("G02")
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
WANG, LI, ZHAO, SUN = (OperatorId(f"{n:032x}") for n in range(1, 5))
PEOPLE = (
    Operator(WANG, "L", "王门长", MemberSource.STREET, pin_hash=CHEAP.hash("246810"), gates=(G1, G2)),
    Operator(LI, "L", "李门长", MemberSource.STREET, pin_hash=CHEAP.hash("135790"), gates=(G2,)),
    Operator(ZHAO, "V", "赵志愿", MemberSource.STREET, pin_hash=CHEAP.hash("1234"), gates=(G1,)),
    Operator(SUN, "L", "孙门长", MemberSource.STREET, pin_hash="damaged", gates=()),
)


class Gate:
    """A gate whose power may go at any time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mono_ms = 1_000
        self.people = PEOPLE
        self.start()

    def start(self) -> None:
        self.check = PinCheck(G1, lambda: self.people, matches, FolderPinTries(self.folder), lambda: self.mono_ms)

    def typed(self, pin: str, whose: OperatorId | None = None) -> PinAnswer:
        begun = self.check.begin(pin, whose)
        return begun if isinstance(begun, PinAnswer) else self.check.settle(begun, begun.run())

    def wrong(self, times: int, whose: OperatorId | None = None) -> None:
        for _ in range(times):
            self.typed("000000", whose)
            self.mono_ms += LONGEST_WAIT_S * 1000


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def test_a_leader_of_this_gate_is_known_by_the_pin(gate: Gate) -> None:
    assert gate.typed("246810") == PinAnswer(PinVerdict.RIGHT, WANG)


@pytest.mark.parametrize("pin", ["135790", "1234", "", "24681", "２４６８１０", "2" * 500])
def test_other_gates_leaders_volunteers_and_near_misses_are_wrong(gate: Gate, pin: str) -> None:
    assert gate.typed(pin) == PinAnswer(PinVerdict.WRONG)


def test_five_free_tries_then_longer_and_longer_waits_then_none(gate: Gate) -> None:
    answers = []
    for _ in range(12):
        answers.append(gate.typed("000000"))
        gate.mono_ms += LONGEST_WAIT_S * 1000
    assert [answer.wait_s for answer in answers[:9]] == [0, 0, 0, 0, 30, 60, 120, 240, 480]
    assert {answer.verdict for answer in answers[9:]} == {PinVerdict.LOCKED}


def test_ten_wrong_tries_lock_through_kill_and_clock(gate: Gate) -> None:
    gate.wrong(MOST_TRIES)
    for mono_ms in (5, 10**12):
        gate.start()
        gate.mono_ms = mono_ms
        assert gate.typed("246810") == PinAnswer(PinVerdict.LOCKED)


def test_a_locked_pad_opens_to_a_leader_who_says_his_name(gate: Gate) -> None:
    gate.wrong(MOST_TRIES)
    assert gate.check.locked() == (PAD,)
    assert gate.typed("246810", WANG) == PinAnswer(PinVerdict.RIGHT, WANG)
    assert gate.check.unlock(PAD)
    gate.start()
    assert gate.typed("246810") == PinAnswer(PinVerdict.RIGHT, WANG)


def test_a_volunteer_who_is_locked_locks_nobody_else(gate: Gate) -> None:
    gate.wrong(MOST_TRIES, ZHAO)
    assert gate.typed("1234", ZHAO) == PinAnswer(PinVerdict.LOCKED)
    assert gate.check.locked() == (ZHAO,)
    assert gate.typed("246810") == PinAnswer(PinVerdict.RIGHT, WANG)
    assert gate.check.unlock(ZHAO)
    assert gate.typed("1234", ZHAO) == PinAnswer(PinVerdict.RIGHT, ZHAO)


def test_a_new_pin_from_the_office_unlocks(gate: Gate) -> None:
    gate.wrong(MOST_TRIES, ZHAO)
    fresh = replace(PEOPLE[2], pin_hash=CHEAP.hash("4321"))
    gate.people = (*PEOPLE[:2], fresh, *PEOPLE[3:])
    assert gate.typed("4321", ZHAO) == PinAnswer(PinVerdict.RIGHT, ZHAO)


def test_while_one_must_wait_even_the_right_pin_is_not_looked_at(gate: Gate) -> None:
    gate.wrong(FREE_TRIES - 1)
    assert gate.typed("000000").wait_s == 30
    gate.mono_ms += 29_001
    assert gate.typed("246810") == PinAnswer(PinVerdict.WAIT, wait_s=1)
    gate.mono_ms += 1_000
    assert gate.typed("246810").verdict is PinVerdict.RIGHT


def test_a_kill_between_typing_and_hashing_counts_as_a_wrong_try(gate: Gate) -> None:
    for _ in range(FREE_TRIES):
        assert isinstance(gate.check.begin("000000"), PinTry)
        gate.start()
    assert gate.typed("246810") == PinAnswer(PinVerdict.WAIT, wait_s=30)


def test_after_a_restart_the_wait_starts_again_in_full(gate: Gate) -> None:
    gate.wrong(7)
    gate.mono_ms = 5
    gate.start()
    assert gate.typed("246810").wait_s == 120


def test_a_right_pin_takes_the_count_back(gate: Gate) -> None:
    gate.wrong(FREE_TRIES - 1)
    assert gate.typed("246810").verdict is PinVerdict.RIGHT
    gate.start()
    assert gate.typed("000000") == PinAnswer(PinVerdict.WRONG)


def test_a_folder_that_cannot_be_written_gives_no_free_guesses(gate: Gate) -> None:
    (gate.folder / "pin-tries.json.new").mkdir()
    assert gate.typed("246810") == PinAnswer(PinVerdict.UNKEPT)


@pytest.mark.parametrize("text", ["", "{}", '{"failed": -1}', '{"failed": true}', "[]", "\x00"])
def test_a_damaged_count_is_never_a_fresh_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "pin-tries.json").write_text(text)
    tries = FolderPinTries(tmp_path)
    assert tries.failed(PAD) == tries.failed("somebody:1") == FREE_TRIES
    tries.keep(PAD, 0)
    again = FolderPinTries(tmp_path)
    assert (again.failed(PAD), again.failed("somebody:1")) == (0, FREE_TRIES)


def test_the_one_count_of_an_earlier_program_is_the_pads(tmp_path: Path) -> None:
    (tmp_path / "pin-tries.json").write_text('{"failed": 7}')
    assert FolderPinTries(tmp_path).failed(PAD) == 7


@given(st.integers(0, 10_000))
def test_waits_never_shrink_and_have_an_end(failed: int) -> None:
    assert wait_after(failed) <= wait_after(failed + 1) <= LONGEST_WAIT_S
