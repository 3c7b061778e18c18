# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Frames are found in any split, behind any junk; a broken one costs itself and never the next."""

from hypothesis import given
from hypothesis import strategies as st

from kiosk.adapters.thermometer_frames import CjmcuFrames, FrameParser, GyFrames
from sync.street.thermometer_pty import gy_frame

WARM = gy_frame(3_652, 1_204)
NEXT = gy_frame(3_661, 1_204)


def cjmcu(hundredths: int, ambient: int, mode: int = 1) -> bytes:
    body = bytes([0x66, 0x66, mode, 4]) + hundredths.to_bytes(2) + ambient.to_bytes(2)
    return body + bytes([sum(body) & 0xFF])


def values(parser: FrameParser, *pieces: bytes) -> list[int]:
    return [frame.hundredths for piece in pieces for frame in parser.feed(piece)]


def test_the_bytes_of_the_data_sheet_are_the_temperatures() -> None:
    # 0x0E44 = 3652, 0x04B4 = 1204; the sum of the eight bytes is 0x207
    frame = GyFrames().feed(bytes.fromhex("5a5a4504 0e44 04b4 07"))
    assert [(each.hundredths, each.ambient) for each in frame] == [(3_652, 1_204)]
    assert frame[0].raw == WARM


def test_the_variant_of_cjmcu_is_read_with_any_mode_byte() -> None:
    for mode in (0, 1, 2, 0x66):
        assert values(CjmcuFrames(), cjmcu(3_701, 1_900, mode)) == [3_701]
    wrong_length = bytearray(cjmcu(3_701, 1_900))
    wrong_length[3] = 5
    wrong_length[8] += 1
    assert values(CjmcuFrames(), bytes(wrong_length) + cjmcu(3_655, 1_900)) == [3_655]


def test_frost_is_below_nought() -> None:
    frame = GyFrames().feed(gy_frame(3_300, -480))
    assert frame[0].ambient == -480


@given(st.lists(st.integers(1, 40), max_size=12))
def test_any_split_of_the_stream_gives_the_same_frames(cuts: list[int]) -> None:
    stream = WARM + b"\x5a" + NEXT + WARM
    pieces, rest = [], stream
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    assert values(GyFrames(), *pieces, rest) == [3_652, 3_661, 3_652]


@given(st.binary(max_size=40).filter(lambda junk: b"\x5a\x5a\x45\x04" not in junk + WARM[:3]))
def test_junk_before_a_frame_is_passed_over(junk: bytes) -> None:
    assert values(GyFrames(), junk + WARM) == [3_652]


@given(st.integers(0, 8), st.integers(0, 7))
def test_a_flipped_bit_costs_its_frame_and_not_the_next(byte: int, bit: int) -> None:
    broken = bytearray(WARM)
    broken[byte] ^= 1 << bit
    assert values(GyFrames(), bytes(broken) + NEXT) == [3_661]


@given(st.integers(0, 8))
def test_a_frame_cut_short_costs_itself_and_not_the_next(length: int) -> None:
    assert values(GyFrames(), WARM[:length] + NEXT + WARM)[-2:] == [3_661, 3_652]
    assert values(GyFrames(), WARM[:length] + NEXT) == [3_661]


def test_a_frame_cut_short_that_has_a_right_sum_with_the_next_ones_bytes_is_no_reading() -> None:
    joined = (WARM[:5] + NEXT)[:9]
    assert sum(joined[:-1]) & 0xFF == joined[-1]
    assert values(GyFrames(), WARM[:5] + NEXT) == [3_661]
    assert values(CjmcuFrames(), cjmcu(3_652, 1_204)[:5] + cjmcu(3_661, 1_204)) == [3_661]


def test_nought_is_a_sign_of_life_without_a_value() -> None:
    assert values(GyFrames(), gy_frame(0, 1_200) + WARM) == [0, 3_652]


@given(st.binary(max_size=400))
def test_no_bytes_break_the_parser_or_make_it_hoard(data: bytes) -> None:
    for parser in (GyFrames(), CjmcuFrames()):
        parser.feed(data)
        assert len(parser._held) < parser.length


def test_a_new_line_does_not_finish_the_old_lines_frame() -> None:
    parser = GyFrames()
    parser.feed(WARM[:6])
    parser.reset()
    assert values(parser, WARM[6:], NEXT) == [3_661]
