# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a gate trusts when it checks a pass (门岗信任): keys, lists and their ages, as one value.

Source: pass-format.md sections 5, 6, 8; trust.md section 11 ("Age of the list").
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from kiosk.domain.codes import PassState
from kiosk.domain.identity import GateId, PassId
from kiosk.domain.trust.bundle import KeyBundle, KeyKind, OfficeKey, is_practice
from kiosk.domain.trust.devices import DeviceList, GateDevice
from kiosk.domain.trust.revocations import RevocationList

NBF_TOLERANCE_S = 300


class PassRow(NamedTuple):
    """名单行: state of a card in the gate's list; times in seconds, `valid_to` the last good second."""

    state: PassState
    valid_from: int
    valid_to: int

    def state_at(self, now: int) -> PassState:
        """The state at a trusted time (当前状态): a list made before a day began still knows the day."""
        if self.state not in {PassState.ACTIVE, PassState.NOT_YET}:
            return self.state
        if now > self.valid_to:
            return PassState.EXPIRED
        return PassState.NOT_YET if now < self.valid_from - NBF_TOLERANCE_S else PassState.ACTIVE


class GateList(Protocol):
    """门岗名单: the cards of this gate's compound."""

    @property
    def made_at(self) -> int:
        """When the office made the list (名单时间), seconds since 1970 UTC."""

    def row(self, pass_id: PassId) -> PassRow | None:
        """The row of a card (查名单), or None."""


@dataclass(frozen=True, slots=True)
class GatePlace:
    """所在门岗: number of the compound in the site table, and the gate's id."""

    site: int
    gate: GateId


@dataclass(frozen=True, slots=True)
class GateTrust:
    """门岗信任: all that `verify` needs besides the text, the gate and the time.

    `own`: this gate's own device key, trusted before the next device list names it. `revocations` and `gate_list` are
    None as long as there is none, or its stored hash no longer fits. `extended_until`: second until which a leader
    lets a stale list go on (0 = not). `practice`: whether kids e0..ef count; never in production.
    """

    bundle: KeyBundle
    devices: DeviceList | None
    own: GateDevice | None
    revocations: RevocationList | None
    gate_list: GateList | None
    hard_age_s: int
    extended_until: int = 0
    practice: bool = False

    def signer(self, kid: bytes) -> OfficeKey | GateDevice | None:
        """The key that a pass may be signed with (签发密钥), or None."""
        office = self.bundle.keys.get(kid)
        if office is not None:
            allowed = office.kind is KeyKind.ISSUER and (self.practice or not is_practice(kid))
            return office if allowed else None
        device = self.devices.devices.get(kid) if self.devices is not None else None
        if device is None and self.own is not None and self.own.kid == kid:
            return self.own
        return device

    def list_made_at(self) -> int | None:
        """The older of the two lists' times (名单更新于), or None if one is missing."""
        if self.revocations is None or self.gate_list is None:
            return None
        return min(self.revocations.issued, self.gate_list.made_at)

    def stale_at(self, now: int) -> bool:
        """Whether the lists are missing or too old (名单过旧); keys past `hard_expiry` cannot be extended."""
        made_at = self.list_made_at()
        if made_at is None or now >= self.bundle.hard_expiry:
            return True
        return now - made_at > self.hard_age_s and now >= self.extended_until
