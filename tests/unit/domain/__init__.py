# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The rules of the gate."""
