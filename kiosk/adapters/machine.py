# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The tablet itself: switched off by systemd, if it lets this account (interface.md 5.14); says plainly why not."""

import shutil
import subprocess

_SECONDS = 20.0


def power_off(systemctl: str | None = None) -> str | None:
    """Ask systemd to switch the machine off; None: it does so now, else what stood against it, in its own words.

    "missing" where there is no systemctl, "timeout" where it gave no answer. `systemctl`: another program in its place.
    """
    program = systemctl or shutil.which("systemctl")
    if program is None:
        return "missing"
    try:
        # S603: the program was found by its name on this machine, the words are ours
        done = subprocess.run(  # noqa: S603
            [program, "--no-ask-password", "poweroff"], capture_output=True, timeout=_SECONDS, check=False, text=True
        )
    except subprocess.TimeoutExpired:
        return "timeout"
    except OSError as fault:
        return type(fault).__name__
    if done.returncode == 0:
        return None
    said = done.stderr.strip().splitlines()
    return said[0][:120] if said else str(done.returncode)
