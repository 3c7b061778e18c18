# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Write the pages that are made from the programs: docs/ commands, errors, policies, rules."""

from tests.docs import commands, errors, policies, rules

for written in (commands, errors, policies, rules):
    written.PAGE.write_text(written.page(), encoding="utf-8")
