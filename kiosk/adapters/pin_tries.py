# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The count of wrong PINs in a row, in the gate's folder."""

from pathlib import Path

from kiosk.adapters.device_folder import read_json, write_json
from kiosk.app.pin import FREE_TRIES

_FILE = "pin-tries.json"


class FolderPinTries:
    """`kiosk.app.pin.PinTries` as a file; one that cannot be read counts as the free tries used up."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE

    def failed(self) -> int:
        """How many there are."""
        if not self._file.exists():
            return 0
        count = (read_json(self._file) or {}).get("failed")
        return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else FREE_TRIES

    def keep(self, failed: int) -> None:
        """Durable when it returns."""
        write_json(self._file, {"failed": failed})
