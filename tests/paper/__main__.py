# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`make paper`: the papers beside the gate, into docs/paper."""

import sys

from tests.paper.make import main

sys.exit(main(sys.argv[1:]))
