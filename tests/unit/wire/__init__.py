# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The wire: strict, bounded, and the same on both sides."""
