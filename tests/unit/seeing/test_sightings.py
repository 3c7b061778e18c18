# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The sighting rule (design: scanning.md section 5): one card, one sighting; by time, without a camera."""

from dataclasses import dataclass

import pytest

from kiosk.app.scanning import (
    Ambiguous,
    CodeKind,
    CodeSeen,
    Corners,
    NotOurs,
    Sighting,
    SightingTracker,
    Source,
    Unreadable,
    accepted_as,
)

QUAD: Corners = ((10, 10), (90, 10), (90, 90), (10, 90))
CARD = b"EP1:CARD"
OTHER = b"EP1:OTHER"
POSTER = b"https://example.invalid/"


@dataclass(frozen=True)
class Code:
    data: bytes
    corners: Corners = QUAD


def show(tracker: SightingTracker, start: float, seconds: float, *payloads: bytes, fps: float = 15.0) -> list[Sighting]:
    frames = int(seconds * fps)
    codes = [Code(payload) for payload in payloads]
    seen = (tracker.seen(codes, start + number / fps) for number in range(frames))
    return [sighting for sighting in seen if sighting is not None]


@pytest.mark.parametrize("seconds", [20, 120])
def test_a_card_held_for_long_is_one_sighting(seconds: float) -> None:
    (sighting,) = show(SightingTracker(), 100.0, seconds, CARD)
    assert sighting == CodeSeen(CARD, CodeKind.PASS, 100.0, 100.0, QUAD, Source.CAMERA)


def test_shown_again_after_four_seconds_is_a_second_sighting_and_after_two_is_not() -> None:
    tracker = SightingTracker()
    assert len(show(tracker, 0, 1, CARD)) == 1
    assert show(tracker, 3, 1, CARD) == []
    assert len(show(tracker, 8, 1, CARD)) == 1


def test_the_guard_counts_from_when_the_card_left_not_from_when_it_came() -> None:
    tracker = SightingTracker()
    show(tracker, 0, 10, CARD)
    assert tracker.seen([Code(CARD)], 9.933 + 2.9) is None
    assert tracker.seen([Code(CARD)], 9.933 + 2.9 + 3.0) is not None


def test_a_card_that_flickers_is_one_sighting() -> None:
    tracker = SightingTracker()
    seen = [tracker.seen([Code(CARD)] if n % 20 == 0 else [], n / 15) for n in range(300)]
    assert sum(s is not None for s in seen) == 1


def test_a_new_card_is_reported_at_once_while_the_old_one_still_counts_as_in_view() -> None:
    tracker = SightingTracker()
    tracker.seen([Code(CARD)], 0.0)
    sighting = tracker.seen([Code(OTHER)], 0.07)
    assert isinstance(sighting, CodeSeen)
    assert sighting.payload == OTHER


def test_changing_the_direction_clears_the_tracker() -> None:
    tracker = SightingTracker()
    show(tracker, 0, 1, CARD)
    tracker.clear()
    assert isinstance(tracker.seen([Code(CARD)], 1.1), CodeSeen)


def test_two_passes_in_one_frame_are_ambiguous_until_one_is_gone_for_half_a_second() -> None:
    tracker = SightingTracker()
    assert show(tracker, 0.0, 2.0, CARD, OTHER) == [Ambiguous(0.0)]
    seen = [(n / 15, tracker.seen([Code(CARD)], 2.0 + n / 15)) for n in range(15)]
    ((after, sighting),) = [(t, s) for t, s in seen if s is not None]
    assert isinstance(sighting, CodeSeen)
    assert sighting.payload == CARD
    assert 0.4 < after < 0.55
    assert sighting.first_seen == 0.0


def test_the_card_that_was_served_is_not_served_again_after_an_ambiguous_moment() -> None:
    tracker = SightingTracker()
    show(tracker, 0, 1, CARD)
    assert show(tracker, 1, 1, CARD, OTHER) == [Ambiguous(1.0)]
    assert show(tracker, 2, 2, CARD) == []


def test_ambiguity_is_said_again_only_for_a_new_pair() -> None:
    tracker = SightingTracker()
    assert len(show(tracker, 0, 1, CARD, OTHER)) == 1
    show(tracker, 1, 1, CARD)
    assert show(tracker, 2, 1, CARD, OTHER) == [Ambiguous(2.0)]


def test_one_pass_beside_foreign_codes_is_that_pass() -> None:
    sightings = show(SightingTracker(), 0, 5, POSTER, CARD, b"wxp://f2f0")
    assert [type(s) for s in sightings] == [CodeSeen]


def test_a_foreign_code_alone_is_said_once_after_half_a_second_and_keeps_nothing_of_it() -> None:
    tracker = SightingTracker()
    (sighting,) = show(tracker, 0, 20, POSTER)
    assert isinstance(sighting, NotOurs)
    assert 0.5 <= sighting.captured_at < 0.6
    assert POSTER.decode() not in repr((sighting, vars(tracker)))


def test_a_poster_behind_the_queue_does_not_flash_between_two_cards() -> None:
    tracker = SightingTracker()
    first = show(tracker, 0, 2, CARD, POSTER)
    gap = show(tracker, 2, 0.4, POSTER)
    second = show(tracker, 2.4, 2, OTHER, POSTER)
    assert [type(s) for s in first + gap + second] == [CodeSeen, CodeSeen]


def test_another_foreign_code_beside_a_known_poster_is_said() -> None:
    tracker = SightingTracker()
    show(tracker, 0, 2, POSTER)
    assert [type(s) for s in show(tracker, 2, 2, POSTER, b"wxp://f2f0")] == [NotOurs]


def test_a_micro_code_is_not_ours() -> None:
    tracker = SightingTracker()
    seen = [tracker.seen([], n / 15, foreign=True) for n in range(15)]
    assert [type(s) for s in seen if s is not None] == [NotOurs]


def test_located_but_unread_for_two_seconds_is_unreadable_once() -> None:
    tracker = SightingTracker()
    seen = [(n / 15, tracker.seen([], n / 15, located=True)) for n in range(90)]
    ((at, sighting),) = [(t, s) for t, s in seen if s is not None]
    assert sighting == Unreadable(at)
    assert 2.0 <= at < 2.1


def test_unreadable_starts_anew_after_a_read_and_after_a_gap() -> None:
    tracker = SightingTracker()
    for n in range(20):
        tracker.seen([], n / 15, located=True)
    tracker.seen([Code(CARD)], 1.5)
    assert all(tracker.seen([], 1.6 + n / 15, located=True) is None for n in range(29))
    tracker.seen([], 5.0)
    assert all(tracker.seen([], 5.1 + n / 15, located=True) is None for n in range(29))


def test_a_wedge_text_is_answered_at_once_and_guarded_like_the_camera() -> None:
    tracker = SightingTracker()
    assert tracker.seen([Code(POSTER)], 0.0, source=Source.WEDGE) == NotOurs(0.0, Source.WEDGE)
    sighting = tracker.seen([Code(CARD)], 0.1, source=Source.WEDGE)
    assert isinstance(sighting, CodeSeen)
    assert sighting.source is Source.WEDGE
    assert tracker.seen([Code(CARD)], 0.2, source=Source.CAMERA) is None


@pytest.mark.parametrize(
    "payload", [b"EP1:X", b"EP1:", b"EP1:\x00\xff", b"EP2:X", b"EPZ:", b"EPR1:X", b"EP1:" + b"A" * 9000]
)
def test_every_pass_form_goes_to_the_verifier_as_it_is(payload: bytes) -> None:
    assert accepted_as(payload, enrolling=False) is CodeKind.PASS


@pytest.mark.parametrize(
    "payload",
    [b"", b"ep1:X", b" EP1:X", b"EP0:X", b"EP:", b"EPX", b"EP11:", b"https://x", b"\x00EP1:", b"GATE enrol 1"],
)
def test_everything_else_is_not_ours(payload: bytes) -> None:
    assert accepted_as(payload, enrolling=False) is None


def test_enrolment_takes_plain_ascii_only_and_only_while_enrolling() -> None:
    tracker = SightingTracker(enrolling=True)
    sighting = tracker.seen([Code(b"https://office.invalid/e#T")], 0.0)
    assert isinstance(sighting, CodeSeen)
    assert sighting.kind is CodeKind.ENROLMENT
    for refused in (b"a\n", b"\x00", "码".encode(), b"x" * 513, b"", b"a\x7f"):
        assert accepted_as(refused, enrolling=True) is None
    assert accepted_as(b"x" * 512, enrolling=True) is CodeKind.ENROLMENT


def test_memory_is_bounded_by_what_is_in_view() -> None:
    tracker = SightingTracker()
    for n in range(2000):
        tracker.seen([Code(b"EP1:%d" % n), Code(b"x%d" % n)], n / 10)
    assert len(tracker._ours) <= 31
    assert len(tracker._foreign) <= 31
