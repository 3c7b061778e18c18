# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The device list (设备表): which tablet's key may sign temporary passes at which gate, signed by the LIST key.

Stands apart from the key bundle so that enrolling a tablet needs no root. Source: pass-format.md section 5.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.identity import DeviceId, GateId
from kiosk.domain.trust.bundle import KeyBundle, KeyKind, open_list
from kiosk.domain.trust.cbor import NotCborError, Value, encode, read_canonical
from kiosk.domain.trust.envelope import Purpose, Sign, sign_envelope
from kiosk.domain.trust.fields import SITES, TIMES, FieldError, Fields
from kiosk.domain.trust.versions import Refusal, Stored, judge_version
from kiosk.domain.trust.weak import strong_key

DEVICE_KID_SIZE = 2
_DEVICE_ID_SIZE = 16


@dataclass(frozen=True, slots=True)
class GateDevice:
    """门岗设备: a tablet's public key (32 bytes), its 2-byte kid, and the one compound it may sign for."""

    kid: bytes
    public: bytes
    device: DeviceId
    site: int
    gate: GateId
    revoked: bool = False
    key: Ed25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Build the verifying key once. Raises `ValueError` for a weak key."""
        key = strong_key(self.public)
        if key is None:
            message = "weak public key"
            raise ValueError(message)
        object.__setattr__(self, "key", key)


@dataclass(frozen=True, slots=True)
class DeviceList:
    """设备表: devices by kid; times in seconds since 1970 UTC."""

    version: int
    issued: int
    next_update: int
    devices: Mapping[bytes, GateDevice]
    fingerprint: bytes = b""

    @property
    def stored(self) -> Stored:
        """Version and fingerprint for the version rule (现存版本)."""
        return Stored(self.version, self.fingerprint)


def device_list(version: int, issued: int, next_update: int, devices: Iterable[GateDevice]) -> DeviceList:
    """Put a device list together (编制设备表), in ascending order of kid."""
    ordered = sorted(devices, key=lambda device: device.kid)
    return DeviceList(version, issued, next_update, MappingProxyType({device.kid: device for device in ordered}))


def sign_devices(devices: DeviceList, list_kid: bytes, sign: Sign) -> bytes:
    """The signed file of a device list (签发设备表); `sign` is the LIST key's."""
    rows: list[Value] = [
        {1: d.kid, 2: d.public, 3: bytes.fromhex(d.device), 4: d.site, 5: d.gate, 6: int(d.revoked)}
        for d in devices.devices.values()
    ]
    payload: dict[int, Value] = {1: devices.version, 2: devices.issued, 3: devices.next_update, 4: rows}
    return sign_envelope(encode(payload), list_kid, Purpose.DEVICE_LIST, sign)


def read_devices(data: bytes, bundle: KeyBundle) -> DeviceList | Refusal:
    """Verify and parse a signed device list (验读设备表) with the LIST keys of the bundle."""
    opened = open_list(data, bundle, Purpose.DEVICE_LIST, KeyKind.LIST)
    if isinstance(opened, Refusal):
        return opened
    key, payload = opened
    try:
        devices = _devices(read_canonical(payload, text=True), sha256(data).digest())
    except FieldError as error:
        return error.refusal
    except NotCborError:
        return Refusal.MALFORMED
    return devices if key.usable_at(devices.issued) else Refusal.WRONG_SIGNER


def accept_devices(
    data: bytes, bundle: KeyBundle, stored: Stored | None, now: int, *, clock_ok: bool
) -> DeviceList | Refusal:
    """The device list that is to take the place of the stored one (接收设备表), or why not."""
    devices = read_devices(data, bundle)
    if isinstance(devices, Refusal):
        return devices
    return judge_version(devices.stored, stored, now, clock_ok=clock_ok) or devices


def _devices(value: Value, fingerprint: bytes) -> DeviceList:
    fields = Fields(value, range(1, 5))
    devices = [_device(item) for item in fields.items(4)]
    if len({device.kid for device in devices}) != len(devices):
        raise FieldError(Refusal.DUPLICATE_KID)
    return DeviceList(
        fields.integer(1, TIMES),
        fields.integer(2, TIMES),
        fields.integer(3, TIMES),
        MappingProxyType({device.kid: device for device in devices}),
        fingerprint,
    )


def _device(value: Value) -> GateDevice:
    fields = Fields(value, range(1, 7))
    return GateDevice(
        fields.octets(1, DEVICE_KID_SIZE),
        fields.public_key(2),
        DeviceId(fields.octets(3, _DEVICE_ID_SIZE).hex()),
        fields.integer(4, SITES),
        GateId(fields.text(5)),
        revoked=bool(fields.integer(6, range(2))),
    )
