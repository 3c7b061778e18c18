# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The commands of `gate-office`, a file each; the table is in `main`."""
