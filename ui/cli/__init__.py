# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The commands of `gate-kiosk`, a file each; the table is in `main`."""
