# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Signed lists that come down: each is judged by the trust rules before the store keeps it (pass-format.md 5, 6).

Key bundle first, then the lists that its keys sign. A refused list changes nothing: the old one works on, the scope's
cursor stays, and the refusal is an alarm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kiosk.app.ports import PulledLists
from kiosk.domain.trust.bundle import KeyBundle, KeyKind, OfficeKey, accept_bundle, read_bundle
from kiosk.domain.trust.deltas import accept_delta
from kiosk.domain.trust.devices import accept_devices, read_devices
from kiosk.domain.trust.revocations import RevocationList, accept_snapshot
from kiosk.domain.trust.stored_revocations import read_stored, stored_form
from kiosk.domain.trust.versions import Refusal
from sync.wire.base64url import octets
from sync.wire.messages import SignedList

KEY_BUNDLE, DEVICE_LIST, REVOCATIONS = "key_bundle", "device_list", "revocations"
_ORDER = (KEY_BUNDLE, DEVICE_LIST, REVOCATIONS)


class ListKeeper(Protocol):
    """Where accepted lists go: the one method of `SyncStore` that this page needs."""

    def put_list(self, name: str, version: int, data: bytes) -> None:
        """Keep a list in force."""
        ...


@dataclass(frozen=True, slots=True)
class ListRefused:
    """名单被拒: which list, and why."""

    name: str
    refusal: Refusal


class TrustedLists:
    """受信名单: the lists in force at this gate, and how newer ones take their place."""

    def __init__(self, lists: PulledLists, keeper: ListKeeper, roots: Sequence[bytes]) -> None:
        """Take the store's two sides and the pinned root keys (32 bytes each)."""
        self._lists = lists
        self._keeper = keeper
        self._roots = tuple(roots)
        self._bundle_read: tuple[bytes, KeyBundle] | None = None

    def bundle(self) -> KeyBundle | None:
        """The key bundle in force."""
        data = self._lists.key_bundle()
        if data is None:
            return None
        if self._bundle_read is None or self._bundle_read[0] != data:
            found = read_bundle(data, self._roots)
            if isinstance(found, Refusal):
                return None
            self._bundle_read = (data, found)
        return self._bundle_read[1]

    def revocations(self) -> RevocationList | None:
        """The revocation list in force; None if there is none or its hash does not fit."""
        data = self._lists.revocations()
        return None if data is None else read_stored(data)

    def receipt_key(self, kid_hex: str, at_s: int) -> OfficeKey | None:
        """The office's RECEIPT key of that kid, good at that time."""
        bundle = self.bundle()
        try:
            kid = bytes.fromhex(kid_hex)
        except ValueError:
            return None
        return None if bundle is None else bundle.signer(kid, KeyKind.RECEIPT, at_s)

    def take(self, lists: Iterable[SignedList], now_s: int) -> tuple[ListRefused, ...]:
        """Accept what may be accepted, bundle first, and say what was refused; `now_s` office time.

        The same list again is neither stored nor refused.
        """
        known = [item for item in lists if item.name in _ORDER]
        ordered = sorted(known, key=lambda item: (_ORDER.index(item.name), item.version))
        refused = ((item.name, self._take(item, now_s)) for item in ordered)
        return tuple(ListRefused(name, why) for name, why in refused if why is not None and why.alarm)

    def _take(self, item: SignedList, now_s: int) -> Refusal | None:
        data = octets(item.data)
        if data is None:
            return Refusal.MALFORMED
        if item.name == KEY_BUNDLE:
            return self._take_bundle(data, now_s)
        bundle = self.bundle()
        if bundle is None:
            return Refusal.WRONG_SIGNER
        if item.name == DEVICE_LIST:
            return self._take_devices(data, bundle, now_s)
        return self._take_revocations(data, bundle, now_s, whole=item.form == "whole")

    def _take_bundle(self, data: bytes, now_s: int) -> Refusal | None:
        before = self.bundle()
        found = accept_bundle(data, self._roots, None if before is None else before.stored, now_s, clock_ok=True)
        if isinstance(found, Refusal):
            return found
        self._keeper.put_list(KEY_BUNDLE, found.version, data)
        return None

    def _take_devices(self, data: bytes, bundle: KeyBundle, now_s: int) -> Refusal | None:
        held = self._lists.device_list()
        before = read_devices(held, bundle) if held is not None else None
        stored = None if before is None or isinstance(before, Refusal) else before.stored
        found = accept_devices(data, bundle, stored, now_s, clock_ok=True)
        if isinstance(found, Refusal):
            return found
        self._keeper.put_list(DEVICE_LIST, found.version, data)
        return None

    def _take_revocations(self, data: bytes, bundle: KeyBundle, now_s: int, *, whole: bool) -> Refusal | None:
        before = self.revocations()
        if whole:
            found = accept_snapshot(data, bundle, None if before is None else before.stored, now_s, clock_ok=True)
        elif before is None:
            return Refusal.BASE
        else:
            found = accept_delta(data, bundle, before, now_s, clock_ok=True)
        if isinstance(found, Refusal):
            return found
        self._keeper.put_list(REVOCATIONS, found.version, stored_form(found))
        return None
