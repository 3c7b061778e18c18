# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate: pure core, use cases, adapters, and the composition without Qt."""
