# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Keys in 0600 files of a demo folder: every screen shows 演示, and no production server accepts them (trust.md 5)."""

from pathlib import Path

from kiosk.adapters.device_folder import write_durably
from kiosk.adapters.keystore import KeyFault

_OTHERS = 0o077


class DemoKeyStore:
    """演示密钥: secrets as files `<name>.key` that only their owner can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def demo(self) -> bool:
        """Always: this place is for demo folders alone."""
        return True

    def load(self, name: str) -> bytes | KeyFault:
        """The secret; `UNSAFE` if others may read the file."""
        file = self._folder / f"{name}.key"
        try:
            if file.stat().st_mode & _OTHERS:
                return KeyFault.UNSAFE
            return file.read_bytes()
        except FileNotFoundError:
            return KeyFault.MISSING
        except OSError:
            return KeyFault.LOCKED

    def save(self, name: str, secret: bytes) -> KeyFault | None:
        """Write the secret, 0600 from its first moment."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_durably(self._folder / f"{name}.key", secret, mode=0o600)
        except OSError:
            return KeyFault.LOCKED
        return None

    def delete(self, name: str) -> None:
        """Delete the file."""
        (self._folder / f"{name}.key").unlink(missing_ok=True)
