# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The leader's reading and files below the screens."""
