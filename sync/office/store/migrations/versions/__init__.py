# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The steps, one file each."""
