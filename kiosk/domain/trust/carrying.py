# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Sealing to the office (公钥封装): personal parts in a carried file, readable by the holder of `seal_key` alone.

X25519, HKDF-SHA-256, AES-256-GCM (sync-and-store.md section 7). The ephemeral key is an argument and must be used for
one message only: key and nonce both come out of the key agreement.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

POINT_SIZE = 32
_KEY_SIZE = 32
_NONCE_SIZE = 12
_TAG_SIZE = 16
_INFO = b"GH-SEAL1"


def seal_to(recipient: X25519PublicKey, ephemeral: X25519PrivateKey, plain: bytes, aad: bytes = b"") -> bytes:
    """Ephemeral public key (32 bytes) || ciphertext and tag (封装). `ValueError` for a recipient of low order."""
    mine, theirs = ephemeral.public_key().public_bytes_raw(), recipient.public_bytes_raw()
    key, nonce = _derive(ephemeral.exchange(recipient), mine, theirs)
    return mine + AESGCM(key).encrypt(nonce, plain, aad)


def open_sealed(recipient: X25519PrivateKey, blob: bytes, aad: bytes = b"") -> bytes | None:
    """What was sealed to this key (解封), or None if the blob is changed, cut, or for somebody else."""
    if len(blob) < POINT_SIZE + _TAG_SIZE:
        return None
    theirs, mine = blob[:POINT_SIZE], recipient.public_key().public_bytes_raw()
    try:
        shared = recipient.exchange(X25519PublicKey.from_public_bytes(theirs))
        key, nonce = _derive(shared, theirs, mine)
        return AESGCM(key).decrypt(nonce, blob[POINT_SIZE:], aad)
    except (InvalidTag, ValueError):  # ValueError: a point of low order, all-zero shared secret
        return None


def _derive(shared: bytes, ephemeral: bytes, recipient: bytes) -> tuple[bytes, bytes]:
    okm = HKDF(SHA256(), _KEY_SIZE + _NONCE_SIZE, salt=ephemeral + recipient, info=_INFO).derive(shared)
    return okm[:_KEY_SIZE], okm[_KEY_SIZE:]
