# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A finished PDF to the system's printer, by CUPS' `lp`; a gate without a printer keeps the file."""

import shutil
import subprocess
from pathlib import Path

_SECONDS = 20.0


def print_file(file: Path, program: str | None = None) -> bool:
    """Whether the printer took it. `program`: another one in the place of `lp`."""
    lp = program or shutil.which("lp")
    if lp is None:
        return False
    try:
        # S603: the program was found by its name on this machine, the file is our own
        done = subprocess.run([lp, "--", str(file)], capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
