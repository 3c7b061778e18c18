# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Changes to the revocation list (注销名单增量): what was added and deleted between two versions, signed.

A delta fits exactly one stored version and names the hash of the result; else nothing changes and the whole list is
fetched. Source: pass-format.md section 6.
"""

from dataclasses import dataclass

from kiosk.domain.trust.bundle import KeyBundle, KeyKind, open_list
from kiosk.domain.trust.cbor import NotCborError, Value, encode, read_canonical
from kiosk.domain.trust.envelope import Purpose, Sign, sign_envelope
from kiosk.domain.trust.fields import TIMES, FieldError, Fields
from kiosk.domain.trust.revocations import (
    CTI_SIZE,
    ENTRY_LIMIT,
    ENTRY_SIZE,
    Block,
    RevocationList,
    block_rows,
    ids_ascend,
    position,
    read_blocks,
    read_entries,
)
from kiosk.domain.trust.versions import Refusal, Stored, judge_version

_DELTA = 2
_HASH_SIZE = 32


@dataclass(frozen=True, slots=True)
class RevocationDelta:
    """注销增量: `add` as entries of 9 bytes (an id already there gets the new kind), `remove` as ids of 8 bytes."""

    from_version: int
    issued: int
    next_update: int
    add: bytes
    blocks: tuple[Block, ...]
    remove: bytes
    to_version: int
    result_hash: bytes


def delta_between(old: RevocationList, new: RevocationList) -> RevocationDelta:
    """The delta that makes `new` out of `old` (计算增量)."""
    before, after = _split(old.entries), _split(new.entries)
    old_entries, new_ids = set(before), {entry[:CTI_SIZE] for entry in after}
    add = b"".join(entry for entry in after if entry not in old_entries)
    remove = b"".join(entry[:CTI_SIZE] for entry in before if entry[:CTI_SIZE] not in new_ids)
    return RevocationDelta(
        old.version, new.issued, new.next_update, add, new.blocks, remove, new.version, new.fingerprint
    )


def sign_delta(delta: RevocationDelta, list_kid: bytes, sign: Sign) -> bytes:
    """The signed file of a delta (签发增量); `sign` is the LIST key's."""
    payload: dict[int, Value] = {
        0: _DELTA,
        1: delta.from_version,
        2: delta.issued,
        3: delta.next_update,
        4: delta.add,
        5: block_rows(delta.blocks),
        6: delta.remove,
        7: delta.to_version,
        8: delta.result_hash,
    }
    return sign_envelope(encode(payload), list_kid, Purpose.REVOCATIONS, sign)


def read_delta(data: bytes, bundle: KeyBundle) -> RevocationDelta | Refusal:
    """Verify and parse a signed delta (验读增量) with the LIST keys of the bundle."""
    opened = open_list(data, bundle, Purpose.REVOCATIONS, KeyKind.LIST)
    if isinstance(opened, Refusal):
        return opened
    key, payload = opened
    try:
        delta = _delta(read_canonical(payload))
    except FieldError as error:
        return error.refusal
    except NotCborError:
        return Refusal.MALFORMED
    return delta if key.usable_at(delta.issued) else Refusal.WRONG_SIGNER


def accept_delta(
    data: bytes, bundle: KeyBundle, current: RevocationList, now: int, *, clock_ok: bool
) -> RevocationList | Refusal:
    """The list that is to take the place of the current one (接收增量), or why not; the current one stays whole."""
    delta = read_delta(data, bundle)
    if isinstance(delta, Refusal):
        return delta
    refusal = judge_version(Stored(delta.to_version, delta.result_hash), current.stored, now, clock_ok=clock_ok)
    return refusal or apply_delta(delta, current)


def apply_delta(delta: RevocationDelta, current: RevocationList) -> RevocationList | Refusal:
    """The list after a verified delta (应用增量): exactly its base, all deletions there, and the result hash equal."""
    if delta.from_version != current.version:
        return Refusal.BASE
    remaining = _without(current.entries, delta.remove)
    if remaining is None:
        return Refusal.MISSING
    entries = _with(remaining, delta.add)
    if len(entries) > ENTRY_LIMIT * ENTRY_SIZE:
        return Refusal.TOO_LARGE
    result = RevocationList(delta.to_version, delta.issued, delta.next_update, entries, delta.blocks)
    return result if result.fingerprint == delta.result_hash else Refusal.RESULT


def _without(entries: bytes, remove: bytes) -> bytes | None:
    kept, start = [], 0
    for at in range(0, len(remove), CTI_SIZE):
        cti = remove[at : at + CTI_SIZE]
        found = position(entries, cti) * ENTRY_SIZE
        if entries[found : found + CTI_SIZE] != cti:
            return None
        kept.append(entries[start:found])
        start = found + ENTRY_SIZE
    return b"".join((*kept, entries[start:]))


def _with(entries: bytes, add: bytes) -> bytes:
    merged, start = [], 0
    for entry in _split(add):
        cti = entry[:CTI_SIZE]
        found = position(entries, cti) * ENTRY_SIZE
        merged += [entries[start:found], entry]
        start = found + ENTRY_SIZE if entries[found : found + CTI_SIZE] == cti else found
    return b"".join((*merged, entries[start:]))


def _split(entries: bytes) -> list[bytes]:
    return [entries[at : at + ENTRY_SIZE] for at in range(0, len(entries), ENTRY_SIZE)]


def _delta(value: Value) -> RevocationDelta:
    fields = Fields(value, range(9))
    fields.integer(0, range(_DELTA, _DELTA + 1))
    remove = fields.octets(6)
    if len(remove) % CTI_SIZE or not ids_ascend(remove, CTI_SIZE):
        raise FieldError(Refusal.MALFORMED)
    delta = RevocationDelta(
        fields.integer(1, TIMES),
        fields.integer(2, TIMES),
        fields.integer(3, TIMES),
        read_entries(fields, 4),
        read_blocks(fields, 5),
        remove,
        fields.integer(7, TIMES),
        fields.octets(8, _HASH_SIZE),
    )
    if delta.to_version <= delta.from_version:
        raise FieldError(Refusal.MALFORMED)
    return delta
