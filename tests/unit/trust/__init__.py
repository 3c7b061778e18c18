# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Signatures, lists, receipts and sealed fields keep what trust.md and pass-format.md promise."""
