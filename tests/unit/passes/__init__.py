# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The entry pass: one text for one card, verified offline, every attack of pass-format.md 11 refused as it says."""
