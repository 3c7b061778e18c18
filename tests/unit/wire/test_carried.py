# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Carried files: whole, counted, hashed and signed, or nothing of them is taken (sync-and-store.md 7)."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.wire.carried import (
    CarriedEvent,
    CheckedLog,
    CheckedReply,
    LogHead,
    ReplyHead,
    check_log,
    check_reply,
    write_log,
    write_reply,
)
from sync.wire.faults import FaultCode, WireFault
from sync.wire.limits import CARRIED_LINE
from sync.wire.lines import packed_lines, unpacked_lines
from sync.wire.messages import Change

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
HEAD = LogHead(
    format=1,
    kind="ghlog",
    device="0" * 32,
    gate="G01",
    epoch=1,
    first=1,
    last=3,
    base="0" * 64,
    made_at_ms=5,
    program="t",
)
EVENTS = [CarriedEvent(c=f'{{"n":{n}}}', h=f"{n:064x}", s="sealed" if n == 1 else None) for n in range(1, 4)]
REPLY = ReplyHead(
    format=1, kind="ghreply", server="1" * 32, device="0" * 32, made_at_ms=7, cursors={"revocations": "1.2"}
)
CHANGES = [Change(scope="revocations", op="put", entity="x", key=str(n), rev=n, row={"n": n}) for n in range(3)]


def log_file() -> bytes:
    return b"".join(write_log(HEAD, EVENTS, KEY.sign))


def checked(data: bytes, piece: int = 7) -> CheckedLog | WireFault:
    def pieces() -> Iterator[bytes]:
        return (data[at : at + piece] for at in range(0, len(data), piece))

    return check_log(pieces)


def test_a_log_reads_back_and_its_seal_is_the_devices() -> None:
    log = checked(log_file())
    assert isinstance(log, CheckedLog)
    assert (log.head, list(log.events())) == (HEAD, EVENTS)
    assert log.seal.holds(log.sig, KEY.public_key())
    assert not log.seal.holds(log.sig, Ed25519PrivateKey.generate().public_key())
    assert (log.seal.count, log.seal.hash) == (3, EVENTS[-1].h)


def test_a_reply_reads_back_and_its_seal_is_the_offices() -> None:
    data = b"".join(write_reply(REPLY, CHANGES, KEY.sign, "f1"))
    reply = check_reply(lambda: [data])
    assert isinstance(reply, CheckedReply)
    assert (reply.head, list(reply.changes())) == (REPLY, CHANGES)
    assert reply.seal.holds(reply.sig, KEY.public_key())


@given(cut=st.integers(1, 200))
@settings(max_examples=40)
def test_a_cut_file_is_none(cut: int) -> None:
    found = checked(log_file()[:-cut])
    assert isinstance(found, WireFault)
    assert found.code in {FaultCode.CARRIED_CUT, FaultCode.GZIP, FaultCode.CARRIED_FORM}


@pytest.mark.parametrize("gone", range(4))
def test_a_line_left_out_is_found(gone: int) -> None:
    lines = [line for line in unpacked_lines([log_file()]) if isinstance(line, bytes)]
    del lines[gone]
    found = checked(b"".join(packed_lines(lines)))
    assert isinstance(found, WireFault)
    assert found.code is FaultCode.CARRIED_FORM


def test_one_kind_is_not_taken_for_the_other() -> None:
    assert isinstance(check_reply(lambda: [log_file()]), WireFault)
    assert isinstance(check_log(lambda: [b"".join(write_reply(REPLY, CHANGES, KEY.sign, "f1"))]), WireFault)


@pytest.mark.parametrize(("size", "whole"), [(CARRIED_LINE - 1, True), (CARRIED_LINE, True), (CARRIED_LINE + 1, False)])
def test_a_line_has_64_kib_at_most(size: int, whole: bool) -> None:
    found = list(unpacked_lines(packed_lines([b"a" * size])))
    assert (found == [b"a" * size]) is whole
    if not whole:
        assert found == [WireFault(FaultCode.TOO_LARGE, "line", CARRIED_LINE)]


def test_a_file_beyond_its_bound_is_not_read_on() -> None:
    found = list(unpacked_lines([b"\x00" * 10] * 3, limit=25))
    assert found[-1] in (WireFault(FaultCode.TOO_LARGE, limit=25), WireFault(FaultCode.GZIP))
    data = b"".join(packed_lines([b"abc"]))
    assert list(unpacked_lines([data], limit=len(data) - 1)) == [WireFault(FaultCode.TOO_LARGE, limit=len(data) - 1)]


def test_a_second_member_is_refused() -> None:
    assert list(unpacked_lines([log_file() + log_file()]))[-1] == WireFault(FaultCode.GZIP_MEMBER, limit=1)
