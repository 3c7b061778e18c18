# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Personal fields at rest and on a stick: readable with the right key in the right place, else not (trust.md 6)."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.trust import (
    DataKey,
    Sealed,
    open_sealed,
    personal_commitment,
    row_aad,
    seal,
    seal_to,
    unpacked,
    unseal,
    unwrap_data_key,
    wrap_data_key,
)

KEY = DataKey("epoch-1", b"k" * 32)
NONCE = b"n" * 12
AAD = row_aad("event_private", "ab" * 16, 1)
PERSONAL = "王小明 13800138000".encode()
SEALED = seal(PERSONAL, KEY, NONCE, AAD)


def test_a_sealed_row_opens_with_its_key_in_its_place() -> None:
    assert unseal(SEALED, KEY, AAD) == PERSONAL
    assert PERSONAL not in SEALED.packed()
    assert len(SEALED.ciphertext) == len(PERSONAL) + 16


@pytest.mark.parametrize(
    "aad",
    [
        row_aad("person", "ab" * 16, 1),
        row_aad("event_private", "cd" * 16, 1),
        row_aad("event_private", "ab" * 16, 2),
        b"",
    ],
    ids=["other table", "other row", "other version", "none"],
)
def test_a_blob_moved_elsewhere_is_unreadable(aad: bytes) -> None:
    assert unseal(SEALED, KEY, aad) is None


def test_every_flipped_bit_makes_the_row_unreadable() -> None:
    blob = SEALED.packed()
    for bit in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[bit // 8] ^= 1 << bit % 8
        sealed = unpacked(bytes(changed))
        assert sealed is None or unseal(sealed, KEY, AAD) is None


def test_another_key_or_nonce_does_not_open_it() -> None:
    assert unseal(SEALED, DataKey("epoch-1", b"x" * 32), AAD) is None
    assert unseal(SEALED, DataKey("epoch-2", KEY.secret), AAD) is None
    assert unseal(Sealed("epoch-1", b"n" * 11, SEALED.ciphertext), KEY, AAD) is None


@given(st.binary(max_size=60))
def test_no_bytes_make_unpacking_fail(blob: bytes) -> None:
    sealed = unpacked(blob)
    assert sealed is None or sealed.packed() == blob


def test_a_packed_row_comes_back_whole() -> None:
    assert unpacked(SEALED.packed()) == SEALED
    assert unpacked(b"") is None
    assert unpacked(b"\x01\xff" + bytes(28)) is None


def test_sizes_of_keys_nonces_and_salts_are_checked() -> None:
    for wrong in (
        lambda: DataKey("x", b"short"),
        lambda: seal(b"", KEY, b"short", b""),
        lambda: personal_commitment(b"short", b""),
    ):
        with pytest.raises(ValueError, match="5 bytes, not"):
            wrong()


def test_a_key_is_never_shown() -> None:
    assert "kkkk" not in repr(KEY)


def test_a_data_key_is_wrapped_by_the_kek_and_bound_to_its_id() -> None:
    kek = b"K" * 32
    wrapped = wrap_data_key(KEY, kek, NONCE)
    assert KEY.secret not in wrapped.packed()
    assert unwrap_data_key(wrapped, kek) == KEY
    assert unwrap_data_key(wrapped, b"L" * 32) is None
    assert unwrap_data_key(Sealed("epoch-2", wrapped.nonce, wrapped.ciphertext), kek) is None
    assert unwrap_data_key(Sealed("epoch-1", wrapped.nonce, wrapped.ciphertext[:-1]), kek) is None


def test_a_wrapped_thing_that_is_no_key_is_none() -> None:
    kek = DataKey("kek", b"K" * 32)
    wrapped = seal(b"not a key", kek, NONCE, row_aad("data_key", "epoch-1", 1))
    assert unwrap_data_key(Sealed("epoch-1", wrapped.nonce, wrapped.ciphertext), kek.secret) is None


def test_the_commitment_is_salted() -> None:
    assert personal_commitment(b"s" * 32, PERSONAL) == sha256(b"GH-PC1" + b"s" * 32 + PERSONAL).digest()
    assert personal_commitment(b"s" * 32, PERSONAL) != personal_commitment(b"t" * 32, PERSONAL)


OFFICE = X25519PrivateKey.from_private_bytes(b"o" * 32)
EPHEMERAL = X25519PrivateKey.from_private_bytes(b"e" * 32)


def test_a_carried_part_opens_at_the_office_alone() -> None:
    blob = seal_to(OFFICE.public_key(), EPHEMERAL, PERSONAL, b"file")
    assert open_sealed(OFFICE, blob, b"file") == PERSONAL
    assert PERSONAL not in blob
    assert open_sealed(EPHEMERAL, blob, b"file") is None
    assert open_sealed(OFFICE, blob, b"other file") is None
    assert open_sealed(OFFICE, blob[:40], b"file") is None


def test_every_changed_byte_of_a_carried_part_is_seen() -> None:
    blob = seal_to(OFFICE.public_key(), EPHEMERAL, PERSONAL)
    for at in range(len(blob)):
        changed = blob[:at] + bytes([blob[at] ^ 0x01]) + blob[at + 1 :]
        assert open_sealed(OFFICE, changed) is None


def test_a_point_of_low_order_seals_and_opens_nothing() -> None:
    assert open_sealed(OFFICE, bytes(32) + bytes(40)) is None
    with pytest.raises(ValueError, match=r".*"):
        seal_to(X25519PublicKey.from_public_bytes(bytes(32)), EPHEMERAL, PERSONAL)
