# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Verification of one file of a gate, read-only, with whatever keys are at hand (trust.md 8).

What lies beside the file is used if it is there: `receipt.json`, the pinned roots in `device.json`, the key bundle in
the file. A signature whose key is not at hand is not judged; the hashes are, always.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from kiosk.adapters.device_folder import DeviceFile
from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_epoch import base_of, data_key_of, meta_value
from kiosk.adapters.store_source import FileSource, receipt_anchor, stored_heads
from kiosk.domain.log.findings import Anchor, LogReport
from kiosk.domain.log.verify import Base, verify_log
from kiosk.domain.trust.bundle import KeyBundle, KeyKind, read_bundle
from kiosk.domain.trust.devices import DeviceList, read_devices
from kiosk.domain.trust.statements import Head, Receipt


@dataclass(frozen=True, slots=True)
class Unreadable:
    """无法读取: not a gate's log, or the file does not let itself be read there."""

    why: str


def verify_file(
    file: Path,
    receipts: Sequence[Mapping[str, Any]] = (),
    beside: DeviceFile | None = None,
    kek: bytes | None = None,
    *,
    pause: Callable[[], None] | None = None,
) -> LogReport | Unreadable:
    """Verify the chain, copies, personal parts, heads and receipts of `file`; nothing is written.

    `receipts`: of the office, given by hand or lying beside the file. `beside`: the device file of its folder.
    `pause`: called every 100 rows, where the screen is to have its turn.
    """
    if not file.is_file():
        return Unreadable("no such file")
    try:
        with closing(reader(file)) as connection:
            return _verify(connection, receipts, beside, kek, pause)
    except (sqlite3.Error, OSError) as error:
        return Unreadable(getattr(error, "sqlite_errorname", type(error).__name__))


def _verify(
    connection: sqlite3.Connection,
    receipts: Sequence[Mapping[str, Any]],
    beside: DeviceFile | None,
    kek: bytes | None,
    pause: Callable[[], None] | None,
) -> LogReport | Unreadable:
    epoch, device = meta_value(connection, "epoch"), meta_value(connection, "device")
    if not isinstance(epoch, int) or not isinstance(device, str):
        return Unreadable("not a gate's log")
    if beside is not None:
        # The device's own name for itself counts: a file of another device put here has another chain.
        device = beside.device
    bundle, devices = _lists(connection, beside)
    kept = [json.loads(doc) for (doc,) in connection.execute("SELECT doc FROM receipt ORDER BY seq")]
    base_row = connection.execute("SELECT receipt FROM log_base").fetchone()
    if base_row is not None:
        kept.append(json.loads(base_row[0]))
    anchors = [anchor for receipt in (*kept, *receipts) if (anchor := _anchor(receipt, device, epoch, bundle))]
    key = next((found.key for found in devices.devices.values() if found.device == device), None) if devices else None
    for seq, hash_, signature in stored_heads(connection):
        signed = None if key is None else Head(device, epoch, seq, hash_.hex()).holds(signature, key)
        anchors.append(Anchor(seq, hash_.hex(), signed, receipt=False))
    base = Base(*base_of(connection, device, epoch))
    source = FileSource(connection, data_key_of(connection, kek), pause=pause)
    return verify_log(source, device, epoch, anchors, base)


def _lists(connection: sqlite3.Connection, beside: DeviceFile | None) -> tuple[KeyBundle | None, DeviceList | None]:
    """Key bundle and device list, if they are there and signed by a pinned root."""
    if beside is None:
        return None, None
    stored = dict(connection.execute("SELECT name, data FROM signed_list"))
    roots = [bytes.fromhex(root) for root in beside.root_keys]
    bundle = read_bundle(stored["key_bundle"], roots) if "key_bundle" in stored else None
    if not isinstance(bundle, KeyBundle):
        return None, None
    devices = read_devices(stored["device_list"], bundle) if "device_list" in stored else None
    return bundle, devices if isinstance(devices, DeviceList) else None


def _anchor(receipt: Mapping[str, Any], device: str, epoch: int, bundle: KeyBundle | None) -> Anchor | None:
    anchor = receipt_anchor(receipt, epoch)
    if anchor is None or bundle is None:
        return anchor
    try:
        values = {name: receipt[name] for name in Receipt.__dataclass_fields__ if name != "PREFIX"}
        statement = Receipt(**values)
        key = bundle.signer(bytes.fromhex(statement.kid), KeyKind.RECEIPT, statement.at_ms // 1000)
        good = key is not None and statement.device == device and statement.holds(cast("str", receipt["sig"]), key.key)
    except (KeyError, TypeError, ValueError):
        good = False
    return Anchor(anchor.seq, anchor.hash, good)
