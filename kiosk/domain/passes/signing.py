# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Making the text of a pass (签发证件): the same code at the office and at a gate that issues a temporary pass.

Source: pass-format.md sections 1 and 8.
"""

from kiosk.domain.passes import base45
from kiosk.domain.passes.entry_pass import (
    GATE_KID_SIZE,
    LIFE_MAX_S,
    OFFICE_KID_SIZE,
    TEMP_LIFE_MAX_S,
    TEMPORARY,
    EntryPass,
    claims_bytes,
    read_claims,
)
from kiosk.domain.passes.steps import PREFIX
from kiosk.domain.trust.envelope import Purpose, Sign, sign_envelope

NBF_AHEAD_MAX_S = 7 * 86_400
_MOST_GATES = 8


class BadClaimsError(ValueError):
    """不能签发: claims that no verifier would take; a fault of the caller."""


def sign_pass(
    claims: EntryPass, kid: bytes, sign: Sign, *, issued_at: int | None = None, gates_of_site: int = _MOST_GATES
) -> str:
    """The EP1 text (证件文本), 169..189 characters; `sign` makes an Ed25519 signature of 64 bytes.

    `kid` 1 byte: an office key; 2 bytes: a gate's device key. `issued_at` (seconds) checks that `nbf` is 0..7 days
    later; `gates_of_site` that the mask is not that of all gates. Raises `BadClaimsError` for what would be refused.
    """
    if len(kid) not in {OFFICE_KID_SIZE, GATE_KID_SIZE}:
        _refuse("kid of 1 or 2 bytes")
    by_gate = len(kid) == GATE_KID_SIZE
    payload = claims_bytes(claims)
    if read_claims(payload, by_gate=by_gate) != claims:
        _refuse("a field out of range, a category never in a pass, or household and card not as the category asks")
    if not 0 < claims.life_s <= (TEMP_LIFE_MAX_S if by_gate else LIFE_MAX_S):
        _refuse("life")
    if by_gate and claims.category not in TEMPORARY:
        _refuse("category of a temporary pass")
    if claims.gates is not None and claims.gates >= (1 << gates_of_site) - 1:
        _refuse("mask of all gates")
    if issued_at is not None and not 0 <= claims.nbf - issued_at <= NBF_AHEAD_MAX_S:
        _refuse("start of validity 0..7 days after issue")
    return PREFIX.decode() + base45.encode(sign_envelope(payload, kid, Purpose.PASS, sign))


def _refuse(what: str) -> None:
    raise BadClaimsError(what)
