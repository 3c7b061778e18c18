# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Canonical CBOR by the examples of RFC 8949, Ed25519 by those of RFC 8032."""

from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.domain.trust import strong_key
from kiosk.domain.trust.algorithms import eddsa
from kiosk.domain.trust.cbor import NotCborError, encode, read_canonical, read_foreign

# RFC 8949, appendix A
CANONICAL: list[tuple[str, Any]] = [
    ("00", 0),
    ("17", 23),
    ("1818", 24),
    ("1864", 100),
    ("1903e8", 1000),
    ("1a000f4240", 1_000_000),
    ("1b000000e8d4a51000", 1_000_000_000_000),
    ("1bffffffffffffffff", 18_446_744_073_709_551_615),
    ("20", -1),
    ("29", -10),
    ("3863", -100),
    ("3903e7", -1000),
    ("40", b""),
    ("4401020304", b"\x01\x02\x03\x04"),
    ("60", ""),
    ("6449455446", "IETF"),
    ("63e6b0b4", "水"),
    ("80", []),
    ("8301820203820405", [1, [2, 3], [4, 5]]),
    ("a0", {}),
    ("a201020304", {1: 2, 3: 4}),
]


@pytest.mark.parametrize(("text", "value"), CANONICAL)
def test_examples_of_rfc_8949_read_and_write(text: str, value: Any) -> None:
    assert read_canonical(bytes.fromhex(text), text=True) == value
    assert encode(value).hex() == text


@pytest.mark.parametrize(
    "text",
    [
        "1817",  # 23 in two bytes
        "190064",
        "5f42010243030405ff",  # indefinite
        "9fff",
        "bf6161019fff",
        "a203040102",  # keys out of order
        "a20102010203",
        "a2200102" + "03",  # -1 before 2
        "a1616101",  # a text key
        "a1f501",
        "c249010000000000000000",  # bignum
        "c11a514b67b0",  # a date
        "d82363612b2a",  # a broken regular expression, never compiled
        "d9d9f701",
        "d9ffff01",  # a tag without a meaning of its own
        "f4",
        "f6",
        "f7",
        "f0",
        "f93c00",
        "f97e00",
        "fb3ff199999999999a",
        "0000",
        "",
        "62c328",  # not UTF-8
        "8181818181" + "01",
        "9b00ffffffffffffff",
    ],
)
def test_everything_else_that_rfc_8949_can_write_is_refused(text: str) -> None:
    with pytest.raises(NotCborError):
        read_canonical(bytes.fromhex(text), text=True)


def test_text_is_for_the_lists_alone() -> None:
    with pytest.raises(NotCborError):
        read_canonical(b"\x60")


def test_a_stranger_may_write_longer_but_not_twice_or_further() -> None:
    assert read_foreign(bytes.fromhex("9f1817ff")) == [23]
    for text in ("0000", "a2010101" + "02", "81" * 17 + "01", "18"):
        with pytest.raises(NotCborError):
            read_foreign(bytes.fromhex(text))


# RFC 8032, section 7.1, tests 1 and 2
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_examples_of_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    key = strong_key(bytes.fromhex(public))
    assert key is not None
    assert Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).sign(bytes.fromhex(message)).hex() == signature
    assert eddsa(key, bytes.fromhex(signature), bytes.fromhex(message))
    assert not eddsa(key, bytes.fromhex(signature), bytes.fromhex(message) + b"\x00")


def test_a_key_has_thirty_two_bytes() -> None:
    assert strong_key(bytes(31)) is None
    assert strong_key(b"\x09" * 33) is None


def test_the_identity_would_verify_anything_without_the_check() -> None:
    # the control of the weak-key check: this is what OpenSSL says, and why such a key is refused everywhere
    identity = Ed25519PublicKey.from_public_bytes(b"\x01" + bytes(31))
    identity.verify(b"\x01" + bytes(63), b"any message at all")
    assert cbor2.loads(b"\x00") == 0
