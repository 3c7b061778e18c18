# SPDX-License-Identifier: LicenseRef-Gatehouse
"""When the line asks and what for: back-off with full jitter, halving, push and pull apart."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.client.answers import LineError, Seen, meaning
from sync.client.pace import CAP_MS, LONGEST_MS, PROBE_MS, asked_wait_ms, back_off_ms, due_in_ms, poll_ms
from sync.client.step import (
    AskHealth,
    AskSnapshot,
    Exchange,
    LineState,
    Told,
    Wait,
    after,
    health_taken,
    next_step,
    nudged,
)
from sync.client.transport import TransportFault
from sync.wire.limits import CLIENT_EVENTS

NOW = 1_582_200_000_000
OK = meaning(Seen(201, json=True, server_ours=True, echo_ours=True))
DOWN = meaning(Seen(fault=TransportFault.UNREACHABLE))
TOO_LARGE = meaning(Seen(413))
STALE = meaning(Seen(401, json=True, code="stale"))
LOCKED_OUT = meaning(Seen(401, json=True, code="bad_signature"))
BUSY = meaning(Seen(503))
WITHDRAWN = meaning(Seen(403, json=True, code="revoked", order=True))
OTHER = meaning(Seen(201, json=True, echo_ours=True))


def test_a_fresh_line_asks_at_once_with_events_and_pull() -> None:
    assert next_step(LineState(), NOW, pending=True) == Exchange(CLIENT_EVENTS)
    assert next_step(LineState(), NOW, pending=False) == Exchange(0)


@pytest.mark.parametrize(("failures", "ceiling"), [(1, 2_000), (2, 4_000), (3, 8_000), (6, 60_000), (50, 60_000)])
def test_the_wait_is_random_up_to_a_doubling_ceiling_of_a_minute(failures: int, ceiling: int) -> None:
    assert back_off_ms(failures, 1.0) == ceiling
    assert back_off_ms(failures, 0.5) == ceiling // 2
    assert back_off_ms(failures, 0.0) == 0


def test_failures_wait_longer_and_a_success_forgets_them() -> None:
    state = LineState()
    for n in range(1, 9):
        state = after(state, DOWN, Told(), NOW, 1.0)
        assert next_step(state, NOW, pending=False) == Wait(min(60_000, 1_000 * 2**n))
    state = after(state, OK, Told(), NOW, 0.0)
    assert (state.failures, state.last_error) == (0, None)


def test_retry_after_lengthens_the_wait_to_a_quarter_of_an_hour_at_most() -> None:
    state = after(LineState(), BUSY, Told(retry_after="120"), NOW, 0.0)
    assert next_step(state, NOW, pending=True) == Wait(120_000)
    state = after(LineState(), BUSY, Told(retry_after="99999999999"), NOW, 0.0)
    assert next_step(state, NOW, pending=True) == Wait(LONGEST_MS)


@pytest.mark.parametrize("nonsense", [None, "", "soon", "-5", "1.5", "Wed, 21 Oct 2015 07:28:00 GMT", "٣"])
def test_a_retry_after_that_is_no_number_asks_for_nothing(nonsense: str | None) -> None:
    assert asked_wait_ms(nonsense) in {0, 3_000}


def test_a_stored_time_of_another_clock_does_not_lock_the_line_for_years() -> None:
    assert due_in_ms(NOW + 10**11, NOW) == 0
    assert due_in_ms(NOW + LONGEST_MS, NOW) == LONGEST_MS


def test_somebody_who_cannot_wait_does_not() -> None:
    state = after(LineState(), DOWN, Told(), NOW, 1.0)
    assert next_step(state, NOW, pending=True, asked=True) == Exchange(CLIENT_EVENTS)
    assert next_step(nudged(state), NOW, pending=True) == Exchange(CLIENT_EVENTS)


def test_a_batch_that_is_too_large_is_halved_down_to_one_and_then_held_while_pulls_go_on() -> None:
    state, sizes = LineState(), []
    while isinstance(step := next_step(state, NOW, pending=True), Exchange) and step.events:
        sizes.append(step.events)
        state = after(state, TOO_LARGE, Told(events=step.events), NOW, 1.0)
    assert sizes == [200, 100, 50, 25, 12, 6, 3, 1]
    assert next_step(state, NOW, pending=True) == Exchange(0), "the pull goes on"
    assert state.last_error is LineError.TOO_LARGE
    assert next_step(state, NOW + CAP_MS, pending=True) == Exchange(1), "and it is tried again at the cap"


def test_after_a_pull_beside_a_held_event_the_alarm_stays() -> None:
    state = after(LineState(), TOO_LARGE, Told(events=1), NOW, 1.0)
    state = after(state, OK, Told(events=0, pending=True), NOW, 0.0)
    assert state.last_error is LineError.TOO_LARGE
    assert next_step(state, NOW, pending=True) == Wait(10_000)


def test_batches_grow_again_when_they_go_through() -> None:
    state = LineState(batch=1)
    for _ in range(9):
        state = after(state, OK, Told(events=1, pending=True), NOW, 0.0)
    assert next_step(state, NOW, pending=True) == Exchange(CLIENT_EVENTS)


def test_after_two_failures_with_events_every_second_request_carries_none() -> None:
    state, carried = LineState(), []
    for _ in range(8):
        step = next_step(state, NOW, pending=True, asked=True)
        assert isinstance(step, Exchange)
        assert step.pull
        carried.append(step.events > 0)
        state = after(state, DOWN, Told(events=step.events), NOW, 1.0)
    assert carried == [True, True, False, True, False, True, False, True]


def test_a_pull_that_goes_well_in_between_does_not_make_the_upload_storm() -> None:
    state, last = LineState(), None
    for _ in range(12):
        step = next_step(state, NOW, pending=True, asked=True)
        assert isinstance(step, Exchange)
        state = after(state, DOWN if step.events else OK, Told(events=step.events, pending=True), NOW, 1.0)
        if step.events:
            last = next_step(state, NOW, pending=True)
    assert last == Wait(60_000)


def test_an_office_that_cannot_store_gets_the_events_again_later() -> None:
    state = after(LineState(), OK, Told(events=200, stored=False, pending=True), NOW, 1.0)
    assert state.last_error is LineError.NOT_STORED
    assert next_step(state, NOW, pending=True) == Wait(2_000)


def test_a_stale_request_takes_the_offices_time_and_goes_once_more_at_once() -> None:
    state = after(LineState(), STALE, Told(events=5), NOW, 1.0)
    assert next_step(state, NOW, pending=True) == AskHealth()
    state = health_taken(state, NOW)
    assert next_step(state, NOW, pending=True) == Exchange(CLIENT_EVENTS)
    state = after(state, STALE, Told(events=5), NOW, 1.0)
    assert next_step(state, NOW, pending=True) == Wait(2_000), "but not for ever"


def test_a_device_that_the_office_does_not_know_stops_pushing_and_probes() -> None:
    state = after(LineState(), LOCKED_OUT, Told(events=5), NOW, 1.0)
    assert next_step(state, NOW, pending=True) == Wait(PROBE_MS)
    assert next_step(state, NOW + PROBE_MS, pending=True) == Exchange(0)
    known_again = after(state, OK, Told(pending=True), NOW + PROBE_MS, 0.0)
    assert next_step(known_again, NOW + PROBE_MS, pending=True) == Exchange(CLIENT_EVENTS)


def test_a_withdrawn_device_sends_its_events_with_an_empty_pull_and_then_rests() -> None:
    state = after(LineState(), WITHDRAWN, Told(events=5), NOW, 1.0)
    assert next_step(state, NOW, pending=True) == Exchange(CLIENT_EVENTS, pull=False)
    assert next_step(state, NOW, pending=False) == Wait(PROBE_MS)


def test_another_server_shows_its_banner_the_second_time() -> None:
    state = after(LineState(), OTHER, Told(events=5), NOW, 1.0)
    assert state.last_error is LineError.GARBAGE
    assert after(state, OTHER, Told(events=5), NOW, 1.0).last_error is LineError.OTHER_SERVER


def test_a_snapshot_that_was_ordered_comes_next() -> None:
    state = after(LineState(), OK, Told(snapshots=frozenset({"roster:C01"})), NOW, 1.0)
    assert next_step(state, NOW, pending=True) == AskSnapshot("roster:C01")


def test_after_a_gap_the_line_sends_from_where_the_office_expects() -> None:
    assert after(LineState(), OK, Told(events=5, expected_seq=7), NOW, 1.0).rewind_to == 7


@given(st.integers(-5, 10**6), st.floats(0, 1))
def test_the_poll_is_what_the_office_asked_for_or_a_little_sooner(next_poll_s: int, jitter: float) -> None:
    wait = poll_ms(next_poll_s, jitter)
    asked = min(max(next_poll_s, 1) * 1_000, LONGEST_MS)
    assert asked * 0.8 - 1 <= wait <= asked


@given(failures=st.integers(2, 40), jitter=st.floats(0, 1))
def test_after_an_outage_a_request_without_events_is_followed_at_once_by_one_with(failures: int, jitter: float) -> None:
    """While the line was down every request failed, with events or without: the upload is not held back for it."""
    state = LineState()
    for _ in range(failures):
        step = next_step(replace(state, not_before_ms=0), NOW, pending=True)
        assert isinstance(step, Exchange)
        state = after(state, DOWN, Told(events=step.events), NOW, jitter)
    state = replace(state, not_before_ms=0)
    first = next_step(state, NOW, pending=True)
    assert isinstance(first, Exchange)
    state = after(state, OK, Told(events=first.events, pending=True), NOW, jitter)
    if failures > 2 or first.events:
        assert next_step(state, NOW, pending=True) == Exchange(CLIENT_EVENTS)


def test_an_upload_that_fails_alone_is_still_paced_when_requests_without_events_go_well() -> None:
    state = LineState()
    for _ in range(2):
        state = after(state, BUSY, Told(events=1), NOW, 1.0)
    bare = next_step(replace(state, not_before_ms=0), NOW, pending=True)
    assert bare == Exchange(0)
    state = after(state, OK, Told(pending=True), NOW, 0.0)
    assert isinstance(next_step(state, NOW, pending=True), Wait)


@given(jitter=st.floats(0, 1))
def test_a_gap_is_filled_at_once_but_one_that_cannot_be_filled_does_not_storm(jitter: float) -> None:
    told = Told(events=3, pending=True, progress=False, expected_seq=7)
    first = after(LineState(), OK, told, NOW, jitter)
    assert next_step(first, NOW, pending=True) == Exchange(CLIENT_EVENTS)
    assert first.rewind_to == 7
    again = after(first, OK, told, NOW, jitter)
    assert isinstance(next_step(again, NOW, pending=True), Wait)
    filled = after(again, OK, replace(told, progress=True), NOW, jitter)
    assert next_step(filled, NOW, pending=True) == Exchange(CLIENT_EVENTS)


def test_a_gate_that_cannot_read_what_it_should_send_asks_at_the_usual_pace() -> None:
    """A closed epoch's file was taken away: it counts as not delivered for ever, and there is nothing to send."""
    told = Told(events=0, pending=True, progress=False)
    state = after(LineState(), OK, told, NOW, 0.0)
    assert next_step(after(state, OK, told, NOW, 0.0), NOW, pending=True) == Wait(10_000)
