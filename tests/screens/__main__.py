# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`make screens`: every screen into docs/screens."""

import sys

from tests.screens.make import main

sys.exit(main(sys.argv[1:] or ["--out", "docs/screens"]))
