# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate without Qt, put together by hand: store, keys, clock, lists and use cases."""

import logging
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.adapters.device_folder import DeviceFile, read_device
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.pin_hash import matches
from kiosk.adapters.pin_tries import FolderPinTries
from kiosk.adapters.store import GateFolderStore
from kiosk.adapters.store_start import OpenedStore, StartFault, open_store
from kiosk.adapters.withdrawal import Stage, Withdrawal, finish
from kiosk.app.facts import TrustedLists
from kiosk.app.gate import GateApp
from kiosk.app.pin import PinCheck
from kiosk.app.ports import Clock, Ids, PulledLists
from kiosk.app.practice import PracticeCard
from kiosk.app.withdrawn import GuardedStore, Standing, WithdrawableGate
from kiosk.domain.admission import RULE_IDS
from kiosk.domain.identity import DeviceId, GateId
from kiosk.domain.policy import parse_policy
from kiosk.domain.register import Operator
from kiosk.domain.trust import GateDevice, KeyBundle, Refusal, read_bundle, read_devices
from kiosk.domain.trust.stored_revocations import read_stored

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenGate:
    """打开的门岗: what the screens, the replay and the commands work with.

    `orders` is for the line to the office; `practice` holds the cards of a practice (`thrown_away` with its folder).
    """

    app: GateApp
    store: GateFolderStore
    device: DeviceFile
    keys: GateKeys
    clock: Clock
    ids: Ids
    opened: OpenedStore
    orders: Withdrawal
    pin: PinCheck
    policies: tuple[str, ...] = ()
    practice: tuple[PracticeCard, ...] = ()
    thrown_away: bool = False

    def close(self) -> None:
        """Close the store; of a practice, throw its folder away."""
        self.store.close()
        if self.thrown_away:
            shutil.rmtree(self.opened.folder.place.folder, ignore_errors=True)

    def list_made_at_ms(self) -> int | None:
        """Of when the gate list is; None also of a withdrawn gate."""
        return GuardedStore(self.store, lambda: standing_of(self.orders.stage)).list_made_at_ms()

    def pending(self) -> int:
        """Events that the office has not acknowledged; 0 once a withdrawn gate has given everything away."""
        return 0 if standing_of(self.orders.stage) is Standing.GONE else self.store.sync_state().pending


@dataclass(frozen=True, slots=True)
class NotEnrolled:
    """未启用: the folder holds no device file yet."""

    folder: Path


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """已停用: the office has withdrawn this device and has all its events; keys and log are destroyed."""

    folder: Path


def standing_of(stage: Stage | None) -> Standing:
    """How a gate stands at a stage of its withdrawal."""
    if stage is None:
        return Standing.IN_FORCE
    return Standing.GONE if stage.over else Standing.STOPPED


def open_gate(
    folder: Path, keys: GateKeys, clock: Clock, ids: Ids, policies: Sequence[str]
) -> OpenGate | StartFault | NotEnrolled | Withdrawn:
    """Open an enrolled gate's folder; `policies` are the shipped ones as TOML texts.

    A withdrawal that broke off half-way is taken up first; a withdrawn gate that still holds something opens stopped.
    """
    stage = finish(folder, keys)
    if stage is not None and stage.over:
        return Withdrawn(folder)
    device = read_device(folder)
    if device is None:
        return NotEnrolled(folder)
    identity = device.identity()
    opened = open_store(folder, identity, keys, clock, ids)
    if isinstance(opened, StartFault):
        return opened
    shipped = [parse_policy(text, RULE_IDS) for text in policies]
    orders = Withdrawal(opened.folder, keys)
    if orders.stopped and _taken_up(orders):
        return Withdrawn(folder)
    lists = list_loader(opened.store, device, keys)
    signer = keys.signer()
    app = WithdrawableGate(
        opened.store,
        identity,
        clock,
        ids,
        shipped,
        lists,
        RULE_IDS,
        signer if callable(signer) else None,
        standing=lambda: standing_of(orders.stage),
    )

    def operators() -> tuple[Operator, ...]:
        return app.facts.roster.operators()  # the roster may become another

    pin = PinCheck(GateId(identity.gate), operators, matches, FolderPinTries(folder), clock.mono_ms)
    return OpenGate(app, opened.store, device, keys, clock, ids, opened, orders, pin, tuple(policies))


def _taken_up(orders: Withdrawal) -> bool:
    """Go on with a withdrawal of an earlier run; True: nothing is left. What fails is tried again by the line."""
    try:
        orders.withdraw()
        return orders.settle()
    except (OSError, sqlite3.Error) as error:
        _log.warning("withdrawal: %s", type(error).__name__)
        return False


def list_loader(store: PulledLists, device: DeviceFile, keys: GateKeys) -> Callable[[], TrustedLists | None]:
    """Reads the signed lists as stored, checks them against the pinned roots, and keeps what has not changed."""
    roots = [bytes.fromhex(root) for root in device.root_keys]
    kept: dict[str, tuple[bytes, object]] = {}

    def read(name: str, data: bytes | None, parse: Callable[[bytes], object]) -> object | None:
        if data is None:
            return None
        if name not in kept or kept[name][0] != data:
            kept[name] = (data, parse(data))
        found = kept[name][1]
        return None if isinstance(found, Refusal) else found

    def load() -> TrustedLists | None:
        bundle = read("bundle", store.key_bundle(), lambda data: read_bundle(data, roots))
        if not isinstance(bundle, KeyBundle):
            return None
        devices = read("devices", store.device_list(), lambda data: read_devices(data, bundle))
        revocations = read("revocations", store.revocations(), read_stored)
        return TrustedLists(
            bundle=bundle,
            devices=devices,  # type: ignore[arg-type]  # read() gives what parse gives, or None
            own=own_device(device, keys),
            revocations=revocations,  # type: ignore[arg-type]
            made_at_ms=store.list_made_at_ms(),
            practice=device.demo or device.practice,
        )

    return load


def own_device(device: DeviceFile, keys: GateKeys) -> GateDevice | None:
    """This gate's own key, trusted before the next device list names it; None where the key store does not answer."""
    public = keys.public_key()
    if not isinstance(public, bytes):
        return None
    return GateDevice(bytes.fromhex(device.key_id), public, DeviceId(device.device), device.site, GateId(device.gate))


def shipped_policies(folder: Path) -> tuple[str, ...]:
    """The policy files that came with the program, as texts, oldest first."""
    return tuple(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml")))
