# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Giving an enrolment back at the tablet: its keys are destroyed, its files laid aside (interface.md 5.14, trust.md 5).

Only where the office has every event. The device file goes first: from then on the folder is not enrolled, and whatever
a power cut left lying is laid aside at the next start.
"""

from pathlib import Path

from kiosk.adapters.device_folder import sync_folder
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.store_rescue import BACKUPS

_DEVICE = "device.json"
_KEPT = ("gate-*.db*", "receipt.json", "ca.pem", BACKUPS)
ASIDE = "replaced"


def give_back(folder: Path, keys: GateKeys, stamp: str) -> None:
    """Lay the enrolment aside under `replaced/STAMP` and destroy its keys. Raises `OSError`; the store is closed."""
    place = folder / ASIDE / stamp
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / _DEVICE).replace(place / _DEVICE)
    sync_folder(folder)
    keys.destroy()
    lay_aside(folder, stamp)


def lay_aside(folder: Path, stamp: str) -> None:
    """What an enrolment that was given back left; nothing where the folder is enrolled or new. Raises `OSError`."""
    if (folder / _DEVICE).exists() or not (folder / ASIDE).is_dir():
        return
    for pattern in _KEPT:
        for found in folder.glob(pattern):
            place = folder / ASIDE / stamp
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            found.replace(place / found.name)
    sync_folder(folder)
