# SPDX-License-Identifier: LicenseRef-Gatehouse
"""签发密钥一览: the issuing keys as the published bundle lists them, their cards, what was blocked (pass-format.md 5).

Only what is public is read here: the bundle that gates pull, the revocation list, and the kid in the text of each card.
No private half and no root is within reach of the web (trust.md 5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select

from kiosk.domain.codes import PassState
from kiosk.domain.identity import CommitteeId, CompoundId, GateId
from kiosk.domain.register import Compound, PassRow
from kiosk.domain.trust.bundle import KeyBundle, KeyKind, OfficeKey, read_unpinned_bundle
from kiosk.domain.trust.revocations import Block
from sync.office.service.book import RegisterBook
from sync.office.service.card_text import kid_of
from sync.office.service.issue import Issue
from sync.office.service.lists import KEY_BUNDLE, SignedLists
from sync.office.store.changes import ChangeLog
from sync.office.store.devices import Device, Devices, DeviceState
from sync.office.store.tables import revocation_block, signed_delta
from sync.wire import scopes
from sync.wire.messages import SIGNED_LIST

GOOD = (PassState.ACTIVE, PassState.SUSPENDED)
FOR_EVER = 2**32 - 1
"""The last second that a block can name: all that is still to come."""


class KeyState(StrEnum):
    """密钥状态."""

    AHEAD = "AHEAD"
    IN_USE = "IN_USE"
    OVER = "OVER"
    BLOCKED = "BLOCKED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class IssuingKey:
    """一把签发密钥: `kid` hex, window in seconds, `blocks` spans of start of validity that no longer count."""

    kid: str
    committees: tuple[CommitteeId, ...]
    compounds: tuple[CompoundId, ...]
    use_from: int
    use_until: int
    state: KeyState
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Arrived:
    """一台设备的更新: whether its gate has said that it holds the newest revocations and the newest key bundle."""

    device: Device
    revocations: bool
    bundle: bool


class IssuingKeys:
    """签发密钥用例(只读)."""

    def __init__(
        self, book: RegisterBook, lists: SignedLists, issue: Issue, devices: Devices, changes: ChangeLog
    ) -> None:
        """Take the register, the published lists, the texts of cards, the devices, and what gates were told."""
        self._book = book
        self._lists = lists
        self._issue = issue
        self._devices = devices
        self._changes = changes

    def bundle(self, tx: Connection) -> KeyBundle | None:
        """The bundle in force; it was verified when it was published."""
        found = self._lists.get(tx, KEY_BUNDLE)
        bundle = None if found is None else read_unpinned_bundle(found[1])
        return bundle if isinstance(bundle, KeyBundle) else None

    def keys(self, tx: Connection, now_ms: int) -> list[IssuingKey]:
        """All issuing keys, by kid."""
        bundle = self.bundle(tx)
        if bundle is None:
            return []
        of_site = {one.site: one for one in self._book.register.all(tx, Compound)}
        blocks = _blocks(tx)
        return [
            _key(one, [of_site[site] for site in one.sites if site in of_site], blocks, now_ms // 1000)
            for one in bundle.keys.values()
            if one.kind is KeyKind.ISSUER
        ]

    def one(self, tx: Connection, kid: str, now_ms: int) -> IssuingKey | None:
        """One of them, or None."""
        return next((key for key in self.keys(tx, now_ms) if key.kid == kid), None)

    def successor(self, tx: Connection, leaked: IssuingKey, now_ms: int) -> IssuingKey | None:
        """The key that signs for the same committees now, where it is another one and good."""
        now = [
            key for key in self.keys(tx, now_ms)
            if key.state is KeyState.IN_USE and set(leaked.compounds) & set(key.compounds) and key.kid != leaked.kid
        ]  # fmt: skip
        return max(now, key=lambda key: key.use_from, default=None)

    def cards(self, tx: Connection, key: IssuingKey, start: int, end: int = FOR_EVER) -> list[PassRow]:
        """Cards of a key that are still good and whose validity begins in `start`..`end` (seconds)."""
        return [
            row
            for compound in key.compounds
            for row in self._book.register.all(tx, PassRow, compound_id=compound)
            if row.state in GOOD and start <= row.valid_from_ms // 1000 <= end
            and kid_of(self._issue.text_of(tx, row.id)) == key.kid
        ]  # fmt: skip

    def arrived(self, tx: Connection) -> list[Arrived]:
        """At which gates the newest revocations and the newest bundle have arrived, as the gates told themselves."""
        newest = int(tx.execute(select(signed_delta.c.rev).order_by(signed_delta.c.rev.desc()).limit(1)).scalar() or 0)
        out = []
        for device in self._devices.all(tx):
            if device.state != DeviceState.ACTIVE:
                continue
            told = self._changes.one(tx, scopes.config(GateId(device.gate_id)), SIGNED_LIST, KEY_BUNDLE)
            bundle = told is None or 0 < told.rev <= device.config_rev
            out.append(Arrived(device, device.list_version >= max(1, newest), bundle))
        return out


def _blocks(tx: Connection) -> Sequence[Block]:
    c = revocation_block.c
    rows = tx.execute(select(c.kid, c.start_s, c.end_s).order_by(c.kid, c.start_s))
    return [Block(bytes.fromhex(row.kid), row.start_s, row.end_s) for row in rows]


def _key(one: OfficeKey, compounds: Sequence[Compound], blocks: Sequence[Block], now: int) -> IssuingKey:
    mine = tuple(block for block in blocks if block.kid == one.kid)
    if one.revoked:
        state = KeyState.WITHDRAWN
    elif any(block.start <= now <= block.end for block in mine):
        state = KeyState.BLOCKED
    elif now < one.use_from:
        state = KeyState.AHEAD
    else:
        state = KeyState.IN_USE if now <= one.use_until else KeyState.OVER
    committees = tuple(dict.fromkeys(compound.committee for compound in compounds))
    ids = tuple(compound.id for compound in compounds)
    return IssuingKey(one.kid.hex(), committees, ids, one.use_from, one.use_until, state, mine)
