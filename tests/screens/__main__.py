# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`make screens`: every screen into docs/screens, each held to the rules of all screens at 100 and at 150 %."""

import subprocess
import sys

from tests.screens.make import main

_CHECK = [sys.executable, "-P", "-m", "tests.screens.check", "--scale"]

made = main(sys.argv[1:] or ["--out", "docs/screens"])
amiss = [subprocess.run([*_CHECK, scale], check=False).returncode for scale in ("1", "1.5")]
sys.exit(made or max(amiss))
