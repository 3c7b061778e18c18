# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's folder: small files written so that a power cut leaves the old or the new one, the lock, the reserve.

Files: temp, fsync, rename, fsync of the folder (sync-and-store.md 2).
"""

import errno
import fcntl
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kiosk.app.ports import GateIdentity
from kiosk.domain.identity import GateId

RESERVE_BYTES = 8 * 1024 * 1024
_DEVICE = "device.json"
_RECEIPT = "receipt.json"
_RESERVE = "reserve.bin"
_LOCK = "gate.lock"


@dataclass(frozen=True, slots=True)
class DeviceFile:
    """`device.json`: what enrolment told this tablet, and the highest epoch ever used. Hex and PEM as text.

    `seal_key`: X25519 public key of the office for carried files (hex); `root_keys`: pinned roots (hex);
    `ca_sha256`: of the office's CA certificate, `ca_pem` the certificate itself.
    """

    device: str
    gate: str
    compound: str
    site: int
    key_id: str
    server: str
    url: str
    epoch: int = 0
    ca_sha256: str = ""
    ca_pem: str = ""
    seal_key: str = ""
    root_keys: tuple[str, ...] = ()
    demo: bool = False
    practice: bool = False

    def identity(self) -> GateIdentity:
        """What the rest of the gate asks of it."""
        return GateIdentity(
            self.device, GateId(self.gate), self.compound, self.site, self.key_id, self.server, self.url,
            demo=self.demo, practice=self.practice,
        )  # fmt: skip


def device_of(identity: GateIdentity) -> DeviceFile:
    """A device file that holds an identity and nothing else."""
    return DeviceFile(
        identity.device, identity.gate, identity.compound, identity.site, identity.key_id, identity.server,
        identity.url, demo=identity.demo, practice=identity.practice,
    )  # fmt: skip


def read_device(folder: Path) -> DeviceFile | None:
    """The device file, or None if there is none or it cannot be read as one."""
    found = read_json(folder / _DEVICE)
    if found is None:
        return None
    known = {key: value for key, value in found.items() if key in DeviceFile.__dataclass_fields__}
    if isinstance(known.get("root_keys"), list):
        known["root_keys"] = tuple(known["root_keys"])
    try:
        return DeviceFile(**known)
    except TypeError:
        return None


def write_device(folder: Path, device: DeviceFile) -> None:
    """Write the device file; raises `OSError`."""
    values = {name: getattr(device, name) for name in DeviceFile.__dataclass_fields__}
    write_json(folder / _DEVICE, {**values, "root_keys": list(device.root_keys)})


def use_epoch(folder: Path, identity: GateIdentity, epoch: int) -> None:
    """Note that `epoch` has been used; the number never goes down. Raises `OSError`."""
    device = read_device(folder) or device_of(identity)
    if device.epoch < epoch or not (folder / _DEVICE).exists():
        write_device(folder, replace(device, epoch=max(device.epoch, epoch)))


def read_receipt(folder: Path) -> Mapping[str, Any] | None:
    """The last receipt of the office, as it came; None if there is none."""
    return read_json(folder / _RECEIPT)


def write_receipt(folder: Path, receipt: Mapping[str, object]) -> None:
    """Keep the last receipt beside the database: it tells if an old copy of the database is put back."""
    write_json(folder / _RECEIPT, receipt)


def read_json(file: Path) -> dict[str, Any] | None:
    """A JSON object from a file; None if it is not there or is none."""
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def write_json(file: Path, value: Mapping[str, object]) -> None:
    """Write a JSON object durably."""
    write_durably(file, json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n")


def write_durably(file: Path, data: bytes, mode: int = 0o600) -> None:
    """Write temp, fsync, rename, fsync of the folder; raises `OSError` with the old file untouched."""
    temp = file.with_name(file.name + ".new")
    handle = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        temp.replace(file)
    except OSError:
        temp.unlink(missing_ok=True)
        raise
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and new names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(file: Path) -> None:
    """Make a file's content durable."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_bytes(folder: Path) -> int:
    """Free room for us on the folder's disk, in bytes."""
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize


FreeBytes = Callable[[Path], int]


class FolderLock:
    """单实例: the lock file, held for life; a second program on the same folder does not get it."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    def release(self) -> None:
        """Give the folder free."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def lock_folder(folder: Path) -> FolderLock | None:
    """Take the folder for this process; None if another one has it. Raises `OSError` (folder not writable)."""
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        os.close(handle)
        if fault.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return None
        raise
    return FolderLock(handle)


def has_reserve(folder: Path) -> bool:
    """Whether the reserve file is there in full."""
    try:
        return (folder / _RESERVE).stat().st_size >= RESERVE_BYTES
    except OSError:
        return False


def make_reserve(folder: Path) -> bool:
    """Write the reserve file, every block of it; False if there is no room."""
    file = folder / _RESERVE
    try:
        with file.open("wb") as out:
            # Random, so that no file system keeps it as a hole or compresses it away.
            block = os.urandom(65536)
            for _ in range(RESERVE_BYTES // len(block)):
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        file.unlink(missing_ok=True)
        return False
    return True


def free_reserve(folder: Path) -> bool:
    """Give the reserve up for the log; False if it was gone already, or a full disk refuses even to delete it."""
    try:
        (folder / _RESERVE).unlink()
    except OSError:
        return False
    return True
