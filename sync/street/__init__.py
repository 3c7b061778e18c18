# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A street in one process: its made-up people, mornings and devices, and the office and gates that `replay` builds."""
