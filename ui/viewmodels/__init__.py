# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the screens hold between two touches: states, never decisions."""
