# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's use cases: plain classes over the store, with clock, ids and keys given by hand."""
