# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The demonstration's own parts: who comes to the gate, and what they hold up. Nothing of it is in the product."""
