# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Between gate and office: the wire, the gate's client, the office, a street in one process."""
