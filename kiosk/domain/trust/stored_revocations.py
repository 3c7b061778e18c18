# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The revocation list as a gate keeps it (现存注销名单): the result of snapshot and deltas, with its own hash.

A list that came by deltas carries no signature over the whole; each step was verified before it was stored. The hash
finds bit rot at the next start: a mismatch counts as no list and is fetched anew (pass-format.md section 6).
"""

from kiosk.domain.trust.cbor import NotCborError, Value, encode, read_canonical
from kiosk.domain.trust.fields import TIMES, FieldError, Fields
from kiosk.domain.trust.revocations import RevocationList, block_rows, read_blocks, read_entries

_KEYS = (1, 2, 3, 4, 5, 6)
_HASH_SIZE = 32


def stored_form(revocations: RevocationList) -> bytes:
    """The bytes to keep (存储形式)."""
    fields: dict[int, Value] = {
        1: revocations.version,
        2: revocations.issued,
        3: revocations.next_update,
        4: revocations.entries,
        5: block_rows(revocations.blocks),
        6: revocations.fingerprint,
    }
    return encode(fields)


def read_stored(data: bytes) -> RevocationList | None:
    """The list as kept (读取现存名单), or None if the bytes are damaged or their hash is another."""
    try:
        fields = Fields(read_canonical(data), _KEYS)
        found = RevocationList(
            fields.integer(1, TIMES),
            fields.integer(2, TIMES),
            fields.integer(3, TIMES),
            read_entries(fields, 4),
            read_blocks(fields, 5),
        )
        kept = fields.octets(6, _HASH_SIZE)
    except (NotCborError, FieldError):
        return None
    return found if found.fingerprint == kept else None
