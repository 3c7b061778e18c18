# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The counts of wrong PINs in a row, in the gate's folder: the pad's, and those of people who said a name first."""

from pathlib import Path

from kiosk.adapters.device_folder import read_json, write_json
from kiosk.app.pin import FREE_TRIES, PAD

_FILE = "pin-tries.json"
_OLD, _OTHERS = "failed", "*"


class FolderPinTries:
    """`kiosk.app.pin.PinTries` as a file; one that cannot be read counts as everybody's free tries used up."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE
        self._kept = self._read()

    def failed(self, whose: str) -> int:
        """How many there are."""
        return self._kept.get(whose, self._kept.get(_OTHERS, 0))

    def keep(self, whose: str, failed: int) -> None:
        """Durable when it returns. What a person's earlier PIN was tried is forgotten."""
        person = whose.partition(":")[0]
        counts = {name: count for name, count in self._kept.items() if name.partition(":")[0] != person}
        counts |= {whose: failed} if failed or whose == PAD or _OTHERS in counts else {}
        counts.setdefault(PAD, counts.get(_OTHERS, 0))  # the file is never empty: that is what a damaged one is
        write_json(self._file, dict(counts))
        self._kept = counts

    def _read(self) -> dict[str, int]:
        """A damaged file gives nobody a fresh start, also not whom it no longer names."""
        if not self._file.exists():
            return {}
        found = read_json(self._file)
        if not found or not all(type(count) is int and count >= 0 for count in found.values()):
            return {_OTHERS: FREE_TRIES}
        return {PAD if name == _OLD else name: count for name, count in found.items()}
