# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Verification and look-up of a pass against the bare Ed25519 verification (pass-format.md 13)."""

from time import perf_counter

import cbor2

from kiosk.domain.codes import PassState
from kiosk.domain.identity import PassId
from kiosk.domain.passes import PassProblem, PassRow, verify
from kiosk.domain.trust import RevocationList
from tests.bench.rows import Row, percentile
from tests.unit.passes.forge import cose_of, forged, sig_structure, signed, text_of
from tests.unit.trust.street import CARD, GATE, ISSUER, NOW, Roster, private, revocations, trust

RESIDENTS = 5_600  # the largest compound
REVOKED = 100_000
HARD_MS = 5.0


def rows(quick: bool) -> list[Row]:
    """Verify + look-up, interleaved with the bare signature; the slowest of all hostile texts."""
    amount = 200 if quick else 5_000
    return [_verify(amount), _hostile(2 if quick else 50), _revoked(amount)]


def _many_revoked() -> RevocationList:
    base = revocations()
    entries = b"".join(number.to_bytes(8) + b"\x01" for number in range(1 << 60, (1 << 60) + 3 * REVOKED, 3))
    return RevocationList(base.version, base.issued, base.next_update, entries)


def _verify(amount: int) -> Row:
    row = PassRow(PassState.ACTIVE, CARD.nbf, CARD.exp - 1)
    roster = Roster({PassId(f"{number:016x}"): row for number in range(RESIDENTS)} | {CARD.pass_id: row})
    facts, text = trust(gate_list=roster, revocations=_many_revoked()), signed(CARD).encode()
    key = private(ISSUER.hex()).public_key()
    protected, _, payload, signature = cbor2.loads(cose_of(text.decode()))
    message = sig_structure(protected, payload)
    ours, bare = [], []
    for _ in range(amount):
        begun = perf_counter()
        key.verify(signature, message)
        between = perf_counter()
        check = verify(text, facts, GATE, NOW, clock_ok=True)
        ended = perf_counter()
        bare.append(between - begun)
        ours.append(ended - between)
        assert check.problem is PassProblem.NONE
    p50, p99 = percentile(ours, 0.5), percentile(ours, 0.99)
    ratio = p50 / percentile(bare, 0.5)
    return Row(
        "verify",
        goal="median <= 2 x bare Ed25519, p99 < 5 ms",
        met=ratio <= 2 and p99 * 1e3 < HARD_MS,
        p50=p50,
        p99=p99,
        rate=1 / p50,
        ratio=ratio,
        extra={"bare_us": percentile(bare, 0.5) * 1e6},
    )


def _hostile(amount: int) -> Row:
    facts = trust()
    texts = {
        "depth": text_of(forged(b"\x81" * 150)),
        "bignum": text_of(forged(b"\xa1\x04\xc2\x58\x96" + b"\xff" * 150)),
        "length": text_of(b"\x84\x5b\x01" + bytes(7)),
        "regex": text_of(b"\xd8\x23\x78\x80" + b"(" * 128),
        "zeros": "EP1:" + "0" * 508,
        "megabyte": "EP1:" + "A" * 1_000_000,
    }
    times = []
    for text in texts.values():
        for _ in range(amount):
            begun = perf_counter()
            verify(text, facts, GATE, NOW, clock_ok=True)
            times.append(perf_counter() - begun)
    worst = max(times)
    return Row("verify hostile", goal="each < 5 ms", met=worst * 1e3 < HARD_MS, p50=percentile(times, 0.5), p99=worst)


def _revoked(amount: int) -> Row:
    listed, cti = _many_revoked(), ((1 << 60) + 3 * 77_777).to_bytes(8)
    times = []
    for _ in range(amount):
        begun = perf_counter()
        found = listed.problem_of(cti)
        times.append(perf_counter() - begun)
        assert found is not None
    p50 = percentile(times, 0.5)
    return Row(
        "revoked look-up",
        goal=f"{REVOKED:,} ids: p50 <= 20 us, 9 bytes an id",
        met=p50 <= 20e-6 and len(listed.entries) == 9 * REVOKED,
        p50=p50,
        p99=percentile(times, 0.99),
        extra={"bytes": len(listed.entries)},
    )
