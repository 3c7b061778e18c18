# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`make demo`: a street, its office, a gate, and people who hold their passes before a camera.

Exit: 0 what was shown stands at the gate and at the office; 1 it differs; 70 a program of ours failed.
"""

import argparse
import sys
from pathlib import Path

from tests.demo.morning_before import DemoFailed
from tests.demo.performance import perform
from tests.demo.production import ROOT, SEED, Production

FAULT, INTERRUPTED = 70, 130


def main() -> int:
    """The demonstration."""
    parser = argparse.ArgumentParser(prog="make demo", description="演示 · the demonstration")
    parser.add_argument("--seed", type=int, default=SEED, help="另一条街道 · another street")
    parser.add_argument("--folder", type=Path, default=ROOT / ".demo", help="目录 · where its things lie")
    given = parser.parse_args()
    try:
        return perform(Production(given.folder, seed=given.seed))
    except DemoFailed as failed:
        print(failed, file=sys.stderr)
        return FAULT
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
