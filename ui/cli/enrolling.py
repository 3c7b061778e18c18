# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Enrolment put together once, for `gate-kiosk enrol` and for the screen: claim, keep, fetch the lists (trust.md 7).

Loads no Qt. Nothing is printed and nothing ends the program: who called decides what is shown.
"""

import logging
import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.adapters.device_folder import DeviceFile, device_of, read_device, write_device
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.store_start import OpenedStore, open_store
from kiosk.adapters.withdrawal import forget
from kiosk.app.ports import Clock, Ids
from sync.client.enrol import EnrolFault, Enrolled, Enrolment, EnrolStage, keep
from sync.client.http import HttpTransport
from sync.client.line import Line, Link
from sync.client.rebuild import take_over
from sync.client.signing import Sign
from sync.wire.messages import EnrolCode

_TURNS = 500
_log = logging.getLogger(__name__)
Progress = Callable[[EnrolStage], None]


@dataclass(frozen=True, slots=True)
class AlreadyEnrolled:
    """已启用过: the folder is a gate's; a new code does not change that."""

    folder: Path


@dataclass(frozen=True, slots=True)
class Tablet:
    """本机: the folder, its keys, its clock and ids; `demo`: whether the keys lie in the folder (None: not checked)."""

    folder: Path
    keys: GateKeys
    clock: Clock
    ids: Ids
    demo: bool | None = None


def enrol(tablet: Tablet, code: EnrolCode, progress: Progress) -> EnrolFault | AlreadyEnrolled | None:
    """Claim the code, keep what came, fetch all lists; None when done. A folder that was withdrawn begins anew."""
    folder, ids = tablet.folder, tablet.ids
    if read_device(folder) is not None:
        return AlreadyEnrolled(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return EnrolFault.NOT_KEPT
    ca_file = folder / "ca.pem"

    def transport(ca_pem: bytes) -> HttpTransport:
        ca_file.write_bytes(ca_pem)
        return HttpTransport(ca_file, tablet.clock)

    own = OwnKey(tablet.keys, ids)
    enrolment = Enrolment(own, ids, tablet.clock.wall_ms, transport, platform.platform(), progress=progress)
    try:
        claimed = enrolment.claim(code)
        if not isinstance(claimed, Enrolled):
            return claimed
        if tablet.demo not in {None, claimed.identity.demo}:
            # later starts look for the keys where the office's kind says
            return EnrolFault.DEMO
        forget(folder)
        write_device(folder, device_file(claimed, code))
    except OSError:
        return EnrolFault.NOT_KEPT
    progress(EnrolStage.LISTS)
    whole = _fetch_lists(tablet, claimed)
    progress(EnrolStage.DONE)
    return whole


def device_file(claimed: Enrolled, code: EnrolCode) -> DeviceFile:
    """`device.json` of what enrolment brought."""
    return replace(
        device_of(claimed.identity),
        ca_sha256=code.ca,
        ca_pem=claimed.ca_pem.decode("ascii"),
        seal_key=claimed.seal_key.hex(),
        root_keys=tuple(root.hex() for root in claimed.roots),
        epoch=claimed.epoch - 1,
    )


def _fetch_lists(tablet: Tablet, claimed: Enrolled) -> EnrolFault | None:
    opened = open_store(tablet.folder, claimed.identity, tablet.keys, tablet.clock, tablet.ids)
    if not isinstance(opened, OpenedStore):
        return EnrolFault.NOT_KEPT
    store = opened.store
    sign = tablet.keys.signer()
    transport = HttpTransport(tablet.folder / "ca.pem", tablet.clock)
    try:
        if not callable(sign):
            return EnrolFault.KEY_STORE
        keep(claimed, store)
        link = Link(store, transport, tablet.clock, tablet.ids, claimed.identity, claimed.roots, sign)
        whole = Line(link).run_until_idle(_TURNS) and store.revocations() is not None
        if whole and not take_over(link):
            # the gate works without it, and learns its present from what passes
            _log.warning("the present of the replaced tablet did not come")
    finally:
        transport.close()
        store.close()
    return None if whole else EnrolFault.NO_LISTS


class OwnKey:
    """The device's key in its key store, as enrolment asks for it."""

    def __init__(self, keys: GateKeys, ids: Ids) -> None:
        self._keys = keys
        self._ids = ids

    def make(self) -> bytes | None:
        """Both keys made where they were missing; the public half."""
        if self._keys.make(self._ids.random) is not None:
            return None
        public = self._keys.public_key()
        return public if isinstance(public, bytes) else None

    def signer(self) -> Sign | None:
        """The signing function."""
        sign = self._keys.signer()
        return sign if callable(sign) else None
