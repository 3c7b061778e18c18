# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's side of the line to the gates: `/v1/...` (sync-and-store.md section 4; limits: trust.md section 13)."""
