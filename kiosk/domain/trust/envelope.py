# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The signed envelope (签名封装) of passes and lists: COSE_Sign1 in its one allowed form.

Untagged, header exactly {1: alg, 4: kid}, empty unprotected map, 64-byte signature, byte-exact re-encoding.
Source: pass-format.md section 1. The external aad keeps a signature of one kind from standing for another
(trust.md section 5, "One purpose, one tag").
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.trust.cbor import NotCborError, encode, read

ALG_EDDSA = -8
SIGNATURE_SIZE = 64
HEADER_KEYS = [1, 4]
Sign: TypeAlias = Callable[[bytes], bytes]


class Purpose(Enum):
    """签名用途: what a signature is for; the value is COSE's external_aad."""

    PASS = b"EP1"
    KEY_BUNDLE = b"EPK1"
    DEVICE_LIST = b"EPD1"
    REVOCATIONS = b"EPV1"
    POLICY = b"EPP1"


@dataclass(frozen=True, slots=True)
class Envelope:
    """签名封装: the parts as received; `alg` is whatever integer or text stood there, nothing is verified yet."""

    protected: bytes
    alg: int | str
    kid: bytes
    payload: bytes
    signature: bytes

    def signed_by(self, key: Ed25519PublicKey, purpose: Purpose) -> bool:
        """Whether the signature (签名) over the received bytes holds."""
        try:
            key.verify(self.signature, to_be_signed(self.protected, purpose.value, self.payload))
        except InvalidSignature:
            return False
        return True


def to_be_signed(protected: bytes, external_aad: bytes, payload: bytes) -> bytes:
    """COSE's Sig_structure (待签字节) for one signer, RFC 9052 section 4.4."""
    return encode(["Signature1", protected, external_aad, payload])


def read_envelope(data: bytes, kid_sizes: tuple[int, ...]) -> Envelope | None:
    """Take an envelope apart (拆封); None if its form is not the one allowed. Verifies nothing."""
    try:
        outer = read(data)
        if type(outer) is not list or [type(part) for part in outer] != [bytes, dict, bytes, bytes]:
            return None
        protected, unprotected, payload, signature = outer
        if unprotected or len(signature) != SIGNATURE_SIZE or encode(outer) != data:
            return None
        header = read(protected)
    except NotCborError:
        return None
    if type(header) is not dict or list(header) != HEADER_KEYS:
        return None
    alg, kid = header.values()
    if (
        type(alg) not in {int, str}
        or type(kid) is not bytes
        or len(kid) not in kid_sizes
        or encode(header) != protected
    ):
        return None
    return Envelope(protected, alg, kid, payload, signature)


def sign_envelope(payload: bytes, kid: bytes, purpose: Purpose, sign: Sign) -> bytes:
    """Sign a payload (签名) and give the envelope's bytes; `sign` makes the 64-byte Ed25519 signature."""
    protected = encode({1: ALG_EDDSA, 4: kid})
    signature = sign(to_be_signed(protected, purpose.value, payload))
    return encode([protected, {}, payload, signature])
