# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The revocation list and its deltas: the old list or the new one, never a mix, never backwards (pass-format.md 6)."""

from dataclasses import replace
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.trust import (
    Block,
    Purpose,
    Refusal,
    RevocationDelta,
    RevocationKind,
    RevocationList,
    accept_delta,
    accept_snapshot,
    apply_delta,
    delta_between,
    pack_entries,
    read_delta,
    read_snapshot,
    sign_delta,
    sign_envelope,
    sign_snapshot,
)
from tests.unit.trust.street import (
    BLOCKS,
    DAY,
    HOUR,
    LIST,
    LOST_CTI,
    NOW,
    POLICY,
    REPLACED_CTI,
    REVOKED_CTI,
    UNTIL,
    bundle,
    private,
    revocations,
)

SIGN = private(LIST.hex()).sign
KEYS = bundle()
KINDS = st.sampled_from(RevocationKind)
IDS = st.binary(min_size=8, max_size=8)
ENTRIES = st.dictionaries(IDS, KINDS, max_size=30)
OLD = revocations(NOW - 3 * HOUR)
NEW = revocations(NOW - HOUR, {b"11111111": RevocationKind.LOST, LOST_CTI: RevocationKind.REPLACED}, blocks=())


def a_list(kinds: dict[bytes, RevocationKind], version: int = NOW, blocks: tuple[Block, ...] = ()) -> RevocationList:
    return RevocationList(version, version, version + DAY, pack_entries(kinds.items()), blocks)


def resigned(data: bytes, changes: dict[int, Any], drop: int | None = None) -> bytes:
    payload = cbor2.loads(cbor2.loads(data)[2]) | changes
    payload.pop(drop, None)
    return sign_envelope(cbor2.dumps(dict(sorted(payload.items()))), LIST, Purpose.REVOCATIONS, SIGN)


@given(ENTRIES, IDS)
def test_an_id_is_found_with_its_kind_and_another_is_not(kinds: dict[bytes, RevocationKind], stranger: bytes) -> None:
    found = a_list(kinds)
    assert {cti: found.problem_of(cti) for cti in kinds} == kinds
    assert found.problem_of(stranger) == kinds.get(stranger)
    assert found.count == len(kinds)
    assert len(found.entries) == 9 * len(kinds)


def test_a_block_takes_the_cards_of_its_time_and_no_others() -> None:
    block = Block(b"\x07", 100, 200)
    listed = a_list({}, blocks=(block,))
    assert [listed.blocks_key(b"\x07", nbf) for nbf in (99, 100, 200, 201)] == [False, True, True, False]
    assert not listed.blocks_key(b"\x08", 150)


def test_a_snapshot_is_read_as_it_was_made() -> None:
    found = accept_snapshot(sign_snapshot(OLD, LIST, SIGN), KEYS, None, NOW, clock_ok=True)
    assert found == OLD
    assert OLD.problem_of(REVOKED_CTI) is RevocationKind.REVOKED
    assert OLD.problem_of(LOST_CTI) is RevocationKind.LOST
    assert OLD.problem_of(REPLACED_CTI) is RevocationKind.REPLACED


def test_a_snapshot_never_goes_backwards() -> None:
    old, new = (sign_snapshot(each, LIST, SIGN) for each in (OLD, NEW))
    assert accept_snapshot(new, KEYS, OLD.stored, NOW, clock_ok=True) == NEW
    assert accept_snapshot(old, KEYS, NEW.stored, NOW, clock_ok=True) is Refusal.OLDER
    assert accept_snapshot(new, KEYS, NEW.stored, NOW, clock_ok=True) is Refusal.SAME
    other = sign_snapshot(replace(OLD, version=NEW.version), LIST, SIGN)
    assert accept_snapshot(other, KEYS, NEW.stored, NOW, clock_ok=True) is Refusal.DIFFERENT
    assert accept_snapshot(b"", KEYS, None, NOW, clock_ok=True) is Refusal.MALFORMED
    ahead = sign_snapshot(replace(OLD, version=NOW + 2 * DAY), LIST, SIGN)
    assert accept_snapshot(ahead, KEYS, None, NOW, clock_ok=True) is Refusal.AHEAD


E1, E2 = b"aaaaaaaa\x01", b"bbbbbbbb\x02"
SNAPSHOT_ATTACKS: list[tuple[str, Refusal, dict[int, Any]]] = [
    ("descending", Refusal.MALFORMED, {4: E2 + E1}),
    ("double id", Refusal.MALFORMED, {4: E1 + E1}),
    ("cut entry", Refusal.MALFORMED, {4: E1[:-1]}),
    ("kind 0", Refusal.MALFORMED, {4: E1[:-1] + b"\x00"}),
    ("kind 4", Refusal.MALFORMED, {4: E1[:-1] + b"\x04"}),
    ("a delta's type", Refusal.MALFORMED, {0: 2}),
    ("unknown field", Refusal.UNKNOWN_FIELD, {6: b""}),
    ("entries as a list", Refusal.MALFORMED, {4: []}),
    ("block of two", Refusal.MALFORMED, {5: [[b"\x07", 1]]}),
    ("block as a map", Refusal.MALFORMED, {5: [{}]}),
    ("block of a long kid", Refusal.MALFORMED, {5: [[b"\x07" * 3, 1, 2]]}),
    ("block backwards", Refusal.MALFORMED, {5: [[b"\x07", 2, 1]]}),
    ("block beyond time", Refusal.MALFORMED, {5: [[b"\x07", 2, 2**32]]}),
    ("text", Refusal.MALFORMED, {4: "aaaaaaaaa"}),
    ("issued outside the key's window", Refusal.WRONG_SIGNER, {2: UNTIL + 1}),
]


@pytest.mark.parametrize(("expected", "changes"), [pytest.param(*row[1:], id=row[0]) for row in SNAPSHOT_ATTACKS])
def test_a_bad_snapshot_is_refused_as_a_whole(expected: Refusal, changes: dict[int, Any]) -> None:
    assert read_snapshot(resigned(sign_snapshot(OLD, LIST, SIGN), changes), KEYS) is expected


def test_more_than_a_million_ids_are_refused() -> None:
    entries = b"".join(number.to_bytes(8) + b"\x01" for number in range(1_000_001))
    assert read_snapshot(resigned(sign_snapshot(OLD, LIST, SIGN), {4: entries}), KEYS) is Refusal.TOO_LARGE
    full = replace(OLD, entries=entries[:-9])
    delta = delta_to(full, add=entries[-9:])
    assert apply_delta(delta, full) is Refusal.TOO_LARGE


def test_a_list_of_another_purpose_or_signer_is_refused() -> None:
    payload = cbor2.loads(sign_snapshot(OLD, LIST, SIGN))[2]
    assert read_snapshot(sign_envelope(payload, LIST, Purpose.DEVICE_LIST, SIGN), KEYS) is Refusal.SIGNATURE
    by_policy = sign_envelope(payload, POLICY, Purpose.REVOCATIONS, private(POLICY.hex()).sign)
    assert read_snapshot(by_policy, KEYS) is Refusal.WRONG_SIGNER
    assert read_delta(by_policy, KEYS) is Refusal.WRONG_SIGNER


def test_entries_of_a_wrong_size_or_double_ids_are_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="card ids"):
        pack_entries([(b"short", RevocationKind.LOST)])
    with pytest.raises(ValueError, match="card ids"):
        pack_entries([(LOST_CTI, RevocationKind.LOST), (LOST_CTI, RevocationKind.REVOKED)])


# ------------------------------------------------------------------------------------------------------- deltas


def delta_to(base: RevocationList, **changes: Any) -> RevocationDelta:
    """A delta that changes nothing but the version, with changes of its own."""
    plain = RevocationDelta(base.version, NOW, NOW + DAY, b"", base.blocks, b"", base.version + 60, base.fingerprint)
    return replace(plain, **changes)


@given(ENTRIES, ENTRIES)
@settings(max_examples=60)
def test_a_delta_makes_exactly_the_new_list(
    before: dict[bytes, RevocationKind], after: dict[bytes, RevocationKind]
) -> None:
    shared = dict(list(before.items())[::2])
    old, new = a_list(before, NOW - HOUR), a_list({**shared, **after}, NOW, BLOCKS)
    data = sign_delta(delta_between(old, new), LIST, SIGN)
    assert accept_delta(data, KEYS, old, NOW, clock_ok=True) == new


def test_a_delta_of_unchanged_lists_carries_nothing_but_the_version() -> None:
    delta = delta_between(OLD, replace(OLD, version=NOW, issued=NOW))
    assert (delta.add, delta.remove) == (b"", b"")
    assert len(sign_delta(delta, LIST, SIGN)) < 200


def test_a_delta_met_again_or_too_early_or_too_late_changes_nothing() -> None:
    newest = a_list({REVOKED_CTI: RevocationKind.REVOKED}, NOW)
    first = sign_delta(delta_between(OLD, NEW), LIST, SIGN)
    second = sign_delta(delta_between(NEW, newest), LIST, SIGN)
    assert accept_delta(first, KEYS, NEW, NOW, clock_ok=True) is Refusal.SAME
    assert accept_delta(second, KEYS, OLD, NOW, clock_ok=True) is Refusal.BASE
    assert accept_delta(first, KEYS, newest, NOW, clock_ok=True) is Refusal.OLDER
    assert accept_delta(second, KEYS, NEW, NOW, clock_ok=True) == newest


def test_a_delta_of_the_same_version_with_another_result_is_an_alarm() -> None:
    delta = delta_between(OLD, replace(NEW, entries=OLD.entries))
    assert accept_delta(sign_delta(delta, LIST, SIGN), KEYS, NEW, NOW, clock_ok=True) is Refusal.DIFFERENT


def test_a_delta_with_a_wrong_hash_or_a_missing_id_changes_nothing() -> None:
    assert apply_delta(delta_to(OLD, result_hash=bytes(32)), OLD) is Refusal.RESULT
    assert apply_delta(delta_to(OLD, remove=b"notthere"), OLD) is Refusal.MISSING
    assert apply_delta(delta_to(OLD, remove=b"\xff" * 8), OLD) is Refusal.MISSING
    assert apply_delta(delta_to(OLD), OLD) == replace(OLD, version=OLD.version + 60, issued=NOW, next_update=NOW + DAY)


DELTA_ATTACKS: list[tuple[str, Refusal, dict[int, Any], int | None]] = [
    ("a snapshot's type", Refusal.MALFORMED, {0: 1}, None),
    ("no result hash", Refusal.MALFORMED, {}, 8),
    ("short hash", Refusal.MALFORMED, {8: bytes(31)}, None),
    ("back in version", Refusal.MALFORMED, {7: OLD.version}, None),
    ("deletions out of order", Refusal.MALFORMED, {6: b"bbbbbbbbaaaaaaaa"}, None),
    ("cut deletion", Refusal.MALFORMED, {6: b"bbbbbbb"}, None),
    ("additions out of order", Refusal.MALFORMED, {4: E2 + E1}, None),
    ("unknown field", Refusal.UNKNOWN_FIELD, {9: 1}, None),
    ("null", Refusal.MALFORMED, {4: None}, None),
    ("issued outside the key's window", Refusal.WRONG_SIGNER, {2: UNTIL + 1}, None),
]


@pytest.mark.parametrize(("expected", "changes", "drop"), [pytest.param(*row[1:], id=row[0]) for row in DELTA_ATTACKS])
def test_a_bad_delta_is_refused_as_a_whole(expected: Refusal, changes: dict[int, Any], drop: int | None) -> None:
    data = resigned(sign_delta(delta_between(OLD, NEW), LIST, SIGN), changes, drop)
    assert accept_delta(data, KEYS, OLD, NOW, clock_ok=True) is expected


def test_a_delta_cut_anywhere_is_refused() -> None:
    data = sign_delta(delta_between(OLD, NEW), LIST, SIGN)
    assert {accept_delta(data[:end], KEYS, OLD, NOW, clock_ok=True) for end in range(len(data))} == {Refusal.MALFORMED}


def test_a_hundred_thousand_ids_cost_nine_hundred_kilobytes() -> None:
    entries = b"".join(number.to_bytes(8) + b"\x01" for number in range(0, 300_000, 3))
    listed = replace(OLD, entries=entries)
    assert listed.count == 100_000
    assert len(listed.entries) == 900_000
    assert listed.problem_of((299_997).to_bytes(8)) is RevocationKind.REVOKED
    assert listed.problem_of((299_998).to_bytes(8)) is None
    again = read_snapshot(sign_snapshot(listed, LIST, SIGN), KEYS)
    assert isinstance(again, RevocationList)
    assert again.fingerprint == listed.fingerprint
