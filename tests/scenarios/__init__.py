# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the gate must do, as files; and what the player makes of bad files."""
