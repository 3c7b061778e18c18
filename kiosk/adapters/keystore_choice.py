# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Which key store this gate has: a demo folder's own, the unit's credential, or the desktop's (trust.md 5)."""

from collections.abc import Mapping
from pathlib import Path

from kiosk.adapters.keystore import KeyStore
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.adapters.keystore_systemd import CREDENTIAL, SystemdKeyStore

_CREDENTIALS = "CREDENTIALS_DIRECTORY"


def key_store_for(folder: Path, environment: Mapping[str, str], *, demo: bool) -> KeyStore:
    """The key store of a gate's folder; `demo` folders keep their keys beside the log, and every screen says 演示."""
    if demo:
        return DemoKeyStore(folder / "keys")
    given = environment.get(_CREDENTIALS)
    if given and (Path(given) / CREDENTIAL).exists():
        return SystemdKeyStore(Path(given), folder)
    # Imported only here: its search for backends takes longer than the store's whole start.
    from kiosk.adapters.keystore_keyring import KeyringStore

    return KeyringStore(f"gatehouse:{folder.absolute()}")
