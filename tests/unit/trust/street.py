# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A made-up street with its keys, lists and one gate, for the tests of trust and passes.

Times: `NOW` = 2020-02-20 08:00 in Shanghai; the revocation list is two hours old, the gate's list one.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.codes import Category, PassState
from kiosk.domain.identity import CompoundId, DeviceId, GateId, PassId
from kiosk.domain.passes import EntryPass, GatePlace, GateTrust, PassRow
from kiosk.domain.trust import (
    Block,
    CompoundSite,
    DeviceList,
    GateDevice,
    KeyBundle,
    KeyKind,
    OfficeKey,
    RevocationKind,
    RevocationList,
    device_list,
    key_bundle,
    pack_entries,
)

HOUR, DAY = 3600, 86_400
NOW = 1_582_156_800  # 2020-02-20 08:00 Shanghai
SINCE = 1_580_486_400  # 2020-02-01 00:00 Shanghai
UNTIL = SINCE + 60 * DAY
HARD_EXPIRY = SINCE + 90 * DAY


def private(name: str) -> Ed25519PrivateKey:
    """The key of that name, always the same."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def public(name: str) -> bytes:
    return private(name).public_key().public_bytes_raw()


ROOT, SPARE = public("root"), public("spare")
ISSUER = b"\x07"  # of the committee with compounds 12 and 13
OTHER_ISSUER = b"\x08"  # of the committee with compound 14
REVOKED_ISSUER = b"\x09"
BLOCKED_ISSUER = b"\x0a"
PRACTICE_ISSUER = b"\xe1"
LIST, POLICY, RECEIPT = b"\xf0", b"\xf1", b"\xf2"
GATE_KID, SISTER_KID, REVOKED_KID, OTHER_GATE_KID = b"\x00\x01", b"\x00\x02", b"\x00\x03", b"\x00\x04"
OWN_KID = b"\x00\x05"

SITES = (
    CompoundSite(12, CompoundId("C12"), (GateId("G01"), GateId("G02"), GateId("G03")), "梧桐苑"),
    CompoundSite(13, CompoundId("C13"), (GateId("G04"),), "桂花里"),
    CompoundSite(14, CompoundId("C14"), (GateId("G05"), GateId("G06")), "银杏新村"),
)
GATE = GatePlace(12, GateId("G01"))


def issuer(kid: bytes, *sites: int, name: str | None = None, revoked: bool = False) -> OfficeKey:
    return OfficeKey(kid, public(name or kid.hex()), KeyKind.ISSUER, SINCE, UNTIL, sites, revoked=revoked)


def office(kid: bytes, kind: KeyKind, *, revoked: bool = False, until: int = UNTIL) -> OfficeKey:
    return OfficeKey(kid, public(kid.hex()), kind, SINCE, until, (), revoked=revoked)


def device(kid: bytes, site: int = 12, gate: str = "G01", *, revoked: bool = False) -> GateDevice:
    return GateDevice(kid, public(kid.hex()), DeviceId(kid.hex() * 8), site, GateId(gate), revoked=revoked)


KEYS = (
    issuer(ISSUER, 12, 13),
    issuer(OTHER_ISSUER, 14),
    issuer(REVOKED_ISSUER, 12, revoked=True),
    issuer(BLOCKED_ISSUER, 12),
    issuer(PRACTICE_ISSUER, 12),
    office(LIST, KeyKind.LIST),
    office(POLICY, KeyKind.POLICY),
    office(RECEIPT, KeyKind.RECEIPT),
)
DEVICES = (
    device(GATE_KID),
    device(SISTER_KID, gate="G02"),
    device(REVOKED_KID, revoked=True),
    device(OTHER_GATE_KID, 14, "G05"),
)


def bundle(*keys: OfficeKey, version: int = SINCE, hard_expiry: int = HARD_EXPIRY) -> KeyBundle:
    return key_bundle(version, version, version + 7 * DAY, hard_expiry, keys or KEYS, SITES)


def devices(*rows: GateDevice, version: int = NOW - HOUR) -> DeviceList:
    return device_list(version, version, version + DAY, rows or DEVICES)


@dataclass(frozen=True)
class Roster:
    """The gate's list as a plain mapping."""

    rows: dict[PassId, PassRow] = field(default_factory=dict)
    made_at: int = NOW - HOUR

    def row(self, pass_id: PassId) -> PassRow | None:
        return self.rows.get(pass_id)


CARD = EntryPass(bytes(range(1, 9)), 12, Category.LOCAL, NOW - 5 * DAY, NOW + 25 * DAY, bytes.fromhex("a1b2c3d4"), 1)
VISIT = EntryPass(b"visitor1", 12, Category.VISITOR, NOW - HOUR, NOW + 3 * HOUR)
ROW = PassRow(PassState.ACTIVE, CARD.nbf, CARD.exp - 1)
REVOKED_CTI, LOST_CTI, REPLACED_CTI = b"revoked!", b"lost!!!!", b"replaced"


LEAK = NOW - 10 * DAY
BLOCKS = (Block(BLOCKED_ISSUER, LEAK, 2**32 - 1),)


def revocations(
    version: int = NOW - 2 * HOUR,
    extra: dict[bytes, RevocationKind] | None = None,
    blocks: tuple[Block, ...] = BLOCKS,
) -> RevocationList:
    kinds = {
        REVOKED_CTI: RevocationKind.REVOKED,
        LOST_CTI: RevocationKind.LOST,
        REPLACED_CTI: RevocationKind.REPLACED,
        **(extra or {}),
    }
    return RevocationList(version, version, version + DAY, pack_entries(kinds.items()), blocks)


def trust(**changes: object) -> GateTrust:
    """What gate G01 trusts, with changes by name of the field."""
    facts: dict[str, object] = {
        "bundle": bundle(),
        "devices": devices(),
        "own": device(OWN_KID),
        "revocations": revocations(),
        "gate_list": Roster({CARD.pass_id: ROW}),
        "hard_age_s": 96 * HOUR,
        **changes,
    }
    return GateTrust(**facts)  # type: ignore[arg-type]  # the names are checked where they are used
