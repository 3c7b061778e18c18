# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Where an export may go: sticks that are mounted and can be written, else the gate's own `export` folder."""

import os
from pathlib import Path

_MOUNTS = ("/media", "/run/media", "/mnt")
_DEEP = 2


def sticks(roots: tuple[str, ...] = _MOUNTS) -> tuple[Path, ...]:
    """Mounted folders below the usual places, writable for this program."""
    found: list[Path] = []
    for root in roots:
        for depth in range(1, _DEEP + 1):
            found += [place for place in Path(root).glob("/".join("*" * depth)) if _usable(place)]
    return tuple(sorted(found))


def _usable(place: Path) -> bool:
    try:
        return place.is_mount() and os.access(place, os.W_OK)
    except OSError:
        return False


def own_place(folder: Path) -> Path:
    """The folder beside the log for exports without a stick; made when first asked for. Raises `OSError`."""
    place = folder / "export"
    place.mkdir(mode=0o700, exist_ok=True)
    return place
