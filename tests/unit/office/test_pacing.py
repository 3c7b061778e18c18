# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office sets the pace: often enough for a sister gate, at once for an approval, never more than it can answer."""

from hypothesis import given
from hypothesis import strategies as st

from sync.office.service.pacing import APPROVAL_S, LONGEST_S, SISTERS_S, USUAL_S, Pacing


def approval(answer: str) -> str:
    return f'{{"body":{{"answer":"{answer}"}},"type":"remote.approval"}}'


def test_a_gate_alone_asks_every_ten_seconds_and_one_with_sisters_sooner() -> None:
    pacing = Pacing()
    assert pacing.next_poll_s("a", 0, sisters=False) == USUAL_S
    assert pacing.next_poll_s("b", 0, sisters=True) == SISTERS_S
    # a passage lies one poll at its gate and one poll before the sister: both within what a volunteer waits
    assert 2 * SISTERS_S <= 15


def test_while_a_remote_approval_waits_the_gate_asks_every_two_seconds_and_afterwards_no_more() -> None:
    pacing = Pacing()
    assert pacing.next_poll_s("a", 0, sisters=False, events=[approval("ASKED")]) == APPROVAL_S
    assert pacing.next_poll_s("a", 2_000, sisters=False) == APPROVAL_S
    assert pacing.next_poll_s("b", 2_000, sisters=False) == USUAL_S
    assert pacing.next_poll_s("a", 4_000, sisters=False, events=[approval("APPROVED")]) == USUAL_S


def test_a_question_that_nobody_answers_is_forgotten() -> None:
    pacing = Pacing()
    pacing.next_poll_s("a", 0, sisters=False, events=[approval("ASKED")])
    assert pacing.next_poll_s("a", 300_000, sisters=False) == USUAL_S


def test_what_cannot_be_read_asks_for_nothing() -> None:
    assert Pacing().next_poll_s("a", 0, sisters=False, events=['{"type":"remote.approval"', approval("")]) == USUAL_S


@given(gates=st.integers(1, 30_000), sisters=st.booleans())
def test_all_gates_together_stay_below_what_the_process_answers(gates: int, sisters: bool) -> None:
    pacing = Pacing(per_s=60)
    now_ms = 10_000
    for number in range(gates):
        pacing.next_poll_s(str(number), now_ms, sisters=sisters)
    wait = pacing.next_poll_s("0", now_ms + 2_000, sisters=sisters)
    # half a second of rounding; and nobody waits longer than a gate believes
    assert gates / (wait + 0.5) <= 60 or wait == LONGEST_S
    assert wait >= (SISTERS_S if sisters else USUAL_S)


def test_gates_that_went_away_are_not_reckoned_with() -> None:
    pacing = Pacing(per_s=1)
    for number in range(100):
        pacing.next_poll_s(str(number), 0, sisters=False)
    assert pacing.next_poll_s("0", 5_000, sisters=False) == 100
    assert pacing.next_poll_s("0", 200_000, sisters=False) == USUAL_S
