# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The fifteen steps of verification (验证步骤), in their order.

Each step looks at what the ones before have found out, and says a problem or None. Source: pass-format.md section 3.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

from kiosk.domain.passes import base45
from kiosk.domain.passes.entry_pass import (
    GATE_KID_SIZE,
    LIFE_MAX_S,
    OFFICE_KID_SIZE,
    TEMP_LIFE_MAX_S,
    TEMPORARY,
    ClaimsFault,
    EntryPass,
    read_claims,
)
from kiosk.domain.passes.gate_trust import NBF_TOLERANCE_S, GatePlace, GateTrust, PassRow
from kiosk.domain.passes.problems import Listing, PassProblem
from kiosk.domain.trust.bundle import OfficeKey
from kiosk.domain.trust.devices import GateDevice
from kiosk.domain.trust.envelope import ALG_EDDSA, Envelope, Purpose, read_envelope
from kiosk.domain.trust.revocations import RevocationKind

PREFIX = b"EP1:"
TEXT_LIMIT = 512
_NEWER = re.compile(rb"EP[2-9A-Z]:|EPR1:")


class Case:
    """验证过程: what the steps have found out so far about one text."""

    __slots__ = ("claims", "clock_ok", "data", "envelope", "gate", "listing", "now", "row", "signer", "text", "trust")

    def __init__(self, text: bytes, trust: GateTrust, gate: GatePlace, now: int, *, clock_ok: bool) -> None:
        """Begin with the text alone."""
        self.text = text
        self.trust = trust
        self.gate = gate
        self.now = now
        self.clock_ok = clock_ok
        self.data = b""
        self.envelope: Envelope
        self.signer: OfficeKey | GateDevice
        self.claims: EntryPass
        self.row: PassRow | None = None
        self.listing = Listing.UNLISTED


Step: TypeAlias = Callable[[Case], PassProblem | None]


def prefix(case: Case) -> PassProblem | None:
    """Step 1: is it ours (前缀)."""
    if case.text.startswith(PREFIX):
        return None
    return PassProblem.NEWER_FORMAT if _NEWER.match(case.text) else PassProblem.NOT_A_PASS


def size(case: Case) -> PassProblem | None:
    """Step 2: not too long (长度); the alphabet is step 3's, which refuses without trimming."""
    return PassProblem.MALFORMED if len(case.text) > TEXT_LIMIT else None


def text_form(case: Case) -> PassProblem | None:
    """Steps 2 and 3: Base45 alphabet and form (Base45)."""
    data = base45.decode(case.text[len(PREFIX) :])
    if data is None:
        return PassProblem.MALFORMED
    case.data = data
    return None


def container(case: Case) -> PassProblem | None:
    """Step 4: the container in its one form (封装格式)."""
    envelope = read_envelope(case.data, (OFFICE_KID_SIZE, GATE_KID_SIZE))
    if envelope is None:
        return PassProblem.MALFORMED
    case.envelope = envelope
    return None


def algorithm(case: Case) -> PassProblem | None:
    """Step 5: Ed25519 and nothing else (算法)."""
    return None if case.envelope.alg == ALG_EDDSA else PassProblem.ALG


def key(case: Case) -> PassProblem | None:
    """Step 6: a key that may sign passes (密钥)."""
    signer = case.trust.signer(case.envelope.kid)
    if signer is None:
        return PassProblem.KEY_UNKNOWN
    case.signer = signer
    return None


def signature(case: Case) -> PassProblem | None:
    """Step 7: the signature over the received bytes (签名)."""
    return None if case.envelope.signed_by(case.signer.key, Purpose.PASS) else PassProblem.SIGNATURE


def claims(case: Case) -> PassProblem | None:
    """Steps 8 and 9: types, ranges, rules; then fields of a later version (字段)."""
    found = read_claims(case.envelope.payload, by_gate=isinstance(case.signer, GateDevice))
    if isinstance(found, ClaimsFault):
        return PassProblem.CLAIMS if found is ClaimsFault.WRONG else PassProblem.UNKNOWN_FIELD
    case.claims = found
    return None


def scope(case: Case) -> PassProblem | None:
    """Step 10: what this key may say (密钥范围): life, use window, compound, category, and whether it is blocked."""
    entry, signer = case.claims, case.signer
    longest = LIFE_MAX_S if isinstance(signer, OfficeKey) else TEMP_LIFE_MAX_S
    site = case.trust.bundle.sites.get(entry.site)
    # A mask of all gates, or of gates that do not exist, is never written; a compound without a row shows below.
    if not 0 < entry.life_s <= longest or (site and entry.gates and entry.gates >= site.full_mask):
        return PassProblem.CLAIMS
    if isinstance(signer, OfficeKey):
        in_scope = signer.usable_at(entry.nbf) and entry.site in signer.sites
    else:
        in_scope = entry.site == signer.site and entry.category in TEMPORARY
    if not in_scope:
        return PassProblem.KEY_SCOPE
    revoked = case.trust.revocations
    blocked = revoked is not None and revoked.blocks_key(case.envelope.kid, entry.nbf)
    return PassProblem.KEY_REVOKED if signer.revoked or blocked else None


_REVOCATIONS = {
    RevocationKind.REVOKED: PassProblem.REVOKED,
    RevocationKind.LOST: PassProblem.LOST,
    RevocationKind.REPLACED: PassProblem.REPLACED,
}


def revocation(case: Case) -> PassProblem | None:
    """Step 11: the card id on the revocation list (注销)."""
    revoked = case.trust.revocations
    kind = revoked.problem_of(case.claims.cti) if revoked is not None else None
    return None if kind is None else _REVOCATIONS[kind]


def place(case: Case) -> PassProblem | None:
    """Step 12: this compound and this gate (小区与门岗)."""
    if case.claims.site != case.gate.site:
        return PassProblem.WRONG_SITE
    mask, site = case.claims.gates, case.trust.bundle.sites.get(case.claims.site)
    if mask is None:
        return None
    gates = site.gates if site is not None else ()
    here = case.gate.gate in gates and mask >> gates.index(case.gate.gate) & 1
    return None if here else PassProblem.WRONG_GATE


def time(case: Case) -> PassProblem | None:
    """Step 13: the time, if there is one to judge by (时间)."""
    if not case.clock_ok:
        return PassProblem.CLOCK
    if case.now < case.claims.nbf - NBF_TOLERANCE_S:
        return PassProblem.NOT_YET
    return PassProblem.EXPIRED if case.now >= case.claims.exp else None


def lists(case: Case) -> PassProblem | None:
    """Step 14: lists there and not too old (名单时效)."""
    return PassProblem.LIST_STALE if case.trust.stale_at(case.now) else None


def listed(case: Case) -> PassProblem | None:
    """Step 15: the card in this gate's list (名单)."""
    gate_list = case.trust.gate_list
    if gate_list is not None:
        case.row = gate_list.row(case.claims.pass_id)
        if case.row is not None:
            case.listing = Listing.LISTED
            return None
        if isinstance(case.signer, GateDevice) or case.claims.nbf > gate_list.made_at:
            case.listing = Listing.NEWER
    return PassProblem.NOT_LISTED


STEPS: tuple[Step, ...] = (
    prefix,
    size,
    text_form,
    container,
    algorithm,
    key,
    signature,
    claims,
    scope,
    revocation,
    place,
    time,
    lists,
    listed,
)
"""验证步骤的顺序: steps 8 and 9 are one function, because both read the same payload once."""
