# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Situations drawn by chance against the invariants of domain.md section 8, under several policies.

    python -P -m tests.fuzz.admission [--runs N] [--seed N]     # 100,000 situations, each under every policy

Promise: no invariant is broken and every rule is reached. A finding prints the situation; `--seed` with it draws the
same ones again.
"""

import argparse
import sys
from time import perf_counter

from kiosk.domain.admission import RULE_IDS, decide
from tests.unit.domain.situations import broken_invariants, situations
from tests.unit.domain.test_admission import POLICIES

SHARE = 100
"""`make fuzz` hands on its number of texts; a situation under every policy costs some hundred times a text."""
USUAL = 100_000


def main(arguments: list[str]) -> int:
    """Draw, decide and check; the exit code."""
    parser = argparse.ArgumentParser(prog="python -P -m tests.fuzz.admission")
    parser.add_argument("--runs", type=int, default=USUAL * SHARE)
    parser.add_argument("--seed", type=int, default=20200214)
    chosen = parser.parse_args(arguments)
    amount = max(1, chosen.runs // SHARE)
    reached: set[str] = set()
    began, broken = perf_counter(), 0
    for situation in situations(chosen.seed, amount):
        for policy in POLICIES:
            names = broken_invariants(situation, policy)
            if names:
                broken += 1
                print(f"broken {names} under {policy.version}: {situation}")
            reached.add(decide(situation, policy).rule)
    unreached = sorted(set(RULE_IDS) - reached)
    said = f"{amount} situations x {len(POLICIES)} policies in {perf_counter() - began:.0f} s"
    print(f"admission: {said}, {broken} broken, never reached: {unreached}")
    return 1 if broken or unreached else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
