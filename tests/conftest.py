# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What every test stands on: no screen, no random order by chance, no noise (after qutebrowser's logfail)."""

import os

# before any Qt module is loaded: tests need no screen, and a machine's own style or scale must not reach them
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_SCALE_FACTOR"] = "1"
for _name in ("QT_QPA_PLATFORMTHEME", "QT_STYLE_OVERRIDE", "QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
    os.environ.pop(_name, None)
# opencv, numpy: two cores are shared with the code under test
os.environ.setdefault("OMP_NUM_THREADS", "1")

pytest_plugins = ["tests.logfail"]
