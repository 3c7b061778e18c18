# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Seeing: from a frame to one sighting."""
