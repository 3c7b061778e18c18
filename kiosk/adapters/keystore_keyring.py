# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Keys in the desktop's key store by `keyring`; a backend that keeps them in the open is refused (trust.md 5)."""

import keyring
from keyring.backend import KeyringBackend
from keyring.backends import chainer
from keyring.errors import KeyringError, PasswordDeleteError

from kiosk.adapters.keystore import KeyFault

# What is known to seal: a list of what is allowed does not forget the backend that nobody had heard of.
_SAFE = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)


class KeyringStore:
    """系统密钥库: secrets as hex text under `service` (one per device) in the system's key store."""

    def __init__(self, service: str, backend: KeyringBackend | None = None) -> None:
        self._service = service
        self._backend: KeyringBackend = backend or keyring.get_keyring()
        self._safe = is_safe(self._backend)

    @property
    def demo(self) -> bool:
        """Never."""
        return False

    def load(self, name: str) -> bytes | KeyFault:
        """The secret; `UNSAFE` if the only backend is none or a plain one, `LOCKED` if it does not answer."""
        if not self._safe:
            return KeyFault.UNSAFE
        try:
            found = self._backend.get_password(self._service, name)
        except KeyringError:
            return KeyFault.LOCKED
        if found is None:
            return KeyFault.MISSING
        try:
            return bytes.fromhex(found)
        except ValueError:
            return KeyFault.UNSAFE

    def save(self, name: str, secret: bytes) -> KeyFault | None:
        """Keep a secret in the key store, and read it back."""
        if not self._safe:
            return KeyFault.UNSAFE
        try:
            self._backend.set_password(self._service, name, secret.hex())
        except KeyringError:
            return KeyFault.LOCKED
        return None if self.load(name) == secret else KeyFault.LOCKED

    def delete(self, name: str) -> None:
        """Destroy a secret, if it is there."""
        if self._safe:
            try:
                self._backend.delete_password(self._service, name)
            except PasswordDeleteError:
                return


def is_safe(backend: KeyringBackend) -> bool:
    """Whether a backend is one that seals; a chain is, if all its parts are."""
    if isinstance(backend, chainer.ChainerBackend):
        parts = list(backend.backends)
        return bool(parts) and all(is_safe(part) for part in parts)
    return type(backend).__module__.startswith(_SAFE)
