# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The other signed lists that gates pull with their configuration: key bundle and device list (pass-format.md 5)."""

from sqlalchemy import Connection, select

from kiosk.domain.identity import DeviceId, GateId
from kiosk.domain.trust.devices import GateDevice, device_list, sign_devices
from kiosk.domain.trust.versions import next_version
from sync.office.keys import SigningKey
from sync.office.service.book import RegisterBook, all_config_scopes
from sync.office.store.changes import Changed, ChangeLog
from sync.office.store.devices import Devices, DeviceState
from sync.office.store.tables import signed_list
from sync.office.store.upsert import put
from sync.wire.messages import SIGNED_LIST

KEY_BUNDLE = "key_bundle"
DEVICE_LIST = "device_list"
_NEXT_UPDATE_S = 30 * 86_400


class SignedLists:
    """签名名单: published once, heard by every gate at its next poll."""

    def __init__(self, changes: ChangeLog, book: RegisterBook, devices: Devices, key: SigningKey) -> None:
        """Take the stores and the LIST key."""
        self._changes = changes
        self._book = book
        self._devices = devices
        self._key = key

    def get(self, tx: Connection, name: str) -> tuple[int, bytes] | None:
        """Version and bytes of a list in force."""
        row = tx.execute(select(signed_list.c.version, signed_list.c.data).where(signed_list.c.name == name)).first()
        return None if row is None else (row.version, row.data)

    def publish(self, tx: Connection, name: str, version: int, data: bytes, now_ms: int) -> bool:
        """Put a signed list in force; False if it is in force already. A lower version raises `ValueError`."""
        before = self.get(tx, name)
        if before is not None and before[1] == data:
            return False
        if before is not None and version <= before[0]:
            raise ValueError(f"{name}: version {version} is not above {before[0]}")
        put(tx, signed_list, [{"name": name, "version": version, "issued_ms": now_ms, "data": data}])
        self._tell(tx, name, now_ms)
        return True

    def publish_devices(self, tx: Connection, now_ms: int) -> bytes:
        """Sign the device list anew from the devices that were ever enrolled; a withdrawn one says so."""
        before = self.get(tx, DEVICE_LIST)
        now_s = now_ms // 1000
        version = next_version(now_s, None if before is None else before[0])
        rows = [
            GateDevice(
                bytes.fromhex(d.kid), d.pubkey, DeviceId(d.id), d.site, GateId(d.gate_id),
                revoked=d.state == DeviceState.REVOKED,
            )
            for d in self._devices.all(tx)
        ]  # fmt: skip
        data = sign_devices(device_list(version, now_s, now_s + _NEXT_UPDATE_S, rows), self._key.kid, self._key.sign)
        put(tx, signed_list, [{"name": DEVICE_LIST, "version": version, "issued_ms": now_ms, "data": data}])
        self._tell(tx, DEVICE_LIST, now_ms)
        return data

    def _tell(self, tx: Connection, name: str, now_ms: int) -> None:
        self._changes.put_each(tx, all_config_scopes(self._book.gates(tx)), Changed(SIGNED_LIST, name), now_ms)
