# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`.ghlog` and `.ghreply`: files that go by hand when the line is down (sync-and-store.md 7, "Carried files").

Both are gzip lines: a head, a body, and an end that counts, hashes and signs what stands before it. They are read
twice: once to the end to see that they are whole and signed, then for what they hold; nothing is taken of a bad one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from kiosk.domain.trust.statements import LogSeal, ReplySeal
from sync.wire.faults import FaultCode, WireFault
from sync.wire.limits import ANSWER, CARRIED_LINE, REPLY_LINE, JsonLimits
from sync.wire.lines import packed_lines, unpacked_lines
from sync.wire.messages import B64, Change, Hash, Hex16, Message, ReceiptText, Seq, Short
from sync.wire.strict import convert, decode, encode, load

FORMAT = 1
LOG_KIND = "ghlog"
REPLY_KIND = "ghreply"
_LINE = JsonLimits(text=CARRIED_LINE)

Pieces = Callable[[], Iterable[bytes]]
"""Opens the file anew and gives its bytes piece by piece."""


class LogHead(Message, frozen=True):
    """随带记录首行: `base` is the hash before the first event; `redacted`: personal parts were left out on purpose."""

    format: int
    kind: str
    device: Hex16
    gate: Short
    epoch: int
    first: Seq
    last: Seq
    base: Hash
    made_at_ms: int
    program: Short
    redacted: bool = False


class CarriedEvent(Message, frozen=True):
    """随带事件: as on the wire, but the personal part sealed to the office: `s` base64url, absent if there is none."""

    c: str
    h: Hash
    s: str | None = None


class FileEnd(Message, frozen=True):
    """随带文件末行: of the lines before it: count, SHA-256; `hash` the log's head at the last event ("" in a reply)."""

    end: bool
    count: int
    sha256: Hash
    sig: B64
    hash: str = ""
    at_ms: int = 0
    kid: str = ""


class ReplyHead(Message, frozen=True):
    """随带回件首行: for one device; `cursors` hold once every change below is applied."""

    format: int
    kind: str
    server: Hex16
    device: Hex16
    made_at_ms: int
    cursors: dict[str, str]
    receipts: tuple[ReceiptText, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedLog:
    """已核对的随带记录: whole, counted and hashed; whether `seal` is the device's is for the reader to ask."""

    head: LogHead
    seal: LogSeal
    sig: str
    pieces: Pieces

    def events(self) -> Iterator[CarriedEvent | WireFault]:
        """The events in order; a line that is no event is a fault and the next one goes on."""
        for line in _body(self.pieces, CARRIED_LINE):
            yield decode(CarriedEvent, line, _LINE)


@dataclass(frozen=True, slots=True)
class CheckedReply:
    """已核对的随带回件: whole, counted and hashed; whether `seal` is the office's is for the reader to ask."""

    head: ReplyHead
    seal: ReplySeal
    sig: str
    pieces: Pieces

    def changes(self) -> Iterator[Change | WireFault]:
        """The changes in order."""
        for line in _body(self.pieces, REPLY_LINE):
            yield decode(Change, line, ANSWER)


def write_log(head: LogHead, events: Iterable[CarriedEvent], sign: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """The pieces of a `.ghlog`; `sign` is the device key's. The events must be `head.first` to `head.last`."""
    last = [head.base]

    def lines() -> Iterator[bytes]:
        for event in events:
            last[0] = event.h
            yield encode(event)

    def seal(count: int, digest: str) -> FileEnd:
        statement = LogSeal(head.device, head.epoch, head.first, head.last, count, digest, last[0])
        return FileEnd(end=True, count=count, sha256=digest, sig=statement.signed(sign), hash=last[0])

    return _written(encode(head), lines(), seal)


def write_reply(
    head: ReplyHead, changes: Iterable[Change], sign: Callable[[bytes], bytes], kid: str
) -> Iterator[bytes]:
    """The pieces of a `.ghreply`; `sign` is the RECEIPT key's, `kid` its id in hex."""

    def seal(count: int, digest: str) -> FileEnd:
        statement = ReplySeal(head.server, head.device, digest, head.made_at_ms, kid)
        return FileEnd(end=True, count=count, sha256=digest, sig=statement.signed(sign), at_ms=head.made_at_ms, kid=kid)

    return _written(encode(head), (encode(change) for change in changes), seal)


def check_log(pieces: Pieces) -> CheckedLog | WireFault:
    """Read a `.ghlog` to its end; what it is, or what is wrong with it."""
    found = _checked(pieces, CARRIED_LINE, LogHead, LOG_KIND)
    if isinstance(found, WireFault):
        return found
    head, end = found
    seal = LogSeal(head.device, head.epoch, head.first, head.last, end.count, end.sha256, end.hash)
    return CheckedLog(head, seal, end.sig, pieces)


def check_reply(pieces: Pieces) -> CheckedReply | WireFault:
    """Read a `.ghreply` to its end; what it is, or what is wrong with it."""
    found = _checked(pieces, REPLY_LINE, ReplyHead, REPLY_KIND)
    if isinstance(found, WireFault):
        return found
    head, end = found
    return CheckedReply(head, ReplySeal(head.server, head.device, end.sha256, end.at_ms, end.kid), end.sig, pieces)


def sealed_aad(device: str, epoch: int, event_hash: str) -> bytes:
    """What a carried personal part is bound to: it opens at its own event alone."""
    return f"{LogSeal.PREFIX}|{device}|{epoch}|{event_hash}".encode()


_Head = TypeVar("_Head", LogHead, ReplyHead)


def _written(head: bytes, body: Iterable[bytes], seal: Callable[[int, str], FileEnd]) -> Iterator[bytes]:
    def lines() -> Iterator[bytes]:
        digest, count = sha256(head + b"\n"), 0
        yield head
        for line in body:
            digest.update(line + b"\n")
            count += 1
            yield line
        yield encode(seal(count, digest.hexdigest()))

    return packed_lines(lines())


def _checked(pieces: Pieces, line_limit: int, kind: type[_Head], name: str) -> tuple[_Head, FileEnd] | WireFault:
    digest, count = sha256(), 0
    head: _Head | None = None
    before: bytes | None = None
    for line in unpacked_lines(pieces(), line_limit):
        if isinstance(line, WireFault):
            return line
        if before is not None:
            digest.update(before + b"\n")
            count += 1
        if head is None:
            first = _head(kind, line, name)
            if isinstance(first, WireFault):
                return first
            head = first
        before = line
    if head is None or before is None:
        return WireFault(FaultCode.CARRIED_CUT)
    end = decode(FileEnd, before)
    if isinstance(end, WireFault):
        return WireFault(FaultCode.CARRIED_CUT)
    if end.count != count - 1 or end.sha256 != digest.hexdigest():
        return WireFault(FaultCode.CARRIED_FORM, "sha256")
    return head, end


def _head(kind: type[_Head], line: bytes, name: str) -> _Head | WireFault:
    value: Any = load(line)
    if isinstance(value, WireFault):
        return WireFault(FaultCode.CARRIED_FORM, "head")
    head = convert(kind, value)
    if isinstance(head, WireFault):
        return WireFault(FaultCode.CARRIED_FORM, "head." + head.field)
    return head if head.kind == name and head.format == FORMAT else WireFault(FaultCode.CARRIED_FORM, "head.format")


def _body(pieces: Pieces, line_limit: int) -> Iterator[bytes]:
    """The lines between head and end."""
    held: bytes | None = None
    for number, line in enumerate(unpacked_lines(pieces(), line_limit)):
        if number == 0 or isinstance(line, WireFault):
            continue
        if held is not None:
            yield held
        held = line
