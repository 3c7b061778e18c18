# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Personal fields at rest (个人信息加密): one sealed blob per row, a data key per epoch, commitments for the log chain.

Source: trust.md section 6; sync-and-store.md section 2 ("Canonical bytes and chain"). Nonces, salts and keys are
arguments; a nonce must never be used twice with one key.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_SIZE = 32
NONCE_SIZE = 12
TAG_SIZE = 16
SALT_SIZE = 32
_KEY_ROW = "data_key"
_COMMITMENT = b"GH-PC1"


@dataclass(frozen=True, slots=True)
class DataKey:
    """数据密钥: AES-256 key (32 bytes) with the id that stands beside each sealed row. Never shown by `repr`."""

    key_id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Raise `ValueError` for a key that is not 32 bytes."""
        _sized(self.secret, KEY_SIZE, "key")


@dataclass(frozen=True, slots=True)
class Sealed:
    """密文: what is stored of a sealed row; `ciphertext` ends with the 16-byte tag."""

    key_id: str
    nonce: bytes
    ciphertext: bytes

    def packed(self) -> bytes:
        """One blob (打包): length of the key id (1 byte), key id, nonce, ciphertext."""
        name = self.key_id.encode()
        return bytes([len(name)]) + name + self.nonce + self.ciphertext


def unpacked(blob: bytes) -> Sealed | None:
    """The sealed row of a blob (拆包), or None if it is no such blob."""
    end = 1 + blob[0] if blob else 1
    if len(blob) < end + NONCE_SIZE + TAG_SIZE:
        return None
    try:
        name = blob[1:end].decode()
    except UnicodeDecodeError:
        return None
    return Sealed(name, blob[end : end + NONCE_SIZE], blob[end + NONCE_SIZE :])


def row_aad(table: str, row_id: str, version: int) -> bytes:
    """What a sealed row is bound to (绑定数据): a blob moved to another row, table or version does not open."""
    return f"{table}|{row_id}|{version}".encode()


def seal(plain: bytes, key: DataKey, nonce: bytes, aad: bytes) -> Sealed:
    """Seal a row's personal bytes (加密); `nonce` 12 random bytes. Raises `ValueError` for another size."""
    return Sealed(key.key_id, _sized(nonce, NONCE_SIZE, "nonce"), AESGCM(key.secret).encrypt(nonce, plain, aad))


def unseal(sealed: Sealed, key: DataKey, aad: bytes) -> bytes | None:
    """The personal bytes (解密), or None if the row is unreadable: changed, moved, or under another key."""
    if sealed.key_id != key.key_id or len(sealed.nonce) != NONCE_SIZE:
        return None
    try:
        return AESGCM(key.secret).decrypt(sealed.nonce, sealed.ciphertext, aad)
    except InvalidTag:
        return None


def wrap_data_key(key: DataKey, kek: bytes, nonce: bytes) -> Sealed:
    """Wrap an epoch's data key (封装数据密钥) by the key-encryption key of 32 bytes; bound to the key's id."""
    sealed = seal(key.secret, DataKey("kek", kek), nonce, row_aad(_KEY_ROW, key.key_id, 1))
    return Sealed(key.key_id, sealed.nonce, sealed.ciphertext)


def unwrap_data_key(wrapped: Sealed, kek: bytes) -> DataKey | None:
    """The data key (解封数据密钥), or None if it is damaged or wrapped by another key."""
    inner = Sealed("kek", wrapped.nonce, wrapped.ciphertext)
    secret = unseal(inner, DataKey("kek", kek), row_aad(_KEY_ROW, wrapped.key_id, 1))
    return DataKey(wrapped.key_id, secret) if secret is not None and len(secret) == KEY_SIZE else None


def personal_commitment(salt: bytes, personal: bytes) -> bytes:
    """`pc` (个人信息承诺值): SHA-256 that stands in the event's bytes for its personal part.

    `salt` = 32 random bytes kept inside the sealed blob: in clear it would let a thief guess phone numbers.
    """
    return sha256(_COMMITMENT + _sized(salt, SALT_SIZE, "salt") + personal).digest()


def _sized(value: bytes, size: int, name: str) -> bytes:
    if len(value) != size:
        message = f"{name} of {len(value)} bytes, not {size}"
        raise ValueError(message)
    return value
