# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's screen: view-models hold state, views draw, neither decides."""
