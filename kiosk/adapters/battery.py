# SPDX-License-Identifier: LicenseRef-Gatehouse
"""电量: how full the tablet's battery is, as Linux tells it."""

from pathlib import Path

_SUPPLIES = Path("/sys/class/power_supply")


def battery_percent(supplies: Path = _SUPPLIES) -> int | None:
    """0 to 100 of the emptiest battery of the machine itself; None without one, or where Linux does not say."""
    levels = []
    for supply in sorted(supplies.glob("*")):
        try:
            if (supply / "type").read_text().strip() != "Battery":
                continue
            if (supply / "scope").exists() and (supply / "scope").read_text().strip() == "Device":
                continue  # a mouse's or a pen's
            level = int((supply / "capacity").read_text())
        except (OSError, ValueError):
            continue
        if level in range(101):
            levels.append(level)
    return min(levels, default=None)
