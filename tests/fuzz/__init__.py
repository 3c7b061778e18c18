# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Hostile input by the million, with seeds that replay it (`make fuzz`)."""
