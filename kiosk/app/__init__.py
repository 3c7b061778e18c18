# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's use cases: what happens between a code, a reading or a key, and a recorded event."""
