# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a gate keeps of a verified list is read back whole, or counts as no list (pass-format.md 6)."""

import cbor2
import pytest

from kiosk.domain.trust import RevocationList
from kiosk.domain.trust.stored_revocations import read_stored, stored_form
from tests.unit.trust.street import revocations

LISTED = revocations()


def test_a_stored_list_is_read_back_as_it_was() -> None:
    assert read_stored(stored_form(LISTED)) == LISTED
    empty = RevocationList(LISTED.version, LISTED.issued, LISTED.next_update, b"")
    assert read_stored(stored_form(empty)) == empty


def test_every_flipped_bit_of_entries_blocks_or_hash_counts_as_no_list() -> None:
    data = stored_form(LISTED)
    times = 3 * 6  # version and times stand before the entries; they are not under the hash
    for bit in range(8 * (1 + times), 8 * len(data)):
        rotten = bytearray(data)
        rotten[bit // 8] ^= 1 << bit % 8
        assert read_stored(bytes(rotten)) is None


@pytest.mark.parametrize("change", [{6: b"short"}, {4: b"short"}, {7: 0}, {1: "now"}], ids=str)
def test_a_stored_list_of_another_form_counts_as_none(change: dict[int, object]) -> None:
    assert read_stored(cbor2.dumps(cbor2.loads(stored_form(LISTED)) | change)) is None
