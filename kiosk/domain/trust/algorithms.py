# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The signature algorithms of the generic verifier (签名算法): EdDSA, ES256, PS256, by COSE number.

Sources: RFC 9053 sections 2.1 and 2.2; RFC 8230 section 2 (PSS salt as long as the hash, RSA of 2048 bits or more).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from kiosk.domain.trust.weak import is_weak

EDDSA, ES256, PS256 = -8, -7, -37
_RSA_MIN_BITS = 2048
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
Verifier: TypeAlias = Callable[[PublicKeyTypes, bytes, bytes], bool]


class KeyMisfitError(Exception):
    """密钥不符: the key is not one for this algorithm, or too weak for it."""


def eddsa(key: PublicKeyTypes, signature: bytes, data: bytes) -> bool:
    """Ed25519 or Ed448 (EdDSA 验签). Raises `KeyMisfitError` for another key or one of small order."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        if is_weak(key.public_bytes_raw()):
            raise KeyMisfitError
    elif not isinstance(key, ed448.Ed448PublicKey):
        raise KeyMisfitError
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def es256(key: PublicKeyTypes, signature: bytes, data: bytes) -> bool:
    """ECDSA with SHA-256 (ES256 验签); the signature is r || s, each as long as the curve's field."""
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, _CURVES):
        raise KeyMisfitError
    half = (key.curve.key_size + 7) // 8
    if len(signature) != 2 * half:
        return False
    der = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    try:
        key.verify(der, data, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def ps256(key: PublicKeyTypes, signature: bytes, data: bytes) -> bool:
    """RSASSA-PSS with SHA-256 and MGF1 (PS256 验签), salt of 32 bytes."""
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _RSA_MIN_BITS:
        raise KeyMisfitError
    try:
        key.verify(signature, data, padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size), SHA256())
    except InvalidSignature:
        return False
    return True


VERIFIERS: Mapping[int, Verifier] = MappingProxyType({EDDSA: eddsa, ES256: es256, PS256: ps256})
