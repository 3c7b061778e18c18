# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What is drawn: one module per part of the screen."""
