# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The desk over a real store."""
