# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a leader does to the tablet from the desk, and which devices are plugged into it (interface.md 5.14)."""

from ui.viewmodels.leader_tools import Device, Offered

_NEARBY_S = 6.0
_NONE = Offered("none", "none")


def power_off() -> str:
    """Switch the tablet off; "" where it does so now, else why not."""
    from kiosk.adapters.machine import power_off as off

    return off() or ""


def offered(device: Device, *, demo: bool) -> tuple[Offered, ...]:
    """What is plugged in that could be such a device; a played thermometer at demonstrations alone."""
    from kiosk.adapters.input_devices import serial_ports, typing_devices

    ports, typing = serial_ports(), typing_devices()
    keys = tuple(Offered(f"keys:{each.path}", "keys", each.name) for each in typing)
    serial = tuple(Offered(each.path, "serial", each.name) for each in ports)
    if device is Device.SCANNER:
        return (_NONE, *serial, *keys)
    cjmcu = tuple(Offered(f"cjmcu:{each.path}", "cjmcu", each.name) for each in ports)
    played = (Offered("simulated", "simulated"),) if demo else ()
    return (_NONE, *serial, *cjmcu, *keys, *played)


def nearby() -> tuple[Offered, ...]:
    """Thermometers over Bluetooth."""
    from kiosk.adapters.thermometer_ble import nearby as heard

    return tuple(Offered(f"ble:{address}", "ble", name) for address, name in heard(_NEARBY_S))
