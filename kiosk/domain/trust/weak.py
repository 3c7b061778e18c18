# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Ed25519 public keys that verify anything (弱公钥), refused wherever a key comes in.

OpenSSL-based verifiers accept them: with the identity as key and a zero signature every message "verifies".
Source: pass-format.md section 5, "bad public key".
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY_SIZE = 32
_P = 2**255 - 19
_SIGN_BIT_CLEARED = 2**255 - 1
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _P - 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    }
)


def is_weak(public: bytes) -> bool:
    """Whether 32 bytes are a bad Ed25519 public key (弱公钥): y not reduced, or a point of small order."""
    y = int.from_bytes(public, "little") & _SIGN_BIT_CLEARED
    return y >= _P or y in _SMALL_ORDER_Y


def strong_key(public: bytes) -> Ed25519PublicKey | None:
    """The key for these bytes (公钥), or None if they are not 32, or weak."""
    if len(public) != KEY_SIZE or is_weak(public):
        return None
    return Ed25519PublicKey.from_public_bytes(public)
