# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Write the pages that are made from the programs: docs/commands.md, docs/errors.md, docs/rules.md."""

from tests.docs import commands, errors, rules

for written in (commands, errors, rules):
    written.PAGE.write_text(written.page(), encoding="utf-8")
