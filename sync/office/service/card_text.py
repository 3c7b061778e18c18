# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What stands in the text of a card that this office signed itself; its signature is not looked at again."""

from kiosk.domain.passes import base45
from kiosk.domain.passes.entry_pass import OFFICE_KID_SIZE, EntryPass, read_claims
from kiosk.domain.passes.steps import PREFIX
from kiosk.domain.trust.envelope import Envelope, read_envelope


def claims_of(text: str) -> EntryPass | None:
    """The claims, or None where there are none."""
    envelope = _opened(text)
    claims = None if envelope is None else read_claims(envelope.payload, by_gate=False)
    return claims if isinstance(claims, EntryPass) else None


def kid_of(text: str | None) -> str:
    """The kid (hex) of the key that signed it; "" where there is no such text."""
    envelope = None if text is None else _opened(text)
    return "" if envelope is None else envelope.kid.hex()


def _opened(text: str) -> Envelope | None:
    raw = base45.decode(text.encode()[len(PREFIX) :])
    return None if raw is None else read_envelope(raw, (OFFICE_KID_SIZE,))
