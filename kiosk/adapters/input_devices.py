# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What is plugged in: serial ports, and devices that type (interface.md 5.14, 7)."""

from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

BY_ID = Path("/dev/input/by-id")


@dataclass(frozen=True, slots=True)
class Plugged:
    """A device: the path to bind it by, and what it calls itself."""

    path: str
    name: str


def serial_ports() -> tuple[Plugged, ...]:
    """Serial ports with something behind them: a port of the board itself that nothing describes is left out."""
    found = [port for port in list_ports.comports() if port.hwid != "n/a"]
    return tuple(
        Plugged(port.device, " ".join(part for part in (Path(port.device).name, port.product or "") if part))
        for port in sorted(found, key=lambda port: str(port.device))
    )


def typing_devices(where: Path = BY_ID) -> tuple[Plugged, ...]:
    """Hand scanners and thermometers that type: bound by a name that stays when the socket is another one."""
    found = sorted(where.glob("*-event-kbd"))
    return tuple(Plugged(str(each), each.name.removeprefix("usb-").removesuffix("-event-kbd")) for each in found)
