# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The key bundle (密钥表): which office keys may sign what, and the table of compounds, signed by a root.

Source: pass-format.md section 5.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.identity import CompoundId, GateId
from kiosk.domain.trust.cbor import NotCborError, Value, encode, read_canonical
from kiosk.domain.trust.envelope import ALG_EDDSA, Purpose, Sign, read_envelope, sign_envelope
from kiosk.domain.trust.fields import SITES, TIMES, FieldError, Fields, integer, text
from kiosk.domain.trust.versions import Refusal, Stored, judge_version
from kiosk.domain.trust.weak import strong_key

ROOT_KID_SIZE = 4
OFFICE_KID_SIZE = 1
MAX_GATES = 8


class KeyKind(IntEnum):
    """密钥种类: what an office key signs (numbers as in the bundle; GATE keys stand in the device list)."""

    ISSUER = 1
    LIST = 3
    POLICY = 4
    RECEIPT = 5


ISSUER_KIDS = range(0x01, 0xE0)
PRACTICE_KIDS = range(0xE0, 0xF0)
OFFICE_KIDS = range(0xF0, 0x100)


def is_practice(kid: bytes) -> bool:
    """Whether a kid is of the range for tests, demonstration and training (练习证)."""
    return len(kid) == 1 and kid[0] in PRACTICE_KIDS


@dataclass(frozen=True, slots=True)
class OfficeKey:
    """街道密钥: a public key of the office. `use_from`..`use_until` in seconds, both inclusive."""

    kid: bytes
    public: bytes
    kind: KeyKind
    use_from: int
    use_until: int
    sites: tuple[int, ...] = ()
    revoked: bool = False
    key: Ed25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Build the verifying key once. Raises `ValueError` for a weak key."""
        key = strong_key(self.public)
        if key is None:
            message = "weak public key"
            raise ValueError(message)
        object.__setattr__(self, "key", key)

    def usable_at(self, when: int) -> bool:
        """Whether something made at `when` (seconds) lies in the use window (使用期)."""
        return self.use_from <= when <= self.use_until


@dataclass(frozen=True, slots=True)
class CompoundSite:
    """小区条目: number, id and name of a compound, and its gates in the order of the bits of a pass's mask."""

    number: int
    compound: CompoundId
    gates: tuple[GateId, ...]
    name: str

    @property
    def full_mask(self) -> int:
        """The mask of all gates (全部门岗), never written in a pass."""
        return (1 << len(self.gates)) - 1


@dataclass(frozen=True, slots=True)
class KeyBundle:
    """密钥表: keys by kid and compounds by number; times in seconds since 1970 UTC."""

    version: int
    issued: int
    next_update: int
    hard_expiry: int
    keys: Mapping[bytes, OfficeKey]
    sites: Mapping[int, CompoundSite]
    fingerprint: bytes = b""

    @property
    def stored(self) -> Stored:
        """Version and fingerprint for the version rule (现存版本)."""
        return Stored(self.version, self.fingerprint)

    def site_of(self, gate: GateId) -> CompoundSite | None:
        """The compound that a gate belongs to (所属小区), or None."""
        return next((site for site in self.sites.values() if gate in site.gates), None)

    def signer(self, kid: bytes, kind: KeyKind, when: int) -> OfficeKey | None:
        """The unrevoked key of that kind whose use window holds `when` (签名者), or None."""
        key = self.keys.get(kid)
        return key if key and key.kind is kind and not key.revoked and key.usable_at(when) else None


def root_kid(public: bytes) -> bytes:
    """The kid of a root key (根密钥编号): the first 4 bytes of its SHA-256."""
    return sha256(public).digest()[:ROOT_KID_SIZE]


def key_bundle(
    version: int,
    issued: int,
    next_update: int,
    hard_expiry: int,
    keys: Iterable[OfficeKey],
    sites: Iterable[CompoundSite],
) -> KeyBundle:
    """Put a bundle together (编制密钥表), in ascending order of kid and site number."""
    return KeyBundle(
        version,
        issued,
        next_update,
        hard_expiry,
        MappingProxyType({key.kid: key for key in sorted(keys, key=lambda key: key.kid)}),
        MappingProxyType({site.number: site for site in sorted(sites, key=lambda site: site.number)}),
    )


def sign_bundle(bundle: KeyBundle, root_public: bytes, sign: Sign) -> bytes:
    """The signed file of a bundle (签发密钥表); `sign` is a root's."""
    keys: list[Value] = [
        {1: k.kid, 2: k.public, 3: int(k.kind), 4: k.use_from, 5: k.use_until, 6: list(k.sites), 7: int(k.revoked)}
        for k in bundle.keys.values()
    ]
    sites: list[Value] = [
        {1: site.number, 2: site.compound, 3: list(site.gates), 4: site.name} for site in bundle.sites.values()
    ]
    payload: dict[int, Value] = {
        1: bundle.version,
        2: bundle.issued,
        3: bundle.next_update,
        4: bundle.hard_expiry,
        5: keys,
        6: sites,
    }
    return sign_envelope(encode(payload), root_kid(root_public), Purpose.KEY_BUNDLE, sign)


def read_bundle(data: bytes, roots: Iterable[bytes]) -> KeyBundle | Refusal:
    """Verify and parse a signed bundle (验读密钥表) against the pinned roots (32 bytes each)."""
    envelope = read_envelope(data, (ROOT_KID_SIZE,))
    if envelope is None or envelope.alg != ALG_EDDSA:
        return Refusal.MALFORMED
    root = next((root for root in roots if root_kid(root) == envelope.kid), None)
    key = strong_key(root) if root is not None else None
    if key is None:
        return Refusal.WRONG_SIGNER
    if not envelope.signed_by(key, Purpose.KEY_BUNDLE):
        return Refusal.SIGNATURE
    return _payload(envelope.payload, data)


def read_unpinned_bundle(data: bytes) -> KeyBundle | Refusal:
    """Parse a bundle whose root nobody has pinned (未验签读取): for inspection only, its signature is NOT checked."""
    envelope = read_envelope(data, (ROOT_KID_SIZE,))
    return Refusal.MALFORMED if envelope is None else _payload(envelope.payload, data)


def accept_bundle(
    data: bytes, roots: Iterable[bytes], stored: Stored | None, now: int, *, clock_ok: bool
) -> KeyBundle | Refusal:
    """The bundle that is to take the place of the stored one (接收密钥表), or why not.

    An expired one is refused only by a trusted clock: a clock gone wrong must not lock a gate out of new keys.
    """
    bundle = read_bundle(data, roots)
    if isinstance(bundle, Refusal):
        return bundle
    if clock_ok and now >= bundle.hard_expiry:
        return Refusal.EXPIRED
    return judge_version(bundle.stored, stored, now, clock_ok=clock_ok) or bundle


def open_list(data: bytes, bundle: KeyBundle, purpose: Purpose, kind: KeyKind) -> tuple[OfficeKey, bytes] | Refusal:
    """Signing key and payload of a list (验签列表) that an unrevoked key of that kind in the bundle has signed.

    The caller still checks the key's use window against the time inside the payload.
    """
    envelope = read_envelope(data, (OFFICE_KID_SIZE,))
    if envelope is None or envelope.alg != ALG_EDDSA:
        return Refusal.MALFORMED
    key = bundle.keys.get(envelope.kid)
    if key is None or key.kind is not kind or key.revoked:
        return Refusal.WRONG_SIGNER
    return (key, envelope.payload) if envelope.signed_by(key.key, purpose) else Refusal.SIGNATURE


def _payload(payload: bytes, data: bytes) -> KeyBundle | Refusal:
    try:
        return _bundle(read_canonical(payload, text=True), sha256(data).digest())
    except FieldError as error:
        return error.refusal
    except NotCborError:
        return Refusal.MALFORMED


def _bundle(value: Value, fingerprint: bytes) -> KeyBundle:
    fields = Fields(value, range(1, 7))
    keys = [_key(item) for item in fields.items(5)]
    sites = [_site(item) for item in fields.items(6)]
    if len({key.kid for key in keys}) != len(keys):
        raise FieldError(Refusal.DUPLICATE_KID)
    if len({site.number for site in sites}) != len(sites):
        raise FieldError(Refusal.MALFORMED)
    return KeyBundle(
        fields.integer(1, TIMES),
        fields.integer(2, TIMES),
        fields.integer(3, TIMES),
        fields.integer(4, TIMES),
        MappingProxyType({key.kid: key for key in keys}),
        MappingProxyType({site.number: site for site in sites}),
        fingerprint,
    )


def _key(value: Value) -> OfficeKey:
    fields = Fields(value, range(1, 8))
    kid = fields.octets(1, 1)
    public = fields.public_key(2)
    kind = fields.integer(3, range(1, 6))
    allowed = (*ISSUER_KIDS, *PRACTICE_KIDS) if kind == KeyKind.ISSUER else OFFICE_KIDS
    if kind not in set(KeyKind) or kid[0] not in allowed:
        raise FieldError(Refusal.KIND)
    sites = tuple(integer(item, SITES) for item in fields.items(6))
    status = fields.integer(7, range(2))
    return OfficeKey(
        kid, public, KeyKind(kind), fields.integer(4, TIMES), fields.integer(5, TIMES), sites, revoked=bool(status)
    )


def _site(value: Value) -> CompoundSite:
    fields = Fields(value, range(1, 5))
    gates = tuple(GateId(text(item)) for item in fields.items(3))
    if not 1 <= len(gates) <= MAX_GATES or len(set(gates)) != len(gates):
        raise FieldError(Refusal.MALFORMED)
    return CompoundSite(fields.integer(1, SITES), CompoundId(fields.text(2)), gates, fields.text(4))
