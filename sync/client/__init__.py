# SPDX-License-Identifier: LicenseRef-Gatehouse
"""同步(门岗一侧): what is sent next, what an answer means, and the thread that does it (sync-and-store.md 4 to 8)."""
