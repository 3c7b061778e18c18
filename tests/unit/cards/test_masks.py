# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The mask chosen for a card is a real one, and the one that the standard's rules prefer."""

from random import Random

import numpy as np
import pytest
import segno

from sync.office.print.masks import MASKS, best_masked, penalties

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def drawn(text: str, mask: int) -> np.ndarray:
    code = segno.make_qr(text, error="q", mode="alphanumeric", boost_error=False, mask=mask)
    return np.array([list(row) for row in code.matrix], dtype=np.bool_)


@pytest.mark.parametrize("length", [20, 100, 169, 181, 189])
def test_the_symbol_is_the_one_that_the_library_draws_with_that_mask(length: int) -> None:
    text = "".join(Random(length).choices(ALPHANUMERIC, k=length))
    mask, modules = best_masked(text)
    assert (modules == drawn(text, mask)).all()
    weights = penalties(np.stack([drawn(text, each) for each in range(MASKS)]))
    assert weights[mask] == weights.min()


def test_penalties_are_those_of_the_rules_counted_by_hand() -> None:
    # 11 x 11, all light: in each of 22 lines one run of 11 (9 points); 100 blocks of 3; dark 0 %, ten steps from half
    light = np.zeros((1, 11, 11), dtype=np.bool_)
    assert penalties(light).tolist() == [22 * 9 + 300 + 100]
    # a chessboard has none of it
    board = (np.add.outer(np.arange(12), np.arange(12)) % 2).astype(np.bool_)[np.newaxis]
    assert penalties(board).tolist() == [0]
    # one finder-like line, with light on both sides, counts twice
    line = np.zeros((1, 15, 15), dtype=np.bool_)
    line[0, 7, 4:11] = [1, 0, 1, 1, 1, 0, 1]
    bare = line.copy()
    bare[0, 7, 5] = True
    assert penalties(line)[0] - penalties(bare)[0] > 40
