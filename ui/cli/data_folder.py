# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Where a gate's folder is when nobody names one."""

import os
from pathlib import Path


def data_folder() -> Path:
    """The gate's folder where none is named: GATEHOUSE_DATA, else the user's data folder."""
    named = os.environ.get("GATEHOUSE_DATA")
    if named:
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "gatehouse" / "gate"
