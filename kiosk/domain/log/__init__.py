# SPDX-License-Identifier: LicenseRef-Gatehouse
"""记录: canonical bytes, chain and verification of a log; gate, office and audit share them."""
