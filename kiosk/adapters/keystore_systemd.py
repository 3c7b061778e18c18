# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Keys on a headless Linux: the unit loads the KEK by `LoadCredentialEncrypted`, the device key is sealed under a key
derived from it (trust.md 5). The KEK is made once by the package's post-install; the gate cannot make or delete it.
"""

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk.adapters.device_folder import write_durably
from kiosk.adapters.keystore import KeyFault

CREDENTIAL = "gatehouse-kek"
_KEK = "kek"
_KEK_SIZE = 32
_NONCE_SIZE = 12
_INFO = b"GH-DEVKEY1"


class SystemdKeyStore:
    """系统凭据: `credentials` is `$CREDENTIALS_DIRECTORY`; other secrets lie sealed in `folder` as `<name>.sealed`."""

    def __init__(self, credentials: Path, folder: Path, random: Callable[[int], bytes] = os.urandom) -> None:
        self._credentials = credentials
        self._folder = folder
        self._random = random

    @property
    def demo(self) -> bool:
        """Never."""
        return False

    def load(self, name: str) -> bytes | KeyFault:
        """The credential itself, or a secret opened by it; `UNSAFE` if a sealed file was changed or is another's."""
        kek = self._kek()
        if name == _KEK or isinstance(kek, KeyFault):
            return kek
        try:
            blob = (self._folder / f"{name}.sealed").read_bytes()
        except FileNotFoundError:
            return KeyFault.MISSING
        except OSError:
            return KeyFault.LOCKED
        try:
            return AESGCM(_wrapping_key(kek)).decrypt(blob[:_NONCE_SIZE], blob[_NONCE_SIZE:], name.encode())
        except (InvalidTag, ValueError):
            return KeyFault.UNSAFE

    def save(self, name: str, secret: bytes) -> KeyFault | None:
        """Seal a secret into the folder; the KEK itself comes from the unit alone."""
        kek = self._kek()
        if name == _KEK:
            return KeyFault.MISSING
        if isinstance(kek, KeyFault):
            return kek
        nonce = self._random(_NONCE_SIZE)
        sealed = AESGCM(_wrapping_key(kek)).encrypt(nonce, secret, name.encode())
        try:
            write_durably(self._folder / f"{name}.sealed", nonce + sealed, mode=0o600)
        except OSError:
            return KeyFault.LOCKED
        return None

    def delete(self, name: str) -> None:
        """Delete a sealed secret; the credential is the administrator's to delete."""
        (self._folder / f"{name}.sealed").unlink(missing_ok=True)

    def _kek(self) -> bytes | KeyFault:
        try:
            found = (self._credentials / CREDENTIAL).read_bytes()
        except FileNotFoundError:
            return KeyFault.MISSING
        except OSError:
            return KeyFault.LOCKED
        return found if len(found) == _KEK_SIZE else KeyFault.UNSAFE


def _wrapping_key(kek: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=_INFO).derive(kek)
