# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The street's revocation list (注销名单): exact card ids in one sorted blob, and blocks of a key's time range.

9 bytes an entry and a binary search: 100,000 entries cost 900 kB and a look-up a few microseconds.
Source: pass-format.md sections 5 (range revocation) and 6.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from itertools import pairwise

from kiosk.domain.trust.bundle import KeyBundle, KeyKind, open_list
from kiosk.domain.trust.cbor import NotCborError, Value, encode, read_canonical
from kiosk.domain.trust.envelope import Purpose, Sign, sign_envelope
from kiosk.domain.trust.fields import TIMES, FieldError, Fields, integer, octets
from kiosk.domain.trust.versions import Refusal, Stored, judge_version

CTI_SIZE = 8
ENTRY_SIZE = CTI_SIZE + 1
ENTRY_LIMIT = 1_000_000  # trust.md section 13
_SNAPSHOT = 1
_BLOCK_FIELDS = 3


class RevocationKind(IntEnum):
    """注销种类: why a card id is on the list (numbers as in the list)."""

    REVOKED = 1
    LOST = 2
    REPLACED = 3


@dataclass(frozen=True, slots=True)
class Block:
    """密钥时段注销: passes of `kid` with `nbf` in `start`..`end` (seconds, both inclusive) are no longer good."""

    kid: bytes
    start: int
    end: int

    def covers(self, kid: bytes, nbf: int) -> bool:
        """Whether a pass of that key and start of validity is blocked (是否在注销时段)."""
        return kid == self.kid and self.start <= nbf <= self.end


class _Ids:
    """The ids of a blob as a sequence for `bisect`, without a copy of it."""

    __slots__ = ("_blob", "_stride")

    def __init__(self, blob: bytes, stride: int = ENTRY_SIZE) -> None:
        self._blob = blob
        self._stride = stride

    def __len__(self) -> int:
        return len(self._blob) // self._stride

    def __getitem__(self, index: int) -> bytes:
        at = index * self._stride
        return self._blob[at : at + CTI_SIZE]


@dataclass(frozen=True, slots=True)
class RevocationList:
    """注销名单: `entries` = 9 bytes each (card id, kind), strictly ascending; times in seconds since 1970 UTC."""

    version: int
    issued: int
    next_update: int
    entries: bytes
    blocks: tuple[Block, ...] = ()

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 over entries and block list (名单摘要): the `result_hash`, checked again at start."""
        return sha256(self.entries + encode(block_rows(self.blocks))).digest()

    @property
    def stored(self) -> Stored:
        """Version and fingerprint for the version rule (现存版本)."""
        return Stored(self.version, self.fingerprint)

    @property
    def count(self) -> int:
        """Number of card ids (条数); not `len`, so that an empty list is never taken for no list."""
        return len(self.entries) // ENTRY_SIZE

    def problem_of(self, cti: bytes) -> RevocationKind | None:
        """Why this card id (8 bytes) is on the list (注销查询), or None if it is not."""
        at = position(self.entries, cti) * ENTRY_SIZE
        if self.entries[at : at + CTI_SIZE] != cti:
            return None
        return RevocationKind(self.entries[at + CTI_SIZE])

    def blocks_key(self, kid: bytes, nbf: int) -> bool:
        """Whether a block covers a pass of that key and start of validity (密钥是否注销)."""
        return any(block.covers(kid, nbf) for block in self.blocks)


def position(entries: bytes, cti: bytes) -> int:
    """Index of the first entry whose id is not below `cti` (二分查找)."""
    return bisect_left(_Ids(entries), cti)


def pack_entries(kinds: Iterable[tuple[bytes, RevocationKind]]) -> bytes:
    """The blob of card ids and kinds in any order (编制条目). Raises `ValueError` for a wrong size or a double id."""
    blob = b"".join(cti + bytes([kind]) for cti, kind in sorted(kinds))
    if not entries_sound(blob):
        message = "card ids of 8 bytes, each once"
        raise ValueError(message)
    return blob


def entries_sound(blob: bytes) -> bool:
    """Whether a blob has whole entries of known kinds, strictly ascending by id (条目检查)."""
    if len(blob) % ENTRY_SIZE or not set(blob[CTI_SIZE::ENTRY_SIZE]) <= set(RevocationKind):
        return False
    return ids_ascend(blob, ENTRY_SIZE)


def ids_ascend(blob: bytes, stride: int) -> bool:
    """Whether the 8-byte ids at every `stride` bytes ascend strictly (递增检查)."""
    return all(one < two for one, two in pairwise(blob[at : at + CTI_SIZE] for at in range(0, len(blob), stride)))


def block_rows(blocks: Iterable[Block]) -> list[Value]:
    """The blocks as they stand in the list (时段注销的编码)."""
    return [[block.kid, block.start, block.end] for block in blocks]


def sign_snapshot(revocations: RevocationList, list_kid: bytes, sign: Sign) -> bytes:
    """The signed file of the whole list (签发全表); `sign` is the LIST key's."""
    payload: dict[int, Value] = {
        0: _SNAPSHOT,
        1: revocations.version,
        2: revocations.issued,
        3: revocations.next_update,
        4: revocations.entries,
        5: block_rows(revocations.blocks),
    }
    return sign_envelope(encode(payload), list_kid, Purpose.REVOCATIONS, sign)


def read_snapshot(data: bytes, bundle: KeyBundle) -> RevocationList | Refusal:
    """Verify and parse a signed snapshot (验读全表) with the LIST keys of the bundle."""
    opened = open_list(data, bundle, Purpose.REVOCATIONS, KeyKind.LIST)
    if isinstance(opened, Refusal):
        return opened
    key, payload = opened
    try:
        revocations = _snapshot(read_canonical(payload))
    except FieldError as error:
        return error.refusal
    except NotCborError:
        return Refusal.MALFORMED
    return revocations if key.usable_at(revocations.issued) else Refusal.WRONG_SIGNER


def accept_snapshot(
    data: bytes, bundle: KeyBundle, stored: Stored | None, now: int, *, clock_ok: bool
) -> RevocationList | Refusal:
    """The list that is to take the place of the stored one (接收全表), or why not."""
    revocations = read_snapshot(data, bundle)
    if isinstance(revocations, Refusal):
        return revocations
    return judge_version(revocations.stored, stored, now, clock_ok=clock_ok) or revocations


def _snapshot(value: Value) -> RevocationList:
    fields = Fields(value, range(6))
    fields.integer(0, range(_SNAPSHOT, _SNAPSHOT + 1))
    return RevocationList(
        fields.integer(1, TIMES),
        fields.integer(2, TIMES),
        fields.integer(3, TIMES),
        read_entries(fields, 4),
        read_blocks(fields, 5),
    )


def read_entries(fields: Fields, key: int) -> bytes:
    """The entries in a field (读取条目). Raises `FieldError`."""
    entries = fields.octets(key)
    if len(entries) > ENTRY_LIMIT * ENTRY_SIZE:
        raise FieldError(Refusal.TOO_LARGE)
    if not entries_sound(entries):
        raise FieldError(Refusal.MALFORMED)
    return entries


def read_blocks(fields: Fields, key: int) -> tuple[Block, ...]:
    """The blocks in a field (读取时段注销). Raises `FieldError`."""
    return tuple(_block(row) for row in fields.items(key))


def _block(row: Value) -> Block:
    if not isinstance(row, list) or len(row) != _BLOCK_FIELDS:
        raise FieldError(Refusal.MALFORMED)
    kid = octets(row[0])
    start, end = (integer(item, BLOCK_TIMES) for item in row[1:])
    if len(kid) not in {1, 2} or end < start:
        raise FieldError(Refusal.MALFORMED)
    return Block(kid, start, end)


BLOCK_TIMES = range(2**32)
