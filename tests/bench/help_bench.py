# SPDX-License-Identifier: LicenseRef-Gatehouse
"""How fast the programs answer `--help`: a newcomer's first second."""

import subprocess
import sys
from time import perf_counter

from tests.bench.rows import Row, percentile


def rows(quick: bool) -> list[Row]:
    """Process start to the whole help text, both programs (goal: 0.15 s; ours)."""
    found = []
    for program, module in (("gate-kiosk", "ui.cli.main"), ("gate-office", "sync.cli.main")):
        times = []
        for _ in range(2 if quick else 10):
            begun = perf_counter()
            subprocess.run([sys.executable, "-P", "-m", module, "--help"], capture_output=True, check=True)
            times.append(perf_counter() - begun)
        p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
        found.append(Row(f"help {program}", goal="p50 <= 0.15 s", met=p50 <= 0.15, p50=p50, p99=p99))
    return found
