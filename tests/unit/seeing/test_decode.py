# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The ladder: what it takes, what it gives, and any code that a passer-by can hold up (scanning.md 2, 3, 6)."""

import subprocess
import sys
import threading

import cv2
import numpy as np
import pytest
import segno

from kiosk.adapters import Symbol, decode
from kiosk.adapters.decode_live import LiveLadder
from kiosk.adapters.decode_measure import quad_look
from kiosk.adapters.decode_still import LADDER, RUNG_NAMES, decode_photo
from kiosk.app.scanning import CodeSeen, SightingTracker
from tests.clips import clip
from tests.clips_cards import HOSTILE, background, card, drawn, hostile, phone, side_by_side, symbol
from tests.clips_stills import still

TEXT = "EP1:ABCDEFG123"


def test_importing_the_adapters_loads_no_picture_library() -> None:
    script = (
        "import sys, kiosk.adapters, kiosk.adapters.scan_loop, kiosk.adapters.camera_choice, kiosk.adapters.wedge\n"
        "print([name for name in ('cv2', 'numpy', 'zxingcpp', 'pyzbar') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("shape", ["bgr", "grey", "strided", "flipped"])
def test_frames_are_taken_in_colour_in_grey_and_not_contiguous(shape: str) -> None:
    bgr = card(TEXT, 1).picture
    frame = {"bgr": bgr, "grey": bgr[:, :, 1].copy(), "strided": bgr[::2, ::2], "flipped": bgr[:, :, ::-1]}[shape]
    (found,) = decode(frame)
    assert isinstance(found, Symbol)
    assert found.data == TEXT.encode()


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((10, 10), np.float32),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10,), np.uint8),
        np.zeros((0, 10), np.uint8),
        None,
    ],
)
def test_what_is_no_frame_is_a_value_error(frame: object) -> None:
    with pytest.raises(ValueError, match="frame"):
        decode(frame)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(1, 1), (2, 700), (700, 2), (31, 17)])
def test_tiny_and_thin_frames_are_empty_not_errors(size: tuple[int, int]) -> None:
    assert decode(np.random.default_rng(1).integers(0, 255, size, dtype=np.uint8)) == []


def test_corners_are_in_pixels_of_the_frame_whatever_rung_found_them() -> None:
    held = card(TEXT, 2)
    for rung in ("zx", "up2", "half", "clahe"):
        (found,) = decode(held.picture, rungs=[rung])
        assert found.rung == rung
        assert np.abs(np.array(found.corners) - held.quad).max() < 6


def test_a_budget_leaves_out_what_costs_too_much_but_never_the_first_rung() -> None:
    assert decode(card(TEXT, 1).picture, budget_ms=0)[0].rung == "zx"
    hard = still("shadows", 103).picture
    assert decode(hard, budget_ms=0) == decode(hard, rungs=["zx"])


def test_an_unknown_rung_is_a_value_error_and_the_table_names_its_costs() -> None:
    with pytest.raises(ValueError, match="no such rung: nothing"):
        decode(card(TEXT, 1).picture, rungs=["nothing"])
    assert RUNG_NAMES[:8] == ("zx", "roi", "up2", "unsharp", "clahe", "half", "adaptive", "global")
    assert RUNG_NAMES[-1] == "zbar"
    assert all(rung.cost_ms > 0 for rung in LADDER)


@pytest.mark.parametrize("name", HOSTILE)
def test_any_code_held_up_gives_its_very_bytes_or_nothing_and_is_never_a_pass_by_chance(name: str) -> None:
    held = hostile(name, 5)
    found = decode(held.picture)
    if name == "micro":
        assert found == []
    elif name != "structured_append":  # its part is what the symbol holds; the verifier says what it is
        assert [code.data for code in found] == list(held.payloads)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_live_loop_gives_every_strange_code_its_answer_and_goes_on(name: str) -> None:
    ladder, tracker = LiveLadder(), SightingTracker()
    strange, ours = hostile(name, 6).picture, card(TEXT, 1).picture
    answers = []
    for number in range(30):
        glance = ladder.look(strange, number / 15)
        answers.append(tracker.seen(glance.symbols, number / 15, foreign=glance.foreign, located=bool(glance.located)))
    kinds = [type(answer).__name__ for answer in answers if answer is not None]
    # what begins as a pass goes to the verifier and is MALFORMED there; all else is not ours
    assert kinds == (["CodeSeen"] if name in {"nul", "structured_append"} else ["NotOurs"])
    glance = ladder.look(ours, 2.0)
    assert isinstance(tracker.seen(glance.symbols, 2.0), CodeSeen)


def test_two_cards_at_once_are_both_read_left_to_right_and_one_payload_counts_once() -> None:
    both = side_by_side(card("EP1:LEFT", 1), card("EP1:RIGHT", 2)).picture
    assert [code.data for code in decode(both)] == [b"EP1:LEFT", b"EP1:RIGHT"]
    twice = side_by_side(card(TEXT, 1), card(TEXT, 2)).picture
    assert [code.data for code in decode(twice)] == [TEXT.encode()]


def test_dark_mode_and_every_turn_are_read() -> None:
    assert decode(phone(TEXT, 3, dark=True).picture)[0].data == TEXT.encode()
    for turns in range(4):
        assert decode(np.rot90(card(TEXT, 1).picture, turns))[0].data == TEXT.encode()


def test_rmqr_and_model_1_lookalikes_give_nothing() -> None:
    micro = drawn(segno.make("77", micro=True), module=12)
    assert decode(np.pad(micro, 60, constant_values=255)) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_view_without_a_code_reads_nothing_on_any_rung(seed: int) -> None:
    assert decode(background(seed, (640, 480))) == []


def test_located_but_unread_is_read_after_rectifying() -> None:
    made = clip("combo", 300)
    frames = [made.camera.frame(made.arrival + 0.3 + n / 5) for n in range(4)]
    assert any(code.data in made.payloads for frame in frames for code in decode(frame, rungs=["zx", "roi"]))


def test_a_large_photo_is_read_at_1280_and_its_small_code_at_full_size() -> None:
    photo = np.full((2600, 3600, 3), 200, np.uint8)
    code = symbol(TEXT, "m", module=3)
    photo[1500 : 1500 + code.shape[0], 2100 : 2100 + code.shape[1]] = code[:, :, None]
    (found,) = decode_photo(photo)
    assert found.data == TEXT.encode()
    assert np.abs(np.array(found.corners).mean(axis=0) - (2100 + code.shape[1] / 2, 1500 + code.shape[0] / 2)).max() < 8


def test_decode_may_be_called_from_many_threads() -> None:
    frames = [card(f"EP1:{n}", n).picture for n in range(4)]
    wrong: list[int] = []

    def work(number: int) -> None:
        reads = [[code.data for code in decode(frames[number])] for _ in range(5)]
        wrong.extend(number for read in reads if read != [b"EP1:%d" % number])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_live_ladder_runs_at_most_one_rotating_rung_and_only_with_a_reason() -> None:
    still_view = background(1, (640, 480))
    ladder = LiveLadder()
    turns = []
    for _ in range(9):
        before = ladder._next
        ladder.look(still_view)
        turns.append((ladder._next - before) % 4)
    assert turns == [0, 0, 1, 0, 0, 1, 0, 0, 1]
    ladder = LiveLadder()
    ladder.look(still_view)
    ladder.look(255 - still_view)
    assert ladder._next == 1


class FakeZbar:
    def __init__(self) -> None:
        self.offers: list[float] = []
        self.next: tuple[Symbol, ...] = ()

    def offer(self, grey: object, captured_at: float) -> bool:
        self.offers.append(captured_at)
        return True

    def answer(self) -> tuple[Symbol, ...]:
        answer, self.next = self.next, ()
        return answer


def test_zbar_is_offered_the_second_unread_hopeful_frame_and_its_late_answer_counts() -> None:
    zbar = FakeZbar()
    ladder = LiveLadder(zbar)
    view = background(2, (640, 480))
    for number in range(6):
        ladder.look(view if number % 2 else 255 - view, float(number))
    assert zbar.offers == [2.0, 3.0, 4.0, 5.0]
    zbar.next = (Symbol(b"EP1:LATE", ((0, 0), (1, 0), (1, 1), (0, 1)), "zbar"),)
    assert [code.data for code in ladder.look(view, 6.0).symbols] == [b"EP1:LATE"]
    assert ladder.look(card(TEXT, 1).picture, 7.0).symbols[0].data == TEXT.encode()


def test_a_quad_is_measured_for_the_hints() -> None:
    grey = np.full((200, 300), 30, np.uint8)
    grey[50:100, 50:100] = 255
    look = quad_look(grey, ((50, 50), (150, 50), (150, 100), (50, 100)))
    assert look.side_px == 50
    assert not look.touches_border
    assert look.bright_share == pytest.approx(0.5, abs=0.03)
    assert quad_look(grey, ((0, 0), (90, 0), (90, 90), (0, 90))).touches_border
    assert quad_look(grey, ((900, 900), (990, 900), (990, 990), (900, 990))).mean == 0.0


def test_opencv_leaves_the_other_core_to_the_window() -> None:
    assert cv2.getNumThreads() == 1
