# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Ten thousand hostile texts: no exception, nothing admitted; the millions run in `make fuzz`."""

from random import SystemRandom

from tests.fuzz.passes import attack


def test_ten_thousand_mutated_texts_admit_nobody_and_raise_nothing() -> None:
    seed = SystemRandom().randrange(2**32)
    seen, findings = attack(seed, 10_000)
    assert findings == []
    assert seen.keys() >= {"NOT_A_PASS", "MALFORMED", "SIGNATURE", "CLAIMS"}


def test_the_same_seed_makes_the_same_texts() -> None:
    assert attack(7, 200) == attack(7, 200)
