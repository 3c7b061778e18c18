# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's database: tables, migrations, and small repositories over one transaction (sync-and-store.md 9)."""
