# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's own keys: KEK and device key, kept in the operating system's key store (trust.md 5).

A key store is the place; `GateKeys` are the keys in it. A place that is locked or gone answers with a `KeyFault`, and
the gate says so: there is no plain file instead, except in a demo folder.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEK_SIZE = 32
_KEK = "kek"
_DEVICE = "device-key"


class KeyFault(StrEnum):
    """密钥库故障: why a key is not to be had."""

    MISSING = "MISSING"
    LOCKED = "LOCKED"
    UNSAFE = "UNSAFE"


class KeyStore(Protocol):
    """密钥库: a place for secrets of this device by name."""

    @property
    def demo(self) -> bool:
        """Whether these keys protect nothing real (演示)."""
        ...

    def load(self, name: str) -> bytes | KeyFault:
        """The secret of that name."""
        ...

    def save(self, name: str, secret: bytes) -> KeyFault | None:
        """Keep a secret; a fault if it could not be kept."""
        ...

    def delete(self, name: str) -> None:
        """Destroy a secret, if it is there (withdrawal, trust.md 7)."""
        ...


class GateKeys:
    """本机密钥: KEK and Ed25519 device key of this tablet."""

    def __init__(self, place: KeyStore) -> None:
        self._place = place

    @property
    def demo(self) -> bool:
        """Whether these are keys of a demo folder."""
        return self._place.demo

    def make(self, random: Callable[[int], bytes]) -> KeyFault | None:
        """Make both keys where they are missing (enrolment); keys that are there stay."""
        for name in (_KEK, _DEVICE):
            found = self._place.load(name)
            if isinstance(found, bytes):
                continue
            if found is not KeyFault.MISSING:
                return found
            fault = self._place.save(name, random(KEK_SIZE))
            if fault is not None:
                return fault
        return None

    def kek(self) -> bytes | KeyFault:
        """The key-encryption key, 32 bytes."""
        found = self._place.load(_KEK)
        return KeyFault.UNSAFE if isinstance(found, bytes) and len(found) != KEK_SIZE else found

    def public_key(self) -> bytes | KeyFault:
        """The device's public key, 32 bytes."""
        found = self._device()
        return found if isinstance(found, KeyFault) else found.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes | KeyFault:
        """Ed25519 signature of the device, 64 bytes."""
        found = self._device()
        return found if isinstance(found, KeyFault) else found.sign(data)

    def signer(self) -> Callable[[bytes], bytes] | KeyFault:
        """The signing function alone, for those who sign often."""
        found = self._device()
        return found if isinstance(found, KeyFault) else found.sign

    def destroy(self) -> None:
        """Destroy both keys (a verified withdrawal, after the last receipt)."""
        for name in (_KEK, _DEVICE):
            self._place.delete(name)

    def _device(self) -> Ed25519PrivateKey | KeyFault:
        found = self._place.load(_DEVICE)
        if isinstance(found, KeyFault):
            return found
        return Ed25519PrivateKey.from_private_bytes(found) if len(found) == KEK_SIZE else KeyFault.UNSAFE


class MemoryKeyStore:
    """Secrets of one process: replay, practice and tests."""

    def __init__(self) -> None:
        self._secrets: dict[str, bytes] = {}
        self.locked = False

    @property
    def demo(self) -> bool:
        """Nothing real is protected by it."""
        return True

    def load(self, name: str) -> bytes | KeyFault:
        """The secret of that name."""
        return KeyFault.LOCKED if self.locked else self._secrets.get(name, KeyFault.MISSING)

    def save(self, name: str, secret: bytes) -> KeyFault | None:
        """Keep it for this process."""
        if self.locked:
            return KeyFault.LOCKED
        self._secrets[name] = secret
        return None

    def delete(self, name: str) -> None:
        """Forget it."""
        self._secrets.pop(name, None)
