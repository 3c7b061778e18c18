# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's signature over one policy version (政策签名): COSE_Sign1 by a POLICY key, external aad `EPP1`.

The text itself travels beside it in the row (`PolicyRow.toml`); signed are version, start, compound and the text's
SHA-256, so that a policy of one compound cannot stand for another's. Source: pass-format.md section 5, trust.md 5.
"""

from hashlib import sha256

from kiosk.domain.register import PolicyRow
from kiosk.domain.trust.bundle import KeyBundle, KeyKind, open_list
from kiosk.domain.trust.cbor import NotCborError, Value, encode, read_canonical
from kiosk.domain.trust.envelope import Purpose, Sign, sign_envelope
from kiosk.domain.trust.fields import TIMES, FieldError, Fields
from kiosk.domain.trust.versions import Refusal

STREET = "*"
"""全街道: stands for the compound of a policy that holds for all."""
_KEYS = (1, 2, 3, 4, 5)
_HASH_SIZE = 32


def sign_policy(row: PolicyRow, issued: int, policy_kid: bytes, sign: Sign) -> bytes:
    """The signature (签发政策) over a row; `issued` seconds, `sign` the POLICY key's."""
    payload: dict[int, Value] = {
        1: row.version,
        2: issued,
        3: row.effective_from_ms // 1000,
        4: sha256(row.toml.encode()).digest(),
        5: row.compound or STREET,
    }
    return sign_envelope(encode(payload), policy_kid, Purpose.POLICY, sign)


def check_policy(row: PolicyRow, bundle: KeyBundle) -> Refusal | None:
    """None if the row's signature holds for exactly this row (验签政策), or why not."""
    try:
        signed = bytes.fromhex(row.signed)
    except ValueError:
        return Refusal.MALFORMED
    opened = open_list(signed, bundle, Purpose.POLICY, KeyKind.POLICY)
    if isinstance(opened, Refusal):
        return opened
    key, payload = opened
    try:
        fields = Fields(read_canonical(payload, text=True), _KEYS)
        issued = fields.integer(2, TIMES)
        told = (fields.text(1), fields.integer(3, TIMES), fields.octets(4, _HASH_SIZE), fields.text(5))
    except FieldError as error:
        return error.refusal
    except NotCborError:
        return Refusal.MALFORMED
    if not key.usable_at(issued):
        return Refusal.WRONG_SIGNER
    digest = sha256(row.toml.encode()).digest()
    same = told == (row.version, row.effective_from_ms // 1000, digest, row.compound or STREET)
    return None if same else Refusal.DIFFERENT
