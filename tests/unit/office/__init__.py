# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office inside: what it keeps, acknowledges, hands down and signs, on real database files."""
