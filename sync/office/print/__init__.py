# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Paper: sheets of entry passes with their hand-over lists (design: interface.md 12.2, pass-format.md 4)."""
