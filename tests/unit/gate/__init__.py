# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate composed: withdrawal, epochs by order, practice, doctor."""
