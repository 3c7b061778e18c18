# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A scope's snapshot: fetched, its signature checked, opened row by row (sync-and-store.md section 6).

The answer is the packed file itself (`application/gzip`), so that its hash is that of the bytes received and a broken
download goes on at any byte: what came of it is kept until the next try, which asks for the rest of the same file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from kiosk.app.ports import GateIdentity, RowChange, SyncState
from kiosk.domain.register import ENTITIES, row_key
from kiosk.domain.trust.statements import SnapshotSeal
from sync.client.lists import TrustedLists
from sync.client.pulls import row_of
from sync.client.requests_out import RequestWriter
from sync.client.transport import Answer, Transport, TransportFault
from sync.wire.faults import WireFault
from sync.wire.limits import SNAPSHOT_BYTES, SNAPSHOT_UNPACKED
from sync.wire.messages import (
    SIGNED_LIST,
    SNAPSHOT_SIGNATURE_HEADER,
    SignedList,
    SnapshotEnd,
    SnapshotHead,
    SnapshotRow,
    SnapshotSignature,
    read_snapshot_line,
)
from sync.wire.packing import inflate
from sync.wire.strict import convert, decode

_WHOLE, _PART = 200, 206
_RATIO = 1_000
"""Names and rooms pack well; what bounds a snapshot is its size unpacked."""


@dataclass(frozen=True, slots=True)
class OpenedSnapshot:
    """已开快照: the rows as the store takes them, and of when the list is (office time)."""

    rows: tuple[RowChange, ...]
    made_at_ms: int


@dataclass(frozen=True, slots=True)
class LoadedSnapshot:
    """已取快照: the packed bytes, whole as their hash says, and the signature that came with them."""

    scope: str
    packed: bytes
    signature: SnapshotSignature

    @property
    def cursor(self) -> str:
        """Where pulling goes on."""
        return self.signature.cursor

    def open(self, trusted: TrustedLists, identity: GateIdentity) -> OpenedSnapshot | None:
        """The rows, if signature and shape hold; None otherwise, and nothing of it is used.

        Nothing is unpacked that the office did not sign. Signed lists among the rows go through the trust rules like
        those of a page; one refused makes the whole bad.
        """
        sign = self.signature
        key = trusted.receipt_key(sign.kid, sign.at_ms // 1000)
        seal = SnapshotSeal(
            identity.server, identity.compound, self.scope, sign.cursor, sign.sha256, sign.at_ms, sign.kid
        )
        if key is None or not seal.holds(sign.sig, key.key):
            return None
        found = self._lines()
        if found is None:
            return None
        head, lines = found
        lists = [convert(SignedList, line.d) for line in lines if line.e == SIGNED_LIST]
        good = [item for item in lists if not isinstance(item, WireFault)]
        if len(good) != len(lists) or trusted.take(good, sign.at_ms // 1000):
            return None
        changes = []
        for line in lines:
            if line.e not in ENTITIES:
                continue  # a list, or a newer office's
            row = row_of(line.e, line.d, trusted)
            if row is None:
                return None
            changes.append(RowChange(self.scope, line.e, row_key(row), line.r, row))
        return OpenedSnapshot(tuple(changes), head.made_at_ms)

    def _lines(self) -> tuple[SnapshotHead, list[SnapshotRow]] | None:
        """Head and rows, if the file is whole and of this scope and cursor."""
        plain = inflate(self.packed, SNAPSHOT_UNPACKED, _RATIO)
        if isinstance(plain, WireFault):
            return None
        head, *rows = (read_snapshot_line(line) for line in plain.splitlines())
        end = rows.pop() if rows else None
        if not isinstance(head, SnapshotHead) or not isinstance(end, SnapshotEnd):
            return None
        kept = [row for row in rows if isinstance(row, SnapshotRow)]
        fits = head.scope == self.scope and end.cursor == self.cursor and end.count == len(rows) == len(kept)
        return (head, kept) if fits else None


@dataclass(slots=True)
class Download:
    """下载中: what came of a scope's file so far, from its first byte, and the ETag that names the file."""

    scope: str
    etag: str = ""
    data: bytearray = field(default_factory=bytearray)
    _takes: bool = False

    def begins(self, status: int, headers: Mapping[str, str]) -> None:
        """A whole file begins anew; a part is taken only if it goes on exactly where ours ends."""
        goes_on = headers.get("content-range", "").startswith(f"bytes {len(self.data)}-")
        if status == _PART and goes_on and headers.get("etag") == self.etag:
            self._takes = True
            return
        self.forget()
        self._takes = status == _WHOLE
        self.etag = headers.get("etag", "") if self._takes else ""

    def piece(self, data: bytes) -> None:
        """The next bytes."""
        if self._takes and len(self.data) + len(data) <= SNAPSHOT_BYTES:
            self.data += data

    def forget(self) -> None:
        """Begin anew at the next try."""
        self.etag = ""
        self.data.clear()

    def wanted(self) -> dict[str, str]:
        """Headers that ask for what is missing; none for the whole file."""
        return {"Range": f"bytes={len(self.data)}-", "If-Range": self.etag} if self.etag and self.data else {}

    def whole(self, answer: Answer) -> bytes | None:
        """The file as it stands after an answer; None if that was none."""
        if answer.status == _WHOLE:
            return answer.body
        return bytes(self.data) if answer.status == _PART and self.etag else None


def load_snapshot(
    transport: Transport, writer: RequestWriter, state: SyncState, identity: GateIdentity, nonce: str, part: Download
) -> LoadedSnapshot | Answer | TransportFault:
    """Fetch the snapshot of `part`'s scope, or what of it is missing; the answer itself where it is none."""
    scope = part.scope
    path = f"/v1/snapshot/{identity.compound}?scope={scope}"
    request = writer.get(path, state, nonce, SNAPSHOT_BYTES, **part.wanted())
    answer = transport.send(replace(request, arriving=part))
    if isinstance(answer, TransportFault):
        return answer
    packed = part.whole(answer)
    if packed is None:
        part.forget()
        return answer
    found = _read(packed, answer, scope)
    if not isinstance(found, LoadedSnapshot):
        part.forget()
    return found


def _read(packed: bytes, answer: Answer, scope: str) -> LoadedSnapshot | Answer | TransportFault:
    told = decode(SnapshotSignature, answer.headers.get(SNAPSHOT_SIGNATURE_HEADER, "").encode())
    if isinstance(told, WireFault):
        return answer
    whole = sha256(packed).hexdigest() == told.sha256
    return LoadedSnapshot(scope, packed, told) if whole else TransportFault.HALF_BODY
