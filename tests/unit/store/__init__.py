# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's store, on real SQLite files in a temporary folder."""
