# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What every test stands on: no screen, no random order by chance, no noise (after qutebrowser's logfail)."""

import os
import time

from hypothesis import settings

# before any Qt module is loaded: tests need no screen, and a machine's own style or scale must not reach them
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_SCALE_FACTOR"] = "1"
for _name in ("QT_QPA_PLATFORMTHEME", "QT_STYLE_OVERRIDE", "QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
    os.environ.pop(_name, None)
# days are counted in Shanghai wherever the machine stands: tests stand where that would be noticed
os.environ["TZ"] = "America/St_Johns"
time.tzset()
# opencv, numpy: two cores are shared with the code under test
os.environ.setdefault("OMP_NUM_THREADS", "1")

# a machine under load is slow, not wrong; what continuous integration runs is the same twice
settings.register_profile("gatehouse", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
settings.load_profile("gatehouse")

pytest_plugins = ["tests.logfail", "tests.postgres"]
