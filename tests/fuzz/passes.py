# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Random and mutated texts of passes against the verifier (pass-format.md 11 and 13).

    python -P -m tests.fuzz.passes [--runs N] [--seed N]     # 10^6 unless told; make fuzz: 10^7

Promise: no exception comes out, no VERIFIER_ERROR, nothing is admitted but an untouched card or what an issuer signed
in its one canonical form, nothing takes 50 ms.
A finding prints its seed and run number; `--seed` with it makes the same texts again.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from time import perf_counter, thread_time

from kiosk.domain.passes import PassCheck, PassProblem, base45, verify
from kiosk.domain.passes.entry_pass import claims_bytes
from tests.unit.passes.forge import cose_of, forged, signed, text_of
from tests.unit.trust.street import CARD, GATE, GATE_KID, NOW, VISIT, trust

SLOW_S = 0.05
SHOWN = 20
_INTERESTING = (b"\xff", b"\xf6", b"\xf5", b"\x9f", b"\xbf", b"\x5f", b"\xc2", b"\xd8\x23", b"\xfb", b"\x1b", b"\xa1")
_ALPHABET = base45.ALPHABET
_TAKEN = {PassProblem.NONE, PassProblem.NOT_LISTED}


def texts(seed: int, runs: int) -> Iterator[tuple[bytes, bool]]:
    """`runs` texts by seed and whether an issuer signed them: random, changed texts, changed bytes, signed nonsense."""
    dice = random.Random(seed)
    cards = [signed(CARD).encode(), signed(VISIT, GATE_KID).encode()]
    coses = [cose_of(card.decode()) for card in cards]
    payload = claims_bytes(CARD)
    for _ in range(runs):
        kind = dice.randrange(10)
        if kind == 0:
            yield dice.randbytes(dice.randrange(80)), False
        elif kind == 1:
            yield b"EP1:" + bytes(dice.choices(_ALPHABET, k=dice.randrange(240))), False
        elif kind <= 4:
            yield _changed(dice, dice.choice(cards)), False
        elif kind <= 8:
            yield text_of(_changed(dice, dice.choice(coses))).encode(), False
        else:
            yield text_of(forged(_changed(dice, payload))).encode(), True


def _changed(dice: random.Random, data: bytes) -> bytes:
    """The bytes with one to three changes."""
    out = bytearray(data)
    for _ in range(dice.randrange(1, 4)):
        at, kind = dice.randrange(len(out) + 1), dice.randrange(6)
        if kind == 0:
            out[at : at + 1] = dice.randbytes(1)
        elif kind == 1:
            out[at:at] = dice.randbytes(dice.randrange(1, 5))
        elif kind == 2:
            del out[at : at + dice.randrange(1, 9)]
        elif kind == 3:
            out[at : at + 1] = dice.choice(_INTERESTING)
        elif kind == 4:
            out[at:at] = out[: dice.randrange(20)]
        elif at < len(out):
            out[at] ^= 1 << dice.randrange(8)
    return bytes(out)


def attack(seed: int, runs: int, progress: int = 0) -> tuple[Counter[str], list[str]]:
    """Verify `runs` texts; the problems by number, and the findings (none if the promise holds)."""
    facts, seen, findings = trust(), Counter[str](), list[str]()
    genuine = {signed(CARD).encode(), signed(VISIT, GATE_KID).encode()}
    for number, (text, by_issuer) in enumerate(texts(seed, runs)):
        # time of this thread: what another process takes of the machine is no fault of the verifier
        begun = thread_time()
        check = verify(text, facts, GATE, NOW, clock_ok=True)
        took = thread_time() - begun
        seen[check.problem] += 1
        if _wrong(check, text, by_issuer=by_issuer, genuine=genuine) or took > SLOW_S:
            findings.append(f"seed {seed} run {number}: {check.problem} {took * 1e3:.1f} ms {text!r}")
        if progress and number % progress == progress - 1:
            print(f"  {number + 1:,} of {runs:,}", flush=True)
    return seen, findings


def _wrong(check: PassCheck, text: bytes, *, by_issuer: bool, genuine: set[bytes]) -> bool:
    """Whether the answer breaks the promise: our own fault, or something taken that nobody signed in just that form."""
    if check.problem not in _TAKEN:
        return check.problem is PassProblem.VERIFIER_ERROR
    if not by_issuer:
        return text not in genuine
    # one pass has exactly one text: what an issuer signed is taken in the canonical form alone
    return check.claims is None or check.kid is None or signed(check.claims, check.kid).encode() != text


def main(arguments: list[str]) -> int:
    """Exit 0 if the promise held, 1 if not."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.passes")
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=None)
    chosen = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(2**32) if chosen.seed is None else chosen.seed
    print(f"fuzz passes: {chosen.runs:,} texts, seed {seed}", flush=True)
    begun = perf_counter()
    seen, findings = attack(seed, chosen.runs, progress=200_000)
    print(f"  {perf_counter() - begun:.0f} s; " + ", ".join(f"{name} {count:,}" for name, count in seen.most_common()))
    print(*findings[:SHOWN], sep="\n", end="\n" if findings else "")
    print(f"fuzz passes: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
