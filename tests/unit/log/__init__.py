# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Canonical bytes, chain, verification."""
